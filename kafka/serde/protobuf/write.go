package protobuf

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// Encode makes the bytes of a value that is written as Decode writes it, or in any
// other way that ProtoJSON allows. message is its full or short name, "" for the first
// one or the one that was chosen. index is its place as it is to be written; nil is
// the usual one.
func (s *Schema) Encode(text []byte, message string, index []int) ([]byte, error) {
	kind, place, err := s.target(message, index)
	if err != nil {
		return nil, err
	}
	v, err := jsonvalue.Parse(text)
	if err != nil {
		return nil, err
	}
	w := writer{types: s.types}
	built := dynamicpb.NewMessage(kind)
	if err := w.message(built, &v, 0); err != nil {
		return nil, fmt.Errorf("not %s: %w", kind.FullName(), err)
	}
	if err := proto.CheckInitialized(built); err != nil {
		return nil, fmt.Errorf("not %s: %w", kind.FullName(), reasonOf(err))
	}
	var header []byte
	if place != nil {
		header = appendIndex(nil, place)
	}
	return appendMessage(header, built)
}

// writer builds messages of JSON.
type writer struct{ types *dynamicpb.Types }

func at(place string, err error) error { return fmt.Errorf("%s: %w", jsonvalue.Shorten(place), err) }

func (w *writer) message(m protoreflect.Message, v *jsonvalue.Value, depth int) error {
	if depth > jsonvalue.MaxDepth {
		return jsonvalue.ErrTooDeep
	}
	if done, err := w.special(m, v, depth); done || err != nil {
		return err
	}
	if v.Kind != jsonvalue.Object {
		return fmt.Errorf("%s wants an object", m.Descriptor().FullName())
	}
	seen := make(map[protoreflect.FieldNumber]bool, len(v.Members))
	for i := range v.Members {
		name, value := v.Members[i].Name, &v.Members[i].Value
		if name == unknownName {
			data, ok := value.Bytes()
			if !ok || !m.IsValid() {
				return at(name, errors.New(`want {"base64": "…"}`))
			}
			m.SetUnknown(data)
			continue
		}
		field, err := w.field(m.Descriptor(), name)
		if err != nil {
			return err
		}
		if seen[field.Number()] {
			return at(name, errors.New("the field stands there twice"))
		}
		seen[field.Number()] = true
		if value.Kind == jsonvalue.Null && !takesNull(field) {
			continue
		}
		if oneof := field.ContainingOneof(); oneof != nil && m.WhichOneof(oneof) != nil {
			return at(name, fmt.Errorf("another member of the oneof %s is set too", oneof.Name()))
		}
		if err := w.set(m, field, value, depth); err != nil {
			return at(name, err)
		}
	}
	return nil
}

// field finds a field by its name in the .proto, or in JSON.
func (w *writer) field(kind protoreflect.MessageDescriptor, name string) (protoreflect.FieldDescriptor, error) {
	if inner, ok := strings.CutPrefix(name, "["); ok {
		extension, err := w.types.FindExtensionByName(protoreflect.FullName(strings.TrimSuffix(inner, "]")))
		if err != nil || extension.TypeDescriptor().ContainingMessage().FullName() != kind.FullName() {
			return nil, fmt.Errorf("%s has no extension %s", kind.FullName(), jsonvalue.Shorten(name))
		}
		return extension.TypeDescriptor(), nil
	}
	fields := kind.Fields()
	if found := fields.ByName(protoreflect.Name(name)); found != nil {
		return found, nil
	}
	if found := fields.ByJSONName(name); found != nil {
		return found, nil
	}
	if found := fields.ByTextName(name); found != nil { // of a group
		return found, nil
	}
	return nil, fmt.Errorf("%s has no field %q", kind.FullName(), jsonvalue.Shorten(name))
}

// takesNull reports whether null is a value of a field; of others it is none at all.
func takesNull(field protoreflect.FieldDescriptor) bool {
	if field.IsList() || field.IsMap() {
		return false
	}
	return field.Message() != nil && specialOf(field.Message()) == anything ||
		field.Enum() != nil && field.Enum().FullName() == "google.protobuf.NullValue"
}

