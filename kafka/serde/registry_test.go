package serde

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
)

// fakeRegistry answers as a schema registry does.
type fakeRegistry struct {
	*httptest.Server
	mu       sync.Mutex
	answers  map[string]any // by path; a number is a status without a body
	requests map[string]int
	stall    chan struct{} // answers to anything else wait for it
}

func startRegistry(t testing.TB) *fakeRegistry {
	t.Helper()
	type object = map[string]any
	orderJSON := `{"$schema":"http://json-schema.org/draft-07/schema#","title":"Order","type":"object","required":["id"],
		"properties":{"id":{"type":"integer"},"customer":{"$ref":"customer.json"}}}`
	customerJSON := `{"type":"object","properties":{"name":{"type":"string"}}}`
	outer := `{"type":"record","name":"Outer","fields":[{"name":"money","type":"shop.Money"},{"name":"again","type":["null","shop.Money"]}]}`
	money := `{"type":"record","name":"Money","namespace":"shop","fields":[{"name":"cents","type":"shop.Cents"}]}`
	cents := `{"type":"enum","name":"Cents","namespace":"shop","symbols":["ONE","TWO"]}`
	f := &fakeRegistry{requests: make(map[string]int), stall: make(chan struct{}), answers: map[string]any{
		"/schemas/ids/1":                         object{"schema": orderAvro},
		"/schemas/ids/2":                         object{"schema": orderProto, "schemaType": "PROTOBUF", "references": []object{{"name": "money.proto", "subject": "money", "version": 1}}},
		"/schemas/ids/3":                         object{"schema": orderJSON, "schemaType": "JSON", "references": []object{{"name": "customer.json", "subject": "customer", "version": 1}}},
		"/schemas/ids/4":                         object{"schema": outer, "references": []object{{"name": "shop.Money", "subject": "shop.Money", "version": 2}}},
		"/schemas/ids/5":                         object{"schema": `{"type":"nothing"}`},
		"/schemas/ids/6":                         500,
		"/schemas/ids/7":                         401,
		"/schemas/ids/8":                         object{"schema": `{"$ref":"file:///etc/passwd"}`, "schemaType": "JSON"},
		"/schemas/ids/9":                         object{"schema": outer, "references": []object{{"name": "shop.Money", "subject": "gone", "version": 1}}},
		"/subjects/money/versions/1":             object{"schema": moneyProto, "schemaType": "PROTOBUF"},
		"/subjects/customer/versions/1":          object{"schema": customerJSON, "schemaType": "JSON"},
		"/subjects/shop.Money/versions/2":        object{"schema": money, "references": []object{{"name": "shop.Cents", "subject": "shop.Cents", "version": 1}}},
		"/subjects/shop.Cents/versions/1":        object{"schema": cents},
		"/subjects/orders-value/versions/latest": object{"schema": orderAvro, "id": 1, "version": 1},
		"/subjects/events-value/versions/latest": object{"schema": orderJSON, "id": 3, "version": 1, "schemaType": "JSON", "references": []object{{"name": "customer.json", "subject": "customer", "version": 1}}},
		"/subjects/money-value/versions/latest":  object{"schema": moneyProto, "id": 12, "version": 1, "schemaType": "PROTOBUF"},
	}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fakeRegistry) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.requests[r.URL.Path]++
	answer, ok := f.answers[r.URL.Path]
	f.mu.Unlock()
	if r.URL.Path == "/schemas/ids/99" {
		select {
		case <-f.stall:
		case <-r.Context().Done():
		}
		return
	}
	if status, is := answer.(int); is {
		w.WriteHeader(status)
		fmt.Fprint(w, "<html>a long page of a proxy</html>")
		return
	}
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error_code":40403,"message":"Schema not found"}`)
		return
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(err)
	}
}

func (f *fakeRegistry) registry(t testing.TB) *Registry {
	t.Helper()
	client, err := sr.NewClient(sr.URLs(f.URL))
	if err != nil {
		t.Fatal(err)
	}
	return NewRegistry(client, f.URL)
}

func (f *fakeRegistry) asked(path string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests[path]
}

