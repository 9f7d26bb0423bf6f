package serde

import (
	"maps"
	"slices"

	"github.com/twmb/avro"
)

// stranger returns the path of a field that the schema does not have, or "". The
// library passes over such fields: a misspelled one that has a default would be lost
// without a word.
func (s *avroShape) stranger(n *avro.SchemaNode, v any, depth int) string {
	if depth > maxDepth {
		return "" // the library refuses what is too deep
	}
	n = s.node(n)
	if n.Type == "union" {
		return s.strangerInUnion(n, v, depth)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			kind := n.Values
			if n.Type == "record" {
				at := slices.IndexFunc(n.Fields, func(f avro.SchemaField) bool { return f.Name == name })
				if at < 0 {
					return name
				}
				kind = &n.Fields[at].Type
			}
			if found := s.stranger(child(kind), v[name], depth+1); found != "" {
				return name + "." + found
			}
		}
	case []any:
		for _, item := range v {
			if found := s.stranger(child(n.Items), item, depth+1); found != "" {
				return found
			}
		}
	}
	return ""
}

// strangerInUnion is "" when any branch has all the fields. A branch may be named, as
// in {"shop.Order": {…}}.
func (s *avroShape) strangerInUnion(union *avro.SchemaNode, v any, depth int) string {
	first := ""
	for i := range union.Branches {
		n := s.node(&union.Branches[i])
		object, isObject := v.(map[string]any)
		if _, isList := v.([]any); isObject && n.Type != "record" && n.Type != "map" || isList && n.Type != "array" {
			continue
		}
		if inner, named := object[fullName(n)]; named && len(object) == 1 && n.Type == "record" {
			return s.stranger(n, inner, depth+1)
		}
		found := s.stranger(n, v, depth+1)
		if found == "" {
			return ""
		}
		if first == "" {
			first = found
		}
	}
	return first
}
