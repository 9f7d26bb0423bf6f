package serde

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

const orderGUID = "6fa459ea-ee8a-4ca4-894e-db77e160355e"

func header(name string, value ...byte) []kgo.RecordHeader {
	return []kgo.RecordHeader{{Key: "other"}, {Key: name, Value: value}}
}

// TestFramings are what says the schema of a record. What is decoded is written as what
// it was.
func TestFramings(t *testing.T) {
	f := startRegistry(t)
	guid := unhex(strings.ReplaceAll(orderGUID, "-", ""))
	type object = map[string]any
	f.answers["/schemas/guids/"+orderGUID] = object{"schema": `syntax="proto3"; message A { int32 a=1; } message B { int32 b=1; }`, "schemaType": "PROTOBUF"}
	f.answers["/schemas/ids/31"] = object{"schema": `{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}`}
	s := withRegistry(t, f)
	for _, tc := range []struct {
		name    string
		headers []kgo.RecordHeader
		value   string
		want    string
		told    string
		loss    string
	}{
		{"the GUID in a header", header("__value_schema_id", append([]byte{1}, guid...)...), "020208" + "05", `{"b":5}`, "", ""},
		{"the GUID and the place in a header", header("__value_schema_id", append(append([]byte{1}, guid...), 2, 2)...), "0805", `{"b":5}`, "", "header"},
		{"the id in a header", header("__value_schema_id", 0, 0, 0, 0, 31), "0a", `{"a":5}`, "", ""},
		{"an unknown GUID in a header, before text", header("__value_schema_id", append([]byte{1}, make([]byte, 16)...)...), "7b7d", `{}`, "schema GUID 00000000-0000-0000-0000-000000000000: the registry", ""},
		{"a header of the other side", header("__key_schema_id", 0, 0, 0, 0, 31), "7b7d", `{}`, "", ""},
		{"Apicurio", nil, "00000000000000001f0a", `{"a":5}`, "Apicurio", ""},
		{"Confluent", nil, "000000001f0a", `{"a":5}`, "", ""},
		{"AWS Glue", nil, "0300" + "6fa459eaee8a4ca4894edb77e160355e" + "0a", ``, "AWS Glue's header with schema version " + orderGUID, ""},
		{"AWS Glue, compressed", nil, "0305" + "6fa459eaee8a4ca4894edb77e160355e" + "0a", ``, "zlib", ""},
		{"JSON of an unknown id", nil, "0000000058" + "7b7d", `{}`, "not checked: schema id 88: the registry", ""},
		{"a number", nil, "000000003b9aca00", `1000000000`, "", ""},
		{"a number of a schema that does not fit", nil, "000000001fffffff", `536870911`, "cannot be decoded: decode by schema id 31", ""},
	} {
		rec := &kgo.Record{Topic: "orders", Headers: tc.headers, Value: unhex(tc.value)}
		d := s.Await(t.Context(), rec, Value, Auto)
		told := d.Note
		if d.Err != nil {
			told += d.Err.Error()
		}
		if string(d.Text) != tc.want || !strings.Contains(told, tc.told) || tc.told == "" && told != "" || !strings.Contains(d.Loss, tc.loss) {
			t.Errorf("%s: got %s %s, %q, %q, want %s", tc.name, d.Form, d.Text, told, d.Loss, tc.want)
			continue
		}
		if d.Form == Hex || tc.loss != "" || d.Schema == "" {
			continue
		}
		if again, _, err := s.EncodeAs(t.Context(), "elsewhere", Value, d.Spec(), d.Text); err != nil || string(again) != string(rec.Value) {
			t.Errorf("%s: written as %x (%v)", tc.name, again, err)
		}
	}
}

// TestAnIDOfAnotherRegistryIsRefused: the same id may be another schema there.
func TestAnIDOfAnotherRegistryIsRefused(t *testing.T) {
	s := withRegistry(t, startRegistry(t))
	for spec, want := range map[string]Spec{
		"schema id 1 is Avro shop.Order in this registry, and the value is of Avro shop.Bill": {Form: Framed, SchemaID: 1, Name: "Avro shop.Bill"},
		"schema id 88: the registry":                      {Form: Framed, SchemaID: 88},
		"version 7 of subject orders-value: the registry": {Form: Framed, Version: 7},
		"subject other: the registry":                     {Form: Framed, Subject: "other"},
		"no messages to choose from":                      {Form: Framed, SchemaID: 1, Message: "M"},
	} {
		if _, _, err := s.EncodeAs(t.Context(), "orders", Value, want, []byte(orderAvroJSON)); err == nil || !strings.Contains(err.Error(), spec) {
			t.Errorf("%+v: %v, want %q", want, err, spec)
		}
	}
}

