package protobuf

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// unknownName is the member that holds the fields which a message does not have, as
// they stand in the bytes. No field and no extension can have this name.
const unknownName = "[unknown]"

// mostText bounds the JSON of a value: fields that are not set show too, and may make
// it much larger than its bytes.
const mostText = 32 << 20

var errTooLarge = fmt.Errorf("as JSON it has more than %d MiB", mostText>>20)

// read reads a message.
func (s *Schema) read(kind protoreflect.MessageDescriptor, payload []byte) (Reading, error) {
	r := reader{types: s.types}
	message, err := r.parse(kind, payload)
	if err != nil {
		return Reading{}, fmt.Errorf("not %s: %w", kind.FullName(), err)
	}
	if err := r.message(message, 0); err != nil {
		return Reading{}, fmt.Errorf("%s as JSON: %w", kind.FullName(), err)
	}
	if err := proto.CheckInitialized(message.Interface()); err != nil {
		r.remark("a required field is missing", "")
	}
	r.strange = r.remarks.Note != ""
	r.remark(s.lacks, "")
	return Reading{Text: r.out, Message: string(kind.FullName()), Remarks: r.remarks, strange: r.strange}, nil
}

type reader struct {
	types   *dynamicpb.Types
	out     []byte
	remarks jsonvalue.Remarks
	strange bool
	inAny   bool // whose fields are written by the library
}

func (r *reader) remark(note, loss string) {
	r.remarks.Add(jsonvalue.Remarks{Note: note, Loss: loss})
}

// unmarshal reads a message, also one whose required fields are missing. The library
// panics over an entry of a map whose key stands twice, the second time in another
// type.
func unmarshal(types *dynamicpb.Types, payload []byte, message *dynamicpb.Message) (err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			err = fmt.Errorf("the library cannot read it: %v", recovered)
		}
	}()
	return proto.UnmarshalOptions{Resolver: types, RecursionLimit: jsonvalue.MaxDepth, AllowPartial: true}.Unmarshal(payload, message)
}

func (r *reader) parse(kind protoreflect.MessageDescriptor, payload []byte) (protoreflect.Message, error) {
	message := dynamicpb.NewMessage(kind)
	err := unmarshal(r.types, payload, message)
	if err == nil {
		return message, nil
	}
	cleaned, odd := cleanStrings(nil, kind, payload, 0)
	if !odd {
		return nil, reasonOf(err)
	}
	message = dynamicpb.NewMessage(kind)
	if unmarshal(r.types, cleaned, message) != nil {
		return nil, reasonOf(err)
	}
	const loss = "it has a string that is not UTF-8"
	r.remark(loss+": � stands for such bytes", loss)
	return message, nil
}

// reasonOf leaves out what the library puts before its errors.
func reasonOf(err error) error {
	text := strings.TrimSpace(strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto:"))
	return errors.New(text)
}

// cleanStrings copies a message with U+FFFD in its strings for bytes that are not
// UTF-8, which proto3 does not allow.
func cleanStrings(dst []byte, kind protoreflect.MessageDescriptor, payload []byte, depth int) (cleaned []byte, odd bool) {
	for len(payload) > 0 {
		number, wire, n := protowire.ConsumeTag(payload)
		if n < 0 {
			return append(dst, payload...), odd
		}
		size := protowire.ConsumeFieldValue(number, wire, payload[n:])
		if size < 0 {
			return append(dst, payload...), odd
		}
		whole := payload[:n+size]
		field := kind.Fields().ByNumber(number)
		if field == nil || wire != protowire.BytesType || depth > jsonvalue.MaxDepth {
			dst, payload = append(dst, whole...), payload[n+size:]
			continue
		}
		value, _ := protowire.ConsumeBytes(payload[n:])
		switch field.Kind() {
		case protoreflect.StringKind:
			valid := []byte(strings.ToValidUTF8(string(value), "\uFFFD"))
			odd = odd || string(valid) != string(value)
			dst = protowire.AppendBytes(protowire.AppendTag(dst, number, wire), valid)
		case protoreflect.MessageKind:
			inner, inOdd := cleanStrings(nil, field.Message(), value, depth+1)
			odd = odd || inOdd
			dst = protowire.AppendBytes(protowire.AppendTag(dst, number, wire), inner)
		default:
			dst = append(dst, whole...)
		}
		payload = payload[n+size:]
	}
	return dst, odd
}

// message writes a message: its fields in the order of the .proto, those without
// presence at their zeros too, then extensions, then what it does not have.
func (r *reader) message(m protoreflect.Message, depth int) error {
	switch {
	case depth > jsonvalue.MaxDepth:
		return jsonvalue.ErrTooDeep
	case len(r.out) > mostText:
		return errTooLarge
	}
	if done, err := r.wellKnown(m, depth); done || err != nil {
		return err
	}
	r.out = append(r.out, '{')
	if err := r.fields(m, depth, true); err != nil {
		return err
	}
	r.out = append(r.out, '}')
	return nil
}

// fields writes the members of a message.
func (r *reader) fields(m protoreflect.Message, depth int, first bool) error {
	all := m.Descriptor().Fields()
	for i := range all.Len() {
		field := all.Get(i)
		if field.HasPresence() && !m.Has(field) {
			continue
		}
		first = r.member(string(field.Name()), first)
		if err := r.field(field, m.Get(field), depth); err != nil {
			return err
		}
	}
	var extensions []protoreflect.FieldDescriptor
	m.Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if field.IsExtension() {
			extensions = append(extensions, field)
		}
		return true
	})
	slices.SortFunc(extensions, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number()) - int(b.Number()) })
	for _, field := range extensions {
		first = r.member("["+string(field.FullName())+"]", first)
		if err := r.field(field, m.Get(field), depth); err != nil {
			return err
		}
	}
	if unknown := m.GetUnknown(); len(unknown) > 0 {
		r.remark("it has fields that its schema does not have: "+numbers(unknown), "")
		if r.inAny {
			r.remark("", "an Any has fields that its message does not have")
		}
		r.member(unknownName, first)
		r.out = jsonvalue.AppendBytes(r.out, unknown)
	}
	return nil
}