func withRegistry(t *testing.T, f *fakeRegistry) *Serde {
	t.Helper()
	s, err := New(Config{Registry: f.registry(t)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valueOf(data []byte) *kgo.Record { return &kgo.Record{Topic: "orders", Value: data} }

func TestASchemaIsReadOnce(t *testing.T) {
	f := startRegistry(t)
	s := withRegistry(t, f)
	rec := valueOf(framedWith(4, nil, []byte{2, 2, 0}))
	if d := s.Decode(rec, Value); !d.Waiting || d.SchemaID != 4 || f.asked("/schemas/ids/4") > 0 {
		t.Fatalf("before a lookup: %+v", d)
	}
	if !s.Wanting() {
		t.Fatal("nothing is wanted")
	}
	for range 3 {
		s.Lookup(t.Context())
		d := s.Decode(rec, Value)
		if want := `{"money":{"cents":"TWO"},"again":{"cents":"ONE"}}`; string(d.Text) != want || d.Schema != "Avro Outer" {
			t.Fatalf("got %s by %s (%v), want %s", d.Text, d.Schema, d.Err, want)
		}
	}
	for _, path := range []string{"/schemas/ids/4", "/subjects/shop.Money/versions/2", "/subjects/shop.Cents/versions/1"} {
		if n := f.asked(path); n != 1 {
			t.Errorf("%s was asked %d times", path, n)
		}
	}
}

func TestARegistryThatFails(t *testing.T) {
	for id, want := range map[byte]string{
		5:  "cannot be used",
		6:  "answers 500 Internal Server Error",
		7:  "check user, password or token",
		9:  "shop.Money, which it refers to: the registry",
		88: "answers 404 Not Found: it has no such schema",
		99: "did not answer within 50ms",
	} {
		f := startRegistry(t)
		s := withRegistry(t, f)
		s.registry.within = time.Minute
		if id == 99 {
			s.registry.within = 50 * time.Millisecond
		}
		now := time.Now()
		s.registry.now = func() time.Time { return now }
		rec := valueOf(framedWith(id, nil, []byte("payload")))
		d := s.Await(t.Context(), rec, Value, Auto)
		if d.Err == nil || d.Form != Hex || d.SchemaID != int(id) || string(d.Bytes()) != string(rec.Value) || !strings.Contains(d.Err.Error(), want) {
			t.Errorf("schema %d: %s %v; want %q", id, d.Form, d.Err, want)
			continue
		}
		if strings.Contains(d.Err.Error(), "<html>") {
			t.Errorf("schema %d: the page of a proxy is quoted: %v", id, d.Err)
		}
		path := fmt.Sprintf("/schemas/ids/%d", id)
		s.Await(t.Context(), rec, Value, Auto)
		if n := f.asked(path); n != 1 {
			t.Errorf("schema %d was asked for %d times in a moment", id, n)
		}
		now = now.Add(2 * missingTime)
		s.Await(t.Context(), rec, Value, Auto)
		if n := f.asked(path); n != 2 {
			t.Errorf("schema %d was asked for %d times after a while", id, n)
		}
	}
}

// TestARegistryThatIsDown costs one wait, not one for every id.
func TestARegistryThatIsDown(t *testing.T) {
	f := startRegistry(t)
	s := withRegistry(t, f)
	s.Await(t.Context(), valueOf(framedWith(6, nil, []byte("x"))), Value, Auto)
	d := s.Await(t.Context(), valueOf(framedWith(1, nil, []byte("x"))), Value, Auto)
	if d.Waiting || d.Err == nil || f.asked("/schemas/ids/1") > 0 {
		t.Errorf("got %v after %d requests", d.Err, f.asked("/schemas/ids/1"))
	}
}

func TestALookupThatIsCalledOffSaysNothing(t *testing.T) {
	f := startRegistry(t)
	s := withRegistry(t, f)
	s.registry.within = time.Minute
	ctx, cancel := contextWithCancel(t)
	rec := valueOf(framedWith(99, nil, []byte("x")))
	s.Decode(rec, Value)
	done := make(chan struct{})
	go func() { s.Lookup(ctx); close(done) }()
	waitFor(t, func() bool { return f.asked("/schemas/ids/99") == 1 })
	cancel()
	<-done
	if d := s.Decode(rec, Value); !d.Waiting || d.Err != nil {
		t.Errorf("got %v", d.Err)
	}
}

func TestJSONThatItsSchemaRefuses(t *testing.T) {
	s := withRegistry(t, startRegistry(t))
	d := s.Await(t.Context(), valueOf(framedWith(3, nil, []byte(`{"id":"seven"}`))), Value, Auto)
	if d.Err != nil || string(d.Text) != `{"id":"seven"}` || !strings.Contains(d.Note, "does not fit its schema") || !strings.Contains(d.Note, "/id") {
		t.Errorf("got %s, %q, %v", d.Text, d.Note, d.Err)
	}
}

func TestANumberIsNoSchemaID(t *testing.T) {
	s := withRegistry(t, startRegistry(t))
	d := s.Await(t.Context(), valueOf(unhex("00000198f0a1b2c3")), Value, Auto)
	if d.Form != Int64 || string(d.Text) != "1756383785667" {
		t.Errorf("got %s %s (%v)", d.Form, d.Text, d.Err)
	}
}

// TestAJSONSchemaThatCannotBeUsed hides no JSON, reads no file, and lets nothing be
// written that nobody has checked.
func TestAJSONSchemaThatCannotBeUsed(t *testing.T) {
	f := startRegistry(t)
	f.answers["/subjects/orders-value/versions/latest"] = map[string]any{"id": 8, "schema": `{"$ref":"file:///etc/passwd"}`, "schemaType": "JSON"}
	s := withRegistry(t, f)
	d := s.Await(t.Context(), valueOf(framedWith(8, nil, []byte(`{"id":7}`))), Value, Auto)
	const want = "it is not checked: compile the JSON schema: the schema refers to file:///etc/passwd, which is not among its references"
	if string(d.Text) != `{"id":7}` || d.Note != want {
		t.Errorf("got %s, %q, %v", d.Text, d.Note, d.Err)
	}
	if _, _, err := s.Encode(t.Context(), "orders", Value, Framed, []byte(`{"id":7}`)); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("encoded: %v", err)
	}
}
