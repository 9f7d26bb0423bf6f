package serde

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/sr"
)

// schema reads and writes values of one schema. Implementations are safe for
// concurrent use.
type schema interface {
	// name is what the schema describes, as in "Avro shop.Order".
	name() string
	// decode returns a value as JSON on one line. note is what is odd about it.
	decode(payload []byte) (json []byte, note string, err error)
	// encode is the way back. It checks the value against the schema.
	encode(json []byte) (payload []byte, err error)
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
		return compileAvro(src)
	case sr.TypeProtobuf:
		return compileProtobuf(ctx, src)
	case sr.TypeJSON:
		return compileJSONSchema(src)
	}
	return nil, fmt.Errorf("the schema is of type %s, which kdeck does not know", src.kind)
}
