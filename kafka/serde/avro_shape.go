package serde

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/avro"
)

// avroShape writes decoded Avro for people: the fields of a record in the order
// of the schema, decimals and times as one writes them.
type avroShape struct {
	root  *avro.SchemaNode
	named map[string]*avro.SchemaNode // by full name
}

func newAvroShape(root *avro.SchemaNode) *avroShape {
	s := &avroShape{root: root, named: make(map[string]*avro.SchemaNode)}
	s.collect(root)
	return s
}

func fullName(n *avro.SchemaNode) string {
	if n.Namespace == "" || strings.Contains(n.Name, ".") {
		return n.Name
	}
	return n.Namespace + "." + n.Name
}

func (s *avroShape) collect(n *avro.SchemaNode) {
	if n == nil {
		return
	}
	if n.Name != "" {
		s.named[fullName(n)] = n
	}
	for i := range n.Fields {
		s.collect(&n.Fields[i].Type)
	}
	for i := range n.Branches {
		s.collect(&n.Branches[i])
	}
	s.collect(n.Items)
	s.collect(n.Values)
}

// node follows a reference to a named type.
func (s *avroShape) node(n *avro.SchemaNode) *avro.SchemaNode {
	if found := s.named[n.Type]; found != nil {
		return found
	}
	return n
}

// append writes a value of a type. The value is what the library makes of it.
func (s *avroShape) append(dst []byte, n *avro.SchemaNode, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	n = s.node(n)
	if n.Type == "union" {
		n = s.branch(n, v)
	}
	switch v := v.(type) {
	case map[string]any:
		return s.object(dst, n, v, depth)
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			var err error
			if dst, err = s.append(dst, child(n.Items), item, depth+1); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	}
	return appendAvroScalar(dst, n, v), nil
}

// child is a type that the schema must have; none is one that says nothing.
func child(n *avro.SchemaNode) *avro.SchemaNode {
	if n == nil {
		return &avro.SchemaNode{}
	}
	return n
}

func (s *avroShape) object(dst []byte, n *avro.SchemaNode, v map[string]any, depth int) ([]byte, error) {
	types := make(map[string]*avro.SchemaNode, len(n.Fields))
	var names []string
	for i := range n.Fields {
		types[n.Fields[i].Name] = &n.Fields[i].Type
		names = append(names, n.Fields[i].Name)
	}
	if n.Type != "record" {
		names = slices.Sorted(maps.Keys(v)) // a map has no order
	}
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, name), ':')
		kind := types[name]
		if kind == nil {
			kind = child(n.Values)
		}
		var err error
		if dst, err = s.append(dst, kind, v[name], depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// branch finds the type of a union that a value has.
func (s *avroShape) branch(union *avro.SchemaNode, v any) *avro.SchemaNode {
	for i := range union.Branches {
		if n := s.node(&union.Branches[i]); fits(n, v) {
			return n
		}
	}
	return &avro.SchemaNode{}
}

func fits(n *avro.SchemaNode, v any) bool {
	switch v := v.(type) {
	case map[string]any:
		if n.Type != "record" || len(n.Fields) != len(v) {
			return n.Type == "map"
		}
		return !slices.ContainsFunc(n.Fields, func(f avro.SchemaField) bool { _, has := v[f.Name]; return !has })
	case []any:
		return n.Type == "array"
	case time.Time:
		return n.LogicalType == "date" || strings.Contains(n.LogicalType, "timestamp")
	case *big.Rat:
		return strings.Contains(n.LogicalType, "decimal")
	}
	return false // nothing else depends on its type
}

func appendAvroScalar(dst []byte, n *avro.SchemaNode, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int32:
		return strconv.AppendInt(dst, int64(v), 10)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float32:
		return appendFloat(dst, float64(v), 32)
	case float64:
		return appendFloat(dst, v, 64)
	case string:
		return appendString(dst, v)
	case []byte:
		return appendBytes(dst, v)
	case *big.Rat:
		if n.LogicalType == "decimal" {
			return append(dst, v.FloatString(n.Scale)...)
		}
		digits, _ := v.FloatPrec()
		return append(dst, v.FloatString(digits)...)
	case time.Time:
		switch {
		case n.LogicalType == "date":
			return appendString(dst, v.Format(time.DateOnly))
		case strings.HasPrefix(n.LogicalType, "local-"):
			return appendString(dst, v.Format("2006-01-02T15:04:05.999999999"))
		}
		return appendString(dst, v.Format(time.RFC3339Nano))
	case time.Duration: // a time of day
		return appendString(dst, time.Time{}.Add(v).Format("15:04:05.999999999"))
	}
	return appendString(dst, fmt.Sprint(v))
}

// typed undoes what append does and the library does not read: bytes as an
// object, times of day, local timestamps, and decimals as numbers.
func (s *avroShape) typed(n *avro.SchemaNode, v any, depth int) any {
	if depth > maxDepth {
		return v // the library refuses what is too deep
	}
	n = s.node(n)
	switch v := v.(type) {
	case map[string]any:
		if data, ok := asBytes(v); ok && (n.Type == "bytes" || n.Type == "fixed" || n.Type == "union") {
			return data
		}
		if n.Type == "union" {
			n = s.branch(n, v)
		}
		for i := range n.Fields {
			if item, has := v[n.Fields[i].Name]; has {
				v[n.Fields[i].Name] = s.typed(&n.Fields[i].Type, item, depth+1)
			}
		}
		if n.Values != nil {
			for name, item := range v {
				v[name] = s.typed(n.Values, item, depth+1)
			}
		}
		return v
	case []any:
		if n.Type == "union" {
			n = s.branch(n, v)
		}
		for i, item := range v {
			v[i] = s.typed(child(n.Items), item, depth+1)
		}
		return v
	}
	return s.typedScalar(n, v)
}

func (s *avroShape) typedScalar(n *avro.SchemaNode, v any) any {
	if n.Type == "union" {
		for i := range n.Branches {
			if typed := s.typedScalar(s.node(&n.Branches[i]), v); typed != v {
				return typed
			}
		}
		return v
	}
	switch v := v.(type) {
	case json.Number:
		if strings.Contains(n.LogicalType, "decimal") {
			if r, ok := new(big.Rat).SetString(boundedNumber(v.String())); ok {
				return r
			}
		}
	case string:
		layout := ""
		switch {
		case strings.HasPrefix(n.LogicalType, "time-"):
			layout = "15:04:05.999999999"
		case strings.HasPrefix(n.LogicalType, "local-"):
			layout = "2006-01-02T15:04:05.999999999"
		}
		at, err := time.Parse(layout, v)
		switch {
		case layout == "" || err != nil:
			return v
		case strings.HasPrefix(n.LogicalType, "time-"):
			return at.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC))
		}
		return at
	}
	return v
}

// boundedNumber refuses exponents that would fill the memory.
func boundedNumber(s string) string {
	if strings.ContainsAny(s, "eE") || len(s) > 1000 {
		return ""
	}
	return s
}

// asBytes reads what appendBytes writes.
func asBytes(v map[string]any) ([]byte, bool) {
	text, ok := v["base64"].(string)
	if !ok || len(v) != 1 {
		return nil, false
	}
	var data []byte
	err := json.Unmarshal(appendString(nil, text), &data)
	return data, err == nil
}
