package serde

import (
	"encoding/json"
	"strings"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// inJSON hides what the rules hide in one JSON value, and leaves the rest as it
// was written. It returns "" where the value is not JSON.
func (m *mask) inJSON(s string) (shown string, changed bool) {
	w := masker{mask: m, in: json.NewDecoder(strings.NewReader(s))}
	w.in.UseNumber()
	if !w.value(0) || w.in.More() {
		return "", false
	}
	if _, err := w.in.Token(); err == nil { // a stray bracket
		return "", false
	}
	if !w.changed {
		return s, false
	}
	return string(w.out), true
}

// masker copies JSON, value by value.
type masker struct {
	mask    *mask
	in      *json.Decoder
	out     []byte
	path    []string // names in lower case
	changed bool
}

// value copies the next value. It is false where there is none.
func (w *masker) value(depth int) bool {
	token, err := w.in.Token()
	if err != nil || depth > jsonvalue.MaxDepth {
		return false
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			return w.object(depth)
		}
		return v == '[' && w.list(depth)
	case string:
		shown, changed := w.string(v)
		w.out = jsonvalue.AppendString(w.out, shown)
		w.changed = w.changed || changed
	case json.Number:
		if _, changed := w.mask.inWords(v.String()); changed {
			w.hide()
		} else {
			w.out = append(w.out, v...)
		}
	case bool:
		if v {
			w.out = append(w.out, "true"...)
		} else {
			w.out = append(w.out, "false"...)
		}
	default:
		w.out = append(w.out, "null"...)
	}
	return true
}

// string masks a string, which may hold JSON of its own.
func (w *masker) string(s string) (shown string, changed bool) {
	if looksJSON([]byte(s)) {
		return w.mask.inText(s)
	}
	return w.mask.inWords(s)
}

func (w *masker) hide() {
	w.out = jsonvalue.AppendString(w.out, Hidden)
	w.changed = true
}

func (w *masker) list(depth int) bool {
	w.out = append(w.out, '[')
	for i := 0; w.in.More(); i++ {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if !w.value(depth + 1) {
			return false
		}
	}
	w.out = append(w.out, ']')
	_, err := w.in.Token()
	return err == nil
}

func (w *masker) object(depth int) bool {
	w.out = append(w.out, '{')
	for i := 0; w.in.More(); i++ {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if !w.member(depth) {
			return false
		}
	}
	w.out = append(w.out, '}')
	_, err := w.in.Token()
	return err == nil
}

func (w *masker) member(depth int) bool {
	token, err := w.in.Token()
	name, ok := token.(string)
	if err != nil || !ok {
		return false
	}
	shown, changed := w.mask.inWords(name)
	w.changed = w.changed || changed
	w.out = append(jsonvalue.AppendString(w.out, shown), ':')
	w.path = append(w.path, strings.ToLower(name))
	defer func() { w.path = w.path[:len(w.path)-1] }()
	if w.mask.names(w.path) {
		var skipped json.RawMessage
		w.hide()
		return w.in.Decode(&skipped) == nil
	}
	return w.value(depth + 1)
}
