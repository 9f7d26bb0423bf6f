package avro

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// generator makes a schema, and values of it as bytes. Its names and values are few, so
// that types and values collide.
type generator struct {
	*rapid.T
	defined map[string]*kindOf // full names
	order   []string
}

// kindOf is a type of the generator's own: nothing of the package under test.
type kindOf struct {
	kind     string // a primitive, record, enum, fixed, array, map, union
	logical  string
	name     string
	fields   []string
	items    []*kindOf
	symbols  []string
	size     int
	complete bool // its fields are known
}

func pick[T any](g *generator, from ...T) T { return rapid.SampledFrom(from).Draw(g.T, "pick") }

// schema returns a type and its JSON.
func (g *generator) schema(depth int, namespace string, inUnion bool) (*kindOf, any) {
	kinds := []string{"null", "boolean", "int", "long", "float", "double", "string", "bytes", "logical", "enum", "fixed", "logicalFixed", "reuse"}
	if depth < 4 {
		kinds = append(kinds, "record", "record", "record", "array", "map")
		if !inUnion {
			kinds = append(kinds, "union", "union", "union", "union")
		}
	}
	switch kind := pick(g, kinds...); kind {
	case "reuse":
		if len(g.order) == 0 {
			return &kindOf{kind: "int"}, "int"
		}
		name := pick(g, g.order...)
		return g.defined[name], "." + name
	case "logical":
		return g.logical()
	case "enum":
		k := &kindOf{kind: "enum", symbols: []string{"A", "B", "NaN"}[:rapid.IntRange(1, 3).Draw(g.T, "symbols")]}
		return g.named(k, namespace, map[string]any{"type": "enum", "symbols": k.symbols})
	case "fixed":
		k := &kindOf{kind: "fixed", size: rapid.IntRange(0, 3).Draw(g.T, "size")}
		return g.named(k, namespace, map[string]any{"type": "fixed", "size": k.size})
	case "logicalFixed":
		k, attributes := &kindOf{kind: "fixed", logical: pick(g, "decimal", "uuid", "duration")}, map[string]any{"type": "fixed"}
		k.size = map[string]int{"decimal": 3, "uuid": 16, "duration": 12}[k.logical]
		attributes["size"], attributes["logicalType"] = k.size, k.logical
		attributes["precision"], attributes["scale"] = 6, 1
		return g.named(k, namespace, attributes)
	case "record":
		return g.record(depth, namespace)
	case "array", "map":
		item, text := g.schema(depth+1, namespace, false)
		member := map[string]string{"array": "items", "map": "values"}[kind]
		return &kindOf{kind: kind, items: []*kindOf{item}}, map[string]any{"type": kind, member: text}
	case "union":
		return g.union(depth, namespace)
	default:
		return &kindOf{kind: kind}, kind
	}
}

func (g *generator) logical() (*kindOf, any) {
	base := pick(g, "bytes decimal", "bytes big-decimal", "string uuid", "int date", "int time-millis", "long time-micros",
		"long timestamp-millis", "long timestamp-micros", "long timestamp-nanos", "long local-timestamp-millis", "long local-timestamp-nanos")
	kind, logical, _ := strings.Cut(base, " ")
	return &kindOf{kind: kind, logical: logical}, map[string]any{"type": kind, "logicalType": logical, "precision": 8, "scale": 2}
}

// named gives a type one of a few names; one that is taken gets a number.
func (g *generator) named(k *kindOf, namespace string, attributes map[string]any) (*kindOf, any) {
	name := pick(g, "A", "B", "int", "base64", "map")
	space := namespace
	if rapid.Bool().Draw(g.T, "own namespace") {
		space = pick(g, "", "n", "n.m")
		attributes["namespace"] = space
	}
	full := join(space, name)
	if _, isPrimitive := primitive(full); isPrimitive || g.defined[full] != nil || full == "map" {
		name = fmt.Sprintf("%s%d", name, len(g.order))
		full = join(space, name)
	}
	attributes["name"] = name
	k.name = full
	g.defined[full] = k
	g.order = append(g.order, full)
	return k, attributes
}

