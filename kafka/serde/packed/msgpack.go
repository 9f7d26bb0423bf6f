package packed

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// DecodeMsgPack writes a MessagePack value as JSON.
func DecodeMsgPack(data []byte) (text []byte, remarks jsonvalue.Remarks, err error) {
	in := bytes.NewReader(data)
	r := msgpackReader{in: in, dec: msgpack.NewDecoder(in)}
	text, err = r.append(nil, 0)
	if err == nil && in.Len() > 0 {
		err = errBytesLeft(in.Len())
	}
	if err != nil {
		return nil, jsonvalue.Remarks{}, fmt.Errorf("not MessagePack: %w", err)
	}
	return text, r.remarks, nil
}

type msgpackReader struct {
	in      *bytes.Reader
	dec     *msgpack.Decoder
	remarks jsonvalue.Remarks
}

func (m *msgpackReader) append(dst []byte, depth int) ([]byte, error) {
	if depth > jsonvalue.MaxDepth {
		return nil, jsonvalue.ErrTooDeep
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
		return appendDouble(dst, float64(v), 32, &m.remarks), err
	case code == msgpcode.Double:
		v, err := m.dec.DecodeFloat64()
		return appendDouble(dst, v, 64, &m.remarks), err
	case code == msgpcode.Uint64:
		v, err := m.dec.DecodeUint64()
		return strconv.AppendUint(dst, v, 10), err
	case msgpcode.IsFixedNum(code) || code >= msgpcode.Uint8 && code <= msgpcode.Int64:
		v, err := m.dec.DecodeInt64()
		return strconv.AppendInt(dst, v, 10), err
	case msgpcode.IsString(code):
		v, err := m.dec.DecodeString()
		if err == nil && !utf8.ValidString(v) {
			m.remarks.Add(jsonvalue.Remarks{Loss: "it has a string that is not UTF-8"})
			return jsonvalue.AppendBytes(dst, []byte(v)), nil
		}
		return jsonvalue.AppendString(dst, v), err
	case msgpcode.IsBin(code):
		v, err := m.dec.DecodeBytes()
		return jsonvalue.AppendBytes(dst, v), err
	case msgpcode.IsFixedArray(code) || code == msgpcode.Array16 || code == msgpcode.Array32:
		return m.list(dst, depth)
	case msgpcode.IsFixedMap(code) || code == msgpcode.Map16 || code == msgpcode.Map32:
		return m.object(dst, depth)
	case msgpcode.IsExt(code):
		return m.extension(dst)
	}
	return nil, fmt.Errorf("there is no type 0x%02x", code)
}

func (m *msgpackReader) list(dst []byte, depth int) ([]byte, error) {
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

func (m *msgpackReader) object(dst []byte, depth int) ([]byte, error) {
	n, err := m.dec.DecodeMapLen()
	if err != nil {
		return nil, err
	}
	begin, seen := len(dst), make(map[string]bool)
	dst = append(dst, '{')
	for i := range n {
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

func (m *msgpackReader) extension(dst []byte) ([]byte, error) {
	kind, n, err := m.dec.DecodeExtHeader()
	if err != nil {
		return nil, err
	}
	if n < 0 || n > m.in.Len() {
		return nil, errors.New("an extension is longer than the value")
	}
	data := make([]byte, n)
	if err := m.dec.ReadFull(data); err != nil {
		return nil, err
	}
	m.remarks.Add(jsonvalue.Remarks{Loss: "it has an extension"})
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
