package produce

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/serde/recordcases"
)

// TestASchemaIsCheckedBeforeSending asks a registry for the newest schema of the
// topic, unless the text is not even JSON.
func TestASchemaIsCheckedBeforeSending(t *testing.T) {
	const schema = `{"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}`
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path != "/subjects/orders-value/versions/latest" {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error_code":40401,"message":"Subject not found"}`)
			return
		}
		fmt.Fprintf(w, `{"subject":"orders-value","id":12,"version":1,"schema":%q}`, schema)
	}))
	t.Cleanup(server.Close)
	s, err := profile.Context{SchemaRegistry: &profile.SchemaRegistry{URL: server.URL}}.Serde(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		topic, text, want, fails string
		asks                     bool // by then
	}{
		{"orders", "{\n  \"id\" 7}", "", "2:8 invalid character '7'", false},
		{"orders", `{"id": 7}`, "\x00\x00\x00\x00\x0c\x0e", "", true},
		{"orders", `{"id": "x"}`, "", "schema id 12", true},
		{"elsewhere", `{"id": 7}`, "", "elsewhere-value", true},
	} {
		e := encodeNow(t.Context(), s, task{side: serde.Value, topic: tc.topic, form: serde.Framed}, []byte(tc.text), nil)
		if tc.fails == "" && (e.err != nil || string(e.data) != tc.want || e.schemaID != 12) {
			t.Errorf("%s: %x, schema id %d, %v", tc.text, e.data, e.schemaID, e.err)
		}
		if tc.fails != "" && (e.err == nil || !strings.Contains(e.err.Error(), tc.fails)) {
			t.Errorf("%s: %v, want %q", tc.text, e.err, tc.fails)
		}
		if (asked.Load() > 0) != tc.asks {
			t.Errorf("%s: the registry was asked: %t", tc.text, !tc.asks)
		}
	}
}

// TestARecordIsSentAgainAsWhatItWas: by the schema and the branch that it had, whatever
// is the newest for the topic. An edit that would lose a part of it is refused.
func TestARecordIsSentAgainAsWhatItWas(t *testing.T) {
	const schema = `{"type":"record","name":"W","namespace":"ev","fields":[{"name":"e","type":["null",` +
		`{"type":"record","name":"Created","fields":[{"name":"id","type":"int"}]},{"type":"record","name":"Deleted","fields":[{"name":"id","type":"int"}]}]}]}`
	answers := recordcases.Registry{
		"/schemas/ids/7":                         {"schema": schema},
		"/subjects/orders-value/versions/latest": {"id": 8, "schema": `"string"`},
	}
	server := httptest.NewServer(answers)
	t.Cleanup(server.Close)
	s, err := profile.Context{SchemaRegistry: &profile.SchemaRegistry{URL: server.URL}}.Serde(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, value, shown, edited, want string }{
		{"a blank", "\x00\x00\x00\x00\x07\x04\x04", `"ev.Deleted": {`, " ", "\x00\x00\x00\x00\x07\x04\x04"},
		{"another branch is no edit of this", "\x00\x00\x00\x00\x07\x04\x04", `"id": 2`, "x", "!not JSON"},
		{"a MessagePack map in its order", "\x82\xa1z\x01\xa1a\x02", `"z": 1`, " ", "\x82\xa1z\x01\xa1a\x02"},
		{"a null of the form is no tombstone", "\x00\x00\x00\x00\x07\x00", `"e": null`, " ", "\x00\x00\x00\x00\x07\x00"},
	} {
		rec := &kgo.Record{Topic: "orders", Value: []byte(tc.value)}
		s.Await(t.Context(), rec, serde.Value, serde.Auto)
		f := formAgain(s, rec, serde.Auto, "")
		if shown := string(f.parts[serde.Value].text()); !strings.Contains(shown, tc.shown) {
			t.Errorf("%s: %s is shown, want %s", tc.name, shown, tc.shown)
		}
		say(t, &f.parts[serde.Value], tc.edited)
		m, err := encodeAll(t, s, f)
		if want, refused := strings.CutPrefix(tc.want, "!"); refused {
			if err == nil {
				t.Errorf("%s: %q is sent, want %q", tc.name, m.Value, want)
			}
		} else if err != nil || string(m.Value) != tc.want {
			t.Errorf("%s: %q is sent (%v), want %q", tc.name, m.Value, err, tc.want)
		}
	}
	for form, want := range map[serde.Form]bool{serde.Auto: false, serde.Text: true, serde.Framed: false} {
		if e := encodeNow(t.Context(), s, task{side: serde.Value, topic: "orders", form: form}, []byte(`"x"`), nil); e.bypassed != want || e.err != nil {
			t.Errorf("as %s, the schema is passed by: %t (%v)", form, e.bypassed, e.err)
		}
	}
}
