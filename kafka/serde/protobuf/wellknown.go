package protobuf

import (
	"encoding/base64"
	"math"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// special are the messages that ProtoJSON writes in a way of their own.
type special int

const (
	ordinary special = iota
	asText           // a string: Timestamp, Duration, FieldMask
	wrapper          // the value of its one field
	structure
	listValue
	anyValue
	anything // google.protobuf.Value
)

func specialOf(kind protoreflect.MessageDescriptor) special {
	if kind.FullName().Parent() != "google.protobuf" {
		return ordinary
	}
	switch kind.Name() {
	case "Timestamp", "Duration", "FieldMask":
		return asText
	case "DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value", "BoolValue", "StringValue", "BytesValue":
		return wrapper
	case "Struct":
		return structure
	case "ListValue":
		return listValue
	case "Any":
		return anyValue
	case "Value":
		return anything
	}
	return ordinary
}

func appendBase64(dst, data []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), data), '"')
}

// wellKnown writes a message that ProtoJSON writes in a way of its own. It is not done
// where that cannot say the value, or it is an ordinary message.
func (r *reader) wellKnown(m protoreflect.Message, depth int) (done bool, err error) {
	kind := specialOf(m.Descriptor())
	if kind != ordinary && len(m.GetUnknown()) > 0 {
		if kind == asText {
			return false, nil
		}
		r.remark("it has fields that its schema does not have: "+numbers(m.GetUnknown()), "fields that "+string(m.Descriptor().FullName())+" does not have")
	}
	fields := m.Descriptor().Fields()
	switch kind {
	case asText:
		return r.text(m), nil
	case wrapper:
		return true, r.single(fields.ByNumber(1), m.Get(fields.ByNumber(1)), depth)
	case structure, listValue:
		return true, r.field(fields.ByNumber(1), m.Get(fields.ByNumber(1)), depth)
	case anyValue:
		return true, r.any(m, depth)
	case anything:
		return true, r.anything(m, depth)
	}
	return false, nil
}

// text writes a Timestamp, Duration or FieldMask as a string. One that is out of
// range, or that would be read back as another one, is an object.
func (r *reader) text(m protoreflect.Message) bool {
	text, err := protojson.Marshal(m.Interface())
	if err != nil {
		r.remark("a "+string(m.Descriptor().Name())+" that ProtoJSON cannot say is shown by its fields", "")
		return false
	}
	r.out = append(r.out, text...)
	return true
}

func (r *reader) anything(m protoreflect.Message, depth int) error {
	field := m.WhichOneof(m.Descriptor().Oneofs().Get(0))
	if field == nil {
		r.remark("a Value that says nothing is shown as null", "a Value says nothing")
		r.out = append(r.out, "null"...)
		return nil
	}
	if field.Kind() == protoreflect.DoubleKind {
		if f := m.Get(field).Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			const odd = "a Value is NaN or infinite, which ProtoJSON does not allow"
			r.remark(odd, odd)
		}
	}
	if field.Kind() == protoreflect.EnumKind { // null, whatever its number
		if m.Get(field).Enum() != 0 {
			r.remark("", "a null Value has a number")
		}
		r.out = append(r.out, "null"...)
		return nil
	}
	return r.single(field, m.Get(field), depth)
}

// any writes an Any: its type and its fields, or its bytes where nobody knows the type.
func (r *reader) any(m protoreflect.Message, depth int) error {
	fields := m.Descriptor().Fields()
	url, data := m.Get(fields.ByName("type_url")).String(), m.Get(fields.ByName("value")).Bytes()
	if url == "" && len(data) == 0 {
		r.out = append(r.out, '{', '}')
		return nil
	}
	r.out = jsonvalue.AppendString(append(r.out, `{"@type":`...), url)
	begin := len(r.out)
	if inner := r.inside(url, data); inner != nil {
		outer := r.inAny
		r.inAny = true
		defer func() { r.inAny = outer }()
		if specialOf(inner.Descriptor()) == ordinary && inner.Descriptor().FullName() != "google.protobuf.Empty" {
			err := r.fields(inner, depth+1, false)
			r.out = append(r.out, '}')
			return err
		}
		r.member("value", false)
		err := r.message(inner, depth+1)
		r.out = append(r.out, '}')
		return err
	}
	r.out = r.out[:begin]
	r.remark("it has an Any of a message that the schema does not have", "it has an Any of a message that the schema does not have")
	r.member("value", false)
	r.out = append(appendBase64(r.out, data), '}')
	return nil
}

// inside is the message in an Any, or nil.
func (r *reader) inside(url string, data []byte) protoreflect.Message {
	found, err := r.types.FindMessageByURL(url)
	if err != nil {
		return nil
	}
	inner := dynamicpb.NewMessage(found.Descriptor())
	if err := unmarshal(r.types, data, inner); err != nil {
		return nil
	}
	return inner
}
