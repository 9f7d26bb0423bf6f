package recordcases

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// Registry answers as a schema registry does: by path.
type Registry map[string]map[string]any

// ServeHTTP answers a request.
func (r Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	answer, ok := r[req.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		answer = map[string]any{"error_code": 40403, "message": "Schema not found"}
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(err) // a test's own values, to a client in the same process
	}
}

// Add has the registry know what it knows of a case: its schema, with all that it
// refers to, and the newest one of the subjects of some topics.
func (r Registry) Add(c *Case, topics ...string) {
	if c.NeedsID > 0 { // of a schema that does not fit
		r[fmt.Sprintf("/schemas/ids/%d", c.NeedsID)] = map[string]any{
			"schema": `{"type":"record","name":"Flag","fields":[{"name":"on","type":"boolean"}]}`,
		}
	}
	if c.Schema == "" || c.Unregistered {
		return
	}
	text := c.answer(c.Schema, c.References)
	r[fmt.Sprintf("/schemas/ids/%d", c.SchemaID)] = text
	r["/schemas/guids/"+c.GUID] = text
	for _, topic := range topics {
		newest, id := text, c.SchemaID
		if c.NewerSchema != "" {
			newest, id = c.answer(c.NewerSchema, c.References), c.SchemaID+1
			r[fmt.Sprintf("/schemas/ids/%d", id)] = newest
		}
		subject := topic + "-value"
		if c.Side == "key" {
			subject = topic + "-key"
		}
		if c.Subject != "" {
			continue // it stands under that
		}
		newest = maps.Clone(newest)
		newest["subject"], newest["version"], newest["id"] = subject, 1, id
		r["/subjects/"+subject+"/versions/latest"] = newest
	}
	for _, ref := range c.References {
		answer := c.answer(ref.Schema, ref.References)
		answer["subject"], answer["version"], answer["id"] = c.subject(ref), ref.Version, 900
		r[fmt.Sprintf("/subjects/%s/versions/%d", c.subject(ref), ref.Version)] = answer
	}
}

// subject is that of a reference, which cases do not share.
func (c *Case) subject(ref Reference) string { return c.ID + "." + ref.Subject }

// answer is a schema without its place; it has the references whose names its text has.
func (c *Case) answer(text string, refs []Reference) map[string]any {
	answer := map[string]any{"schema": text}
	if kind := map[string]string{"protobuf": "PROTOBUF", "jsonschema": "JSON"}[c.Kind]; kind != "" {
		answer["schemaType"] = kind
	}
	var told []map[string]any
	for _, ref := range refs {
		if short := ref.Name[strings.LastIndexByte(ref.Name, '.')+1:]; strings.Contains(text, ref.Name) || strings.Contains(text, short) {
			told = append(told, map[string]any{"name": ref.Name, "subject": c.subject(ref), "version": ref.Version})
		}
	}
	answer["references"] = told
	return answer
}
