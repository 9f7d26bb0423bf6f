// Package protobuf reads and writes Protobuf by a schema as it stands in a registry or
// in files. Values are ProtoJSON with the names of the .proto; what that cannot say,
// as fields that the schema does not have, has forms of its own, so that one odd field
// hides no record and nothing is lost when it is written again.
package protobuf

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// Schema reads and writes the messages of a file. It is safe for concurrent use.
type Schema struct {
	file  protoreflect.FileDescriptor
	types *dynamicpb.Types // of the file and all that it imports, for Any and extensions
	// synthetic are messages that the text does not have as such: entries of maps and
	// groups.
	synthetic map[protoreflect.FullName]bool
	// lacks is the note that the schema lacks types; "" where it is whole.
	lacks string
	// fixed is the message to read when the payload does not tell: by a schema file.
	// nil lets the payload begin with its place, as the Confluent wire format does.
	fixed protoreflect.MessageDescriptor
}

// Reading is a value that was decoded.
type Reading struct {
	Text    []byte // JSON on one line
	Message string // the full name of its message
	// Index is the place of the message as the payload has it, where that is not the
	// one by which Encode writes the message; nil else.
	Index   []int
	Remarks jsonvalue.Remarks
	// strange is set where the value has what its message does not have.
	strange bool
}

// Name is the full name of the message that is read, or of the first one.
func (s *Schema) Name() string {
	if s.fixed != nil {
		return string(s.fixed.FullName())
	}
	return string(s.file.Messages().Get(0).FullName())
}

// Decode reads a value with the place of its message before it, or one of the message
// that was chosen.
func (s *Schema) Decode(payload []byte) (Reading, error) {
	if s.fixed != nil {
		return s.read(s.fixed, payload)
	}
	index, rest, ok := splitIndex(payload)
	if !ok {
		return s.withoutIndex(payload, fmt.Errorf("it does not say which message of the schema it is"))
	}
	byText, byDescriptor := s.place(index, true), s.place(index, false)
	switch {
	case byText == nil && byDescriptor == nil:
		return s.withoutIndex(payload, fmt.Errorf("it says that it is message %v of the schema, which is not there", index))
	case byText == nil:
		return s.at(index, byDescriptor, rest)
	case byDescriptor == nil || byDescriptor == byText:
		return s.at(index, byText, rest)
	}
	return s.either(index, byText, byDescriptor, rest)
}

// at reads a message by its place.
func (s *Schema) at(index []int, kind protoreflect.MessageDescriptor, payload []byte) (Reading, error) {
	r, err := s.read(kind, payload)
	if err == nil && !slices.Equal(index, s.index(kind)) {
		r.Index = index
	}
	return r, err
}

// either reads a message whose place means one message to Confluent's Java client, and
// another to those in Go and Python: the one that fits the bytes, or Java's.
func (s *Schema) either(index []int, byText, byDescriptor protoreflect.MessageDescriptor, payload []byte) (Reading, error) {
	java, err := s.at(index, byText, payload)
	other, otherErr := s.at(index, byDescriptor, payload)
	javaFits, otherFits := err == nil && !java.strange, otherErr == nil && !other.strange
	if otherFits && !javaFits || otherErr == nil && err != nil {
		return other, otherErr
	}
	if err == nil && otherErr == nil && otherFits == javaFits {
		java.Remarks.Add(jsonvalue.Remarks{Note: fmt.Sprintf(
			"message index %v is %s as Java counts, and %s as Go and Python do: shown as Java reads it", index, byText.FullName(), byDescriptor.FullName())})
	}
	return java, err
}

// withoutIndex reads a value as the first message, if it fits that entirely: some
// producers leave the index out.
func (s *Schema) withoutIndex(payload []byte, reason error) (Reading, error) {
	r, err := s.read(s.file.Messages().Get(0), payload)
	if err != nil || r.strange || len(payload) == 0 {
		return Reading{}, reason
	}
	const odd = "it has no message index, which stands before the message: read as the first one"
	r.Remarks.Add(jsonvalue.Remarks{Note: odd, Loss: "it has no message index"})
	return r, nil
}

// Choose sets the message of a schema file: by its full or short name, or "" for the
// only one there is.
func (s *Schema) Choose(name string) error {
	messages := s.file.Messages()
	if name == "" {
		if messages.Len() > 1 {
			return fmt.Errorf("the file has %d messages; say which one in message", messages.Len())
		}
		s.fixed = messages.Get(0)
		return nil
	}
	found, err := s.message(name)
	if err != nil {
		return err
	}
	s.fixed = found
	return nil
}

// message finds a message by its full name, or by its name in the package.
func (s *Schema) message(name string) (protoreflect.MessageDescriptor, error) {
	found, err := s.types.FindMessageByName(protoreflect.FullName(name))
	if err != nil && s.file.Package() != "" {
		found, err = s.types.FindMessageByName(s.file.Package().Append(protoreflect.Name(name)))
	}
	if err != nil {
		return nil, fmt.Errorf("the file and its imports have no message %s", name)
	}
	return found.Descriptor(), nil
}
