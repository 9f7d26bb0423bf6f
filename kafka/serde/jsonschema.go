package serde

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// jsonSchema checks JSON.
type jsonSchema struct {
	schema *jsonschema.Schema
	title  string
}

// noLoader refuses to read what a schema refers to: it may name any file or
// address.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("the schema refers to %s, which is not among its references", url)
}

// jsonBase is where a schema stands that does not say it itself: references are
// relative to it.
const jsonBase = "registry:///"

func compileJSONSchema(src source) (schema, error) {
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	for _, ref := range src.refs {
		where := ref.name
		if !strings.Contains(where, ":") {
			where = jsonBase + strings.TrimPrefix(where, "/")
		}
		if _, err := addSchema(c, where, ref.text); err != nil {
			return nil, fmt.Errorf("compile the JSON schema %s, which it refers to: %w", ref.name, err)
		}
	}
	doc, err := addSchema(c, jsonBase+rootFile, src.text)
	if err != nil {
		return nil, fmt.Errorf("compile the JSON schema: %w", err)
	}
	compiled, err := c.Compile(jsonBase + rootFile)
	if err != nil {
		return nil, fmt.Errorf("compile the JSON schema: %w", err)
	}
	s := &jsonSchema{schema: compiled, title: "JSON"}
	if object, ok := doc.(map[string]any); ok {
		if title, ok := object["title"].(string); ok {
			s.title += " " + title
		}
	}
	return s, nil
}

func addSchema(c *jsonschema.Compiler, where, text string) (any, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	return doc, c.AddResource(where, doc)
}

func (s *jsonSchema) name() string { return s.title }

// decode shows JSON that its schema refuses, with a note: it is there, after
// all.
func (s *jsonSchema) decode(payload []byte) ([]byte, string, error) {
	if err := checkJSON(payload); err != nil {
		return nil, "", err
	}
	note := ""
	if err := s.check(payload); err != nil {
		note = err.Error()
	}
	var out bytes.Buffer
	err := json.Compact(&out, payload)
	return out.Bytes(), note, err
}

func (s *jsonSchema) encode(text []byte) ([]byte, error) {
	if err := validJSON(text); err != nil {
		return nil, err
	}
	return text, s.check(text)
}

// check says in a line why a value does not fit the schema.
func (s *jsonSchema) check(text []byte) error {
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
