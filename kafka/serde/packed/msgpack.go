package packed

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// DecodeMsgPack writes a MessagePack value as JSON. Libraries allocate what a length
// announces, so the bytes are read here.
func DecodeMsgPack(data []byte) (text []byte, remarks jsonvalue.Remarks, err error) {
	r := msgpackReader{cursor: cursor{in: data}}
	text, err = r.append(nil, 0)
	if left := len(data) - r.at; err == nil && left > 0 {
		err = errBytesLeft(left)
	}
	if err != nil {
		return nil, jsonvalue.Remarks{}, fmt.Errorf("not MessagePack: %w", err)
	}
	return text, r.remarks, nil
}

type msgpackReader struct {
	cursor
	remarks jsonvalue.Remarks
}

func (m *msgpackReader) lose(what string) { m.remarks.Add(jsonvalue.Remarks{Loss: what}) }

func (m *msgpackReader) append(dst []byte, depth int) ([]byte, error) {
	if depth > jsonvalue.MaxDepth {
		return nil, jsonvalue.ErrTooDeep
	}
	code, err := m.number(1)
	if err != nil {
		return nil, err
	}
	switch c := byte(code); {
	case c <= msgpcode.PosFixedNumHigh:
		return strconv.AppendUint(dst, code, 10), nil
	case c >= msgpcode.NegFixedNumLow:
		return strconv.AppendInt(dst, int64(int8(c)), 10), nil
	case msgpcode.IsFixedMap(c):
		return m.object(dst, code&uint64(msgpcode.FixedMapMask), depth)
	case msgpcode.IsFixedArray(c):
		return m.list(dst, code&uint64(msgpcode.FixedArrayMask), depth)
	case msgpcode.IsFixedString(c):
		return m.string(dst, code&uint64(msgpcode.FixedStrMask))
	case c == msgpcode.Nil:
		return append(dst, "null"...), nil
	case c == msgpcode.False || c == msgpcode.True:
		return strconv.AppendBool(dst, c == msgpcode.True), nil
	case c >= msgpcode.FixExt1 && c <= msgpcode.FixExt16:
		return m.extension(dst, 1<<(c-msgpcode.FixExt1))
	case c == msgpcode.Float:
		v, err := m.number(4)
		return appendDouble(dst, float64(math.Float32frombits(uint32(v))), 32, &m.remarks), err
	case c == msgpcode.Double:
		v, err := m.number(8)
		return appendDouble(dst, math.Float64frombits(v), 64, &m.remarks), err
	case c >= msgpcode.Uint8 && c <= msgpcode.Uint64:
		v, err := m.number(1 << (c - msgpcode.Uint8))
		return strconv.AppendUint(dst, v, 10), err
	case c >= msgpcode.Int8 && c <= msgpcode.Int64:
		size := 1 << (c - msgpcode.Int8)
		v, err := m.number(size)
		unused := 64 - 8*size // bits above the sign
		return strconv.AppendInt(dst, int64(v<<unused)>>unused, 10), err
	}
	return m.sized(dst, byte(code), depth)
}

// sized reads what has its length after its code.
func (m *msgpackReader) sized(dst []byte, code byte, depth int) ([]byte, error) {
	width := map[byte]int{
		msgpcode.Str8: 1, msgpcode.Str16: 2, msgpcode.Str32: 4, msgpcode.Bin8: 1, msgpcode.Bin16: 2, msgpcode.Bin32: 4,
		msgpcode.Array16: 2, msgpcode.Array32: 4, msgpcode.Map16: 2, msgpcode.Map32: 4,
		msgpcode.Ext8: 1, msgpcode.Ext16: 2, msgpcode.Ext32: 4,
	}[code]
	if width == 0 {
		return nil, fmt.Errorf("there is no type 0x%02x", code)
	}
	length, err := m.number(width)
	if err != nil {
		return nil, err
	}
	switch code {
	case msgpcode.Array16, msgpcode.Array32:
		return m.list(dst, length, depth)
	case msgpcode.Map16, msgpcode.Map32:
		return m.object(dst, length, depth)
	case msgpcode.Ext8, msgpcode.Ext16, msgpcode.Ext32:
		return m.extension(dst, length)
	case msgpcode.Str8, msgpcode.Str16, msgpcode.Str32:
		return m.string(dst, length)
	}
	data, err := m.take(length)
	return jsonvalue.AppendBytes(dst, data), err
}