func (w *writer) set(m protoreflect.Message, field protoreflect.FieldDescriptor, v *jsonvalue.Value, depth int) error {
	switch {
	case field.IsList():
		if v.Kind != jsonvalue.Array {
			return errors.New("it wants a list")
		}
		list := m.Mutable(field).List()
		for i := range v.Items {
			item, err := w.value(field, list.NewElement(), &v.Items[i], depth)
			if err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
			list.Append(item)
		}
		return nil
	case field.IsMap():
		return w.mapping(m.Mutable(field).Map(), field, v, depth)
	}
	empty := protoreflect.Value{}
	if field.Message() != nil {
		empty = m.NewField(field)
	}
	value, err := w.value(field, empty, v, depth)
	if err == nil {
		m.Set(field, value)
	}
	return err
}

func (w *writer) mapping(all protoreflect.Map, field protoreflect.FieldDescriptor, v *jsonvalue.Value, depth int) error {
	if v.Kind != jsonvalue.Object {
		return errors.New("it wants an object")
	}
	for i := range v.Members {
		name := v.Members[i].Name
		key, err := w.scalar(field.MapKey(), &jsonvalue.Value{Kind: jsonvalue.String, Text: name}, true)
		if err != nil {
			return at(name, err)
		}
		if all.Has(key.MapKey()) {
			return at(name, errors.New("the key stands there twice"))
		}
		value, err := w.value(field.MapValue(), all.NewValue(), &v.Members[i].Value, depth)
		if err != nil {
			return at(name, err)
		}
		all.Set(key.MapKey(), value)
	}
	return nil
}

// value makes a single value of a field; empty is a new message where it is one.
func (w *writer) value(field protoreflect.FieldDescriptor, empty protoreflect.Value, v *jsonvalue.Value, depth int) (protoreflect.Value, error) {
	if field.Message() != nil {
		return empty, w.message(empty.Message(), v, depth+1)
	}
	return w.scalar(field, v, false)
}

// special builds a message that ProtoJSON writes in a way of its own.
func (w *writer) special(m protoreflect.Message, v *jsonvalue.Value, depth int) (done bool, err error) {
	first := m.Descriptor().Fields().ByNumber(1)
	switch specialOf(m.Descriptor()) {
	case asText:
		if v.Kind == jsonvalue.Object { // by its fields
			return false, nil
		}
		return true, w.library(m, v)
	case anyValue:
		return true, w.library(m, v)
	case wrapper:
		value, err := w.scalar(first, v, false)
		if err == nil {
			m.Set(first, value)
		}
		return true, err
	case structure, listValue:
		return true, w.set(m, first, v, depth)
	case anything:
		return true, w.anything(m, v, depth)
	}
	return false, nil
}

// library lets the library read what it writes too.
func (w *writer) library(m protoreflect.Message, v *jsonvalue.Value) error {
	err := protojson.UnmarshalOptions{Resolver: w.types, RecursionLimit: jsonvalue.MaxDepth}.Unmarshal(v.Append(nil), m.Interface())
	if err != nil {
		return reasonOf(err)
	}
	return nil
}

func (w *writer) anything(m protoreflect.Message, v *jsonvalue.Value, depth int) error {
	fields := m.Descriptor().Fields()
	name := map[jsonvalue.Kind]protoreflect.Name{
		jsonvalue.Null: "null_value", jsonvalue.Bool: "bool_value", jsonvalue.Number: "number_value",
		jsonvalue.String: "string_value", jsonvalue.Array: "list_value", jsonvalue.Object: "struct_value",
	}[v.Kind]
	return w.set(m, fields.ByName(name), v, depth)
}

