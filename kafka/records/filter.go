package records

import (
	"fmt"
	"strings"
)

// Filter says which records are wanted. It never changes, and is for any
// goroutine.
type Filter struct {
	text string
	mark string
	kind FilterKind
	// must is a text that every wanted record holds, in its bytes as they are on
	// the wire; nil when there is none. Most batches hold it nowhere, and need no
	// parsing.
	must *needle
	// escapes is set where must may be written in JSON with escapes instead: a
	// record with a backslash is then looked at whole.
	escapes bool
	headers bool // headers are looked at
	test    test
}

// FilterKind is how a filter was written.
type FilterKind int

// The kinds of filters.
const (
	PlainText FilterKind = iota
	Regexp
	Expression
)

// String names the kind in a word or two.
func (k FilterKind) String() string {
	return [...]string{"text", "regular expression", "expression"}[k]
}

// test returns a function that looks at records. The function has memory of its
// own and is for one goroutine; its error says why a record could not be
// compared, and the record is not wanted then.
type test func() func(*view) (bool, error)

// Mistake is what is wrong with the text of a filter.
type Mistake struct {
	Column int    // in characters from the start of the text, from 0 on
	Text   string // in words
}

// Error tells the column as people count, from 1 on.
func (m *Mistake) Error() string { return fmt.Sprintf("column %d: %s", m.Column+1, m.Text) }

// ParseFilter reads what is to be looked for:
//
//	some text              in key, value or headers; without capitals, ignoring case
//	/expression/           a regular expression (RE2); /expression/i ignores case
//	value.total > 100      an expression over the record; true is wanted
//	\value.total > 100     the text after the backslash, whatever it looks like
//
// In an expression there are key, value, headers["name"], offset, partition,
// timestamp and size (bytes of key and value). key and value are texts, nil when
// absent, and JSON where a path follows: value.items[0].price. The language is
// that of expr-lang.org. The empty text is no filter, nil. An error is a *Mistake.
func ParseFilter(text string) (*Filter, error) {
	switch pattern, flags, ok := regexpIn(text); {
	case text == "":
		return nil, nil
	case ok:
		return newRegexp(text, pattern, flags)
	case looksLikeExpression(text) || isExpression(text):
		return newExpression(text)
	}
	plain := strings.TrimPrefix(text, `\`)
	if plain == "" {
		return nil, &Mistake{Column: 1, Text: "a text must follow the backslash"}
	}
	n := newNeedle(plain)
	return &Filter{text: text, mark: plain, must: n, headers: true, test: anyPart(n.in)}, nil
}

// anyPart makes tests of whether any part of a record is as wanted, which can
// always be told.
func anyPart(wanted func([]byte) bool) func() func(*view) (bool, error) {
	return func() func(*view) (bool, error) {
		return func(v *view) (bool, error) { return v.any(wanted), nil }
	}
}

// String is the text that the filter was made of.
func (f *Filter) String() string {
	if f == nil {
		return ""
	}
	return f.text
}

// Kind is how the filter was written.
func (f *Filter) Kind() FilterKind { return f.kind }

// Mark is a text that stands in every wanted record, to be marked where it shows;
// empty when there is none.
func (f *Filter) Mark() string {
	if f == nil {
		return ""
	}
	return f.mark
}

// same reports whether two filters want the same records.
func (f *Filter) same(other *Filter) bool { return f.String() == other.String() }
