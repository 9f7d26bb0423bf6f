package avro

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

var errNoDefault = errors.New("it is missing, and has no default")

// appendDefault writes the default of a field. Defaults are written in Avro's own
// JSON: bytes are a string of their characters in ISO-8859-1, times are numbers, and
// a value of a union is one of its first branch that fits.
func (f *field) appendDefault(dst []byte, record *node) ([]byte, error) {
	if f.preset == nil {
		return nil, errNoDefault
	}
	out, err := appendPreset(dst, f.node, f.preset, 0)
	if err != nil {
		return nil, fmt.Errorf("it is missing, and its default in %s does not fit its type: %w", record.name, err)
	}
	return out, nil
}

func appendPreset(dst []byte, n *node, v *jsonvalue.Value, depth int) ([]byte, error) {
	if depth > jsonvalue.MaxDepth {
		return nil, errTooDeep
	}
	bare := *n
	bare.logical = plain
	switch n.kind {
	case bytesKind, fixedKind:
		return appendLatin1(dst, n, v)
	case unionKind:
		var first error
		for i, branch := range n.branches {
			out, err := appendPreset(binary.AppendVarint(nil, int64(i)), branch, v, depth+1)
			if err == nil {
				return append(dst, out...), nil
			}
			if first == nil {
				first = err
			}
		}
		return nil, first
	case arrayKind, mapKind:
		return appendPresetItems(dst, n, v, depth)
	case recordKind:
		if v.Kind != jsonvalue.Object {
			return nil, n.wants(v)
		}
		for i := range n.fields {
			f, member := &n.fields[i], v.Get(n.fields[i].name)
			if member == nil {
				member = f.preset
			}
			if member == nil {
				return nil, at(f.name, errNoDefault)
			}
			var err error
			if dst, err = appendPreset(dst, f.node, member, depth+1); err != nil {
				return nil, at(f.name, err)
			}
		}
		return dst, nil
	}
	var e encoder
	return e.append(dst, &bare, v, depth)
}

func appendPresetItems(dst []byte, n *node, v *jsonvalue.Value, depth int) ([]byte, error) {
	count := len(v.Items) + len(v.Members)
	if (n.kind == arrayKind) != (v.Kind == jsonvalue.Array) || (n.kind == mapKind) != (v.Kind == jsonvalue.Object) {
		return nil, n.wants(v)
	}
	if count > 0 {
		dst = binary.AppendVarint(dst, int64(count))
	}
	for i := range count {
		var item *jsonvalue.Value
		if n.kind == arrayKind {
			item = &v.Items[i]
		} else {
			name := v.Members[i].Name
			dst = append(binary.AppendVarint(dst, int64(len(name))), name...)
			item = &v.Members[i].Value
		}
		var err error
		if dst, err = appendPreset(dst, n.item, item, depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, 0), nil
}

func appendLatin1(dst []byte, n *node, v *jsonvalue.Value) ([]byte, error) {
	if v.Kind != jsonvalue.String {
		return nil, n.wants(v)
	}
	var data []byte
	for _, r := range v.Text {
		if r > 0xff {
			return nil, fmt.Errorf("%q is no ISO-8859-1", jsonvalue.Shorten(v.Text))
		}
		data = append(data, byte(r))
	}
	switch {
	case n.kind == bytesKind:
		dst = binary.AppendVarint(dst, int64(len(data)))
	case len(data) != n.size:
		return nil, fmt.Errorf("it has %d bytes, and %s has %d", len(data), n.name, n.size)
	}
	return append(dst, data...), nil
}
