package packed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// The major types of CBOR (RFC 8949), which stand in the upper three bits of a head.
const (
	majorUint = iota
	majorNegative
	majorBytes
	majorText
	majorArray
	majorMap
	majorTag
	majorSimple
)

// Tags that are written as what they mean.
const (
	tagTimeText    = 0
	tagTimeSeconds = 1
	tagBig         = 2
	tagNegativeBig = 3
	tagCBOR        = 55799 // of the whole value: it says that this is CBOR
)

// indefinite is the rest of a head whose items go on until a break.
const (
	indefinite = 31
	breakByte  = 0xff
)

// mostBig bounds the bytes of a number that is written with its digits.
const mostBig = 4096

// DecodeCBOR writes a CBOR value as JSON.
func DecodeCBOR(data []byte) (text []byte, remarks jsonvalue.Remarks, err error) {
	r := cborReader{cursor: cursor{in: data}}
	if n := len(data); n > 3 && data[0] == 0xd9 && binary.BigEndian.Uint16(data[1:]) == tagCBOR {
		r.at = 3
		r.remarks.Note = "it begins with the tag 55799, which says that it is CBOR"
	}
	text, err = r.append(nil, 0)
	if left := len(data) - r.at; err == nil && left > 0 {
		err = errBytesLeft(left)
	}
	if err != nil {
		return nil, jsonvalue.Remarks{}, fmt.Errorf("not CBOR: %w", err)
	}
	return text, r.remarks, nil
}

type cborReader struct {
	cursor
	remarks jsonvalue.Remarks
}

// head reads the type of an item and its argument: a number, a length, a tag.
func (r *cborReader) head() (major int, rest byte, argument uint64, err error) {
	first, err := r.number(1)
	if err != nil {
		return 0, 0, 0, err
	}
	major, rest = int(first>>5), byte(first&31)
	switch {
	case rest < 24:
		return major, rest, uint64(rest), nil
	case rest < 28:
		argument, err = r.number(1 << (rest - 24))
		return major, rest, argument, err
	case rest == indefinite && major >= majorBytes && major <= majorMap:
		return major, rest, 0, nil
	}
	return 0, 0, 0, fmt.Errorf("there is no item 0x%02x", first)
}

func (r *cborReader) lose(what string) { r.remarks.Add(jsonvalue.Remarks{Loss: what}) }

func (r *cborReader) append(dst []byte, depth int) ([]byte, error) {
	if depth > jsonvalue.MaxDepth {
		return nil, jsonvalue.ErrTooDeep
	}
	major, rest, argument, err := r.head()
	if err != nil {
		return nil, err
	}
	switch major {
	case majorUint:
		return strconv.AppendUint(dst, argument, 10), nil
	case majorNegative:
		return new(big.Int).Not(new(big.Int).SetUint64(argument)).Append(dst, 10), nil
	case majorBytes, majorText:
		data, err := r.string(major, rest, argument)
		if err != nil {
			return nil, err
		}
		if major == majorText && utf8.Valid(data) {
			return jsonvalue.AppendString(dst, string(data)), nil
		}
		if major == majorText {
			r.lose("it has a string that is not UTF-8")
		}
		return jsonvalue.AppendBytes(dst, data), nil
	case majorArray:
		dst = append(dst, '[')
		err := r.items(rest, argument, func(i uint64) (err error) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst, err = r.append(dst, depth+1)
			return err
		})
		return append(dst, ']'), err
	case majorMap:
		return r.object(dst, rest, argument, depth)
	case majorTag:
		return r.tag(dst, argument, depth)
	}
	return r.simple(dst, rest, argument)
}

