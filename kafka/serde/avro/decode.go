package avro

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// Decode writes a value as JSON on one line.
func (s *Schema) Decode(payload []byte) (text []byte, remarks jsonvalue.Remarks, err error) {
	d := decoder{in: payload, out: make([]byte, 0, 4*len(payload)+64)}
	err = d.value(s.root, 0)
	if left := len(payload) - d.at; err == nil && left > 0 {
		err = fmt.Errorf("its bytes go on after its end: %d more", left)
	}
	switch {
	case err == nil:
		return d.out, d.remarks, nil
	case s.root.kind == bytesKind && s.root.logical == plain: // as Confluent's Java serializer writes them
		const odd = "bytes without their length before them"
		return jsonvalue.AppendBytes(nil, payload), jsonvalue.Remarks{Note: odd, Loss: odd}, nil
	}
	return nil, jsonvalue.Remarks{}, err
}

var (
	errEnds   = errors.New("its bytes end too early")
	errVarint = errors.New("it has a number that is too long for its type")
)

type decoder struct {
	in      []byte
	at      int
	out     []byte
	remarks jsonvalue.Remarks
	empty   int // items that took no bytes
	search  search
}

// take returns the next n bytes.
func (d *decoder) take(n int64) ([]byte, error) {
	if n < 0 || n > int64(len(d.in)-d.at) {
		return nil, errEnds
	}
	data := d.in[d.at : d.at+int(n)]
	d.at += int(n)
	return data, nil
}

// long reads a number in zigzag and 7 bits a byte.
func (d *decoder) long() (int64, error) {
	n, size := binary.Uvarint(d.in[d.at:])
	switch {
	case size == 0:
		return 0, errEnds
	case size < 0:
		return 0, errVarint
	}
	d.at += size
	return int64(n>>1) ^ -int64(n&1), nil
}

// bytes reads what has its length before it.
func (d *decoder) bytes() ([]byte, error) {
	n, err := d.long()
	if err != nil {
		return nil, err
	}
	return d.take(n)
}

func (d *decoder) value(n *node, depth int) error {
	switch n.kind {
	case nullKind:
		d.out = append(d.out, "null"...)
	case booleanKind:
		b, err := d.take(1)
		if err != nil {
			return err
		}
		if b[0] > 1 {
			return fmt.Errorf("a boolean is %d, which is neither true nor false", b[0])
		}
		d.out = strconv.AppendBool(d.out, b[0] == 1)
	case intKind, longKind:
		v, err := d.long()
		if err != nil {
			return err
		}
		if n.kind == intKind && int64(int32(v)) != v {
			return errVarint
		}
		d.number(n, v)
	case floatKind:
		b, err := d.take(4)
		if err != nil {
			return err
		}
		d.out = jsonvalue.AppendFloat(d.out, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), 32)
	case doubleKind:
		b, err := d.take(8)
		if err != nil {
			return err
		}
		d.out = jsonvalue.AppendFloat(d.out, math.Float64frombits(binary.LittleEndian.Uint64(b)), 64)
	case stringKind:
		return d.string()
	case enumKind:
		i, err := d.long()
		if err != nil {
			return err
		}
		if i < 0 || i >= int64(len(n.symbols)) {
			return fmt.Errorf("it has symbol %d of %s, which is not there", i, n.name)
		}
		d.out = jsonvalue.AppendString(d.out, n.symbols[i])
	case bytesKind, fixedKind:
		return d.binary(n)
	default:
		return d.container(n, depth)
	}
	return nil
}

func (d *decoder) string() error {
	b, err := d.bytes()
	if err != nil {
		return err
	}
	if !utf8.Valid(b) {
		const odd = "it has a string that is not UTF-8"
		d.remarks.Add(jsonvalue.Remarks{Note: odd + ": � stands for such bytes", Loss: odd})
	}
	d.out = jsonvalue.AppendString(d.out, string(b))
	return nil
}

func (d *decoder) binary(n *node) error {
	size := int64(n.size)
	if n.kind == bytesKind {
		var err error
		if size, err = d.long(); err != nil {
			return err
		}
	}
	data, err := d.take(size)
	if err == nil {
		d.logicalBytes(n, data)
	}
	return err
}