func (g *generator) record(depth int, namespace string) (*kindOf, any) {
	k := &kindOf{kind: "record"}
	attributes := map[string]any{"type": "record"}
	g.named(k, namespace, attributes)
	space := k.name[:max(0, strings.LastIndexByte(k.name, '.'))]
	fields := []any{}
	for _, name := range []string{"a", "int", "base64", "B"}[:rapid.IntRange(0, 4).Draw(g.T, "fields")] {
		item, text := g.schema(depth+1, space, false)
		if endless(item, k) {
			item, text = &kindOf{kind: "union", items: []*kindOf{{kind: "null"}, item}}, []any{"null", text}
		}
		k.fields, k.items = append(k.fields, name), append(k.items, item)
		fields = append(fields, map[string]any{"name": name, "type": text})
	}
	attributes["fields"] = fields
	k.complete = true
	return k, attributes
}

// endless reports whether a value of a type has to hold another one of a record that is
// not complete yet.
func endless(k, record *kindOf) bool {
	return k.kind == "record" && (k == record || !k.complete || slices.ContainsFunc(k.items, func(i *kindOf) bool { return endless(i, record) }))
}

func (g *generator) union(depth int, namespace string) (*kindOf, any) {
	k := &kindOf{kind: "union"}
	var texts []any
	seen := make(map[string]bool)
	for range rapid.IntRange(1, 5).Draw(g.T, "branches") {
		before := len(g.order)
		item, text := g.schema(depth+1, namespace, true)
		title := item.kind
		if item.name != "" {
			title = item.name
		}
		if seen[title] || endless(item, nil) && len(k.items) == 0 {
			if len(g.order) > before { // its name stays defined: put it in all the same
				seen[title] = true
			} else {
				continue
			}
		}
		seen[title] = true
		k.items, texts = append(k.items, item), append(texts, text)
	}
	if k.items == nil || endless(k.items[0], nil) {
		k.items, texts = append([]*kindOf{{kind: "null"}}, k.items...), append([]any{"null"}, texts...)
	}
	return k, texts
}

