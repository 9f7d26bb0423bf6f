// Package jsonschema checks JSON by a JSON Schema. The JSON itself is always shown:
// what does not fit its schema, and a schema that cannot be used, are notes beside it.
// What is written has to fit.
package jsonschema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// Schema checks JSON. It is safe for concurrent use.
type Schema struct {
	schema *jsonschema.Schema
	broken error // why nothing can be checked
	title  string
}

// Reference is a schema that another one refers to, by its address.
type Reference struct{ Name, Text string }

// noLoader refuses to read what a schema refers to: it may name any file or address.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("the schema refers to %s, which is not among its references", url)
}

// base is where a schema stands that does not say it itself: references are relative
// to it.
const (
	base = "registry:///"
	root = "schema"
)

// Compile compiles a schema. It is an error where its text is not JSON; a schema that
// cannot be used else says so with every value.
func Compile(text string, refs []Reference) (*Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("compile the JSON schema: %w", err)
	}
	s := new(Schema)
	if object, ok := doc.(map[string]any); ok {
		s.title, _ = object["title"].(string)
	}
	s.schema, s.broken = compile(doc, refs)
	return s, nil
}

func compile(doc any, refs []Reference) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	c.UseRegexpEngine(compileRegexp)
	for _, ref := range refs {
		where := ref.Name
		if !strings.Contains(where, ":") {
			where = base + strings.TrimPrefix(where, "/")
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(ref.Text))
		if err == nil {
			err = c.AddResource(where, doc)
		}
		if err != nil {
			return nil, fmt.Errorf("compile the JSON schema %s, which it refers to: %w", ref.Name, inLine(err))
		}
	}
	err := c.AddResource(base+root, doc)
	if err != nil {
		return nil, fmt.Errorf("compile the JSON schema: %w", inLine(err))
	}
	compiled, err := c.Compile(base + root)
	if err != nil {
		return nil, fmt.Errorf("compile the JSON schema: %w", inLine(err))
	}
	return compiled, nil
}

// inLine takes the line ends out of an error of the library.
func inLine(err error) error {
	var inner *jsonschema.LoadURLError
	if errors.As(err, &inner) && inner.Err != nil {
		err = inner.Err
	}
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}

// Name is the title of the schema; may be empty.
func (s *Schema) Name() string { return s.title }

// Decode writes JSON without blanks between its members. A value that does not fit,
// and one that cannot be checked, has a note.
func (s *Schema) Decode(payload []byte) (text []byte, remarks jsonvalue.Remarks, err error) {
	if err := jsonvalue.Valid(payload); err != nil {
		return nil, remarks, err
	}
	if err := s.check(payload); err != nil {
		remarks.Note = err.Error()
	}
	var out bytes.Buffer
	err = json.Compact(&out, payload)
	return out.Bytes(), remarks, err
}

// Encode returns JSON as it was written, if it fits.
func (s *Schema) Encode(text []byte) ([]byte, error) {
	if err := jsonvalue.Valid(text); err != nil {
		return nil, err
	}
	return text, s.check(text)
}

// check says in a line why a value does not fit the schema, or why nobody knows.
func (s *Schema) check(text []byte) error {
	switch {
	case s.broken != nil:
		return fmt.Errorf("it is not checked: %w", s.broken)
	case hugeExponent(text):
		return errors.New("it is not checked: a number has an exponent above 999")
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	err = s.schema.Validate(v)
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return err
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0] // the innermost says what is wrong
	}
	where := "/" + strings.Join(invalid.InstanceLocation, "/")
	return fmt.Errorf("it does not fit its schema: at %s: %s", where, invalid.ErrorKind.LocalizedString(message.NewPrinter(language.English)))
}

// hugeExponent reports whether a number has an exponent of more than three digits: the
// library would write out all its zeros.
func hugeExponent(text []byte) bool {
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			inString = !inString
		case !inString && (c == 'e' || c == 'E') && i > 0 && text[i-1] >= '0' && text[i-1] <= '9':
			end := i + 1
			for end < len(text) && bytes.IndexByte([]byte("+-0"), text[end]) >= 0 {
				end++
			}
			digits := 0
			for end+digits < len(text) && text[end+digits] >= '0' && text[end+digits] <= '9' {
				digits++
			}
			if digits > 3 {
				return true
			}
		}
	}
	return false
}
