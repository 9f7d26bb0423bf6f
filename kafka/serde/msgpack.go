package serde

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// maxDepth bounds how deep objects and lists may stand in each other, in every
// form: enough for any record, and far from the end of the stack.
const maxDepth = 64

var errTooDeep = fmt.Errorf("it is nested deeper than %d levels", maxDepth)

// errBytesLeft says that a value ends before its bytes do.
func errBytesLeft(n int) error {
	return fmt.Errorf("its bytes go on after its end: %s", count(n, "byte"))
}

// msgpackJSON writes a MessagePack value as JSON, with members in their order.
func msgpackJSON(data []byte) ([]byte, error) {
	if len(data) > maxStructured {
		return nil, fmt.Errorf("not read as MessagePack: %w", errTooLong)
	}
	r := bytes.NewReader(data)
	m := packed{dec: msgpack.NewDecoder(r)}
	out, err := m.append(nil, 0)
	if err == nil && r.Len() > 0 {
		err = errBytesLeft(r.Len())
	}
	if err != nil {
		return nil, fmt.Errorf("not MessagePack: %w", err)
	}
	return out, nil
}

type packed struct{ dec *msgpack.Decoder }

func (m packed) append(dst []byte, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	code, err := m.dec.PeekCode()
	if err != nil {
		return nil, err
	}
	switch {
	case code == msgpcode.Nil:
		return append(dst, "null"...), m.dec.DecodeNil()
	case code == msgpcode.True || code == msgpcode.False:
		v, err := m.dec.DecodeBool()
		return strconv.AppendBool(dst, v), err
	case code == msgpcode.Float:
		v, err := m.dec.DecodeFloat32()
		return appendFloat(dst, float64(v), 32), err
	case code == msgpcode.Double:
		v, err := m.dec.DecodeFloat64()
		return appendFloat(dst, v, 64), err
	case code == msgpcode.Uint64:
		v, err := m.dec.DecodeUint64()
		return strconv.AppendUint(dst, v, 10), err
	case msgpcode.IsFixedNum(code) || code >= msgpcode.Uint8 && code <= msgpcode.Int64:
		v, err := m.dec.DecodeInt64()
		return strconv.AppendInt(dst, v, 10), err
	case msgpcode.IsString(code):
		v, err := m.dec.DecodeString()
		if err == nil && !utf8.ValidString(v) {
			return appendBytes(dst, []byte(v)), nil
		}
		return appendString(dst, v), err
	case msgpcode.IsBin(code):
		v, err := m.dec.DecodeBytes()
		return appendBytes(dst, v), err
	case msgpcode.IsFixedArray(code) || code == msgpcode.Array16 || code == msgpcode.Array32:
		return m.list(dst, depth)
	case msgpcode.IsFixedMap(code) || code == msgpcode.Map16 || code == msgpcode.Map32:
		return m.object(dst, depth)
	case msgpcode.IsExt(code):
		return m.extension(dst)
	}
	return nil, fmt.Errorf("there is no type 0x%02x", code)
}

func (m packed) list(dst []byte, depth int) ([]byte, error) {
	n, err := m.dec.DecodeArrayLen()
	if err != nil {
		return nil, err
	}
	dst = append(dst, '[')
	for i := range n { // each takes a byte at least, so a false length ends soon
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = m.append(dst, depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func (m packed) object(dst []byte, depth int) ([]byte, error) {
	n, err := m.dec.DecodeMapLen()
	if err != nil {
		return nil, err
	}
	dst = append(dst, '{')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		name, err := m.append(nil, depth+1)
		if err != nil {
			return nil, err
		}
		if dst, err = m.append(appendName(dst, name), depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// timestampType is the one extension that MessagePack itself defines.
const timestampType = -1

func (m packed) extension(dst []byte) ([]byte, error) {
	kind, n, err := m.dec.DecodeExtHeader()
	if err != nil {
		return nil, err
	}
	if n < 0 || n > maxStructured {
		return nil, errors.New("an extension is longer than the value")
	}
	data := make([]byte, n)
	if err := m.dec.ReadFull(data); err != nil {
		return nil, err
	}
	if kind == timestampType {
		if at, ok := packedTime(data); ok {
			return appendString(dst, at.Format(time.RFC3339Nano)), nil
		}
	}
	dst = strconv.AppendInt(append(dst, `{"type":`...), int64(kind), 10)
	return append(appendBytes(append(dst, `,"data":`...), data), '}'), nil
}

// packedTime reads the three layouts of a timestamp: seconds; nanoseconds in 30
// bits and seconds in 34; nanoseconds in 4 bytes and seconds in 8.
func packedTime(data []byte) (time.Time, bool) {
	big := func(b []byte) (n uint64) {
		for _, c := range b {
			n = n<<8 | uint64(c)
		}
		return n
	}
	var seconds, nanos uint64
	switch len(data) {
	case 4:
		seconds = big(data)
	case 8:
		n := big(data)
		seconds, nanos = n&(1<<34-1), n>>34
	case 12:
		seconds, nanos = big(data[4:]), big(data[:4])
	default:
		return time.Time{}, false
	}
	at := time.Unix(int64(seconds), int64(nanos)).UTC()
	return at, nanos < 1e9 && at.Year() >= 0 && at.Year() <= 9999
}
