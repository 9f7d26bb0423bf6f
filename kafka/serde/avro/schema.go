// Package avro reads and writes Avro by a schema as it stands in a registry. What it
// shows says all that the bytes say, the branch of a union included, so that it can be
// written again: the same bytes come out, or the value is refused.
//
// Reading needs only what reading needs: a logical type that the specification does
// not allow where it stands is ignored, as the specification says, and names and
// defaults are not judged.
package avro

import (
	"fmt"
	"math"
	"strings"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// Schema reads and writes values of a schema. It is safe for concurrent use.
type Schema struct {
	root        *node
	fingerprint [8]byte
}

// Reference is a schema that another one refers to, by the full name of its type.
type Reference struct{ Name, Text string }

// Name is the full name of the type at the top, or its kind, as in "union".
func (s *Schema) Name() string { return s.root.title() }

// kind is a type of the specification.
type kind uint8

const (
	nullKind kind = iota
	booleanKind
	intKind
	longKind
	floatKind
	doubleKind
	stringKind
	bytesKind
	recordKind
	enumKind
	fixedKind
	arrayKind
	mapKind
	unionKind
)

func kinds() []string {
	return []string{"null", "boolean", "int", "long", "float", "double", "string", "bytes", "record", "enum", "fixed", "array", "map", "union"}
}

func (k kind) String() string { return kinds()[k] }

// primitive returns the kind of the name of a primitive type.
func primitive(name string) (kind, bool) {
	for k := nullKind; k <= bytesKind; k++ {
		if k.String() == name {
			return k, true
		}
	}
	return 0, false
}

// logical is a logical type, where it is valid.
type logical uint8

const (
	plain logical = iota
	decimal
	bigDecimal
	uuid
	duration
	date
	timeOfDay
	timestamp
	localTimestamp
)

// node is a type of a schema. Types that refer to themselves make a ring of nodes.
type node struct {
	kind     kind
	logical  logical
	name     string   // full, of a record, enum or fixed
	fields   []field  // of a record
	symbols  []string // of an enum
	item     *node    // of an array or map
	branches []*node  // of a union
	overlaps [][]int  // of a union: by branch, the others that may give the same JSON
	size     int      // of a fixed
	scale    int      // of a decimal
	digits   int      // of a decimal: its precision
	unit     int64    // of a time: how many of them a second has
}

type field struct {
	name string
	node *node
	// preset is the default as JSON; nil is none.
	preset *jsonvalue.Value
}

// title is what names a type, also as a branch of a union.
func (n *node) title() string {
	if n.name != "" {
		return n.name
	}
	return n.kind.String()
}

// short is a full name without its namespace.
func short(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// setLogical takes over a logical type that the specification allows here; others are
// ignored.
func (n *node) setLogical(attributes *jsonvalue.Value) {
	declared := attributes.Get("logicalType")
	if declared == nil || declared.Kind != jsonvalue.String {
		return
	}
	name, local := strings.CutPrefix(declared.Text, "local-")
	switch {
	case declared.Text == "decimal" && (n.kind == bytesKind || n.kind == fixedKind):
		n.setDecimal(attributes)
	case declared.Text == "big-decimal" && n.kind == bytesKind:
		n.logical = bigDecimal
	case declared.Text == "uuid" && (n.kind == stringKind || n.kind == fixedKind && n.size == 16):
		n.logical = uuid
	case declared.Text == "duration" && n.kind == fixedKind && n.size == 12:
		n.logical = duration
	case declared.Text == "date" && n.kind == intKind:
		n.logical = date
	case declared.Text == "time-millis" && n.kind == intKind:
		n.logical, n.unit = timeOfDay, 1e3
	case declared.Text == "time-micros" && n.kind == longKind:
		n.logical, n.unit = timeOfDay, 1e6
	case n.kind == longKind:
		unit := map[string]int64{"timestamp-millis": 1e3, "timestamp-micros": 1e6, "timestamp-nanos": 1e9}[name]
		if unit == 0 {
			return
		}
		n.unit, n.logical = unit, timestamp
		if local {
			n.logical = localTimestamp
		}
	}
}

// mostScale bounds the zeros that a decimal is written with. Schemas come from a
// registry, and the specification knows no bound.
const mostScale = 1000

func (n *node) setDecimal(attributes *jsonvalue.Value) {
	precision, ok := whole(attributes.Get("precision"))
	scale, declared := whole(attributes.Get("scale"))
	if !declared && attributes.Get("scale") != nil {
		return
	}
	most := int64(math.MaxInt32)
	if n.kind == fixedKind { // the digits that fit into its bits, but for the sign
		most = int64(math.Log10(2) * float64(8*n.size-1))
	}
	if !ok || precision < 1 || precision > most || scale < 0 || scale > precision || scale > mostScale {
		return
	}
	n.logical, n.digits, n.scale = decimal, int(precision), int(scale)
}

func whole(v *jsonvalue.Value) (int64, bool) {
	if v == nil || v.Kind != jsonvalue.Number {
		return 0, false
	}
	d, ok := jsonvalue.ParseDecimal(v.Text)
	if !ok {
		return 0, false
	}
	return d.Int64()
}

// Bounds of what is read of one value.
const (
	// mostText bounds the JSON of a value: names of fields may make it much larger
	// than its bytes.
	mostText = 32 << 20
	// mostEmpty bounds the items of lists that take no bytes, as those of null: their
	// count is no more than a claim.
	mostEmpty = 10_000
)

var (
	errTooDeep  = jsonvalue.ErrTooDeep
	errTooLarge = fmt.Errorf("as JSON it has more than %d MiB", mostText>>20)
	errTooMany  = fmt.Errorf("it has more than %d items that take no bytes", mostEmpty)
)
