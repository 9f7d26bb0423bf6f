package jsonschema

import (
	"strings"
	"testing"
)

// TestTheJSONIsAlwaysShown, whatever its schema; nothing is written that was not
// checked.
func TestTheJSONIsAlwaysShown(t *testing.T) {
	for _, tc := range []struct{ name, schema, payload, text, note string }{
		{"it fits", `{"type":"object"}`, ` {"a" : 1.10}`, `{"a":1.10}`, ""},
		{"it does not fit", `{"properties":{"a":{"type":"string"}}}`, `{"a":1}`, `{"a":1}`, "at /a"},
		{"a lookahead that holds", `{"pattern":"^(?!x)[a-z]+$"}`, `"abc"`, `"abc"`, ""},
		{"a lookahead that does not", `{"pattern":"^(?!x)[a-z]+$"}`, `"xyz"`, `"xyz"`, "pattern"},
		{"a lookbehind, a back reference", `{"pattern":"(?<=a)(b)\\1$"}`, `"abb"`, `"abb"`, ""},
		{"classes of Unicode", `{"pattern":"^\\p{Lu}(?=\\p{Ll})"}`, `"Äb"`, `"Äb"`, ""},
		{"no regular expression", `{"pattern":"("}`, `"a"`, `"a"`, "not checked"},
		{"a match without end", `{"pattern":"^(a+)+(?!b)$"}`, `"` + strings.Repeat("a", 40) + `c"`, `"` + strings.Repeat("a", 40) + `c"`, "pattern"},
		{"an unknown dialect", `{"$schema":"http://ex.com/own#"}`, `1`, `1`, "not checked"},
		{"a reference to nothing", `{"$ref":"#/definitions/none"}`, `1`, `1`, "not checked"},
		{"a reference to the web", `{"$ref":"https://ex.com/x.json"}`, `1`, `1`, "not among its references"},
		{"a type that there is not", `{"type":"any"}`, `1`, `1`, "not checked"},
		{"a huge exponent", `{"type":"integer"}`, `1e999999999`, `1e999999999`, "exponent"},
		{"an exponent in a string", `{"type":"string"}`, `"1e999999999"`, `"1e999999999"`, ""},
		{"a reference to itself", `{"$ref":"#"}`, `1`, `1`, "reference cycle"},
		{"a reference to itself, on the way", `{"allOf":[{"$ref":"#"}]}`, `1`, `1`, "reference cycle"},
		{"a name twice", `{"type":"object"}`, `{"a":1,"a":2}`, `{"a":1,"a":2}`, ""},
	} {
		s, err := Compile(tc.schema, nil)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		text, remarks, err := s.Decode([]byte(tc.payload))
		if err != nil || string(text) != tc.text || !strings.Contains(remarks.Note, tc.note) || tc.note == "" && remarks.Note != "" || strings.Contains(remarks.Note, "\n") {
			t.Errorf("%s: %s, %+v, %v", tc.name, text, remarks, err)
		}
		if again, err := s.Encode([]byte(tc.payload)); (err == nil) != (tc.note == "") {
			t.Errorf("%s: written as %s, %v", tc.name, again, err)
		}
	}
	if _, err := Compile("{", nil); err == nil {
		t.Error("what is no JSON is a schema")
	}
}

func FuzzJSONSchema(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"$ref":"#"}}}`, []byte(`{"a":{"a":1}}`))
	f.Add(`{"pattern":"^(?!x)"}`, []byte(`"x"`))
	f.Add(`{"multipleOf":0.01,"$ref":"x"}`, []byte(`1e99`))
	f.Fuzz(func(t *testing.T, schema string, payload []byte) {
		s, err := Compile(schema, nil)
		if err != nil {
			return
		}
		text, _, err := s.Decode(payload)
		if err != nil {
			return
		}
		if again, err := s.Encode(text); err == nil && string(again) != string(text) {
			t.Fatalf("%s became %s", text, again)
		}
	})
}
