package protobuf

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Reference is a file that another one imports, by the name of the import.
type Reference struct{ Name, Text string }

// rootFile is the name of a file that has none in a registry. Names of imports end in
// .proto, so it cannot be one.
const rootFile = "schema"

// Compile compiles a schema of a registry.
func Compile(ctx context.Context, text string, refs []Reference) (*Schema, error) {
	files := map[string]string{rootFile: text}
	for _, ref := range refs {
		files[ref.Name] = ref.Text
	}
	return CompileFile(ctx, rootFile, func(path string) (string, bool, error) {
		text, ok := files[path]
		return text, ok, nil
	})
}

// CompileFile compiles a file. open returns the text of a file by its path, and
// whether there is one.
func CompileFile(ctx context.Context, path string, open func(path string) (text string, ok bool, err error)) (*Schema, error) {
	l := &loader{open: open, synthetic: make(map[protoreflect.FullName]bool), untyped: make(map[string]string)}
	file, err := l.compile(ctx, path)
	if err != nil && len(l.untyped) > 0 { // once more, with bytes in their place
		file, err = l.compile(ctx, path)
	}
	if err != nil {
		if len(l.missing) > 0 {
			return nil, fmt.Errorf("compile the Protobuf schema: %w; it imports %s, which is not among its references", err, strings.Join(l.missing, ", "))
		}
		return nil, fmt.Errorf("compile the Protobuf schema: %w", err)
	}
	if file.Messages().Len() == 0 {
		return nil, errors.New("the Protobuf schema has no message")
	}
	var all protoregistry.Files
	if err := register(&all, file); err != nil {
		return nil, fmt.Errorf("link the Protobuf schema: %w", err)
	}
	s := &Schema{file: file, types: dynamicpb.NewTypes(&all), synthetic: l.synthetic}
	if types := slices.Compact(slices.Sorted(maps.Values(l.untyped))); len(types) > 0 {
		s.lacks = "its schema lacks the type " + strings.Join(types, ", ") + ", whose fields are shown as bytes"
	}
	return s, nil
}

// compile compiles a file, and notes the fields whose types are missing.
func (l *loader) compile(ctx context.Context, path string) (protoreflect.FileDescriptor, error) {
	var first error
	note := func(err reporter.ErrorWithPos) error {
		if first == nil {
			first = err
		}
		if at := unknownType.FindStringSubmatch(err.Error()); at != nil {
			l.untyped[at[1]] = at[2]
		}
		return nil // there may be more
	}
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(l), MaxParallelism: 1, Reporter: reporter.NewReporter(note, nil),
	}
	compiled, err := compiler.Compile(ctx, path)
	if first != nil {
		return nil, first
	}
	if err != nil {
		return nil, err
	}
	return compiled[0], nil
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

// unknownType is the error of the compiler for a field whose type nobody has.
var unknownType = regexp.MustCompile(`field (\S+): unknown type (\S+)$`)

// loader reads files and takes out of them what reading values does not need, and
// what could keep them from being compiled: options, services, imports that nobody
// has.
type loader struct {
	open      func(path string) (string, bool, error)
	missing   []string
	synthetic map[protoreflect.FullName]bool
	untyped   map[string]string // by the full name of a field: its type, which nobody has
}

// FindFileByPath is what the compiler asks for.
func (l *loader) FindFileByPath(path string) (protocompile.SearchResult, error) {
	text, err := l.text(path)
	if err != nil {
		return protocompile.SearchResult{}, err
	}
	handler := reporter.NewHandler(nil)
	tree, err := parser.Parse(path, strings.NewReader(text), handler)
	if err != nil {
		return protocompile.SearchResult{}, err
	}
	parsed, err := parser.ResultFromAST(tree, false, handler)
	if err != nil {
		return protocompile.SearchResult{}, err
	}
	file := parsed.FileDescriptorProto()
	l.relax(file)
	return protocompile.SearchResult{Proto: file}, nil
}

func (l *loader) text(path string) (string, error) {
	text, ok, err := l.open(path)
	if err != nil || ok {
		return text, err
	}
	if text, ok := builtIn(path); ok {
		return text, nil
	}
	return "", protoregistry.NotFound
}

// has reports whether a file can be imported.
func (l *loader) has(path string) bool {
	if strings.HasPrefix(path, "google/protobuf/") {
		_, err := protocompile.WithStandardImports(l).FindFileByPath(path)
		return err == nil
	}
	_, err := l.text(path)
	return err == nil
}

func (l *loader) relax(file *descriptorpb.FileDescriptorProto) {
	file.Service = nil
	file.Options = &descriptorpb.FileOptions{UninterpretedOption: needed(file.GetOptions().GetUninterpretedOption(), "features")}
	l.imports(file)
	file.Extension = l.extensions(file.Extension)
	for _, enum := range file.EnumType {
		relaxEnum(enum)
	}
	for _, message := range file.MessageType {
		l.message(protoreflect.FullName(file.GetPackage()), message)
	}
}

