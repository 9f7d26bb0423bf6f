package serde

import (
	"strings"
	"testing"
	"time"
)

const ordersSubject = "/subjects/orders-value/versions/latest"

// TestTheNewestSchemaIsAskedForNowAndThen: not for every value.
func TestTheNewestSchemaIsAskedForNowAndThen(t *testing.T) {
	f := startRegistry(t)
	r := f.registry(t)
	now := time.Unix(1000, 0)
	r.now = func() time.Time { return now }
	s, err := New(Config{Registry: r})
	if err != nil {
		t.Fatal(err)
	}
	encode := func(topic, text string) error {
		_, _, err := s.Encode(t.Context(), topic, Value, Framed, []byte(text))
		return err
	}
	for range 100 {
		if err := encode("orders", orderAvroJSON); err != nil {
			t.Fatal(err)
		}
		if err := encode("nothing", "{}"); err == nil {
			t.Fatal("a topic without a schema is encoded")
		}
	}
	if n, missing := f.asked(ordersSubject), f.asked("/subjects/nothing-value/versions/latest"); n != 1 || missing != 1 {
		t.Errorf("asked %d times for a schema, %d times for one that is not there", n, missing)
	}
	now = now.Add(newestTime)
	if err := encode("orders", orderAvroJSON); err != nil || f.asked(ordersSubject) != 2 {
		t.Errorf("later: asked %d times, %v", f.asked(ordersSubject), err)
	}
	f.mu.Lock()
	f.answers["/subjects/nothing-value/versions/latest"] = f.answers[ordersSubject]
	f.mu.Unlock()
	if err := encode("nothing", orderAvroJSON); err != nil {
		t.Errorf("registered meanwhile: %v", err)
	}
}

// TestAnErrorNamesTheField that does not fit the schema.
func TestAnErrorNamesTheField(t *testing.T) {
	f := startRegistry(t)
	type object = map[string]any
	f.answers["/subjects/avro-value/versions/latest"] = object{"id": 31, "schema": `{"type":"record","name":"Outer","fields":[{"name":"total","type":{"type":"record","name":"Total","fields":[{"name":"cents","type":"long"}]}}]}`}
	f.answers["/subjects/unions-value/versions/latest"] = object{"id": 34, "schema": unions}
	f.answers["/subjects/proto-value/versions/latest"] = object{"id": 32, "schemaType": "PROTOBUF", "schema": `syntax = "proto3"; message Outer { message Total { int64 cents = 1; } Total total = 1; }`}
	f.answers["/subjects/json-value/versions/latest"] = object{"id": 33, "schemaType": "JSON", "schema": `{"properties":{"total":{"required":["cents"],"properties":{"cents":{"type":"integer"}}}}}`}
	s := withRegistry(t, f)
	for _, tc := range []struct{ topic, text, want string }{
		{"avro", `{"total":{"cents":"many"}}`, "cents"},
		{"avro", `{"total":{}}`, "cents"},
		{"avro", `{}`, "total"},
		{"avro", `{"total":{"cents":1,"cent":2}}`, "total.cent: the schema has no such field"},
		{"unions", `{"at":{"y":1,"z":2}}`, "at: it fits none of null, string, A and B"},
		{"unions", `{"many":[{"x":1},{"q":2}]}`, "many[1].q: the schema has no such field"},
		{"proto", `{"total":{"cents":"many"}}`, "cents"},
		{"proto", `{"total":{"cent":1}}`, "cent"},
		{"json", `{"total":{"cents":"many"}}`, "/total/cents"},
		{"json", `{"total":{}}`, "cents"},
	} {
		_, _, err := s.Encode(t.Context(), tc.topic, Value, Framed, []byte(tc.text))
		if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "schema id 3") {
			t.Errorf("%s %s: %v, want %q", tc.topic, tc.text, err, tc.want)
		} else {
			t.Log(err)
		}
	}
}

const unions = `{"type":"record","name":"Outer","fields":[
	{"name":"at","default":null,"type":["null","string",{"type":"record","name":"A","fields":[{"name":"x","type":"int","default":0}]},{"type":"record","name":"B","fields":[{"name":"z","type":"int"}]}]},
	{"name":"many","default":[],"type":{"type":"array","items":"A"}},
	{"name":"next","default":null,"type":["null","Outer"]},
	{"name":"raw","default":null,"type":["null","bytes"]},
	{"name":"counts","default":{},"type":{"type":"map","values":["int","A"]}}]}`

// TestKnownFieldsAreTaken, whatever the branch of a union.
func TestKnownFieldsAreTaken(t *testing.T) {
	f := startRegistry(t)
	f.answers["/subjects/orders-value/versions/latest"] = map[string]any{"id": 34, "schema": unions}
	f.answers["/schemas/ids/34"] = map[string]any{"schema": unions}
	s := withRegistry(t, f)
	for _, text := range []string{
		`{}`, `{"at":null}`, `{"at":"text"}`, `{"at":{"x":1}}`, `{"at":{"z":1}}`, `{"at":{"A":{"x":1}}}`, `{"many":[{"x":1},{}]}`,
		`{"next":{"next":{"at":{"z":1}}}}`, `{"raw":{"base64":"/w=="}}`, `{"counts":{"any":1,"name":{"x":2}}}`,
	} {
		data, _, err := s.Encode(t.Context(), "orders", Value, Framed, []byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if d := s.Await(t.Context(), valueOf(data), Value, Framed); d.Err != nil {
			t.Errorf("%s is read back as %v", text, d.Err)
		}
	}
}

// TestLargeValuesAreEncoded, though they would not be read as a structure.
func TestLargeValuesAreEncoded(t *testing.T) {
	s := withRegistry(t, startRegistry(t))
	large := `{"id":7,"customer":{"name":"` + strings.Repeat("x", 2*maxStructured) + `"}}`
	for _, form := range []Form{JSON, MsgPack, CBOR, Framed} {
		if data, _, err := s.Encode(t.Context(), "events", Value, form, []byte(large)); err != nil || len(data) < maxStructured {
			t.Errorf("%s: %d bytes, %v", form, len(data), err)
		}
	}
}

func TestWritten(t *testing.T) {
	s, err := New(Config{Rules: []Rule{{Topic: "orders", Value: &Decoding{Form: Int16}}}})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Choose("chosen", Key, UUID) // there is no file to remember it in
	for _, tc := range []struct {
		topic string
		side  Side
		want  Form
	}{{"orders", Value, Int16}, {"orders", Key, Text}, {"chosen", Key, UUID}, {"other", Value, Text}} {
		if got := s.Written(tc.topic, tc.side); got != tc.want {
			t.Errorf("the %s of %s is written as %s, want %s", tc.side, tc.topic, got, tc.want)
		}
	}
}