// string reads bytes or a text, which may come in pieces.
func (r *cborReader) string(major int, rest byte, length uint64) ([]byte, error) {
	if rest != indefinite {
		return r.take(length)
	}
	var all []byte
	err := r.items(rest, 0, func(uint64) error {
		piece, rest, length, err := r.head()
		if err == nil && (piece != major || rest == indefinite) {
			err = errors.New("a string has a piece of another type")
		}
		if err != nil {
			return err
		}
		data, err := r.take(length)
		all = append(all, data...)
		return err
	})
	return all, err
}

// items reads so many items, or those up to a break. Each takes a byte at least, so a
// false count ends soon.
func (r *cborReader) items(rest byte, count uint64, item func(i uint64) error) error {
	for i := uint64(0); ; i++ {
		switch {
		case rest != indefinite && i == count:
			return nil
		case rest == indefinite && r.at < len(r.in) && r.in[r.at] == breakByte:
			r.at++
			return nil
		case r.at >= len(r.in):
			return errEnds
		}
		if err := item(i); err != nil {
			return err
		}
	}
}

func (r *cborReader) object(dst []byte, rest byte, count uint64, depth int) ([]byte, error) {
	begin, seen := len(dst), make(map[string]bool)
	dst = append(dst, '{')
	err := r.items(rest, count, func(i uint64) error {
		if i > 0 {
			dst = append(dst, ',')
		}
		name, err := r.append(nil, depth+1)
		if err != nil {
			return err
		}
		noteName(name, seen, &r.remarks)
		dst, err = r.append(jsonvalue.AppendName(dst, name), depth+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	dst = append(dst, '}')
	noteObject(dst[begin:], &r.remarks)
	return dst, nil
}

func (r *cborReader) tag(dst []byte, tag uint64, depth int) ([]byte, error) {
	begin := r.at
	content, err := r.append(nil, depth+1)
	if err != nil {
		return nil, err
	}
	inner := r.in[begin]
	switch {
	case tag == tagTimeText && inner>>5 == majorText && content[0] == '"':
		r.lose("it has a time with a tag")
		return append(dst, content...), nil
	case tag == tagTimeSeconds:
		if at, ok := secondsOf(content); ok {
			r.lose("it has a time with a tag")
			return jsonvalue.AppendString(dst, at.Format(time.RFC3339Nano)), nil
		}
	case tag <= tagNegativeBig && inner>>5 == majorBytes && inner&31 != indefinite:
		if n, ok := bigOf(r.in[begin:r.at], tag == tagNegativeBig); ok {
			return n.Append(dst, 10), nil
		}
	}
	r.lose("it has a tag")
	dst = strconv.AppendUint(append(dst, `{"tag":`...), tag, 10)
	return append(append(append(dst, `,"content":`...), content...), '}'), nil
}

// secondsOf is the time so many seconds after 1970, if RFC 3339 can say it.
func secondsOf(number []byte) (time.Time, bool) {
	v, err := strconv.ParseFloat(string(number), 64)
	if err != nil || math.Abs(v) > 1e12 {
		return time.Time{}, false
	}
	whole := math.Floor(v)
	at := time.Unix(int64(whole), int64((v-whole)*1e9)).UTC()
	return at, at.Year() >= 0 && at.Year() <= 9999
}

// bigOf reads a whole number from the item of its bytes.
func bigOf(item []byte, negative bool) (*big.Int, bool) {
	r := cborReader{cursor: cursor{in: item}}
	_, _, length, err := r.head()
	data, short := r.take(length)
	if err != nil || short != nil || len(data) > mostBig {
		return nil, false
	}
	n := new(big.Int).SetBytes(data)
	if negative {
		n.Not(n)
	}
	return n, true
}

// simple reads a float, or one of a few values.
func (r *cborReader) simple(dst []byte, rest byte, argument uint64) ([]byte, error) {
	switch rest {
	case 20, 21:
		return strconv.AppendBool(dst, rest == 21), nil
	case 22:
		return append(dst, "null"...), nil
	case 23:
		r.lose("it has a value that is undefined")
		return append(dst, "null"...), nil
	case 25:
		return appendDouble(dst, float64(halfFloat(uint16(argument))), 16, &r.remarks), nil
	case 26:
		return appendDouble(dst, float64(math.Float32frombits(uint32(argument))), 32, &r.remarks), nil
	case 27:
		return appendDouble(dst, math.Float64frombits(argument), 64, &r.remarks), nil
	}
	r.lose("it has a simple value")
	return append(dst, fmt.Sprintf(`"simple(%d)"`, argument)...), nil
}

// halfFloat widens a float of 16 bits: a sign, 5 bits of exponent, 10 of fraction.
func halfFloat(bits uint16) float32 {
	exponent, fraction := int(bits>>10&31), float64(bits&0x3ff)
	var v float64
	switch exponent {
	case 0:
		v = math.Ldexp(fraction, -24)
	case 31:
		v = math.Inf(1)
		if fraction != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(fraction+1024, exponent-25)
	}
	if bits&0x8000 != 0 {
		v = -v
	}
	return float32(v)
}

// EncodeCBOR is the way back. Heads take the fewest bytes, floats 64 bits.
func EncodeCBOR(text []byte) ([]byte, error) {
	v, err := jsonvalue.Parse(text)
	if err != nil {
		return nil, err
	}
	return appendCBOR(nil, &v)
}

func appendHead(dst []byte, major int, argument uint64) []byte {
	first := byte(major << 5)
	switch {
	case argument < 24:
		return append(dst, first|byte(argument))
	case argument <= math.MaxUint8:
		return append(dst, first|24, byte(argument))
	case argument <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, first|25), uint16(argument))
	case argument <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, first|26), uint32(argument))
	}
	return binary.BigEndian.AppendUint64(append(dst, first|27), argument)
}

