package serde

import (
	"context"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/kdeck/kdeck/kafka/serde/avro"
	"github.com/kdeck/kdeck/kafka/serde/jsonschema"
	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
	"github.com/kdeck/kdeck/kafka/serde/protobuf"
)

// schema reads and writes values of one schema. Implementations are safe for
// concurrent use.
type schema interface {
	// name is what the schema describes, as in "Avro shop.Order".
	name() string
	// decode returns a value as JSON on one line.
	decode(payload []byte) (reading, error)
	// encode is the way back. It checks the value against the schema.
	encode(json []byte, message string, index []int) (payload []byte, err error)
}

// reading is a value that was decoded.
type reading struct {
	text    []byte
	remarks jsonvalue.Remarks
	message string // of Protobuf: the full name
	index   []int  // of Protobuf: the place of the message, where it is not the usual one
}

// source is the text of a schema with everything that it refers to, in an order
// in which nothing is referred to before it stands there.
type source struct {
	kind sr.SchemaType
	text string
	refs []reference
}

// reference is a schema by the name that others use for it: a type in Avro, a
// file in Protobuf, an address in JSON Schema.
type reference struct{ name, text string }

// compile makes a schema of its text.
func compile(ctx context.Context, src source) (schema, error) {
	switch src.kind {
	case sr.TypeAvro:
		compiled, err := avro.Parse(src.text, references(src.refs, func(r reference) avro.Reference { return avro.Reference{Name: r.name, Text: r.text} }))
		return avroSchema{compiled}, err
	case sr.TypeProtobuf:
		compiled, err := protobuf.Compile(ctx, src.text, references(src.refs, func(r reference) protobuf.Reference { return protobuf.Reference{Name: r.name, Text: r.text} }))
		return protoSchema{compiled}, err
	case sr.TypeJSON:
		compiled, err := jsonschema.Compile(src.text, references(src.refs, func(r reference) jsonschema.Reference { return jsonschema.Reference{Name: r.name, Text: r.text} }))
		return jsonSchema{compiled}, err
	}
	return nil, fmt.Errorf("the schema is of type %s, which kdeck does not know", src.kind)
}

func references[R any](refs []reference, as func(reference) R) []R {
	all := make([]R, len(refs))
	for i, ref := range refs {
		all[i] = as(ref)
	}
	return all
}

type avroSchema struct{ *avro.Schema }

func (s avroSchema) name() string { return "Avro " + s.Name() }

func (s avroSchema) decode(payload []byte) (reading, error) {
	text, remarks, err := s.Decode(payload)
	return reading{text: text, remarks: remarks}, err
}

func (s avroSchema) encode(text []byte, message string, _ []int) ([]byte, error) {
	if message != "" {
		return nil, errNoMessages
	}
	return s.Encode(text)
}

var errNoMessages = fmt.Errorf("the schema has no messages to choose from: only Protobuf has")

type protoSchema struct{ *protobuf.Schema }

func (s protoSchema) name() string { return "Protobuf " + s.Name() }

func (s protoSchema) decode(payload []byte) (reading, error) {
	r, err := s.Decode(payload)
	return reading{r.Text, r.Remarks, r.Message, r.Index}, err
}

func (s protoSchema) encode(text []byte, message string, index []int) ([]byte, error) {
	return s.Encode(text, message, index)
}

type jsonSchema struct{ *jsonschema.Schema }

func (s jsonSchema) name() string {
	if s.Name() == "" {
		return "JSON"
	}
	return "JSON " + s.Name()
}

func (s jsonSchema) decode(payload []byte) (reading, error) {
	text, remarks, err := s.Decode(payload)
	return reading{text: text, remarks: remarks}, err
}

func (s jsonSchema) encode(text []byte, message string, _ []int) ([]byte, error) {
	if message != "" {
		return nil, errNoMessages
	}
	return s.Encode(slices.Clone(text))
}
