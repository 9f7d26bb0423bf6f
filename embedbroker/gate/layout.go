package gate

import (
	"bytes"
	"reflect"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// probeLayout finds out how a version of a request is written, by watching its
// encoder: the fields of the Go struct are in the order of the protocol, and a
// field is part of a version if changing its value changes the encoding.
//
// That needs no second copy of the protocol's schemas, which would have to be
// kept in step with the decoder that the engine uses.
func probeLayout(key, version int16) *layout {
	req := kmsg.RequestForKey(key)
	req.SetVersion(version)
	if d, ok := req.(defaulter); ok {
		d.Default()
	}
	p := prober{req: req}
	return p.structure(reflect.ValueOf(req).Elem())
}

// defaulter is what every struct of kmsg is. Tagged fields are written only
// when they differ from their default.
type defaulter interface{ Default() }

// prober encodes req again and again while one field of it changes.
type prober struct{ req kmsg.Request }

func (p *prober) encode() []byte { return p.req.AppendTo(nil) }

// with encodes the request while f holds v.
func (p *prober) with(f, v reflect.Value) []byte {
	old := reflect.ValueOf(f.Interface())
	f.Set(v)
	b := p.encode()
	f.Set(old)
	return b
}

func (p *prober) structure(v reflect.Value) *layout {
	compact := p.req.IsFlexible()
	l := &layout{compact: compact, tags: compact}
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if name == "Version" && v.Addr().Interface() == any(p.req) || name == "UnknownTags" {
			continue
		}
		f, tag := p.field(v.Field(i))
		switch {
		case f == nil:
		case tag >= 0:
			if f.kind == kindArray || f.kind == kindStruct {
				if l.refused == nil {
					l.refused = make(map[uint32]bool)
				}
				l.refused[uint32(tag)] = true
			}
		default:
			l.fields = append(l.fields, *f)
			l.min += f.min(compact)
		}
	}
	if l.tags {
		l.min++
	}
	return l
}

// min is the fewest bytes that f takes.
func (f *field) min(compact bool) int {
	switch f.kind {
	case kindFixed:
		return f.size
	case kindStruct:
		return f.elem.min
	case kindNullStruct:
		return 1
	case kindString, kindNullString:
		if !compact {
			return 2
		}
	case kindBytes, kindArray:
		if !compact {
			return 4
		}
	}
	return 1
}

// field finds out how v is written: nil if it is not part of the version. tag
// is the number of a tagged field, -1 for the others.
func (p *prober) field(v reflect.Value) (f *field, tag int) {
	switch v.Kind() {
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			return p.array(v)
		}
		one := reflect.ValueOf([]byte{1}).Convert(v.Type())
		return p.scalar(v, one, &field{kind: kindBytes}, 1)
	case reflect.String:
		return p.scalar(v, reflect.ValueOf("a").Convert(v.Type()), &field{kind: kindString}, 1-v.Len())
	case reflect.Pointer:
		if v.Type().Elem().Kind() == reflect.Struct {
			return p.pointer(v)
		}
		grown := 1
		if !v.IsNil() {
			grown -= v.Elem().Len()
		}
		a := "a"
		return p.scalar(v, reflect.ValueOf(&a), &field{kind: kindNullString}, grown)
	case reflect.Struct:
		return p.inner(v)
	default:
		return p.scalar(v, changed(v), &field{kind: kindFixed, size: int(v.Type().Size())}, 0)
	}
}

// changed returns another value of v's fixed-size type.
func changed(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Bool:
		c.SetBool(!v.Bool())
	case reflect.Float64:
		c.SetFloat(v.Float() + 1)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		c.SetUint(v.Uint() ^ 1)
	case reflect.Array: // a UUID
		c.Set(v)
		c.Index(0).SetUint(v.Index(0).Uint() ^ 1)
	default:
		c.SetInt(v.Int() ^ 1)
	}
	return c
}

// scalar compares the encodings with and without another value, which makes
// an untagged field grow by grown bytes.
func (p *prober) scalar(v, other reflect.Value, f *field, grown int) (*field, int) {
	before, after := p.encode(), p.with(v, other)
	if bytes.Equal(before, after) {
		return nil, -1
	}
	if len(after)-len(before) != grown {
		return f, tagNumber(before, after)
	}
	return f, -1
}

// tagNumber reads the number of the tagged field that is in after but not in
// before: the encodings differ first in the count of tags, which the number
// follows.
func tagNumber(before, after []byte) int {
	for i := range after {
		if i >= len(before) || before[i] != after[i] {
			return int(after[i+1])
		}
	}
	return -1
}

func (p *prober) array(v reflect.Value) (*field, int) {
	one := reflect.MakeSlice(v.Type(), 1, 1)
	setDefault(one.Index(0))
	two := reflect.AppendSlice(one.Slice(0, 1), one)
	none := p.with(v, reflect.MakeSlice(v.Type(), 0, 0))
	first, second := p.with(v, one), p.with(v, two)
	if bytes.Equal(none, first) {
		return nil, -1
	}
	f := &field{kind: kindArray}
	if len(first)-len(none) != len(second)-len(first) { // a tag costs its first element more
		return f, tagNumber(none, first)
	}
	old := reflect.ValueOf(v.Interface())
	v.Set(one)
	defer v.Set(old)
	f.elem = p.element(v.Index(0))
	return f, -1
}

// element is the layout of one element of an array: a struct, or one field
// without tags.
func (p *prober) element(v reflect.Value) *layout {
	if v.Kind() == reflect.Struct {
		return p.structure(v)
	}
	f, _ := p.field(v)
	l := &layout{compact: p.req.IsFlexible(), fields: []field{*f}}
	l.min = f.min(l.compact)
	return l
}

func (p *prober) pointer(v reflect.Value) (*field, int) {
	other := reflect.New(v.Type().Elem())
	setDefault(other.Elem())
	if bytes.Equal(p.encode(), p.with(v, other)) {
		return nil, -1
	}
	v.Set(other)
	defer v.SetZero()
	return &field{kind: kindNullStruct, elem: p.structure(other.Elem())}, -1
}

// inner finds out how a struct inside a struct is written. It is tagged if its
// fields are: a number does not change the length otherwise.
func (p *prober) inner(v reflect.Value) (*field, int) {
	for i := range v.NumField() {
		if v.Type().Field(i).Name == "UnknownTags" {
			continue
		}
		if f, tag := p.field(v.Field(i)); f != nil {
			if tag >= 0 {
				return &field{kind: kindStruct}, tag
			}
			return &field{kind: kindStruct, elem: p.structure(v)}, -1
		}
	}
	return nil, -1
}

func setDefault(v reflect.Value) {
	if d, ok := v.Addr().Interface().(defaulter); ok {
		d.Default()
	}
}
