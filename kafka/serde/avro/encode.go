package avro

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// Encode makes the bytes of a value that is written as Decode writes it. It refuses
// what does not fit: it drops no field, rounds no number but a fraction of a float,
// and chooses no branch of a union where two would do. Fields that are missing take
// their defaults.
func (s *Schema) Encode(text []byte) ([]byte, error) {
	v, err := jsonvalue.Parse(text)
	if err != nil {
		return nil, err
	}
	var e encoder
	return e.append(nil, s.root, &v, 0)
}

type encoder struct {
	search search
	tries  int // branches of unions that were tried
}

const mostTries = 100_000

var errTries = errors.New("there are too many ways to read it; name the branches of its unions")

// at puts the place of a value before what is wrong with it.
func at(place string, err error) error {
	var inner *placedError
	if errors.As(err, &inner) {
		if inner.path[0] != '[' {
			place += "."
		}
		return &placedError{place + inner.path, inner.err}
	}
	return &placedError{place, err}
}

type placedError struct {
	path string
	err  error
}

func (e *placedError) Error() string { return e.path + ": " + e.err.Error() }
func (e *placedError) Unwrap() error { return e.err }

func (e *encoder) append(dst []byte, n *node, v *jsonvalue.Value, depth int) ([]byte, error) {
	if depth > jsonvalue.MaxDepth {
		return nil, errTooDeep
	}
	if n.kind == unionKind {
		return e.union(dst, n, v, depth)
	}
	if n.logical != plain {
		return n.appendLogical(dst, v)
	}
	switch n.kind {
	case nullKind:
		if v.Kind == jsonvalue.Null {
			return dst, nil
		}
	case booleanKind:
		if v.Kind == jsonvalue.Bool {
			if v.True {
				return append(dst, 1), nil
			}
			return append(dst, 0), nil
		}
	case intKind, longKind:
		return n.appendInteger(dst, v)
	case floatKind, doubleKind:
		return n.appendFloat(dst, v)
	case stringKind:
		if v.Kind == jsonvalue.String {
			return append(binary.AppendVarint(dst, int64(len(v.Text))), v.Text...), nil
		}
	case enumKind:
		if v.Kind == jsonvalue.String {
			if i := n.symbol(v.Text); i >= 0 {
				return binary.AppendVarint(dst, int64(i)), nil
			}
			return nil, fmt.Errorf("%q is no symbol of %s: want one of %s", jsonvalue.Shorten(v.Text), n.name, jsonvalue.Shorten(strings.Join(n.symbols, ", ")))
		}
	case bytesKind, fixedKind:
		return n.appendRaw(dst, v)
	case arrayKind:
		if v.Kind == jsonvalue.Array {
			return e.array(dst, n, v, depth)
		}
	case mapKind:
		if v.Kind == jsonvalue.Object {
			return e.mapping(dst, n, v, depth)
		}
	case recordKind:
		if v.Kind == jsonvalue.Object {
			return e.record(dst, n, v, depth)
		}
	}
	return nil, n.wants(v)
}

// wants says what a value would have to be.
func (n *node) wants(v *jsonvalue.Value) error {
	got := [...]string{"null", "a boolean", "a number", "a string", "a list", "an object"}[v.Kind]
	want := map[kind]string{
		booleanKind: "true or false", intKind: "a whole number", longKind: "a whole number", floatKind: "a number", doubleKind: "a number",
		stringKind: "a string", enumKind: "a string", arrayKind: "a list", mapKind: "an object", recordKind: "an object",
		bytesKind: `{"base64": "…"}`, fixedKind: `{"base64": "…"}`,
	}[n.kind]
	switch n.logical {
	case plain:
	case decimal, bigDecimal:
		want = "a number"
	default:
		want = "a string"
	}
	if want == "" {
		want = "null"
	}
	return fmt.Errorf("it is %s, and the type %s wants %s", got, n.title(), want)
}

func (n *node) appendInteger(dst []byte, v *jsonvalue.Value) ([]byte, error) {
	if v.Kind != jsonvalue.Number {
		return nil, n.wants(v)
	}
	i, ok := integer(v)
	if !ok || n.kind == intKind && int64(int32(i)) != i {
		return nil, fmt.Errorf("%s is no number of the type %s", jsonvalue.Shorten(v.Text), n.kind)
	}
	return binary.AppendVarint(dst, i), nil
}

func (n *node) appendFloat(dst []byte, v *jsonvalue.Value) ([]byte, error) {
	var f float64
	var err error
	switch v.Kind {
	case jsonvalue.Number:
		f, err = jsonvalue.Float(v.Text, n.bits())
	case jsonvalue.String:
		var special bool
		if f, special = jsonvalue.Special(v.Text); !special {
			err = fmt.Errorf("%q is no number; beside numbers there are NaN, Infinity and -Infinity", jsonvalue.Shorten(v.Text))
		}
	default:
		err = n.wants(v)
	}
	if err != nil {
		return nil, err
	}
	if n.kind == floatKind {
		return binary.LittleEndian.AppendUint32(dst, jsonvalue.Bits32(f)), nil
	}
	return binary.LittleEndian.AppendUint64(dst, jsonvalue.Bits64(f)), nil
}

