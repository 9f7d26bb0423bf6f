package produce

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/tui/text"
)

func TestHeadersAreRead(t *testing.T) {
	for in, want := range map[string][]kgo.RecordHeader{
		"":                  nil,
		"trace=abc":         {{Key: "trace", Value: []byte("abc")}},
		"a=1\n\nb=":         {{Key: "a", Value: []byte("1")}, {Key: "b", Value: []byte{}}},
		"null":              {{Key: "null"}},
		"query=a=b&c=d":     {{Key: "query", Value: []byte("a=b&c=d")}},
		`a\=b=\xff\x00\n\\`: {{Key: "a=b", Value: []byte("\xff\x00\n\\")}},
		" spaced = kept ":   {{Key: " spaced ", Value: []byte(" kept ")}},
	} {
		got, err := parseHeaders(in)
		if err != nil || len(got) != len(want) {
			t.Errorf("%q: %v, %v", in, got, err)
			continue
		}
		for i := range got {
			if got[i].Key != want[i].Key || !bytes.Equal(got[i].Value, want[i].Value) || (got[i].Value == nil) != (want[i].Value == nil) {
				t.Errorf("%q: %+v, want %+v", in, got[i], want[i])
			}
		}
	}
	for in, want := range map[string]string{
		"=x":        "line 1: a header needs a name",
		"a=1\nb=\\": `line 2: a backslash is written \\`,
		`a=C:\dir`:  `line 1: \d means nothing here`,
		`a=\xf`:     "two hex digits",
		`a=\xzz`:    "two hex digits",
	} {
		if _, err := parseHeaders(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}

// TestHeadersAreWrittenAsTheyAreRead holds for names and values of any bytes.
func TestHeadersAreWrittenAsTheyAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var headers []kgo.RecordHeader
		for range rapid.IntRange(0, 4).Draw(t, "n") {
			h := kgo.RecordHeader{Key: rapid.OneOf(rapid.StringN(1, -1, -1), rapid.Just(" "), rapid.Just("\xff=")).Draw(t, "name")}
			if rapid.Bool().Draw(t, "valued") {
				h.Value = rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Just([]byte("a\t値\u202e"))).Draw(t, "value")
			}
			headers = append(headers, h)
		}
		written := writeHeaders(headers)
		if text.CleanLines(written) != written {
			t.Fatalf("%q cannot be shown", written)
		}
		back, err := parseHeaders(written)
		if err != nil || len(back) != len(headers) {
			t.Fatalf("%q is read as %v (%v)", written, back, err)
		}
		for i, h := range back {
			if h.Key != headers[i].Key || !bytes.Equal(h.Value, headers[i].Value) || (h.Value == nil) != (headers[i].Value == nil) {
				t.Fatalf("%q is read as %+v, want %+v", written, h, headers[i])
			}
		}
	})
}

