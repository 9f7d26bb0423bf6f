package serde

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

// waitFor waits until something holds.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatal("waited in vain")
		case <-look.C:
		}
	}
}

// TestEncode writes what a person writes and reads it back.
func TestEncode(t *testing.T) {
	s := newShop(t)
	for _, tc := range []struct {
		topic string
		form  Form
		text  string
		want  string // read back; text unless set
	}{
		{form: Text, text: "hello"},
		{form: JSON, text: `{"a": 1}`},
		{form: Int8, text: "-128"},
		{form: Int16, text: "32767"},
		{form: Int32, text: "-1"},
		{form: Int64, text: "9223372036854775807"},
		{form: Float32, text: "1.5"},
		{form: Float64, text: "-0.1"},
		{form: UUID, text: "0195c6f3-a4d1-7b2e-8f3c-0123456789ab", want: `"0195c6f3-a4d1-7b2e-8f3c-0123456789ab"`},
		{form: MsgPack, text: `{"a":[1,-2,1.5,"x",null,true],"raw":{"base64":"/w=="}}`},
		{form: CBOR, text: `{"a":[1,-2,1.5,"x",null,true],"raw":{"base64":"/w=="}}`},
		{topic: "avro", form: Avro, text: orderAvroJSON},
		{topic: "protobuf", form: Protobuf, text: orderProtoJSON},
		{topic: "orders", form: Framed, text: orderAvroJSON},
		{topic: "events", form: Framed, text: `{"id":7}`},
	} {
		topic := tc.topic
		if topic == "" {
			topic = "orders"
		}
		data, id, err := s.Encode(t.Context(), topic, Value, tc.form, []byte(tc.text))
		if err != nil {
			t.Errorf("%s: %v", tc.form, err)
			continue
		}
		want := tc.want
		if want == "" {
			want = tc.text
		}
		d := s.Await(t.Context(), &kgo.Record{Topic: topic, Value: data}, Value, tc.form)
		if string(d.Text) != want || d.SchemaID != id {
			t.Errorf("%s: wrote %x, read %s (%v)", tc.form, data, d.Text, d.Err)
		}
	}
	data, id, err := s.Encode(t.Context(), "money", Value, Framed, []byte(`{"currency":"EUR","cents":5}`))
	if err != nil || id != 12 || string(data) != "\x00\x00\x00\x00\x0c\x00\x0a\x03EUR\x10\x05" {
		t.Errorf("Protobuf by a registry: %x %d %v", data, id, err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	s := newShop(t)
	for _, tc := range []struct {
		topic, text string
		form        Form
		want        string
	}{
		{"orders", "128", Int8, "no int8: value out of range"},
		{"orders", "x", Float64, "no float64: invalid syntax"},
		{"orders", "12", UUID, "no UUID"},
		{"orders", `{"a":`, JSON, "not JSON: unexpected end of JSON input"},
		{"orders", `{"id":1}`, Framed, "by schema id 1 (Avro shop.Order)"},
		{"events", `{"id":"x"}`, Framed, "it does not fit its schema"},
		{"nothing", `{}`, Framed, "subject nothing-value: the registry"},
		{"orders", `{}`, Avro, "the context has no schema file for it"},
		{"protobuf", `{"nope":1}`, Protobuf, "not shop.Order"},
	} {
		if _, _, err := s.Encode(t.Context(), tc.topic, Value, tc.form, []byte(tc.text)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s %s: %v, want %q", tc.form, tc.text, err, tc.want)
		}
	}
}

func TestAChoiceIsRemembered(t *testing.T) {
	dir := t.TempDir()
	open := func(cluster string) *Serde {
		s, err := New(Config{Cluster: cluster, StateDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	rec := &kgo.Record{Topic: "orders", Key: unhex("deadbeef"), Value: unhex("deadbeef")}
	one, other := open("prod"), open("prod")
	if err := one.Choose("orders", Key, Int32); err != nil {
		t.Fatal(err)
	}
	if err := other.Choose("orders", Value, Float32); err != nil { // another process, at the same time
		t.Fatal(err)
	}
	if d := one.Decode(rec, Key); string(d.Text) != "-559038737" || d.Reason != "chosen" {
		t.Errorf("chosen: %s %s (%s)", d.Form, d.Text, d.Reason)
	}
	later := open("prod")
	if later.Choice("orders", Key) != Int32 || later.Choice("orders", Value) != Float32 {
		t.Errorf("remembered %s and %s", later.Choice("orders", Key), later.Choice("orders", Value))
	}
	if form := open("test").Choice("orders", Key); form != Auto {
		t.Errorf("the choice for one cluster holds for another: %s", form)
	}
	if err := later.Choose("orders", Key, Auto); err != nil || open("prod").Choice("orders", Key) != Auto {
		t.Errorf("a choice cannot be taken back: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "decode.json"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := open("prod")
	if err := broken.Choose("orders", Key, Int32); err == nil || broken.Choice("orders", Key) != Int32 {
		t.Errorf("a file that is not ours: %v", err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "decode.json")); err != nil || string(data) != "mine" {
		t.Errorf("the file was written over: %q %v", data, err)
	}
}

func TestRulesThatCannotWork(t *testing.T) {
	for want, rule := range map[string]Rule{
		"without a topic":         {Value: &Decoding{Form: Text}},
		"neither key nor value":   {Topic: "t"},
		"is no form":              {Topic: "t", Key: &Decoding{Form: "xml"}},
		"needs a schema":          {Topic: "t", Key: &Decoding{Form: Avro}},
		"takes no schema":         {Topic: "t", Key: &Decoding{Form: Text, Schema: "/x"}},
		"is relative":             {Topic: "t", Key: &Decoding{Form: Avro, Schema: "x.avsc"}},
		"are for protobuf":        {Topic: "t", Key: &Decoding{Form: Text, Message: "M"}},
		"what happens without":    {Topic: "t", Key: &Decoding{Form: Auto}},
		"syntax error in pattern": {Topic: "[", Key: &Decoding{Form: Text}},
	} {
		if err := rule.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", rule, err, want)
		}
	}
}

// TestAFileThatCannotBeRead is told with the record, and stops nothing.
func TestAFileThatCannotBeRead(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "order.avsc")
	s, err := New(Config{Rules: []Rule{{Topic: "orders", Value: &Decoding{Form: Avro, Schema: missing}}}})
	if err != nil {
		t.Fatal(err)
	}
	d := s.Decode(valueOf([]byte("x")), Value)
	if d.Form != Hex || d.Err == nil || !strings.Contains(d.Err.Error(), missing) {
		t.Errorf("got %s, %v", d.Form, d.Err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, x := range fixtures() {
		f.Add(x.read(f).Value, x.key)
	}
	f.Add([]byte{0xdd, 0xff, 0xff, 0xff, 0xff}, []byte{})                         // a MessagePack list that claims 4 G items
	f.Add([]byte{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, []byte{}) // the same in CBOR
	f.Add([]byte(strings.Repeat("\x91", 10_000)), []byte{0, 1})
	f.Add(unhex("000000000002000000010002"+"6aad94a14a0a4c37aef9b69fc779a835"+"03"+"0000000000000001"+"000100"), unhex("0008000167"+"00016d"))
	s := newShop(f)
	masked := newShop(f, MaskRule{Fields: []string{"name"}, Pattern: `\d{16}`})
	f.Fuzz(func(t *testing.T, value, key []byte) {
		for _, topic := range []string{"orders", "avro", "protobuf", offsetsTopic, transactionsTopic} {
			rec := &kgo.Record{Topic: topic, Key: key, Value: value}
			for _, s := range []*Serde{s, masked} {
				for _, form := range Forms() {
					d := s.DecodeAs(rec, Value, form)
					if d.JSON && form != JSON && d.Form != JSON && checkJSON(d.Text) != nil {
						t.Errorf("%s of %x is no JSON: %s", form, value, d.Text)
					}
					if len(d.Text) > 200*len(value)+10_000 {
						t.Errorf("%d bytes became %d", len(value), len(d.Text))
					}
				}
			}
		}
	})
}
