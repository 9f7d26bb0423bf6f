package protobuf

import (
	"bytes"
	"context"
	"encoding/hex"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

func compileText(t testing.TB, text string) *Schema {
	t.Helper()
	s, err := Compile(context.Background(), text, nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func unhex(t testing.TB, digits string) []byte {
	t.Helper()
	data, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const odd = `syntax = "proto3"; package o;
import "google/protobuf/timestamp.proto"; import "google/protobuf/duration.proto"; import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto"; import "google/protobuf/any.proto"; import "google/protobuf/wrappers.proto";
message M {
  google.protobuf.Timestamp t = 1; google.protobuf.Duration d = 2; google.protobuf.FieldMask m = 3; google.protobuf.Value v = 4;
  google.protobuf.Any a = 5; google.protobuf.StringValue s = 6; string text = 7; int32 id = 8; M next = 9; map<string, M> by = 10;
  google.protobuf.NullValue n = 11; oneof o { int32 x = 12; M y = 13; } repeated google.protobuf.Value list = 14; optional float f = 15;
}`

// TestOddValuesHideNothing: what ProtoJSON cannot say is shown in another form, and
// comes back as it was, or is told to be lost.
func TestOddValuesHideNothing(t *testing.T) {
	s := compileText(t, odd)
	for _, tc := range []struct{ name, payload, want, note, loss string }{
		{"a time out of range", "0a0708c0ccf6d89432" + "4005", `{"t":{"seconds":"1723542120000","nanos":0},"text":"","id":5,"by":{},"n":null,"list":[]}`, "Timestamp", ""},
		{"a duration whose parts differ in sign", "1204" + "08011005", `{"d":"1.000000005s","text":"","id":0,"by":{},"n":null,"list":[]}`, "", ""},
		{"nanoseconds out of range", "120b" + "10ffffffffffffffffff01", `{"d":"-0.000000001s","text":"","id":0,"by":{},"n":null,"list":[]}`, "", ""},
		{"a path that is no name", "1a05" + "0a03412e5f", `{"m":{"paths":["A._"]},"text":"","id":0,"by":{},"n":null,"list":[]}`, "FieldMask", ""},
		{"a value that says nothing", "2200" + "4005", `{"v":null,"text":"","id":5,"by":{},"n":null,"list":[]}`, "null", "says nothing"},
		{"a NaN in a value", "220911000000000000f87f", `{"v":"NaN","text":"","id":0,"by":{},"n":null,"list":[]}`, "NaN", "NaN"},
		{"a key of a map twice, in two types", "52050a01610801", "", "", "?"},
		{"an Any that does not decode", "2a0b0a05612f6f2e4d" + "120241ff", `{"a":{"@type":"a/o.M","value":"Qf8="},"text":"","id":0,"by":{},"n":null,"list":[]}`, "Any", "Any"},
		{"a wrapper with a field more", "32050a0161" + "1001", `{"s":"a","text":"","id":0,"by":{},"n":null,"list":[]}`, "fields", "fields"},
		{"text that is not UTF-8, deep inside", "4a04" + "3a0261ff" + "4005", `{"text":"","id":5,"next":{"text":"a` + "\uFFFD" + `","id":0,"by":{},"n":null,"list":[]},"by":{},"n":null,"list":[]}`, "UTF-8", "UTF-8"},
		{"unknown fields in a time", "0a04" + "08011801", `{"t":{"seconds":"1","nanos":0,"[unknown]":{"base64":"GAE="}},"text":"","id":0,"by":{},"n":null,"list":[]}`, "fields", ""},
	} {
		payload := append([]byte{0}, unhex(t, tc.payload)...)
		r, err := s.Decode(payload)
		if tc.loss == "?" { // the library panics over it
			if err == nil {
				t.Errorf("%s: %s", tc.name, r.Text)
			}
			continue
		}
		if err != nil || string(r.Text) != tc.want || !strings.Contains(r.Remarks.Note, tc.note) || !strings.Contains(r.Remarks.Loss, tc.loss) {
			t.Errorf("%s: got %s, %+v, %v\nwant %s", tc.name, r.Text, r.Remarks, err, tc.want)
			continue
		}
		again, err := s.Encode(r.Text, r.Message, r.Index)
		if tc.loss == "" && (err != nil || !bytes.Equal(again, payload)) {
			t.Errorf("%s: %s became %x, want %x (%v)", tc.name, r.Text, again, payload, err)
		}
	}
}

// TestWhatReadingDoesNotNeed may be missing or wrong in a schema.
func TestWhatReadingDoesNotNeed(t *testing.T) {
	for name, text := range map[string]string{
		"options of a file that is not there": `syntax="proto3"; import "buf/validate/validate.proto"; message M { int32 a=1 [(buf.validate.field).int32.gt = 0]; }`,
		"a service with types not there":      `syntax="proto3"; import "google/api/annotations.proto"; service S { rpc X(M) returns (missing.Y) { option (google.api.http) = { get: "/x" }; } } message M { int32 a=1; }`,
		"a default that the enum has not":     `syntax="proto2"; message M { enum E { A=1; } optional int32 a=1; optional E e=2 [default=NOPE]; }`,
		"features of a language":              `edition="2023"; option features.(pb.java).utf8_validation = VERIFY; message M { int32 a=1; }`,
		"options that the file declares":      `syntax="proto2"; import "google/protobuf/descriptor.proto"; extend google.protobuf.MessageOptions { optional string o = 5000; } message M { option (o) = "x"; optional int32 a=1; }`,
		"a type that nobody has":              `syntax="proto3"; import "google/rpc/status.proto"; message M { int32 a=1; google.rpc.Status s=2; map<string, google.rpc.Status> m=3; oneof o { google.rpc.Status x = 4; } }`,
	} {
		r, err := compileText(t, text).Decode(unhex(t, "00"+"0801"))
		if err != nil || !strings.HasPrefix(string(r.Text), `{"a":1`) {
			t.Errorf("%s: %s, %v", name, r.Text, err)
		}
	}
	s := compileText(t, `syntax="proto3"; import "google/rpc/status.proto"; message M { int32 a=1; google.rpc.Status s=2; map<string, google.rpc.Status> m=3; }`)
	payload := unhex(t, "00"+"0801"+"1a070a016b12020801"+"12020802")
	r, err := s.Decode(payload)
	const want = `{"a":1,"m":{"k":"CAE="},"[unknown]":{"base64":"EgIIAg=="}}`
	if err != nil || string(r.Text) != want || !strings.Contains(r.Remarks.Note, "google.rpc.Status") {
		t.Errorf("got %s, %+v, %v", r.Text, r.Remarks, err)
	}
	if again, err := s.Encode(r.Text, r.Message, r.Index); err != nil || !bytes.Equal(again, payload) {
		t.Errorf("it became %x (%v)", again, err)
	}
}

// TestMessageIndexes: Java counts the messages of the text, Go and Python those of the
// descriptor.
func TestMessageIndexes(t *testing.T) {
	s := compileText(t, `syntax="proto2"; package p; message Outer { map<string,int32> m=1; optional group G = 2 { optional int32 g=1; }
		message I1 { optional string a=1; } message I2 { optional string b=1; message Deep { optional int32 d=1; } } }`)
	for _, tc := range []struct{ name, payload, message, want, note string }{
		{"both fit: Java's", "040002", "p.Outer.I2", `{}`, "as Java counts"},
		{"only Java's fits", "040002" + "0a0178", "p.Outer.I2", `{"b":"x"}`, ""},
		{"only that of Go is there", "040006" + "0a0178", "p.Outer.I2", `{"b":"x"}`, ""},
		{"that of Go, deep", "06000600" + "0807", "p.Outer.I2.Deep", `{"d":7}`, ""},
		{"the entry of a map is no message, Java's is", "040000" + "0a0178", "p.Outer.I1", `{"a":"x"}`, ""},
		{"only that of Go fits", "040002" + "0801", "p.Outer.G", `{"g":1}`, ""},
		{"without an index", "1a030a0178", "p.Outer", ``, "?"},
	} {
		r, err := s.Decode(unhex(t, tc.payload))
		if tc.note == "?" {
			if err == nil {
				t.Errorf("%s: %s", tc.name, r.Text)
			}
			continue
		}
		if err != nil || r.Message != tc.message || string(r.Text) != tc.want || (tc.note == "") != (r.Remarks.Note == "") || !strings.Contains(r.Remarks.Note, tc.note) {
			t.Errorf("%s: %s %s %+v %v, want %s %s", tc.name, r.Message, r.Text, r.Remarks, err, tc.message, tc.want)
			continue
		}
		if again, err := s.Encode(r.Text, r.Message, r.Index); err != nil || !bytes.Equal(again, unhex(t, tc.payload)) {
			t.Errorf("%s: it became %x (%v)", tc.name, again, err)
		}
	}
}

// TestAnyBytesComeBackOrAreRefused: whatever decodes gives the same text again, or is
// refused, or was told to be lost.
func TestAnyBytesComeBackOrAreRefused(t *testing.T) {
	s := compileText(t, odd)
	rapid.Check(t, func(t *rapid.T) {
		payload := append([]byte{0}, message(t, 0)...)
		r, err := s.Decode(payload)
		if err != nil || r.Remarks.Loss != "" {
			return
		}
		if err := jsonvalue.Valid(r.Text); err != nil {
			t.Fatalf("%x is shown as %s: %v", payload, r.Text, err)
		}
		again, err := s.Encode(r.Text, r.Message, r.Index)
		if err != nil {
			t.Fatalf("%x is shown as %s, which is refused: %v", payload, r.Text, err)
		}
		back, err := s.Decode(again)
		if err != nil || !bytes.Equal(back.Text, r.Text) {
			t.Fatalf("%x is shown as %s, which becomes %x, %s (%v)", payload, r.Text, again, back.Text, err)
		}
	})
}

// message is some fields of any number and type.
func message(t *rapid.T, depth int) (data []byte) {
	for range rapid.IntRange(0, 4).Draw(t, "fields") {
		number := protowire.Number(rapid.IntRange(1, 16).Draw(t, "number"))
		switch kind := rapid.IntRange(0, 6).Draw(t, "kind"); {
		case kind == 0:
			data = protowire.AppendVarint(protowire.AppendTag(data, number, protowire.VarintType), rapid.SampledFrom([]uint64{0, 1, 5, 1 << 31, 1 << 40, 1<<64 - 1}).Draw(t, "varint"))
		case kind == 1:
			data = protowire.AppendFixed64(protowire.AppendTag(data, number, protowire.Fixed64Type), rapid.SampledFrom([]uint64{0, 0x3ff8000000000000, 0x7ff8000000000000}).Draw(t, "fixed"))
		case kind == 2:
			data = protowire.AppendFixed32(protowire.AppendTag(data, number, protowire.Fixed32Type), rapid.SampledFrom([]uint32{0, 0x7f800000, 0x3dcccccd}).Draw(t, "fixed"))
		case kind < 6 && depth < 4:
			data = protowire.AppendBytes(protowire.AppendTag(data, number, protowire.BytesType), message(t, depth+1))
		default:
			data = protowire.AppendString(protowire.AppendTag(data, number, protowire.BytesType), rapid.SampledFrom([]string{"", "a", "a_b", "type.googleapis.com/o.M", "NaN", "\xff"}).Draw(t, "text"))
		}
	}
	return data
}

func FuzzProtobuf(f *testing.F) {
	f.Add(odd, []byte{0, 8, 1})
	f.Add(odd, unhex(f, "0052050a01610801"))
	f.Add(`syntax="proto3"; message M { map<string,M> m = 1; }`, []byte{0, 10, 4, 10, 0, 18, 0})
	f.Add(`message M { optional group G = 1 { required int32 x = 1; } extensions 2 to max; } extend M { optional M n = 2; }`, []byte{0, 11, 8, 1, 12})
	f.Add(`edition = "2023"; message M { option map_entry = true; int32 key = 1; }`, []byte{2, 2})
	f.Fuzz(func(t *testing.T, text string, payload []byte) {
		s, err := Compile(t.Context(), text, nil)
		if err != nil {
			return
		}
		r, err := s.Decode(payload)
		if err != nil {
			return
		}
		if err := jsonvalue.Valid(r.Text); err != nil {
			t.Fatalf("%s: %x is shown as %s: %v", text, payload, r.Text, err)
		}
		again, err := s.Encode(r.Text, r.Message, r.Index)
		if err != nil || r.Remarks.Loss != "" {
			return
		}
		if back, err := s.Decode(again); err != nil || !bytes.Equal(back.Text, r.Text) {
			t.Fatalf("%s: %x is shown as %s, which becomes %x, %s (%v)", text, payload, r.Text, again, back.Text, err)
		}
	})
}
