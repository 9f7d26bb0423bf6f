package serde

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/twmb/franz-go/pkg/sr"
)

// protoFile reads and writes the messages of a Protobuf file.
type protoFile struct {
	file  protoreflect.FileDescriptor
	types *dynamicpb.Types // of the file and all that it imports, for Any and extensions
	// fixed is the message to read when the payload does not tell: by a schema
	// file. nil lets the payload begin with its place, as the Confluent wire format
	// does.
	fixed protoreflect.MessageDescriptor
}

// rootFile is the name of a file that has none in a registry. Names of imports
// end in .proto, so it cannot be one.
const rootFile = "schema"

func compileProtobuf(ctx context.Context, src source) (schema, error) {
	files := map[string]string{rootFile: src.text}
	for _, ref := range src.refs {
		files[ref.name] = ref.text
	}
	return compileProtoFiles(ctx, rootFile, &protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(files)})
}

func compileProtoFiles(ctx context.Context, path string, resolver protocompile.Resolver) (*protoFile, error) {
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(resolver)}
	compiled, err := compiler.Compile(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("compile the Protobuf schema: %w", err)
	}
	file := compiled[0]
	if file.Messages().Len() == 0 {
		return nil, errors.New("the Protobuf schema has no message")
	}
	var all protoregistry.Files
	if err := register(&all, file); err != nil {
		return nil, fmt.Errorf("link the Protobuf schema: %w", err)
	}
	return &protoFile{file: file, types: dynamicpb.NewTypes(&all)}, nil
}

// register adds a file with everything that it imports.
func register(all *protoregistry.Files, file protoreflect.FileDescriptor) error {
	if _, err := all.FindFileByPath(file.Path()); err == nil {
		return nil
	}
	for i := range file.Imports().Len() {
		if err := register(all, file.Imports().Get(i).FileDescriptor); err != nil {
			return err
		}
	}
	return all.RegisterFile(file)
}

func (f *protoFile) name() string {
	message := f.fixed
	if message == nil {
		message = f.file.Messages().Get(0)
	}
	return "Protobuf " + string(message.FullName())
}

// message finds what a payload holds, and returns the rest of it.
func (f *protoFile) message(payload []byte) (protoreflect.MessageDescriptor, []byte, error) {
	if f.fixed != nil {
		return f.fixed, payload, nil
	}
	const deepest = 16 // messages in messages
	var header sr.ConfluentHeader
	index, payload, err := header.DecodeIndex(payload, deepest)
	if err != nil || len(index) == 0 {
		return nil, nil, errors.New("it does not say which message of the schema it is")
	}
	messages := f.file.Messages()
	var found protoreflect.MessageDescriptor
	for _, i := range index {
		if i < 0 || i >= messages.Len() {
			return nil, nil, fmt.Errorf("it says that it is message %v of the schema, which is not there", index)
		}
		found = messages.Get(i)
		messages = found.Messages()
	}
	return found, payload, nil
}

func (f *protoFile) decode(payload []byte) ([]byte, string, error) {
	if len(payload) > maxStructured {
		return nil, "", errTooLong
	}
	kind, payload, err := f.message(payload)
	if err != nil {
		return nil, "", err
	}
	message := dynamicpb.NewMessage(kind)
	opts := proto.UnmarshalOptions{Resolver: f.types, RecursionLimit: maxDepth, AllowPartial: true}
	if err := opts.Unmarshal(payload, message); err != nil {
		return nil, "", fmt.Errorf("not %s: %w", kind.FullName(), err)
	}
	spaced, err := protojson.MarshalOptions{
		Resolver: f.types, UseProtoNames: true, EmitDefaultValues: true, AllowPartial: true,
	}.Marshal(message)
	if err != nil {
		return nil, "", fmt.Errorf("%s as JSON: %w", kind.FullName(), err)
	}
	var out bytes.Buffer // protojson puts blanks in at random
	if err := json.Compact(&out, spaced); err != nil {
		return nil, "", err
	}
	note := ""
	if n := len(message.GetUnknown()); n > 0 {
		note = fmt.Sprintf("%s of fields that %s does not have", count(n, "byte"), kind.FullName())
	}
	if f.fixed == nil && kind != f.file.Messages().Get(0) {
		note = joinNotes("the message is "+string(kind.FullName()), note)
	}
	return out.Bytes(), note, nil
}

func joinNotes(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// encode makes the fixed message, or the first of the schema with its place in
// front.
func (f *protoFile) encode(text []byte) ([]byte, error) {
	kind := f.fixed
	if kind == nil {
		kind = f.file.Messages().Get(0)
	}
	message := dynamicpb.NewMessage(kind)
	if err := (protojson.UnmarshalOptions{Resolver: f.types}).Unmarshal(text, message); err != nil {
		return nil, fmt.Errorf("not %s: %w", kind.FullName(), err)
	}
	var header []byte
	if f.fixed == nil {
		header = []byte{0} // the short form of the first message
	}
	return proto.MarshalOptions{Deterministic: true}.MarshalAppend(header, message)
}

// find chooses the message of a schema file: by its full or short name, or the
// only one there is.
func (f *protoFile) find(name string) error {
	messages := f.file.Messages()
	if name == "" {
		if messages.Len() > 1 {
			return fmt.Errorf("the file has %d messages; say which one in message", messages.Len())
		}
		f.fixed = messages.Get(0)
		return nil
	}
	found, err := f.types.FindMessageByName(protoreflect.FullName(name))
	if err != nil && f.file.Package() != "" {
		found, err = f.types.FindMessageByName(f.file.Package().Append(protoreflect.Name(name)))
	}
	if err != nil {
		return fmt.Errorf("the file and its imports have no message %s", name)
	}
	f.fixed = found.Descriptor()
	return nil
}
