package avro

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// appendLogical writes a value of a logical type as Decode writes it.
func (n *node) appendLogical(dst []byte, v *jsonvalue.Value) ([]byte, error) {
	switch n.logical {
	case decimal, bigDecimal:
		if v.Kind == jsonvalue.Object { // bytes that are no number
			return n.appendRaw(dst, v)
		}
		if v.Kind == jsonvalue.Number {
			return n.appendDecimal(dst, v.Text)
		}
	case uuid, duration:
		if v.Kind != jsonvalue.String {
			return nil, n.wants(v)
		}
		if n.kind == stringKind {
			return append(binary.AppendVarint(dst, int64(len(v.Text))), v.Text...), nil
		}
		data, err := parseUUID(v.Text)
		if n.logical == duration {
			data, err = parseDuration(v.Text)
		}
		return append(dst, data...), err
	default:
		if v.Kind == jsonvalue.Number { // which Decode writes for what is out of range
			return n.appendInteger(dst, v)
		}
		if v.Kind == jsonvalue.String {
			i, err := n.parseTime(v.Text)
			return binary.AppendVarint(dst, i), err
		}
	}
	return nil, n.wants(v)
}

// unscaled is a decimal as the whole number that its bytes hold, or nil.
func (n *node) unscaled(text string) *big.Int {
	d, ok := jsonvalue.ParseDecimal(text)
	if !ok {
		return nil
	}
	v, _, ok := d.Unscaled(int64(n.scale), 3*mostDecimal)
	if !ok {
		return nil
	}
	return v
}

func (n *node) appendDecimal(dst []byte, text string) ([]byte, error) {
	if n.logical == bigDecimal {
		return appendBigDecimal(dst, text)
	}
	v := n.unscaled(text)
	switch {
	case v == nil:
		return nil, fmt.Errorf("%s has more than the %d digits after the point that its type keeps", jsonvalue.Shorten(text), n.scale)
	case len(new(big.Int).Abs(v).String()) > n.digits:
		return nil, fmt.Errorf("%s has more than the %d digits that its type keeps, %d of them after the point", jsonvalue.Shorten(text), n.digits, n.scale)
	}
	data, ok := appendSigned(nil, v, n.size)
	if !ok {
		return nil, fmt.Errorf("%s is too large for the %d bytes of its type", jsonvalue.Shorten(text), n.size)
	}
	if n.kind == bytesKind {
		dst = binary.AppendVarint(dst, int64(len(data)))
	}
	return append(dst, data...), nil
}

// appendBigDecimal takes the scale from the digits: 1.20 has two.
func appendBigDecimal(dst []byte, text string) ([]byte, error) {
	scale, ok := jsonvalue.Scale(text)
	d, parsed := jsonvalue.ParseDecimal(text)
	if !ok || !parsed || int64(int32(scale)) != scale {
		return nil, fmt.Errorf("%s has too large an exponent", jsonvalue.Shorten(text))
	}
	v, _, ok := d.Unscaled(scale, 3*mostDecimal)
	if !ok {
		return nil, fmt.Errorf("%s has too many digits", jsonvalue.Shorten(text))
	}
	number, _ := appendSigned(nil, v, 0)
	data := append(binary.AppendVarint(nil, int64(len(number))), number...)
	data = binary.AppendVarint(data, scale)
	return append(binary.AppendVarint(dst, int64(len(data))), data...), nil
}

func parseUUID(text string) ([]byte, error) {
	data, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(text) != 36 || len(data) != 16 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return nil, fmt.Errorf("%q is no UUID: want one as in 01234567-89ab-cdef-0123-456789abcdef", jsonvalue.Shorten(text))
	}
	return data, nil
}
