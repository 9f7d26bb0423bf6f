package records

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"
)

func filterOf(t testing.TB, text string) *Filter {
	t.Helper()
	f, err := ParseFilter(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return f
}

func TestFilters(t *testing.T) {
	rec := &kgo.Record{
		Partition: 2, Offset: 41, Timestamp: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Key:     []byte("Customer-7"),
		Value:   []byte(`{"id":12345678901234567890123,"n":9007199254740993,"total":10.5,"status":"failed","a.b":{"c":[1,{"d":"é\u00e9 x"}]},"ok":true,"none":null,"tags":["red","blue"]}`),
		Headers: []kgo.RecordHeader{{Key: "trace", Value: []byte("abc-1")}, {Key: "empty"}},
	}
	for _, tc := range []struct {
		text string
		kind FilterKind
		want bool
	}{
		{"failed", PlainText, true},
		{"FAILED", PlainText, false},
		{"customer-7", PlainText, true},
		{"Customer-7", PlainText, true},
		{"trace", PlainText, true},
		{"abc-1", PlainText, true},
		{"nothing", PlainText, false},
		{"value", PlainText, false},
		{"size", PlainText, false},
		{"keys are lost", PlainText, false},
		{`"status":"failed"`, PlainText, true},
		{`\value.total > 1`, PlainText, false},
		{"/api/orders", PlainText, false},
		{"/fai.ed/", Regexp, true},
		{"/FAI.ED/", Regexp, false},
		{"/FAI.ED/i", Regexp, true},
		{"/^abc-[0-9]$/", Regexp, true},
		{"/(failed|broken)x/", Regexp, false},
		{"/(?:failed)+/", Regexp, true},
		{"value.total > 10", Expression, true},
		{"value.total > 11", Expression, false},
		{"10 < value.total", Expression, true},
		{`value.status == "failed"`, Expression, true},
		{`"failed" == value.status && value.total < 11`, Expression, true},
		{`value["a.b"].c[1].d == "éé x"`, Expression, true},
		{`value["a.b"].c[0] == 1`, Expression, true},
		{`value.missing == nil`, Expression, true},
		{`value.none == nil`, Expression, true},
		{`value.missing > 3`, Expression, false},
		{`value.n == 9007199254740993`, Expression, true},
		{`value.n == 9007199254740992`, Expression, false},
		{`value.ok`, Expression, true},
		{`value.status`, Expression, false},
		{`!value.ok`, Expression, false},
		{`not value.ok`, Expression, false},
		{`"red" in value.tags`, Expression, true},
		{`any(value.tags, # startsWith "bl")`, Expression, true},
		{`len(value.tags) == 2 and (key contains "7")`, Expression, true},
		{`key == "Customer-7"`, Expression, true},
		{`lower(key) startsWith "customer"`, Expression, true},
		{`value contains "failed"`, Expression, true},
		{`value matches "fa[i]led"`, Expression, true},
		{`headers["trace"] == "abc-1"`, Expression, true},
		{`headers.trace endsWith "-1"`, Expression, true},
		{`"trace" in headers`, Expression, true},
		{`headers["empty"] == nil`, Expression, true},
		{`headers["x"] == "y"`, Expression, false},
		{`offset == 41 && partition == 2`, Expression, true},
		{`offset >= 42`, Expression, false},
		{`size > 20`, Expression, true},
		{`timestamp < date("2026-03-02") and timestamp > date("2026-03-01")`, Expression, true},
		{`timestamp > now() - duration("1h")`, Expression, rec.Timestamp.After(time.Now().Add(-time.Hour))},
	} {
		f := filterOf(t, tc.text)
		if f.Kind() != tc.kind {
			t.Errorf("%s is a %s, want %s", tc.text, f.Kind(), tc.kind)
		}
		if got := f.matcher(nil).wantsRecord(rec); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.text, got, tc.want)
		}
	}
	none := &kgo.Record{}
	for text, want := range map[string]bool{`value == nil`: true, `key == nil`: true, `value.x == nil`: true, `len(headers) == 0`: true, "x": false} {
		if got := filterOf(t, text).matcher(nil).wantsRecord(none); got != want {
			t.Errorf("%s of a record with nothing: %v", text, got)
		}
	}
	if f, err := ParseFilter(""); f != nil || err != nil {
		t.Errorf("nothing is %v (%v)", f, err)
	}
}