// numbers lists the numbers of some fields.
func numbers(fields []byte) string {
	const most = 5
	var told []string
	for len(fields) > 0 {
		number, _, n := protowire.ConsumeField(fields)
		if n < 0 {
			break
		}
		fields = fields[n:]
		if text := strconv.Itoa(int(number)); !slices.Contains(told, text) {
			told = append(told, text)
		}
		if len(told) > most {
			told[most] = "…"
			break
		}
	}
	return strings.Join(told, ", ")
}

func (r *reader) member(name string, first bool) bool {
	if !first {
		r.out = append(r.out, ',')
	}
	r.out = append(jsonvalue.AppendString(r.out, name), ':')
	return false
}

func (r *reader) field(field protoreflect.FieldDescriptor, v protoreflect.Value, depth int) error {
	switch {
	case field.IsList():
		r.out = append(r.out, '[')
		for i := range v.List().Len() {
			if i > 0 {
				r.out = append(r.out, ',')
			}
			if err := r.single(field, v.List().Get(i), depth); err != nil {
				return err
			}
		}
		r.out = append(r.out, ']')
		return nil
	case field.IsMap():
		return r.mapping(field, v.Map(), depth)
	}
	return r.single(field, v, depth)
}

func (r *reader) mapping(field protoreflect.FieldDescriptor, m protoreflect.Map, depth int) error {
	r.out = append(r.out, '{')
	for i, key := range sortedKeys(field, m) {
		r.member(key.String(), i == 0)
		if err := r.single(field.MapValue(), m.Get(key), depth); err != nil {
			return err
		}
	}
	r.out = append(r.out, '}')
	return nil
}

// sortedKeys are the keys of a map in their order.
func sortedKeys(field protoreflect.FieldDescriptor, m protoreflect.Map) []protoreflect.MapKey {
	keys := make([]protoreflect.MapKey, 0, m.Len())
	m.Range(func(key protoreflect.MapKey, _ protoreflect.Value) bool {
		keys = append(keys, key)
		return true
	})
	slices.SortFunc(keys, func(a, b protoreflect.MapKey) int {
		switch field.MapKey().Kind() {
		case protoreflect.StringKind:
			return strings.Compare(a.String(), b.String())
		case protoreflect.BoolKind:
			return strings.Compare(a.String(), b.String()) // "false" is before "true"
		case protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
			return compare(a.Uint(), b.Uint())
		}
		return compare(a.Int(), b.Int())
	})
	return keys
}

func compare[T int64 | uint64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (r *reader) single(field protoreflect.FieldDescriptor, v protoreflect.Value, depth int) error {
	switch field.Kind() {
	case protoreflect.BoolKind:
		r.out = strconv.AppendBool(r.out, v.Bool())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		r.out = strconv.AppendInt(r.out, v.Int(), 10)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		r.out = strconv.AppendUint(r.out, v.Uint(), 10)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		r.out = append(strconv.AppendInt(append(r.out, '"'), v.Int(), 10), '"')
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		r.out = append(strconv.AppendUint(append(r.out, '"'), v.Uint(), 10), '"')
	case protoreflect.FloatKind:
		r.out = jsonvalue.AppendFloat(r.out, v.Float(), 32)
	case protoreflect.DoubleKind:
		r.out = jsonvalue.AppendFloat(r.out, v.Float(), 64)
	case protoreflect.StringKind:
		r.out = jsonvalue.AppendString(r.out, v.String())
	case protoreflect.BytesKind:
		r.out = appendBase64(r.out, v.Bytes())
	case protoreflect.EnumKind:
		r.enum(field.Enum(), v.Enum())
	default:
		return r.message(v.Message(), depth+1)
	}
	return nil
}

func (r *reader) enum(kind protoreflect.EnumDescriptor, number protoreflect.EnumNumber) {
	value := kind.Values().ByNumber(number)
	switch {
	case kind.FullName() == "google.protobuf.NullValue" && number == 0:
		r.out = append(r.out, "null"...)
	case value != nil:
		r.out = jsonvalue.AppendString(r.out, string(value.Name()))
	default:
		r.out = strconv.AppendInt(r.out, int64(number), 10)
	}
}