// value appends a value in the bytes that every writer gives it.
func (g *generator) value(dst []byte, k *kindOf, depth int) []byte {
	long := func(n int64) []byte { return binary.AppendVarint(dst, n) }
	sized := func(data []byte) []byte { return append(long(int64(len(data))), data...) }
	switch k.kind + " " + k.logical {
	case "boolean ":
		return append(dst, pick[byte](g, 0, 1))
	case "int ", "int date", "int time-millis":
		return long(pick[int64](g, 0, 1, -1, 5, 19782, 86_399_999, 86_400_000, math.MaxInt32, math.MinInt32))
	case "float ":
		return binary.LittleEndian.AppendUint32(dst, jsonvalue.Bits32(pick(g, 0, 1, 5, 0.1, 1.5, -0.5, math.Pi, math.NaN(), math.Inf(1), math.Copysign(0, -1), 1e30)))
	case "double ":
		return binary.LittleEndian.AppendUint64(dst, jsonvalue.Bits64(pick(g, 0, 1, 5, 0.1, float64(float32(0.1)), 1.5, math.Pi, math.NaN(), math.Inf(-1), math.Copysign(0, -1), 1e30, 1e300, 1.23)))
	case "string ", "string uuid":
		return sized([]byte(pick(g, "", "A", "NaN", "Infinity", "2024-02-29", "11:42:00", "2024-02-29T11:42:00Z", "2024-02-29T11:42:00", "P1D",
			"00010203-0405-0607-0809-0a0b0c0d0e0f", "eA==", "\u2028\x00é")))
	case "bytes ":
		return sized(pick(g, []byte{}, []byte{1}, []byte{0xff, 0}, []byte("abc")))
	case "bytes decimal":
		return sized(pick(g, []byte{0}, []byte{1}, []byte{0x7b}, []byte{0xfb}, []byte{0x04, 0xd2}))
	case "bytes big-decimal":
		return sized(pick(g, []byte{2, 0, 0}, []byte{4, 4, 0xd2, 4}, []byte{2, 1, 5}, []byte{2, 5, 0x3f}))
	case "fixed decimal":
		return append(dst, pick(g, []byte{0, 0, 0}, []byte{0, 0, 0x32}, []byte{0xff, 0xff, 0xfb})...)
	case "fixed uuid":
		return append(dst, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
	case "fixed duration":
		return append(dst, pick(g, make([]byte, 12), []byte{14, 0, 0, 0, 3, 0, 0, 0, 0xa1, 0x13, 0, 0}, bytes.Repeat([]byte{0xff}, 12))...)
	case "fixed ":
		return append(dst, []byte("xyz")[:k.size]...)
	case "enum ":
		return long(int64(rapid.IntRange(0, len(k.symbols)-1).Draw(g.T, "symbol")))
	case "array ", "map ":
		if depth > 12 {
			return append(dst, 0)
		}
		count := rapid.IntRange(0, 2).Draw(g.T, "count")
		if count > 0 {
			dst = long(int64(count))
		}
		for _, key := range []string{"base64", "int"}[:count] {
			if k.kind == "map" {
				dst = append(binary.AppendVarint(dst, int64(len(key))), key...)
			}
			dst = g.value(dst, k.items[0], depth+1)
		}
		return append(dst, 0)
	case "record ":
		for _, item := range k.items {
			dst = g.value(dst, item, depth+1)
		}
		return dst
	case "union ":
		i := 0
		if depth <= 12 {
			i = rapid.IntRange(0, len(k.items)-1).Draw(g.T, "branch")
		}
		return g.value(long(int64(i)), k.items[i], depth+1)
	case "null ":
		return dst
	case "long ":
		return long(pick[int64](g, 0, 5, -1, 1<<40, math.MaxInt64))
	}
	return long(pick[int64](g, 0, 1, -1, 86_399_999_999, 86_400_000_000, 1_704_067_200_000, 1_704_067_200_000_123, math.MaxInt64, math.MinInt64)) // the other times
}

// TestWhatWasDecodedEncodesToTheSameBytes over generated schemas and values. Only one
// thing is refused: a branch of a union whose name another branch has too.
func TestWhatWasDecodedEncodesToTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &generator{T: t, defined: make(map[string]*kindOf)}
		root, tree := g.schema(0, "", false)
		text, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(string(text), nil)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		data := g.value(nil, root, 0)
		shown, remarks, err := s.Decode(data)
		if err != nil || remarks.Loss != "" {
			t.Fatalf("%s\n%x: %v, %+v", text, data, err, remarks)
		}
		if err := jsonvalue.Valid(shown); err != nil {
			t.Fatalf("%s\n%x is shown as %s: %v", text, data, shown, err)
		}
		again, err := s.Encode(shown)
		if err != nil {
			if strings.Contains(err.Error(), "name the branch") && repeats(root, make(map[*kindOf]bool)) {
				return
			}
			t.Fatalf("%s\n%x is shown as %s: %v", text, data, shown, err)
		}
		if !bytes.Equal(again, data) {
			t.Fatalf("%s\n%x is shown as %s, which becomes %x", text, data, shown, again)
		}
	})
}

// repeats reports whether a union has a branch twice.
func repeats(k *kindOf, seen map[*kindOf]bool) bool {
	if seen[k] {
		return false
	}
	seen[k] = true
	names := make(map[string]bool)
	for _, item := range k.items {
		title := item.kind
		if item.name != "" {
			title = item.name
		}
		if k.kind == "union" && names[title] || repeats(item, seen) {
			return true
		}
		names[title] = true
	}
	return false
}

// TestAnyBytesComeBackOrAreRefused: whatever bytes decode, their text gives the same
// text again, or is refused.
func TestAnyBytesComeBackOrAreRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &generator{T: t, defined: make(map[string]*kindOf)}
		_, tree := g.schema(0, "", false)
		text, _ := json.Marshal(tree)
		s, err := Parse(string(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		data := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 1, 2, 2, 3, 4, 6, 8, 0x7f, 0x80, 0xff, 'A'}), 0, 60).Draw(t, "data")
		for cut := range len(data) + 1 { // one of them may end where the value does
			shown, remarks, err := s.Decode(data[:cut])
			if err != nil || remarks.Loss != "" {
				continue
			}
			again, err := s.Encode(shown)
			if err != nil {
				continue
			}
			if back, _, err := s.Decode(again); err != nil || !bytes.Equal(back, shown) {
				t.Fatalf("%s\n%x is shown as %s, which becomes %x, %s (%v)", text, data[:cut], shown, again, back, err)
			}
		}
	})
}
