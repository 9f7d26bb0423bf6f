package protobuf

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// appendMessage writes a message as Java, C++ and Python do: fields by their numbers,
// maps by their keys, and what the message does not have at its end. The library of Go
// writes members of a oneof last.
func appendMessage(dst []byte, m protoreflect.Message) ([]byte, error) {
	var fields []protoreflect.FieldDescriptor
	m.Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		fields = append(fields, field)
		return true
	})
	slices.SortFunc(fields, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number()) - int(b.Number()) })
	var err error
	for _, field := range fields {
		if dst, err = appendField(dst, field, m.Get(field)); err != nil {
			return nil, err
		}
	}
	unknown := m.GetUnknown()
	for rest := []byte(unknown); len(rest) > 0; {
		n := fieldLength(rest)
		if n < 0 {
			return nil, fmt.Errorf("%s: the bytes are no fields of Protobuf", unknownName)
		}
		rest = rest[n:]
	}
	return append(dst, unknown...), nil
}

// fieldLength is the length of the first field, or below zero.
func fieldLength(data []byte) int {
	_, _, n := protowire.ConsumeField(data)
	return n
}

func appendField(dst []byte, field protoreflect.FieldDescriptor, v protoreflect.Value) ([]byte, error) {
	number := field.Number()
	switch {
	case field.IsMap():
		for _, key := range sortedKeys(field, v.Map()) {
			entry, err := appendSingle(nil, field.MapKey(), key.Value())
			if err == nil {
				entry, err = appendSingle(entry, field.MapValue(), v.Map().Get(key))
			}
			if err != nil {
				return nil, err
			}
			dst = protowire.AppendBytes(protowire.AppendTag(dst, number, protowire.BytesType), entry)
		}
		return dst, nil
	case field.IsList() && field.IsPacked():
		var packed []byte
		for i := range v.List().Len() {
			packed = appendScalar(packed, field.Kind(), v.List().Get(i))
		}
		return protowire.AppendBytes(protowire.AppendTag(dst, number, protowire.BytesType), packed), nil
	case field.IsList():
		var err error
		for i := range v.List().Len() {
			if dst, err = appendSingle(dst, field, v.List().Get(i)); err != nil {
				return nil, err
			}
		}
		return dst, nil
	}
	return appendSingle(dst, field, v)
}

// appendSingle writes one value with its tag.
func appendSingle(dst []byte, field protoreflect.FieldDescriptor, v protoreflect.Value) ([]byte, error) {
	number := field.Number()
	switch field.Kind() {
	case protoreflect.GroupKind: // also a message that an edition delimits
		dst, err := appendMessage(protowire.AppendTag(dst, number, protowire.StartGroupType), v.Message())
		return protowire.AppendTag(dst, number, protowire.EndGroupType), err
	case protoreflect.MessageKind:
		inner, err := appendMessage(nil, v.Message())
		return protowire.AppendBytes(protowire.AppendTag(dst, number, protowire.BytesType), inner), err
	}
	return appendScalar(protowire.AppendTag(dst, number, wireType(field.Kind())), field.Kind(), v), nil
}

func wireType(kind protoreflect.Kind) protowire.Type {
	switch kind {
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return protowire.Fixed64Type
	case protoreflect.StringKind, protoreflect.BytesKind:
		return protowire.BytesType
	}
	return protowire.VarintType
}

func appendScalar(dst []byte, kind protoreflect.Kind, v protoreflect.Value) []byte {
	switch kind {
	case protoreflect.BoolKind:
		return protowire.AppendVarint(dst, protowire.EncodeBool(v.Bool()))
	case protoreflect.EnumKind:
		return protowire.AppendVarint(dst, uint64(v.Enum()))
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		return protowire.AppendVarint(dst, uint64(v.Int()))
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		return protowire.AppendVarint(dst, protowire.EncodeZigZag(v.Int()))
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind:
		return protowire.AppendVarint(dst, v.Uint())
	case protoreflect.Sfixed32Kind:
		return protowire.AppendFixed32(dst, uint32(v.Int()))
	case protoreflect.Fixed32Kind:
		return protowire.AppendFixed32(dst, uint32(v.Uint()))
	case protoreflect.FloatKind:
		return protowire.AppendFixed32(dst, jsonvalue.Bits32(v.Float()))
	case protoreflect.Sfixed64Kind:
		return protowire.AppendFixed64(dst, uint64(v.Int()))
	case protoreflect.Fixed64Kind:
		return protowire.AppendFixed64(dst, v.Uint())
	case protoreflect.DoubleKind:
		return protowire.AppendFixed64(dst, jsonvalue.Bits64(v.Float()))
	case protoreflect.StringKind:
		return protowire.AppendString(dst, v.String())
	}
	return protowire.AppendBytes(dst, v.Bytes())
}