func TestMistakesInJSONHaveAPlace(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1}`:           "",
		`  12 `:             "",
		``:                  "1:1 unexpected end",
		`{"a":1`:            "1:7 unexpected end",
		"{\n":               "2:1 unexpected end",
		`{"a":x}`:           "1:6 invalid character 'x'",
		"{\n  \"値\": 1,\n}": "3:1 invalid character '}'",
		"{\"値\": y}":        "1:7 invalid character 'y'",
		`{} {}`:             "1:4 invalid character '{' after top-level value",
		"[1,\n2\n 3]":       "3:2 invalid character '3'",
		`"abc`:              "1:5 unexpected end",
		"{\"a\": \"x\ny\"}": "1:9 invalid character '\\n'",
		`{"a":1}}`:          "1:8 invalid character '}'",
	} {
		got := ""
		if err := checkJSON([]byte(in)); err != nil {
			got = err.Error()
		}
		if want == "" && got != "" || !strings.HasPrefix(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSettingsGiveWay(t *testing.T) {
	s := newSettings("kdeck-1")
	if o := s.options(); o != produce.Defaults() {
		t.Errorf("begins with %+v", o)
	}
	for _, step := range []struct {
		turn option
		by   int
		want produce.Options
	}{
		{acksOption, 1, produce.Options{Acks: produce.Leader, Compression: "none"}},
		{acksOption, 1, produce.Options{Acks: produce.None, Compression: "none"}},
		{idempotentOption, 1, produce.Options{Acks: produce.All, Compression: "none", Idempotent: true}},
		{acksOption, -1, produce.Options{Acks: produce.None, Compression: "none"}},
		{transactionOption, 1, produce.Options{Acks: produce.All, Compression: "none", Idempotent: true, Transaction: "kdeck-1"}},
		{compressionOption, -1, produce.Options{Acks: produce.All, Compression: "zstd", Idempotent: true, Transaction: "kdeck-1"}},
		{idempotentOption, 1, produce.Options{Acks: produce.All, Compression: "zstd"}},
		{transactionOption, -1, produce.Options{Acks: produce.All, Compression: "zstd", Idempotent: true, Transaction: "kdeck-1"}},
		{transactionOption, 1, produce.Options{Acks: produce.All, Compression: "zstd", Idempotent: true}},
	} {
		s.turn(step.turn, step.by, 3)
		if got := s.options(); got != step.want || got.Check() != nil {
			t.Errorf("%s %+d: %+v, want %+v", step.turn, step.by, got, step.want)
		}
	}
	s.turn(timeOption, 1, 3)
	s.turn(valueFormOption, -1, 3)
	s.turn(keyFormOption, 2, 3)
	if !s.keepTime || s.forms[serde.Value] != serde.Hex || s.forms[serde.Key] != serde.JSON {
		t.Errorf("%+v", s)
	}
	if s.typed(acksOption, "1", 3) {
		t.Error("acks take what is typed")
	}
	for _, char := range []string{"a", "値"} {
		s.typed(transactionOption, char, 3)
	}
	s.erase(transactionOption)
	if s.transaction != "a" || s.options().Check() != nil {
		t.Errorf("%+v", s)
	}
}

func TestThePartitionIsChosen(t *testing.T) {
	s := newSettings("")
	var seen []int32
	for range 5 {
		s.turn(partitionOption, 1, 3)
		seen = append(seen, s.partition)
	}
	if want := []int32{sticky, 0, 1, 2, byKey}; !equal(seen, want) {
		t.Errorf("→ goes through %v, want %v", seen, want)
	}
	for _, tc := range []struct {
		keys       string // < is backspace
		partitions int
		want       int32
	}{
		{"7", 12, 7}, {"11", 12, 11}, {"12", 12, 2}, {"13", 3, 1}, {"9", 3, byKey}, {"119", 1200, 119}, {"11<", 12, 1}, {"1<", 12, byKey}, {"x", 12, byKey}, {"0", 0, byKey},
	} {
		s := newSettings("")
		for _, key := range tc.keys {
			if key == '<' {
				s.erase(partitionOption)
			} else {
				s.typed(partitionOption, string(key), tc.partitions)
			}
		}
		if s.partition != tc.want {
			t.Errorf("%q of %d: %d, want %d", tc.keys, tc.partitions, s.partition, tc.want)
		}
	}
	leaders := []int32{1, -1, 2}
	key := []byte("user-42")
	for _, tc := range []struct {
		setting int32
		key     []byte
		leaders []int32
		dice    int
		want    int32
	}{
		{byKey, key, leaders, 5, produce.PartitionOf(key, 3)},
		{byKey, []byte{}, leaders, 5, produce.PartitionOf([]byte{}, 3)},
		{byKey, nil, leaders, 0, 0}, {byKey, nil, leaders, 1, 2}, {byKey, nil, leaders, 2, 0},
		{sticky, key, leaders, 1, 2},
		{sticky, key, []int32{-1}, 1, produce.AnyPartition}, {byKey, key, nil, 1, produce.AnyPartition},
		{1, key, leaders, 0, 1},
	} {
		s.partition = tc.setting
		if got, how := s.place(tc.leaders, tc.key, tc.dice); got != tc.want || how == "" {
			t.Errorf("%+v: %d, %q", tc, got, how)
		}
	}
}

func equal[T comparable](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestWhatIsRefusedAndWhatMayGoWrong(t *testing.T) {
	d := topics.Destination{Topic: "orders", Leaders: []int32{0, -1}, ISR: []int{1, 3}, MinISR: 2, MaxMessageBytes: 1000}
	compacted := d
	compacted.Compacted = true
	internal := d
	internal.Internal = true
	unread := d
	unread.Unread = errors.New("it cannot be read")
	all, leader, none := produce.Defaults(), produce.Options{Acks: produce.Leader, Compression: "none"}, produce.Options{Acks: produce.None, Compression: "none"}
	large := produce.Message{Value: make([]byte, 2000)}
	for name, tc := range map[string]struct {
		to        topics.Destination
		opts      produce.Options
		message   produce.Message
		partition int32
		problem   string
		warnings  []string
	}{
		"well":        {d, all, produce.Message{}, produce.AnyPartition, "", nil},
		"internal":    {internal, all, produce.Message{}, 0, "keeps its own state", nil},
		"no leader":   {d, all, produce.Message{}, 1, "has no leader", nil},
		"no key":      {compacted, all, produce.Message{}, 0, "every record needs a key", nil},
		"large":       {d, all, large, 0, "too large", nil},
		"no replicas": {d, all, produce.Message{}, 0, "", []string{"partition 0 has 1 of the 2 replicas in sync"}},
		"acks 1":      {d, leader, produce.Message{}, 0, "", []string{"acks 1: the record is lost", "not idempotent"}},
		"acks 0":      {d, none, produce.Message{}, 0, "", []string{"acks 0: no broker answers"}},
		"unread":      {unread, none, produce.Message{}, 0, "", []string{"acks 0", "it cannot be read: what"}},
		"mixed":       {d, produce.Options{Acks: produce.Leader, Idempotent: true}, produce.Message{}, 0, "needs acks all", nil},
	} {
		err := problem(tc.to, tc.opts, tc.message, tc.partition)
		if (err == nil) != (tc.problem == "") || err != nil && !strings.Contains(err.Error(), tc.problem) {
			t.Errorf("%s: %v, want %q", name, err, tc.problem)
		}
		if err != nil {
			continue
		}
		found := warnings(tc.to, tc.opts, tc.partition)
		if len(found) != len(tc.warnings) {
			t.Errorf("%s: %q", name, found)
			continue
		}
		for i, w := range found {
			if !strings.Contains(w, tc.warnings[i]) {
				t.Errorf("%s: %q, want %q", name, w, tc.warnings[i])
			}
		}
	}
}