// container reads a type that has others in it.
func (d *decoder) container(n *node, depth int) error {
	switch {
	case depth > jsonvalue.MaxDepth:
		return errTooDeep
	case len(d.out) > mostText:
		return errTooLarge
	}
	switch n.kind {
	case unionKind:
		return d.union(n, depth)
	case recordKind:
		return d.record(n, depth)
	case mapKind:
		return d.mapping(n, depth)
	}
	d.out = append(d.out, '[')
	i := 0
	err := d.blocks(func() error {
		d.out = comma(d.out, i)
		i++
		return d.value(n.item, depth+1)
	})
	d.out = append(d.out, ']')
	return err
}

func (d *decoder) record(n *node, depth int) error {
	d.out = append(d.out, '{')
	for i := range n.fields {
		d.out = append(jsonvalue.AppendString(comma(d.out, i), n.fields[i].name), ':')
		if err := d.value(n.fields[i].node, depth+1); err != nil {
			return fmt.Errorf("%s: %w", n.fields[i].name, err)
		}
	}
	d.out = append(d.out, '}')
	return nil
}

// blocks reads the items of a list or map. They come in blocks: a count, which below
// zero has the length of the block in bytes after it, and the items; 0 is the end.
func (d *decoder) blocks(item func() error) error {
	for {
		count, err := d.long()
		if err != nil {
			return err
		}
		if count < 0 {
			if _, err := d.long(); err != nil {
				return err
			}
			if count = -count; count < 0 {
				return errEnds
			}
		}
		if count == 0 {
			return nil
		}
		for range count {
			before := d.at
			if err := item(); err != nil {
				return err
			}
			if d.at == before {
				if d.empty++; d.empty > mostEmpty {
					return errTooMany
				}
			}
			if len(d.out) > mostText {
				return errTooLarge
			}
		}
	}
}

// mapping writes a map with its keys sorted: the order that its bytes have says
// nothing. Of a key that stands twice the last holds, as in other readers.
func (d *decoder) mapping(n *node, depth int) error {
	type member struct{ name, value string }
	var members []member
	begin := len(d.out)
	err := d.blocks(func() error {
		key, err := d.bytes()
		if err != nil {
			return err
		}
		if !utf8.Valid(key) {
			const odd = "it has a key of a map that is not UTF-8"
			d.remarks.Add(jsonvalue.Remarks{Note: odd, Loss: odd})
		}
		at := len(d.out)
		if err := d.value(n.item, depth+1); err != nil {
			return fmt.Errorf("%s: %w", jsonvalue.Shorten(string(key)), err)
		}
		members = append(members, member{strings.ToValidUTF8(string(key), "\uFFFD"), string(d.out[at:])})
		d.out = d.out[:at]
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	d.out = append(d.out[:begin], '{')
	for i, m := range members {
		if i+1 < len(members) && members[i+1].name == m.name {
			d.remarks.Add(jsonvalue.Remarks{Note: fmt.Sprintf("the key %q stands twice in a map: the last is shown", jsonvalue.Shorten(m.name))})
			continue
		}
		if len(d.out) > begin+1 {
			d.out = append(d.out, ',')
		}
		d.out = append(append(jsonvalue.AppendString(d.out, m.name), ':'), m.value...)
	}
	d.out = append(d.out, '}')
	return nil
}

// union writes the value of a branch, with the name of the branch where the value
// alone does not tell it.
func (d *decoder) union(n *node, depth int) error {
	i, err := d.long()
	if err != nil {
		return err
	}
	if i < 0 || i >= int64(len(n.branches)) {
		return fmt.Errorf("it has branch %d of a union of %d", i, len(n.branches))
	}
	branch, begin := n.branches[i], len(d.out)
	if branch.kind == unionKind { // which the specification does not allow
		return errors.New("a union stands in a union")
	}
	if err := d.value(branch, depth); err != nil {
		return err
	}
	if !d.search.needsName(n, int(i), d.out[begin:]) {
		return nil
	}
	name := jsonvalue.AppendString([]byte{'{'}, branch.title())
	d.out = slices.Insert(d.out, begin, append(name, ':')...)
	d.out = append(d.out, '}')
	return nil
}