// TestSchemasByName: another subject, version or message than the newest and first.
func TestSchemasByName(t *testing.T) {
	f := startRegistry(t)
	f.answers["/subjects/orders-value/versions/3"] = map[string]any{"id": 2, "schema": orderProto, "schemaType": "PROTOBUF", "references": []map[string]any{{"name": "money.proto", "subject": "money", "version": 1}}}
	s := withRegistry(t, f)
	for _, tc := range []struct {
		spec Spec
		text string
		want string
	}{
		{Spec{Form: Framed, Subject: "money-value"}, `{"cents":5}`, "000000000c" + "00" + "1005"},
		{Spec{Form: Framed, Version: 3, Message: "Order.Line"}, `{"count":2}`, "0000000002" + "040200" + "1002"},
		{Spec{Form: Framed, Version: 3, Message: "shop.Ignored"}, `{"x":"y"}`, "0000000002" + "00" + "0a0179"},
		{Spec{Form: Framed, SchemaID: 2, Name: "Protobuf shop.Order.Line"}, `{"count":2}`, "0000000002" + "040200" + "1002"},
		{Spec{Form: Framed, SchemaID: 2, Index: []int{1}}, `{"id":"1"}`, "0000000002" + "0202" + "0801"},
	} {
		data, id, err := s.EncodeAs(t.Context(), "orders", Value, tc.spec, []byte(tc.text))
		if err != nil || string(data) != string(unhex(tc.want)) || id == 0 {
			t.Errorf("%+v: %x, %d, %v", tc.spec, data, id, err)
		}
	}
}

// TestTheFormOfATopic is that of its schema where the registry has one; nobody guesses
// while it does not answer.
func TestTheFormOfATopic(t *testing.T) {
	f := startRegistry(t)
	f.answers["/subjects/down-value/versions/latest"] = 500
	f.answers["/subjects/broken-value/versions/latest"] = map[string]any{"id": 5, "schema": `{"type":"nothing"}`}
	s := withRegistry(t, f)
	if form := s.Written("orders", Value); form != Text {
		t.Errorf("before anything was asked it is %s", form)
	}
	for topic, want := range map[string]Form{"orders": Framed, "nothing": Text, "broken": Framed} {
		if form, err := s.FormOf(t.Context(), topic, Value); err != nil || form != want {
			t.Errorf("%s: %s, %v, want %s", topic, form, err, want)
		}
	}
	if form := s.Written("orders", Value); form != Framed {
		t.Errorf("afterwards it is %s", form)
	}
	if form, err := s.FormOf(t.Context(), "down", Value); err == nil || !strings.Contains(err.Error(), "answers 500") {
		t.Errorf("of a registry that fails it is %s, %v", form, err)
	}
	_ = s.Choose("orders", Value, JSON) // there is no file to remember it in
	if form, err := s.FormOf(t.Context(), "orders", Value); err != nil || form != JSON {
		t.Errorf("chosen, it is %s, %v", form, err)
	}
}

// TestAgain: an unchanged value keeps its bytes; a changed one is written as what it
// was, or refused where something of it would be lost.
func TestAgain(t *testing.T) {
	f := startRegistry(t)
	f.answers["/schemas/ids/31"] = map[string]any{"schema": `{"type":"record","name":"R","fields":[{"name":"l","type":{"type":"array","items":"int"}},{"name":"s","type":"string"}]}`}
	s := withRegistry(t, f)
	const blocks = "000000001f" + "0202020400" + "0261" // two blocks of one item
	for _, tc := range []struct{ name, value, text, want string }{
		{"unchanged", blocks, `{"l":[1,2],"s":"a"}`, blocks},
		{"blanks", blocks, " {\n\"l\": [1, 2], \"s\": \"\\u0061\"}", blocks},
		{"changed", blocks, `{"l":[1,2],"s":"b"}`, "000000001f" + "04020400" + "0262"},
		{"what does not fit", blocks, `{"l":[1,2],"s":5}`, "! a string"},
		{"a string that is not UTF-8, unchanged", "000000001f" + "00" + "02ff", `{"l":[],"s":"` + "\uFFFD" + `"}`, "000000001f" + "00" + "02ff"},
		{"a string that is not UTF-8, changed", "000000001f" + "00" + "02ff", `{"l":[1],"s":"` + "\uFFFD" + `"}`, "! not UTF-8"},
		{"a MessagePack float", "81a161ca3dcccccd", `{"a":0.1}`, "81a161ca3dcccccd"},
		{"a MessagePack float, changed", "81a161ca3dcccccd", `{"a":0.2}`, "! 32 bits"},
	} {
		d := s.Await(t.Context(), valueOf(unhex(tc.value)), Value, Auto)
		data, _, err := s.Again(t.Context(), "elsewhere", Value, d, []byte(tc.text))
		if want, refused := strings.CutPrefix(tc.want, "! "); refused {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %x, %v, want %q", tc.name, data, err, want)
			}
		} else if err != nil || string(data) != string(unhex(want)) {
			t.Errorf("%s: %x, %v, want %s", tc.name, data, err, want)
		}
		fresh, err2 := New(Config{Registry: f.registry(t)})
		if err2 != nil {
			t.Fatal(err2)
		}
		other, _, otherErr := fresh.AgainAs(t.Context(), "elsewhere", Value, d.Form, unhex(tc.value), nil, []byte(tc.text))
		if string(other) != string(data) || (otherErr == nil) != (err == nil) {
			t.Errorf("%s: from its bytes it is %x (%v)", tc.name, other, otherErr)
		}
	}
	masked := newShop(t, MaskRule{Fields: []string{"name"}})
	d := masked.Await(t.Context(), (fixture{name: "avro-registry"}).read(t), Value, Auto)
	if data, _, err := masked.Again(t.Context(), "elsewhere", Value, d, d.Text); err == nil {
		t.Errorf("what is masked was written: %x", data)
	}
}
