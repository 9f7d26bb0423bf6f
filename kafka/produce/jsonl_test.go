package produce

import (
	"context"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"github.com/kdeck/kdeck/kafka/records/jsonl"
	"github.com/kdeck/kdeck/kafka/serde"
)

func TestJSONLines(t *testing.T) {
	for _, tc := range []struct{ line, want string }{
		{`{"value":"v"}`, "|null|v"},
		{` { "value" : null , "key" : "" } `, "||null"},
		{`{"topic":"t","partition":9,"offset":3,"timestamp":"no time","timestampType":"CreateTime","key":"k\u202e\n","value":{"base64":"//4="},"headers":[{"key":"h","value":"1"},{"key":"h","value":null},{"key":{"base64":"gA=="},"value":{"base64":""}}],"valueSchemaId":7,"valueError":"x"}`,
			"h=1 h=null \x80=|k\u202e\n|\xff\xfe"},
		{`{"value":"\ud83d\ude00\ufffd"}`, "|null|😀\ufffd"},
		{`{"value":{"a": 1.10,"a":2}}`, `|null|{"a": 1.10,"a":2}`},
		{`{"value":12345678901234567890,"key":[true]}`, `|[true]|12345678901234567890`},
		{`{"value":{"base64":"eA==","more":1}}`, `|null|{"base64":"eA==","more":1}`},
		{`{"value":42,"valueForm":"int64","key":"42","keyForm":"int8"}`, "|*|\x00\x00\x00\x00\x00\x00\x00*"},
		{`{"value":"0xff00","valueForm":"hex","key":"NaN","keyForm":"float32"}`, "|\x7f\xc0\x00\x00|\xff\x00"},
		{`{"value":"a","valueForm":"json","key":"a","keyForm":"msgpack"}`, "|\xa1a|\"a\""},
		{`{"value":{"base64":"eA=="},"valueForm":"json"}`, `|null|{"base64":"eA=="}`},
		{`{"value":null,"valueForm":"msgpack"}`, "|null|\xc0"},

		{`{"value":0.1,"valueForm":"msgpack","valueLoss":"a float of 32 bits"}`, "! its value: it does not say all of the value that it was: a float of 32 bits"},
		{`{"value":0.1,"valueForm":"msgpack","valueLoss":"a float of 32 bits","valueBytes":"yj3MzM0="}`, "|null|\xca=\xcc\xcc\xcd"},
		{`{"value":0.2,"valueForm":"msgpack","valueLoss":"a float of 32 bits","valueBytes":"yj3MzM0="}`, "! encode the value for orders as msgpack: its text does not say all of it: it has a float of 32 bits"},
		{`{"value":0.1,"valueForm":"msgpack","valueBytes":"x"}`, "! its valueBytes: illegal base64"},
		{`{"value":0.1,"valueFraming":"x"}`, "! its valueFraming: \"x\" is no framing"},
		{`{"value":0.1,"valueMessageIndex":[-1]}`, "! its valueMessageIndex: -1 is no whole number"},
		{`{"value":0.1,"valueSchemaId":"7"}`, "! its valueSchemaId: \"7\" is no whole number"},
		{`{"value":0.1,"valueOther":7}`, "! it has a member \"valueOther\""},
		{`{"key":"k"}`, `! it has no "value"`},
		{`{"topic":"orders","offset":1,"lastOffset":3,"unread":"not read: 3 records"}`, "! it stands for records that were not read: not read: 3 records"},
		{`{"vaule":1,"value":"v"}`, `! it has a member "vaule"`},
		{`{"value":{"base64":"?"}}`, "! its value: not base64"},
		{`{"value":"\ud83d."}`, "! its value: it has half of a surrogate pair"},
		{`{"value":"\ud83d\u0041"}`, "! its value: it has half of a surrogate pair"},
		{`{"key":"\\\ude00","value":""}`, "! its key: it has half of a surrogate pair"},
		{`{"value":"v","headers":{}}`, "! its headers: want a list"},
		{`{"value":"v","headers":[1]}`, "! its headers: want a list"},
		{`{"value":"v","headers":[{"value":"x"}]}`, "! its headers: want a list"},
		{`{"value":"v","headers":[{"key":"x","value":1}]}`, "! its headers: want a list"},
		{`{"value":"v","headers":[{"key":"x","valu":"1"}]}`, "! its headers: want a list"},
		{`{"value":"v","valueForm":"xml"}`, `! its valueForm: "xml" is no form`},
		{`{"value":"v","valueForm":"auto"}`, "! its valueForm: auto"},
		{`{"value":"x","valueForm":"int64"}`, "! encode the value for orders as int64"},
		{`{"value":{},"valueForm":"registry"}`, "! encode the value for orders as registry: the context has no schema-registry"},
		{`{"value":"\` + "\xff" + `"}`, "! it is not UTF-8"},
		{`{"value":`, "! it is not JSON: unexpected end of JSON input at byte 9"},
		{`["value"]`, "! it is no JSON object"},
		{strings.Repeat("[", 1<<20), "! it is not JSON"},
	} {
		s, err := serde.New(serde.Config{})
		if err != nil {
			t.Fatal(err)
		}
		items := readItems(t, NewJSONLines(strings.NewReader("\n  \r\n"+tc.line+"\r\n"), JSONFormat{}))
		if len(items) != 1 || items[0].Line != 3 {
			t.Fatalf("%s: %+v", tc.line, items)
		}
		item := items[0]
		if item.Err == nil {
			item.Err = NewEncoder(s, "orders", serde.Spec{}, serde.Spec{}).Encode(t.Context(), &item)
		}
		if got := shown(item); !strings.HasPrefix(got, tc.want) || item.Err == nil && got != tc.want {
			t.Errorf("%.200s\nis   %q\nwant %q", tc.line, got, tc.want)
		}
	}
}

func TestWhatIsKept(t *testing.T) {
	line := `{"partition":2,"timestamp":"2026-03-01T12:00:00.123Z","value":"v"}`
	read := func(f JSONFormat, line string) Item {
		return readItems(t, NewJSONLines(strings.NewReader(line), f))[0]
	}
	if m := read(JSONFormat{}, line).Message; m.Partition != AnyPartition || !m.Timestamp.IsZero() {
		t.Errorf("unasked: %+v", m)
	}
	m := read(JSONFormat{KeepPartition: true, KeepTimestamp: true}, line).Message
	if m.Partition != 2 || !m.Timestamp.Equal(time.UnixMilli(1772366400123)) {
		t.Errorf("kept: %+v", m)
	}
	for _, wrong := range []string{`{"partition":-1,"value":""}`, `{"partition":"2","value":""}`, `{"timestamp":5,"value":""}`} {
		if item := read(JSONFormat{KeepPartition: true, KeepTimestamp: true}, wrong); item.Err == nil {
			t.Errorf("%s is taken: %+v", wrong, item.Message)
		}
	}
}

// TestEncodeChoosesTheForm: what the command says wins over what a line says, and
// that over what the context says; strings are exact.
func TestEncodeChoosesTheForm(t *testing.T) {
	s, err := serde.New(serde.Config{Rules: []serde.Rule{{Topic: "orders", Value: &serde.Decoding{Form: serde.Int16}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		form serde.Form
		line string
		want string
	}{
		{serde.Auto, `{"value":7}`, "\x00\x07"},
		{serde.Auto, `{"value":"7"}`, "7"},
		{serde.Auto, `{"value":7,"valueForm":"int8"}`, "\x07"},
		{serde.Int32, `{"value":7,"valueForm":"int8"}`, "\x00\x00\x00\x07"},
		{serde.Text, `{"value":7,"valueForm":"int8"}`, "7"},
		{serde.Text, `{"value":"7","valueForm":"int8"}`, "7"},
		{serde.Int8, `{"value":"7"}`, "7"},
	} {
		item := readItems(t, NewJSONLines(strings.NewReader(tc.line), JSONFormat{}))[0]
		if err := NewEncoder(s, "orders", serde.Spec{}, serde.Spec{Form: tc.form}).Encode(t.Context(), &item); err != nil || string(item.Message.Value) != tc.want {
			t.Errorf("%s as %s: %q, %v", tc.line, tc.form, item.Message.Value, err)
		}
	}
	item := readItems(t, NewLines(strings.NewReader("7"), LineFormat{}))[0]
	e := NewEncoder(s, "orders", serde.Spec{}, serde.Spec{})
	if err := e.Encode(t.Context(), &item); err != nil || string(item.Message.Value) != "\x00\x07" {
		t.Errorf("%q, %v", item.Message.Value, err)
	}
	for side, want := range [2]serde.Form{serde.Key: serde.Text, serde.Value: serde.Int16} {
		if form, err := e.Form(t.Context(), serde.Side(side)); err != nil || form != want {
			t.Errorf("the %s is written as %s, want %s (%v)", serde.Side(side), form, want, err)
		}
	}
}

// TestJSONIsReadBack: every record survives the way through JSON, however it was
// decoded for that.
func TestJSONIsReadBack(t *testing.T) {
	s, err := serde.New(serde.Config{})
	if err != nil {
		t.Fatal(err)
	}
	e := NewEncoder(s, "orders", serde.Spec{}, serde.Spec{})
	bytesOrNil := rapid.Custom(func(t *rapid.T) []byte {
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return []byte(rapid.String().Draw(t, "text"))
		case 2:
			return binary.BigEndian.AppendUint64(nil, rapid.Uint64().Draw(t, "number"))
		}
		return rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
	})
	rapid.Check(t, func(t *rapid.T) {
		rec := &kgo.Record{Topic: "orders", Partition: 3, Timestamp: time.UnixMilli(1772366400123), Key: bytesOrNil.Draw(t, "key"), Value: bytesOrNil.Draw(t, "value")}
		for range rapid.IntRange(0, 3).Draw(t, "headers") {
			rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: string(bytesOrNil.Draw(t, "name")), Value: bytesOrNil.Draw(t, "value")})
		}
		asked := rapid.SampledFrom([]serde.Form{serde.Auto, serde.Text, serde.Hex, serde.Int64, serde.UUID}).Draw(t, "asked")
		decode := func(side serde.Side) serde.Decoded {
			d := s.DecodeAs(rec, side, asked)
			if d.Form == serde.MsgPack || d.Form == serde.CBOR { // which have several ways to write the same
				d = s.DecodeAs(rec, side, serde.Text)
			}
			return d
		}
		line := jsonl.Append(nil, rec, rec.Headers, decode(serde.Key), decode(serde.Value), asked)
		var item Item
		err := JSONFormat{KeepPartition: true, KeepTimestamp: true}.parse(line, &item)
		if err == nil {
			err = e.Encode(context.Background(), &item)
		}
		m := item.Message
		if err != nil || !same(m, rec) || m.Partition != 3 || !m.Timestamp.Equal(rec.Timestamp) {
			t.Fatalf("%s\nreads as %+v (%v)", line, m, err)
		}
	})
}