// scalar makes a value that is no message. The key of a map is a string of it.
func (w *writer) scalar(field protoreflect.FieldDescriptor, v *jsonvalue.Value, key bool) (protoreflect.Value, error) {
	none := protoreflect.Value{}
	switch field.Kind() {
	case protoreflect.BoolKind:
		if key && (v.Text == "true" || v.Text == "false") {
			return protoreflect.ValueOfBool(v.Text == "true"), nil
		}
		if v.Kind == jsonvalue.Bool {
			return protoreflect.ValueOfBool(v.True), nil
		}
		return none, errors.New("it wants true or false")
	case protoreflect.StringKind:
		if v.Kind == jsonvalue.String {
			return protoreflect.ValueOfString(v.Text), nil
		}
		return none, errors.New("it wants a string")
	case protoreflect.BytesKind:
		if v.Kind == jsonvalue.String {
			data, err := parseBase64(v.Text)
			return protoreflect.ValueOfBytes(data), err
		}
		return none, errors.New("it wants a string of base64")
	case protoreflect.EnumKind:
		return enumOf(field.Enum(), v)
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return floatOf(field, v)
	}
	return integerOf(field, v)
}

func parseBase64(text string) ([]byte, error) {
	text = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "=")
	data, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("not base64: %w", err)
	}
	return data, nil
}

func enumOf(kind protoreflect.EnumDescriptor, v *jsonvalue.Value) (protoreflect.Value, error) {
	switch v.Kind {
	case jsonvalue.Null: // NullValue alone
		return protoreflect.ValueOfEnum(0), nil
	case jsonvalue.String:
		if found := kind.Values().ByName(protoreflect.Name(v.Text)); found != nil {
			return protoreflect.ValueOfEnum(found.Number()), nil
		}
		return protoreflect.Value{}, fmt.Errorf("%s has no %q", kind.FullName(), jsonvalue.Shorten(v.Text))
	case jsonvalue.Number:
		d, ok := jsonvalue.ParseDecimal(v.Text)
		if n, whole := d.Int64(); ok && whole && int64(int32(n)) == n {
			return protoreflect.ValueOfEnum(protoreflect.EnumNumber(n)), nil
		}
	}
	return protoreflect.Value{}, fmt.Errorf("it wants a name of %s, or a number", kind.FullName())
}

func floatOf(field protoreflect.FieldDescriptor, v *jsonvalue.Value) (protoreflect.Value, error) {
	bits := 64
	if field.Kind() == protoreflect.FloatKind {
		bits = 32
	}
	f, special := jsonvalue.Special(v.Text)
	var err error
	switch {
	case v.Kind == jsonvalue.String && special:
	case v.Kind == jsonvalue.Number, v.Kind == jsonvalue.String && isNumber(v.Text):
		f, err = jsonvalue.Float(v.Text, bits)
	default:
		err = errors.New("it wants a number, NaN, Infinity or -Infinity")
	}
	if bits == 32 {
		return protoreflect.ValueOfFloat32(float32(f)), err
	}
	return protoreflect.ValueOfFloat64(f), err
}

func isNumber(text string) bool {
	v, err := jsonvalue.Parse([]byte(text))
	return err == nil && v.Kind == jsonvalue.Number && strings.TrimSpace(text) == text
}

// integerOf reads a number, or a string of one, as ProtoJSON writes those of 64 bits.
func integerOf(field protoreflect.FieldDescriptor, v *jsonvalue.Value) (protoreflect.Value, error) {
	if v.Kind != jsonvalue.Number && (v.Kind != jsonvalue.String || !isNumber(v.Text)) {
		return protoreflect.Value{}, errors.New("it wants a whole number")
	}
	d, ok := jsonvalue.ParseDecimal(v.Text)
	n, whole := d.Int64()
	u, positive := d.Uint64()
	outside := fmt.Errorf("%s is no %s", jsonvalue.Shorten(v.Text), field.Kind())
	if !ok {
		return protoreflect.Value{}, outside
	}
	switch field.Kind() {
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		if whole && int64(int32(n)) == n {
			return protoreflect.ValueOfInt32(int32(n)), nil
		}
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		if positive && u <= math.MaxUint32 {
			return protoreflect.ValueOfUint32(uint32(u)), nil
		}
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		if positive {
			return protoreflect.ValueOfUint64(u), nil
		}
	default:
		if whole {
			return protoreflect.ValueOfInt64(n), nil
		}
	}
	return protoreflect.Value{}, outside
}