func TestMistakesHaveAPlace(t *testing.T) {
	for _, tc := range []struct {
		text   string
		column int
		want   string
	}{
		{"value.total >", 12, "unexpected token"},
		{`value.total > "x`, 16, "literal not terminated"},
		{"value.total > 3 & 4", 16, "unexpected token"},
		{"totl(value.x) > 3", 0, "unknown name totl"},
		{"value.total > ofset", 14, "unknown name ofset"},
		{"offset > \"x\"", 7, "invalid operation"},
		{"offset + 1", 0, "expected bool"},
		{"value.état == état", 14, "unknown name état"},
		{"/ab[c/", 3, "missing closing ]"},
		{"/é(c/", 1, "missing closing )"},
		{"/a**/", 2, "invalid nested repetition"},
		{`\`, 1, "must follow"},
	} {
		f, err := ParseFilter(tc.text)
		var wrong *Mistake
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v, %v; want a mistake", tc.text, f, err)
			continue
		}
		if wrong.Column != tc.column || !strings.Contains(wrong.Text, tc.want) {
			t.Errorf("%s: column %d: %s; want column %d: %s", tc.text, wrong.Column, wrong.Text, tc.column, tc.want)
		}
	}
}

// TestComparisonsThatFailAreCounted looks at a text where a number is expected.
func TestComparisonsThatFailAreCounted(t *testing.T) {
	m := filterOf(t, "value.n > 3").matcher(nil)
	for _, value := range []string{`{"n":4}`, `{"n":"four"}`, `{}`} {
		m.wantsRecord(&kgo.Record{Value: []byte(value)})
	}
	var wrong *Mistake
	if m.missed.records != 2 || !errors.As(m.missed.why, &wrong) || wrong.Column != 8 {
		t.Errorf("%d failed: %v", m.missed.records, m.missed.why)
	}
}

// TestANeedleIsFound compares with the standard library.
func TestANeedleIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOfN(rapid.RuneFrom([]rune("aAbB1-éÉ")), 0, 40, -1)
		hay, text := letters.Draw(t, "hay"), rapid.StringOfN(rapid.RuneFrom([]rune("aAbB1-éÉ")), 1, 4, -1).Draw(t, "text")
		n := newNeedle(text)
		want := strings.Contains(hay, text)
		if strings.ToLower(text) == text {
			want = strings.Contains(strings.ToLower(hay), text)
		}
		if got := n.in([]byte(hay)); got != want {
			t.Fatalf("%q in %q: %v", text, hay, got)
		}
	})
}

// TestWhatMustBeThereIs holds: a record that is wanted holds the text by which
// batches are chosen, or a backslash where the text may be escaped.
func TestWhatMustBeThereIs(t *testing.T) {
	for text, want := range map[string]struct {
		must    string
		escapes bool
	}{
		"Some text":                                 {"Some text", false},
		`/a(needle)+[0-9]/`:                         {"needle", false},
		`/x|needle/`:                                {"", false},
		`/needle/i`:                                 {"", false},
		`value.a == "needle"`:                       {"needle", true},
		`key == "needle" or offset > 3`:             {"", false},
		`key == "needle" and value.a == "x"`:        {"needle", false},
		`headers["h"] contains "needle"`:            {"needle", false},
		`not (key == "needle")`:                     {"", false},
		`value.a != "needle"`:                       {"", false},
		`value.a == "" and value.b == "b"`:          {"b", true},
		`lower(key) == "needle"`:                    {"", false},
		`value.a.b startsWith "needle" && value.ok`: {"needle", true},
	} {
		f := filterOf(t, text)
		got := ""
		if f.must != nil {
			got = string(f.must.text)
		}
		if got != want.must || f.escapes != want.escapes {
			t.Errorf("%s needs %q (escapes: %v), want %q", text, got, f.escapes, want.must)
		}
	}
}
