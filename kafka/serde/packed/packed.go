// Package packed reads and writes MessagePack and CBOR as JSON, with members in their
// order. Whole numbers are integers, and what has a point or an exponent is a float of
// 64 bits, so that both are written again as what they were. What JSON cannot say, as
// a float of 32 bits or an extension, is shown as well as it can be, and Remarks.Loss
// tells that it would be written as something else.
package packed

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// cursor reads bytes, and never more than there are, whatever a length says.
type cursor struct {
	in []byte
	at int
}

var errEnds = errors.New("its bytes end too early")

func (c *cursor) take(n uint64) ([]byte, error) {
	if n > uint64(len(c.in)-c.at) {
		return nil, errEnds
	}
	data := c.in[c.at : c.at+int(n)]
	c.at += int(n)
	return data, nil
}

// number reads a big-endian number of so many bytes.
func (c *cursor) number(size int) (uint64, error) {
	data, err := c.take(uint64(size))
	return bigEndian(data), err
}

func bigEndian(data []byte) (n uint64) {
	for _, b := range data {
		n = n<<8 | uint64(b)
	}
	return n
}

func errBytesLeft(n int) error {
	return fmt.Errorf("its bytes go on after its end: %d more", n)
}

// appendDouble writes a float so that nobody takes it for an integer.
func appendDouble(dst []byte, v float64, bits int, remarks *jsonvalue.Remarks) []byte {
	begin := len(dst)
	dst = jsonvalue.AppendFloat(dst, v, max(bits, 32))
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		remarks.Add(jsonvalue.Remarks{Loss: "it has a float that JSON writes as a string"})
	case !bytes.ContainsAny(dst[begin:], ".e"):
		dst = append(dst, ".0"...)
	}
	if bits != 64 {
		remarks.Add(jsonvalue.Remarks{Loss: fmt.Sprintf("it has a float of %d bits, which would become one of 64", bits)})
	}
	return dst
}

// IsMsgPackMap reports whether MessagePack begins as a map that is not empty, as hardly
// any other bytes do that end with their value.
func IsMsgPackMap(data []byte) bool {
	if len(data) < 2 {
		return false
	}
	return data[0] > 0x80 && data[0] <= 0x8f || data[0] == 0xde || data[0] == 0xdf
}

// IsCBORMap is IsMsgPackMap for CBOR.
func IsCBORMap(data []byte) bool { return len(data) > 2 && data[0]>>5 == majorMap && data[0] != 0xa0 }

// noteName notes what is odd about the names of an object.
func noteName(name []byte, seen map[string]bool, remarks *jsonvalue.Remarks) {
	if len(name) == 0 || name[0] != '"' {
		remarks.Add(jsonvalue.Remarks{Loss: "it has a name that is no string"})
	}
	if seen[string(name)] {
		remarks.Add(jsonvalue.Remarks{Note: "a name stands twice in an object", Loss: "a name stands twice in an object"})
	}
	seen[string(name)] = true
}

// noteObject notes an object that would be taken for bytes.
func noteObject(text []byte, remarks *jsonvalue.Remarks) {
	if bytes.HasPrefix(text, []byte(`{"base64":"`)) && bytes.Count(text, []byte(`"`)) == 4 {
		remarks.Add(jsonvalue.Remarks{Loss: "it has an object that stands for bytes elsewhere"})
	}
}