// appendRaw writes {"base64": "…"}.
func (n *node) appendRaw(dst []byte, v *jsonvalue.Value) ([]byte, error) {
	data, ok := v.Bytes()
	switch {
	case !ok:
		return nil, n.wants(v)
	case n.kind == bytesKind:
		dst = binary.AppendVarint(dst, int64(len(data)))
	case len(data) != n.size:
		return nil, fmt.Errorf("it has %d bytes, and %s has %d", len(data), n.name, n.size)
	}
	return append(dst, data...), nil
}

func (e *encoder) array(dst []byte, n *node, v *jsonvalue.Value, depth int) (_ []byte, err error) {
	if len(v.Items) > 0 {
		dst = binary.AppendVarint(dst, int64(len(v.Items)))
	}
	for i := range v.Items {
		if dst, err = e.append(dst, n.item, &v.Items[i], depth+1); err != nil {
			return nil, at(fmt.Sprintf("[%d]", i), err)
		}
	}
	return append(dst, 0), nil
}

// mapping writes the keys of a map in their order: the same bytes every time.
func (e *encoder) mapping(dst []byte, n *node, v *jsonvalue.Value, depth int) (_ []byte, err error) {
	if name, twice := v.Twice(); twice {
		return nil, fmt.Errorf("it has the key %q twice", jsonvalue.Shorten(name))
	}
	if len(v.Members) > 0 {
		dst = binary.AppendVarint(dst, int64(len(v.Members)))
	}
	for i := range v.Members {
		name := v.Members[i].Name
		dst = append(binary.AppendVarint(dst, int64(len(name))), name...)
		if dst, err = e.append(dst, n.item, &v.Members[i].Value, depth+1); err != nil {
			return nil, at(jsonvalue.Shorten(name), err)
		}
	}
	return append(dst, 0), nil
}

func (e *encoder) record(dst []byte, n *node, v *jsonvalue.Value, depth int) (_ []byte, err error) {
	if name, twice := v.Twice(); twice {
		return nil, fmt.Errorf("it has the field %q twice", jsonvalue.Shorten(name))
	}
	for i := range v.Members {
		if name := v.Members[i].Name; !slices.ContainsFunc(n.fields, func(f field) bool { return f.name == name }) {
			return nil, at(jsonvalue.Shorten(name), fmt.Errorf("the schema has no such field in %s", n.name))
		}
	}
	for i := range n.fields {
		f := &n.fields[i]
		member := v.Get(f.name)
		if member != nil {
			dst, err = e.append(dst, f.node, member, depth+1)
		} else {
			dst, err = f.appendDefault(dst, n)
		}
		if err != nil {
			return nil, at(f.name, err)
		}
	}
	return dst, nil
}

// union writes the branch that a value names, or else the only one that could have
// given it, or else the only one that takes it with defaults filled in.
func (e *encoder) union(dst []byte, n *node, v *jsonvalue.Value, depth int) ([]byte, error) {
	if e.tries++; e.tries > mostTries {
		return nil, errTries
	}
	var wrong error // what is wrong with the branch that is named
	if v.Kind == jsonvalue.Object && len(v.Members) == 1 {
		if named := n.named(v.Members[0].Name); len(named) > 1 {
			return nil, errAmbiguous(named)
		} else if len(named) == 1 {
			out, err := e.branch(dst, n, named[0], &v.Members[0].Value, depth)
			if err == nil {
				return out, nil
			}
			wrong = at(v.Members[0].Name, err)
		}
	}
	var fit []*node
	for _, branch := range n.branches {
		if e.search.couldGive(branch, v) {
			fit = append(fit, branch)
		}
	}
	var encoded []byte
	reasons := make(map[*node]error)
	if len(fit) == 0 {
		for _, branch := range n.branches {
			out, err := e.branch(nil, n, branch, v, depth)
			if errors.Is(err, errTries) {
				return nil, err
			}
			if reasons[branch] = err; err == nil {
				encoded, fit = out, append(fit, branch)
			}
		}
	}
	switch {
	case len(fit) > 1:
		return nil, errAmbiguous(fit)
	case encoded != nil:
		return append(dst, encoded...), nil
	case len(fit) == 1:
		return e.branch(dst, n, fit[0], v, depth)
	case wrong != nil:
		return nil, wrong
	}
	return nil, n.noBranch(v, reasons)
}

func (e *encoder) branch(dst []byte, union, branch *node, v *jsonvalue.Value, depth int) ([]byte, error) {
	dst = binary.AppendVarint(dst, int64(slices.Index(union.branches, branch)))
	return e.append(dst, branch, v, depth)
}

// noBranch says why a value fits no branch: what is wrong with the one branch of its
// kind, or the names of all.
func (n *node) noBranch(v *jsonvalue.Value, reasons map[*node]error) error {
	var alike []*node
	for _, branch := range n.branches {
		if branch.gives()&setOf(v.Kind) != 0 {
			alike = append(alike, branch)
		}
	}
	if len(alike) == 1 {
		return reasons[alike[0]]
	}
	if len(alike) == 0 {
		return fmt.Errorf("it fits none of %s", choices(n.branches))
	}
	var told []string
	for _, branch := range alike {
		told = append(told, fmt.Sprintf("%s: %v", branch.title(), reasons[branch]))
	}
	return fmt.Errorf("it fits none of %s (%s)", choices(n.branches), strings.Join(told, "; "))
}
