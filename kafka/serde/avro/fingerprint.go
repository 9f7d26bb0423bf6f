package avro

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// singleMark begins a value that names its schema by a fingerprint, of 8 bytes after
// these two ("single object encoding").
var singleMark = [2]byte{0xc3, 0x01}

// Single takes the header of a single object of this schema off.
func (s *Schema) Single(data []byte) (payload []byte, ok bool) {
	const header = len(singleMark) + len(s.fingerprint)
	if len(data) < header || !bytes.HasPrefix(data, singleMark[:]) || !bytes.Equal(data[2:header], s.fingerprint[:]) {
		return nil, false
	}
	return data[header:], true
}

// fingerprint is the CRC-64-AVRO of a schema in its canonical form, in the order of
// bytes that single objects have.
func fingerprint(root *node) (sum [8]byte) {
	const empty = 0xc15d213aa4d7a795
	var table [256]uint64
	for i := range table {
		c := uint64(i)
		for range 8 {
			c = c>>1 ^ empty&-(c&1)
		}
		table[i] = c
	}
	crc := uint64(empty)
	for _, b := range canonical(nil, root, make(map[string]bool)) {
		crc = crc>>8 ^ table[byte(crc)^b]
	}
	binary.LittleEndian.PutUint64(sum[:], crc)
	return sum
}

// canonical writes the "parsing canonical form" of the specification.
func canonical(dst []byte, n *node, defined map[string]bool) []byte {
	if n.name != "" && defined[n.name] || n.kind <= bytesKind {
		return jsonvalue.AppendString(dst, n.title())
	}
	if n.kind == unionKind {
		dst = append(dst, '[')
		for i, branch := range n.branches {
			dst = canonical(comma(dst, i), branch, defined)
		}
		return append(dst, ']')
	}
	dst = append(dst, '{')
	if n.name != "" {
		defined[n.name] = true
		dst = append(jsonvalue.AppendString(append(dst, `"name":`...), n.name), ',')
	}
	dst = append(append(append(dst, `"type":"`...), n.kind.String()...), '"')
	switch n.kind {
	case recordKind:
		dst = append(dst, `,"fields":[`...)
		for i := range n.fields {
			dst = jsonvalue.AppendString(append(comma(dst, i), `{"name":`...), n.fields[i].name)
			dst = append(canonical(append(dst, `,"type":`...), n.fields[i].node, defined), '}')
		}
		dst = append(dst, ']')
	case enumKind:
		dst = append(dst, `,"symbols":[`...)
		for i, symbol := range n.symbols {
			dst = jsonvalue.AppendString(comma(dst, i), symbol)
		}
		dst = append(dst, ']')
	case fixedKind:
		dst = strconv.AppendInt(append(dst, `,"size":`...), int64(n.size), 10)
	case arrayKind:
		dst = canonical(append(dst, `,"items":`...), n.item, defined)
	case mapKind:
		dst = canonical(append(dst, `,"values":`...), n.item, defined)
	}
	return append(dst, '}')
}

func comma(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}