func appendCBOR(dst []byte, v *jsonvalue.Value) (_ []byte, err error) {
	switch v.Kind {
	case jsonvalue.Bool:
		if v.True {
			return append(dst, 0xf5), nil
		}
		return append(dst, 0xf4), nil
	case jsonvalue.String:
		return append(appendHead(dst, majorText, uint64(len(v.Text))), v.Text...), nil
	case jsonvalue.Number:
		err := encodeNumber(v.Text, func(n *big.Int) error {
			dst = appendWhole(dst, n)
			return nil
		}, func(f float64) error {
			dst = binary.BigEndian.AppendUint64(append(dst, 0xfb), math.Float64bits(f))
			return nil
		})
		return dst, err
	case jsonvalue.Array:
		dst = appendHead(dst, majorArray, uint64(len(v.Items)))
		for i := range v.Items {
			if dst, err = appendCBOR(dst, &v.Items[i]); err != nil {
				return nil, err
			}
		}
		return dst, nil
	case jsonvalue.Object:
		if data, ok := v.Bytes(); ok {
			return append(appendHead(dst, majorBytes, uint64(len(data))), data...), nil
		}
		if name, twice := v.Twice(); twice {
			return nil, errTwice(name)
		}
		dst = appendHead(dst, majorMap, uint64(len(v.Members)))
		for i := range v.Members {
			name := v.Members[i].Name
			dst = append(appendHead(dst, majorText, uint64(len(name))), name...)
			if dst, err = appendCBOR(dst, &v.Members[i].Value); err != nil {
				return nil, err
			}
		}
		return dst, nil
	}
	return append(dst, 0xf6), nil
}

func appendWhole(dst []byte, n *big.Int) []byte {
	major, tag := majorUint, tagBig
	if n.Sign() < 0 {
		n = new(big.Int).Not(n)
		major, tag = majorNegative, tagNegativeBig
	}
	if n.IsUint64() {
		return appendHead(dst, major, n.Uint64())
	}
	data := n.Bytes()
	dst = appendHead(appendHead(dst, majorTag, uint64(tag)), majorBytes, uint64(len(data)))
	return append(dst, data...)
}
