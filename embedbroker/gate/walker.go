package gate

import (
	"encoding/binary"
	"errors"
)

// kind is how a field is written in the protocol.
type kind uint8

const (
	kindFixed      kind = iota // a number, a bool or a UUID of size bytes
	kindString                 // int16 length, or uvarint length+1 when compact
	kindNullString             // as kindString; length -1, or 0, is null
	kindBytes                  // int32 length, or uvarint length+1 when compact
	kindArray                  // as kindBytes, counting elements
	kindStruct                 // its fields
	kindNullStruct             // int8 -1 for null, else its fields follow
)

// field is one field of a layout.
type field struct {
	kind kind
	size int     // of kindFixed
	elem *layout // of kindArray, kindStruct, kindNullStruct
}

// layout is how a struct of a request is written in one version.
type layout struct {
	fields  []field
	compact bool            // lengths are uvarints (KIP-482)
	tags    bool            // ends in tagged fields
	refused map[uint32]bool // tags that only brokers send to each other
	min     int             // the fewest bytes that it can take
}

// maxTags bounds the tagged fields of one struct. The protocol knows at most a
// handful; a count of billions would keep a parser busy for minutes.
const maxTags = 64

var (
	errLength = errors.New("length exceeds the request")
	errTags   = errors.New("too many tagged fields")
	errRefuse = errors.New("tagged field of brokers")
	errVarint = errors.New("malformed varint")
	errNull   = errors.New("null where the protocol allows none")
)

// walker steps over the fields of a request without decoding them. Its first
// error sticks.
//
// It exists because a decoder allocates what an array's count claims and loops
// over what a tag count claims: counts are checked here against the bytes that
// are really there, before the engine decodes anything.
type walker struct {
	src []byte
	err error
}

func (w *walker) fail(err error) {
	if w.err == nil {
		w.err = err
	}
	w.src = nil
}

func (w *walker) skip(n int) {
	if n < 0 || n > len(w.src) {
		w.fail(errShort)
		return
	}
	w.src = w.src[n:]
}

func (w *walker) int8() int8 {
	if len(w.src) < 1 {
		w.fail(errShort)
		return 0
	}
	v := int8(w.src[0])
	w.src = w.src[1:]
	return v
}

func (w *walker) int16() int16 {
	if len(w.src) < 2 {
		w.fail(errShort)
		return 0
	}
	v := int16(binary.BigEndian.Uint16(w.src))
	w.src = w.src[2:]
	return v
}

func (w *walker) int32() int32 {
	if len(w.src) < 4 {
		w.fail(errShort)
		return 0
	}
	v := int32(binary.BigEndian.Uint32(w.src))
	w.src = w.src[4:]
	return v
}

// uvarint reads an unsigned varint of at most 32 bits.
func (w *walker) uvarint() uint32 {
	v, n := binary.Uvarint(w.src)
	if n <= 0 || n > 5 || v > 1<<32-1 {
		w.fail(errVarint)
		return 0
	}
	w.src = w.src[n:]
	return uint32(v)
}

// length reads the length of a string, of bytes or of an array; -1 is null.
func (w *walker) length(compact bool, wide bool) int {
	switch {
	case compact:
		return int(w.uvarint()) - 1
	case wide:
		return int(w.int32())
	default:
		return int(w.int16())
	}
}

func (w *walker) nullableString(compact bool) {
	if n := w.length(compact, false); n > 0 {
		w.skip(n)
	}
}

// span reads n bytes that were announced as a string or as bytes.
func (w *walker) span(compact, wide bool) []byte {
	n := w.length(compact, wide)
	if n < 0 || n > len(w.src) {
		if n != -1 {
			w.fail(errLength)
		}
		return nil
	}
	b := w.src[:n]
	w.src = w.src[n:]
	return b
}

func (w *walker) tags(refused map[uint32]bool) {
	n := w.uvarint()
	if n > maxTags {
		w.fail(errTags)
		return
	}
	for ; n > 0 && w.err == nil; n-- {
		key, size := w.uvarint(), w.uvarint()
		if refused[key] {
			w.fail(errRefuse)
			return
		}
		w.skip(int(size))
	}
}

// walk steps over one struct.
func (w *walker) walk(l *layout) {
	for i := range l.fields {
		w.field(l, &l.fields[i])
		if w.err != nil {
			return
		}
	}
	if l.tags {
		w.tags(l.refused)
	}
}

func (w *walker) field(l *layout, f *field) {
	switch f.kind {
	case kindFixed:
		w.skip(f.size)
	case kindString:
		if n := w.length(l.compact, false); n < 0 {
			w.fail(errNull)
		} else {
			w.skip(n)
		}
	case kindNullString:
		w.nullableString(l.compact)
	case kindBytes:
		if n := w.length(l.compact, true); n > 0 {
			w.skip(n)
		}
	case kindArray:
		w.array(w.length(l.compact, true), f.elem)
	case kindStruct:
		w.walk(f.elem)
	case kindNullStruct:
		if w.int8() != -1 {
			w.walk(f.elem)
		}
	}
}

func (w *walker) array(n int, elem *layout) {
	if n > len(w.src)/elem.min {
		w.fail(errLength)
		return
	}
	for ; n > 0 && w.err == nil; n-- {
		w.walk(elem)
	}
}
