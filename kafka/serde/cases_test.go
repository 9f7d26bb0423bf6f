package serde

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// recordCase is a line of testdata/records/cases.jsonl, which its README explains.
type recordCase struct {
	ID, Kind, Why, Schema, Framing, Must, Again, Side, Form, Input, Subject, Debatable string

	Chosen, Undecodable, Unregistered bool

	References    []caseReference
	PayloadHex    *string  `json:"payload_hex"`
	MessageIndex  []int    `json:"message_index"`
	IndexHex      string   `json:"index_hex"`
	NewerSchema   string   `json:"newer_schema"`
	NeedsID       int      `json:"needs_id"`
	NoteHas       string   `json:"note_has"`
	AnyOrder      bool     `json:"any_order"`
	UnknownFields bool     `json:"unknown_fields"`
	NotContains   []string `json:"not_contains"`
	Headers       [][2]*string
	Inputs        []string
	Expected      json.RawMessage
	Accept        []json.RawMessage
	Loose         []string
}

type caseReference struct {
	Name, Subject, Schema string
	Version               int
	References            []caseReference
}

func readCases(t testing.TB) []recordCase {
	t.Helper()
	file, err := os.Open("../../testdata/records/cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []recordCase
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c recordCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatalf("line %d: %v", len(all)+1, err)
		}
		all = append(all, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

const (
	caseID    = 77
	caseNewer = 78
	caseGUID  = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
)

func (c *recordCase) side() Side {
	if c.Side == "key" {
		return Key
	}
	return Value
}

// frame puts what says the schema before a payload.
func (c *recordCase) frame(t *testing.T, payload []byte) (data []byte, headers []kgo.RecordHeader) {
	t.Helper()
	guid := unhex(strings.ReplaceAll(caseGUID, "-", ""))
	switch c.Framing {
	case "confluent":
		data = binary.BigEndian.AppendUint32([]byte{0}, caseID)
	case "apicurio8":
		data = binary.BigEndian.AppendUint64([]byte{0}, caseID)
	case "glue":
		data = append([]byte{3, 0}, guid...)
	case "glue zlib":
		var packed bytes.Buffer
		w := zlib.NewWriter(&packed)
		if _, err := w.Write(payload); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return append(append([]byte{3, 5}, guid...), packed.Bytes()...), nil
	case "header-guid":
		headers = []kgo.RecordHeader{{Key: "__value_schema_id", Value: append([]byte{1}, guid...)}}
	case "none":
	default:
		t.Fatalf("no framing %q", c.Framing)
	}
	if c.Kind == "protobuf" {
		switch {
		case c.MessageIndex == nil:
			data = append(data, unhex(c.IndexHex)...)
		case slices.Equal(c.MessageIndex, []int{0}):
			data = append(data, 0)
		default:
			data = binary.AppendVarint(data, int64(len(c.MessageIndex)))
			for _, n := range c.MessageIndex {
				data = binary.AppendVarint(data, int64(n))
			}
		}
	}
	return append(data, payload...), headers
}

// answers are those of a registry.
func (c *recordCase) answers(topics ...string) map[string]any {
	type object = map[string]any
	all := make(map[string]any)
	schemaOf := func(text string, refs []caseReference, more object) object {
		answer := object{"schema": text}
		if kind := map[string]string{"protobuf": "PROTOBUF", "jsonschema": "JSON"}[c.Kind]; kind != "" {
			answer["schemaType"] = kind
		}
		var told []object
		for _, ref := range refs {
			if strings.Contains(text, ref.Name) || strings.Contains(text, ref.Name[strings.LastIndexByte(ref.Name, '.')+1:]) {
				told = append(told, object{"name": ref.Name, "subject": ref.Subject, "version": ref.Version})
			}
		}
		answer["references"] = told
		for name, value := range more {
			answer[name] = value
		}
		return answer
	}
	if c.Schema == "" {
		if c.NeedsID > 0 {
			all["/schemas/ids/"+strconv.Itoa(c.NeedsID)] = object{"schema": `{"type":"record","name":"Flag","fields":[{"name":"on","type":"boolean"}]}`}
		}
		return all
	}
	if !c.Unregistered {
		all["/schemas/ids/"+strconv.Itoa(caseID)] = schemaOf(c.Schema, c.References, nil)
		all["/schemas/guids/"+caseGUID] = schemaOf(c.Schema, c.References, nil)
	}
	for _, topic := range topics {
		subject, text, id := topic+"-"+c.side().String(), c.Schema, caseID
		if c.Subject != "" || c.Unregistered {
			continue
		}
		if c.NewerSchema != "" {
			text, id = c.NewerSchema, caseNewer
		}
		all["/subjects/"+subject+"/versions/latest"] = schemaOf(text, c.References, object{"subject": subject, "version": 1, "id": id})
	}
	for _, ref := range c.References {
		all[fmt.Sprintf("/subjects/%s/versions/%d", ref.Subject, ref.Version)] = schemaOf(ref.Schema, ref.References, object{"subject": ref.Subject, "version": ref.Version, "id": 900})
	}
	return all
}

func (c *recordCase) start(t *testing.T) *Serde {
	t.Helper()
	f := startRegistry(t)
	f.answers = c.answers("cases", "other")
	return withRegistry(t, f)
}

func (c *recordCase) record(t *testing.T, data []byte, headers []kgo.RecordHeader) *kgo.Record {
	t.Helper()
	rec := &kgo.Record{Topic: "cases", Headers: headers}
	if c.side() == Key {
		rec.Key = data
	} else {
		rec.Value = data
	}
	return rec
}

// TestRecordsOfOthers decodes what other implementations have encoded, and encodes it
// again.
func TestRecordsOfOthers(t *testing.T) {
	all := readCases(t)
	if len(all) < 300 {
		t.Fatalf("there are %d cases", len(all))
	}
	for _, c := range all {
		t.Run(c.ID, func(t *testing.T) {
			s := c.start(t)
			if c.Must == "refuse to encode" {
				if data, _, err := s.Encode(t.Context(), "other", c.side(), Auto, []byte(c.Input)); err == nil {
					t.Errorf("%s became %x", c.Input, data)
				}
				return
			}
			if c.PayloadHex == nil {
				if d := s.Decode(c.record(t, nil, nil), c.side()); d.Text != nil || d.Err != nil || string(c.Expected) != "null" {
					t.Errorf("no value is %+v", d)
				}
				return
			}
			data, headers := c.frame(t, unhex(*c.PayloadHex))
			form := Auto
			if c.Chosen {
				form = Form(c.Form)
			}
			d := s.Await(t.Context(), c.record(t, data, headers), c.side(), form)
			c.checkDecoded(t, d)
			if !t.Failed() {
				c.checkAgain(t, s, d, data)
			}
			for _, input := range c.Inputs {
				again, _, err := s.Encode(t.Context(), "other", c.side(), Auto, []byte(input))
				if err != nil || !bytes.Equal(again, data) {
					t.Errorf("%s became %x, want %x (%v)", input, again, data, err)
				}
			}
		})
	}
}

func (c *recordCase) checkDecoded(t *testing.T, d Decoded) {
	t.Helper()
	told := d.Note + d.Reason
	if d.Err != nil {
		told += d.Err.Error()
	}
	if c.ID == "avro-bytes-left" && d.Form == Int64 && strings.Contains(d.Note, "schema id") {
		return // 8 bytes: a number, or a value that does not decode; docs/decoding.md says so
	}
	if c.Must == "decode with a note" && d.Note == "" && d.Err == nil {
		t.Errorf("nothing says what is odd about %s", d.Text)
	}
	if d.Err != nil && (c.Undecodable || c.NoteHas != "" && strings.Contains(strings.ToLower(told), c.NoteHas)) {
		return
	}
	if c.Form != "" && d.Form != Form(c.Form) {
		t.Errorf("read as %s, want %s", d.Form, c.Form)
	}
	text := d.Text
	if !d.JSON || d.Form == JSON && !c.Chosen {
		text = jsonvalue.AppendString(nil, string(d.Text))
	}
	if d.Form == Hex {
		text = jsonvalue.AppendBytes(nil, d.Bytes())
	}
	for _, not := range c.NotContains {
		if bytes.Contains(text, []byte(not)) {
			t.Errorf("it shows %s: %s", not, text)
		}
	}
	for _, want := range append([]json.RawMessage{c.Expected}, c.Accept...) {
		if c.same(t, "", mustParse(t, want), mustParse(t, text)) {
			return
		}
	}
	t.Errorf("got %s (%s, %v)\nwant %s", text, told, d.Err, c.Expected)
}

func mustParse(t *testing.T, text []byte) jsonvalue.Value {
	t.Helper()
	v, err := jsonvalue.ParseValid(text)
	if err != nil && !strings.Contains(err.Error(), "surrogate") {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// same compares JSON: numbers by value, and members in their order, unless that says
// nothing.
func (c *recordCase) same(t *testing.T, at string, want, got jsonvalue.Value) bool {
	t.Helper()
	if slices.Contains(c.Loose, at) {
		return true
	}
	if want.Kind == jsonvalue.Number && got.Kind == jsonvalue.Number {
		a, _ := jsonvalue.ParseDecimal(want.Text)
		b, ok := jsonvalue.ParseDecimal(got.Text)
		return ok && a == b
	}
	if want.Kind != got.Kind || want.True != got.True || want.Text != got.Text || len(want.Items) != len(got.Items) {
		return false
	}
	for i := range want.Items {
		if !c.same(t, fmt.Sprintf("%s/%d", at, i), want.Items[i], got.Items[i]) {
			return false
		}
	}
	members := got.Members
	if c.UnknownFields {
		members = slices.DeleteFunc(slices.Clone(members), func(m jsonvalue.Member) bool { return strings.HasPrefix(m.Name, "[unknown") })
	}
	if len(want.Members) != len(members) {
		return false
	}
	for i := range want.Members {
		name := want.Members[i].Name
		j := i
		if c.AnyOrder || c.Kind == "protobuf" {
			j = slices.IndexFunc(members, func(m jsonvalue.Member) bool { return m.Name == name })
		}
		if j < 0 || members[j].Name != name || !c.same(t, at+"/"+name, want.Members[i].Value, members[j].Value) {
			return false
		}
	}
	return true
}

// checkAgain encodes what was decoded, for another topic, and once more with a change
// that is taken back, as a person may do.
func (c *recordCase) checkAgain(t *testing.T, s *Serde, d Decoded, data []byte) {
	t.Helper()
	if d.Err != nil {
		return // sent as its bytes, or not at all
	}
	if again, _, err := s.Again(t.Context(), "other", c.side(), d, d.Text); err != nil || !bytes.Equal(again, data) {
		t.Errorf("unchanged, it is sent as %x (%v), want %x", again, err, data)
	}
	if d.Form == Hex {
		return
	}
	if d.Loss != "" {
		if c.Again == "same bytes" {
			t.Errorf("its text does not say all: %s", d.Loss)
		}
		return
	}
	again, id, err := s.EncodeAs(t.Context(), "other", c.side(), d.Spec(), d.Text)
	switch {
	case err != nil && c.Again == "same bytes":
		t.Errorf("%s is refused: %v", d.Text, err)
	case err != nil:
	case bytes.Equal(again, data):
		if !d.Repeats(d.Text) {
			t.Errorf("%s gives its bytes, and is said not to", d.Text)
		}
	case c.Again != "same value or refused":
		t.Errorf("%s became other bytes:\n%s, was\n%s", d.Text, hex.EncodeToString(again), hex.EncodeToString(data))
	default:
		if d.Repeats(d.Text) {
			t.Errorf("%s is said to give its bytes, and does not", d.Text)
		}
		_, headers := c.frame(t, nil)
		back := s.Await(t.Context(), c.record(t, again, headers), c.side(), d.Form)
		if string(back.Text) != string(d.Text) || id != d.SchemaID {
			t.Errorf("%s became %s (%v)", d.Text, back.Text, back.Err)
		}
	}
}