// imports drops what cannot be imported: it may be there for options alone. What is
// missing indeed is found out when the file is linked.
func (l *loader) imports(file *descriptorpb.FileDescriptorProto) {
	var kept []string
	var public []int32
	for i, path := range file.Dependency {
		if !l.has(path) {
			if !slices.Contains(l.missing, path) {
				l.missing = append(l.missing, path)
			}
			continue
		}
		if slices.Contains(file.PublicDependency, int32(i)) {
			public = append(public, int32(len(kept)))
		}
		kept = append(kept, path)
	}
	file.Dependency, file.PublicDependency, file.WeakDependency = kept, public, nil
}

func (l *loader) message(scope protoreflect.FullName, m *descriptorpb.DescriptorProto) {
	name := scope.Append(protoreflect.Name(m.GetName()))
	if m.GetOptions().GetMapEntry() { // set by the parser, of a map<…>
		l.synthetic[name] = true
	}
	options := &descriptorpb.MessageOptions{}
	if m.GetOptions().GetMapEntry() || isTrue(m.GetOptions().GetUninterpretedOption(), "map_entry") {
		entry := true
		options.MapEntry = &entry
	}
	options.UninterpretedOption = needed(m.GetOptions().GetUninterpretedOption(), "features", "message_set_wire_format")
	m.Options = options
	m.Extension = l.extensions(m.Extension)
	l.dropUntyped(name, m)
	for _, field := range append(slices.Clone(m.Field), m.Extension...) {
		relaxField(field)
		if field.GetType() == descriptorpb.FieldDescriptorProto_TYPE_GROUP {
			l.synthetic[name.Append(protoreflect.Name(short(field.GetTypeName())))] = true
		}
	}
	for _, oneof := range m.OneofDecl {
		oneof.Options = nil
	}
	for _, r := range m.ExtensionRange {
		r.Options = nil
	}
	for _, enum := range m.EnumType {
		relaxEnum(enum)
	}
	for _, nested := range m.NestedType {
		l.message(name, nested)
	}
}

// dropUntyped takes out the fields whose types nobody has: they are read as fields that
// the message does not have. The value of a map and a member of a oneof become bytes,
// since a map or oneof cannot be without.
func (l *loader) dropUntyped(name protoreflect.FullName, m *descriptorpb.DescriptorProto) {
	m.Field = slices.DeleteFunc(m.Field, func(field *descriptorpb.FieldDescriptorProto) bool {
		_, untyped := l.untyped[string(name)+"."+field.GetName()]
		if untyped && (m.GetOptions().GetMapEntry() || field.OneofIndex != nil) {
			kind := descriptorpb.FieldDescriptorProto_TYPE_BYTES
			field.Type, field.TypeName = &kind, nil
			return false
		}
		return untyped
	})
}

func short(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

func relaxField(field *descriptorpb.FieldDescriptorProto) {
	field.DefaultValue = nil
	field.Options = &descriptorpb.FieldOptions{
		UninterpretedOption: needed(field.GetOptions().GetUninterpretedOption(), "features", "packed", "json_name"),
	}
}

func relaxEnum(enum *descriptorpb.EnumDescriptorProto) {
	enum.Options = &descriptorpb.EnumOptions{
		UninterpretedOption: needed(enum.GetOptions().GetUninterpretedOption(), "features", "allow_alias"),
	}
	for _, value := range enum.Value {
		value.Options = nil
	}
}

// extensions drops those of options.
func (l *loader) extensions(all []*descriptorpb.FieldDescriptorProto) []*descriptorpb.FieldDescriptorProto {
	return slices.DeleteFunc(all, func(field *descriptorpb.FieldDescriptorProto) bool {
		relaxField(field)
		of := strings.TrimPrefix(field.GetExtendee(), ".")
		return strings.HasPrefix(of, "google.protobuf.") && strings.HasSuffix(of, "Options")
	})
}

// needed returns the options that say how values are written.
func needed(options []*descriptorpb.UninterpretedOption, names ...string) []*descriptorpb.UninterpretedOption {
	return slices.DeleteFunc(slices.Clone(options), func(o *descriptorpb.UninterpretedOption) bool {
		return len(o.Name) == 0 || o.Name[0].GetIsExtension() || !slices.Contains(names, o.Name[0].GetNamePart()) || custom(o)
	})
}

// custom reports whether a part of an option is an extension, as in features.(pb.java).
func custom(o *descriptorpb.UninterpretedOption) bool {
	return slices.ContainsFunc(o.Name, func(part *descriptorpb.UninterpretedOption_NamePart) bool { return part.GetIsExtension() })
}

func isTrue(options []*descriptorpb.UninterpretedOption, name string) bool {
	return slices.ContainsFunc(options, func(o *descriptorpb.UninterpretedOption) bool {
		return len(o.Name) == 1 && o.Name[0].GetNamePart() == name && o.GetIdentifierValue() == "true"
	})
}
