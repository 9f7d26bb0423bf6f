package produce

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/kdeck/kdeck/kafka/serde"
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
