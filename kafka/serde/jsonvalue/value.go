// Package jsonvalue is JSON as what encodes and decodes records needs it: the members
// of an object in their order, none lost, and numbers with their digits.
package jsonvalue

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxDepth bounds how deep records, objects and lists may stand in each other, in
// every form: more than any record needs, and far from the end of the stack.
const MaxDepth = 200

// ErrTooDeep says that MaxDepth is exceeded.
var ErrTooDeep = fmt.Errorf("it is nested deeper than %d levels", MaxDepth)

// Remarks are what there is to say about a value besides its JSON.
type Remarks struct {
	// Note is what is odd about it; may be empty.
	Note string
	// Loss is what the JSON does not say, so that a value encoded from it would be
	// another one; empty where it says all.
	Loss string
}

// Add joins other remarks to these; what is there already is not repeated.
func (r *Remarks) Add(other Remarks) {
	r.Note = Join(r.Note, other.Note)
	r.Loss = Join(r.Loss, other.Loss)
}

// Join puts two notes into one.
func Join(a, b string) string {
	switch {
	case a == "" || b == "":
		return a + b
	case strings.Contains(a, b):
		return a
	}
	return a + "; " + b
}

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Value is a JSON value.
type Value struct {
	Kind    Kind
	True    bool     // of a Bool
	Text    string   // the characters of a String, or the digits of a Number as written
	Items   []Value  // of an Array
	Members []Member // of an Object, in their order; a name may stand twice
}

// Member is a name and its value.
type Member struct {
	Name  string
	Value Value
}

// Get returns the first member of a name, or nil.
func (v *Value) Get(name string) *Value {
	for i := range v.Members {
		if v.Members[i].Name == name {
			return &v.Members[i].Value
		}
	}
	return nil
}

// Twice returns a name that stands twice in an object, or "" and false.
func (v *Value) Twice() (string, bool) {
	if len(v.Members) < 9 {
		for i := range v.Members {
			for j := range i {
				if v.Members[i].Name == v.Members[j].Name {
					return v.Members[i].Name, true
				}
			}
		}
		return "", false
	}
	seen := make(map[string]bool, len(v.Members))
	for i := range v.Members {
		if seen[v.Members[i].Name] {
			return v.Members[i].Name, true
		}
		seen[v.Members[i].Name] = true
	}
	return "", false
}

// Valid says why data is not one JSON value.
func Valid(data []byte) error {
	switch {
	case !utf8.Valid(data):
		return errors.New("not JSON: it is not UTF-8")
	case json.Valid(data):
		return nil
	}
	var discard json.RawMessage
	err := json.Unmarshal(data, &discard)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("not JSON: %w at byte %d", err, syntax.Offset)
	}
	return fmt.Errorf("not JSON: %w", err)
}

// Parse reads one JSON value. Half of a surrogate pair in a string is refused: no
// text can hold it.
func Parse(data []byte) (Value, error) {
	if err := Valid(data); err != nil {
		return Value{}, err
	}
	return ParseValid(data)
}

// maxJSON bounds objects and lists in each other: a record may take three levels, as
// in {"array": [{"shop.Order": …}]}.
const maxJSON = 5 * MaxDepth

// ParseValid reads what is known to be one JSON value.
func ParseValid(data []byte) (Value, error) {
	p := parser{in: data}
	var v Value
	err := p.value(&v, 0)
	return v, err
}

type parser struct {
	in []byte
	at int
}

// next passes over blanks, and returns the byte after them.
func (p *parser) next() byte {
	for p.at < len(p.in) {
		switch c := p.in[p.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
			p.at++
		default:
			return c
		}
	}
	return 0
}

func (p *parser) value(v *Value, depth int) (err error) {
	if depth > maxJSON {
		return ErrTooDeep
	}
	switch c := p.next(); c {
	case '{':
		p.at++
		v.Kind = Object
		for p.next() != '}' {
			v.Members = append(v.Members, Member{})
			member := &v.Members[len(v.Members)-1]
			if member.Name, err = p.string(); err == nil {
				err = p.value(&member.Value, depth+1)
			}
			if err != nil {
				return err
			}
		}
		p.at++
	case '[':
		p.at++
		v.Kind = Array
		for p.next() != ']' {
			v.Items = append(v.Items, Value{})
			if err := p.value(&v.Items[len(v.Items)-1], depth+1); err != nil {
				return err
			}
		}
		p.at++
	case '"':
		v.Kind = String
		v.Text, err = p.string()
	case 't':
		v.Kind, v.True, p.at = Bool, true, p.at+len("true")
	case 'f':
		v.Kind, p.at = Bool, p.at+len("false")
	case 'n':
		p.at += len("null")
	default:
		v.Kind = Number
		begin := p.at
		for p.at < len(p.in) && strings.IndexByte("+-.eE0123456789", p.in[p.at]) >= 0 {
			p.at++
		}
		if p.at == begin {
			return errors.New("not JSON: it ends too early")
		}
		v.Text = string(p.in[begin:p.at])
	}
	return err
}

func (p *parser) string() (string, error) {
	p.next()
	begin, escaped := p.at, false
	for p.at++; p.at < len(p.in) && p.in[p.at] != '"'; p.at++ {
		if p.in[p.at] == '\\' {
			escaped = true
			p.at++
		}
	}
	if p.at >= len(p.in) {
		return "", errors.New("not JSON: it ends too early")
	}
	p.at++
	raw := p.in[begin:p.at]
	if !escaped {
		return string(raw[1 : len(raw)-1]), nil
	}
	if HalfPair(string(raw)) {
		return "", fmt.Errorf("the string %s has half of a surrogate pair, which no text can hold", raw)
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}