func (m *msgpackReader) string(dst []byte, length uint64) ([]byte, error) {
	data, err := m.take(length)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) {
		m.lose("it has a string that is not UTF-8")
		return jsonvalue.AppendBytes(dst, data), nil
	}
	return jsonvalue.AppendString(dst, string(data)), nil
}

func (m *msgpackReader) list(dst []byte, count uint64, depth int) (_ []byte, err error) {
	dst = append(dst, '[')
	for i := range count { // each takes a byte at least, so a false count ends soon
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = m.append(dst, depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func (m *msgpackReader) object(dst []byte, count uint64, depth int) ([]byte, error) {
	begin, seen := len(dst), make(map[string]bool)
	dst = append(dst, '{')
	for i := range count {
		if i > 0 {
			dst = append(dst, ',')
		}
		name, err := m.append(nil, depth+1)
		if err != nil {
			return nil, err
		}
		noteName(name, seen, &m.remarks)
		if dst, err = m.append(jsonvalue.AppendName(dst, name), depth+1); err != nil {
			return nil, err
		}
	}
	dst = append(dst, '}')
	noteObject(dst[begin:], &m.remarks)
	return dst, nil
}

// timestampType is the one extension that MessagePack itself defines.
const timestampType = -1

func (m *msgpackReader) extension(dst []byte, length uint64) ([]byte, error) {
	code, err := m.number(1)
	if err != nil {
		return nil, err
	}
	data, err := m.take(length)
	if err != nil {
		return nil, err
	}
	m.lose("it has an extension")
	kind := int8(code)
	if kind == timestampType {
		if at, ok := packedTime(data); ok {
			return jsonvalue.AppendString(dst, at.Format(time.RFC3339Nano)), nil
		}
	}
	dst = strconv.AppendInt(append(dst, `{"type":`...), int64(kind), 10)
	return append(jsonvalue.AppendBytes(append(dst, `,"data":`...), data), '}'), nil
}

// packedTime reads the three layouts of a timestamp: seconds; nanoseconds in 30 bits
// and seconds in 34; nanoseconds in 4 bytes and seconds in 8.
func packedTime(data []byte) (time.Time, bool) {
	var seconds, nanos uint64
	switch len(data) {
	case 4:
		seconds = bigEndian(data)
	case 8:
		n := bigEndian(data)
		seconds, nanos = n&(1<<34-1), n>>34
	case 12:
		seconds, nanos = bigEndian(data[4:]), bigEndian(data[:4])
	default:
		return time.Time{}, false
	}
	at := time.Unix(int64(seconds), int64(nanos)).UTC()
	return at, nanos < 1e9 && at.Year() >= 0 && at.Year() <= 9999
}

// EncodeMsgPack is the way back.
func EncodeMsgPack(text []byte) ([]byte, error) {
	v, err := jsonvalue.Parse(text)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := msgpack.NewEncoder(&out)
	e.UseCompactInts(true)
	if err := encodeMsgPack(e, &v); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func encodeMsgPack(e *msgpack.Encoder, v *jsonvalue.Value) error {
	switch v.Kind {
	case jsonvalue.Bool:
		return e.EncodeBool(v.True)
	case jsonvalue.String:
		return e.EncodeString(v.Text)
	case jsonvalue.Number:
		return encodeNumber(v.Text, func(n *big.Int) error {
			switch {
			case n.IsInt64():
				return e.EncodeInt(n.Int64())
			case n.IsUint64():
				return e.EncodeUint(n.Uint64())
			}
			return fmt.Errorf("%s does not fit into 64 bits, the most that MessagePack has", jsonvalue.Shorten(v.Text))
		}, e.EncodeFloat64)
	case jsonvalue.Array:
		if err := e.EncodeArrayLen(len(v.Items)); err != nil {
			return err
		}
		for i := range v.Items {
			if err := encodeMsgPack(e, &v.Items[i]); err != nil {
				return err
			}
		}
		return nil
	case jsonvalue.Object:
		if data, ok := v.Bytes(); ok {
			return e.EncodeBytes(data)
		}
		if name, twice := v.Twice(); twice {
			return errTwice(name)
		}
		if err := e.EncodeMapLen(len(v.Members)); err != nil {
			return err
		}
		for i := range v.Members {
			if err := e.EncodeString(v.Members[i].Name); err != nil {
				return err
			}
			if err := encodeMsgPack(e, &v.Members[i].Value); err != nil {
				return err
			}
		}
		return nil
	}
	return e.EncodeNil()
}
