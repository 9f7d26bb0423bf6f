package avro

import (
	"fmt"
	"strings"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// kindSet is a set of kinds of JSON.
type kindSet uint8

func setOf(kinds ...jsonvalue.Kind) (set kindSet) {
	for _, k := range kinds {
		set |= 1 << k
	}
	return set
}

// gives are the kinds of JSON that values of a type are written as.
func (n *node) gives() kindSet {
	switch n.logical {
	case decimal, bigDecimal:
		return setOf(jsonvalue.Number, jsonvalue.Object)
	case uuid, duration:
		return setOf(jsonvalue.String)
	case date, timeOfDay, timestamp, localTimestamp:
		return setOf(jsonvalue.String, jsonvalue.Number)
	}
	switch n.kind {
	case nullKind:
		return setOf(jsonvalue.Null)
	case booleanKind:
		return setOf(jsonvalue.Bool)
	case intKind, longKind:
		return setOf(jsonvalue.Number)
	case floatKind, doubleKind:
		return setOf(jsonvalue.Number, jsonvalue.String)
	case stringKind, enumKind:
		return setOf(jsonvalue.String)
	case arrayKind:
		return setOf(jsonvalue.Array)
	case unionKind:
		return 0xff
	}
	return setOf(jsonvalue.Object) // bytes, fixed, record, map
}

// overlaps are, for each branch of a union, the others that may give the same JSON.
func overlaps(branches []*node) [][]int {
	all := make([][]int, len(branches))
	for i, a := range branches {
		for j, b := range branches {
			if i != j && a.gives()&b.gives() != 0 {
				all[i] = append(all[i], j)
			}
		}
	}
	return all
}

// named returns the branches that a name means: that of a full name, else those of a
// short one.
func (n *node) named(name string) []*node {
	var full, shorts []*node
	for _, branch := range n.branches {
		switch {
		case branch.title() == name:
			full = append(full, branch)
		case branch.name != "" && short(branch.name) == name:
			shorts = append(shorts, branch)
		}
	}
	if full != nil {
		return full
	}
	return shorts
}

// search looks for the branches that could have given a JSON value. Types in types
// can make that long, so its steps are counted.
type search struct{ steps int }

const mostSteps = 1_000_000

// needsName reports whether the JSON of a value of a branch does not tell the branch.
func (s *search) needsName(union *node, branch int, text []byte) bool {
	first := jsonKind(text)
	wrapped := first == jsonvalue.Object // it may look like a named branch
	if wrapped {
		switch b := union.branches[branch]; b.kind {
		case recordKind:
			wrapped = len(b.fields) == 1 && union.named(b.fields[0].name) != nil
		case bytesKind, fixedKind:
			wrapped = union.named("base64") != nil
		}
	}
	maybe := false
	for _, other := range union.overlaps[branch] {
		maybe = maybe || union.branches[other].gives()&setOf(first) != 0
	}
	if !wrapped && !maybe {
		return false
	}
	v, err := jsonvalue.ParseValid(text)
	if err != nil { // too deep: the name does no harm
		return true
	}
	if wrapped && len(v.Members) == 1 && union.named(v.Members[0].Name) != nil {
		return true
	}
	for _, other := range union.overlaps[branch] {
		if s.couldGive(union.branches[other], &v) {
			return true
		}
	}
	return false
}

// jsonKind is the kind of JSON that a text begins as.
func jsonKind(text []byte) jsonvalue.Kind {
	switch text[0] {
	case 'n':
		return jsonvalue.Null
	case 't', 'f':
		return jsonvalue.Bool
	case '"':
		return jsonvalue.String
	case '[':
		return jsonvalue.Array
	case '{':
		return jsonvalue.Object
	}
	return jsonvalue.Number
}

// couldGive reports whether a value of a type could have been written as this JSON:
// numbers are compared by value, and the order of members says nothing. It may be
// true without need; where the steps are used up, it is.
func (s *search) couldGive(n *node, v *jsonvalue.Value) bool {
	if s.steps++; s.steps > mostSteps {
		return true
	}
	if n.gives()&setOf(v.Kind) == 0 {
		return false
	}
	if n.logical != plain {
		return n.couldGiveLogical(v)
	}
	switch n.kind {
	case intKind, longKind:
		i, ok := integer(v)
		return ok && (n.kind == longKind || int64(int32(i)) == i)
	case floatKind, doubleKind:
		if v.Kind == jsonvalue.String {
			_, special := jsonvalue.Special(v.Text)
			return special
		}
		return jsonvalue.GivesFloat(v.Text, n.bits())
	case enumKind:
		return n.symbol(v.Text) >= 0
	case bytesKind, fixedKind:
		data, ok := v.Bytes()
		return ok && (n.kind == bytesKind || len(data) == n.size)
	case arrayKind:
		for i := range v.Items {
			if !s.couldGive(n.item, &v.Items[i]) {
				return false
			}
		}
	case mapKind:
		for i := range v.Members {
			if !s.couldGive(n.item, &v.Members[i].Value) {
				return false
			}
		}
	case recordKind:
		if len(v.Members) != len(n.fields) {
			return false
		}
		for i := range n.fields {
			member := v.Get(n.fields[i].name)
			if member == nil || !s.couldGive(n.fields[i].node, member) {
				return false
			}
		}
	case unionKind:
		return s.unionCouldGive(n, v)
	}
	return true
}

func (s *search) unionCouldGive(n *node, v *jsonvalue.Value) bool {
	if v.Kind == jsonvalue.Object && len(v.Members) == 1 {
		for _, branch := range n.named(v.Members[0].Name) {
			if s.couldGive(branch, &v.Members[0].Value) {
				return true
			}
		}
	}
	for _, branch := range n.branches {
		if s.couldGive(branch, v) {
			return true
		}
	}
	return false
}

func (n *node) couldGiveLogical(v *jsonvalue.Value) bool {
	switch n.logical {
	case decimal, bigDecimal:
		if v.Kind == jsonvalue.Object {
			data, ok := v.Bytes()
			return ok && (n.kind == bytesKind || len(data) == n.size)
		}
		return n.logical == bigDecimal || n.unscaled(v.Text) != nil
	case uuid:
		return n.kind == stringKind || isUUID(v.Text)
	case duration:
		data, err := parseDuration(v.Text)
		return err == nil && durationText(data) == v.Text
	}
	if i, ok := integer(v); ok {
		_, asText := n.timeText(i)
		return !asText && (n.kind == longKind || int64(int32(i)) == i)
	}
	_, err := n.parseTime(v.Text)
	return v.Kind == jsonvalue.String && err == nil
}

// bits of a float or double.
func (n *node) bits() int {
	if n.kind == floatKind {
		return 32
	}
	return 64
}

func integer(v *jsonvalue.Value) (int64, bool) {
	if v.Kind != jsonvalue.Number {
		return 0, false
	}
	d, ok := jsonvalue.ParseDecimal(v.Text)
	if !ok {
		return 0, false
	}
	return d.Int64()
}

func (n *node) symbol(name string) int {
	for i, symbol := range n.symbols {
		if symbol == name {
			return i
		}
	}
	return -1
}

func isUUID(text string) bool {
	_, err := parseUUID(text)
	return err == nil
}

// choices names the branches of a union, for errors.
func choices(branches []*node) string {
	names := make([]string, len(branches))
	for i, branch := range branches {
		names[i] = branch.title()
	}
	switch n := len(names); n {
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

func errAmbiguous(fit []*node) error {
	return fmt.Errorf(`it fits %s; name the branch, as in {%q: …}`, choices(fit), fit[len(fit)-1].title())
}
