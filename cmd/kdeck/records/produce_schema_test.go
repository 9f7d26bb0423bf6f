package records

import (
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/cmdtest"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/kdeck/kdeck/kafka/serde/recordcases"
)

// TestProduceWritesByASchema: the newest of the topic, or the one that is named; text
// only where nothing else is known, or on request.
func TestProduceWritesByASchema(t *testing.T) {
	type object = map[string]any
	record := `{"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}`
	messages := `syntax="proto3"; message First { int32 a=1; } message Second { int32 b=1; }`
	registry := recordcases.Registry{
		"/subjects/orders-value/versions/latest": {"id": 12, "schema": record},
		"/subjects/orders-value/versions/1":      {"id": 11, "schema": `"string"`},
		"/subjects/Orders/versions/latest":       {"id": 13, "schema": messages, "schemaType": "PROTOBUF"},
		"/schemas/ids/12":                        object{"schema": record},
		"/schemas/ids/13":                        object{"schema": messages, "schemaType": "PROTOBUF"},
	}
	down := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	l := &othersLab{Cluster: kafkatest.Start(t, kafkatest.Config{}), state: t.TempDir()}
	l.Create(1, 1, nil, "orders", "plain")
	written := make(map[string]int)
	for _, tc := range []struct {
		registry http.Handler
		args     string // and the value
		want     string // in hex, or "!" and a part of what is said
		said     string
	}{
		{registry, `orders --value {"id":7}`, "000000000c0e", "every value is encoded as registry, as the registry has a schema for it; --as text writes it unchanged"},
		{registry, `orders --value {"no":7}`, "!the schema has no such field", ""},
		{registry, `orders --value hello`, "!not JSON", ""},
		{registry, `orders --as text --value hello`, "68656c6c6f", "the registry has a schema for the value of orders, and every value is written as text"},
		{registry, `orders --encode text --value hello`, "68656c6c6f", "readers that expect the schema cannot read it"},
		{registry, `orders --as registry --value {"id":7}`, "000000000c0e", ""},
		{registry, `orders --schema-version 1 --value "x"`, "000000000b0278", ""},
		{registry, `plain --value hello`, "68656c6c6f", ""},
		{registry, `plain --schema-id 12 --value {"id":7}`, "000000000c0e", ""},
		{registry, `plain --subject Orders --value {"a":7}`, "000000000d000807", ""},
		{registry, `plain --subject Orders --message Second --value {"b":7}`, "000000000d02020807", ""},
		{registry, `plain --subject Orders --message Third --value {}`, "!have no message Third", ""},
		{registry, `plain --schema-id 99 --value {}`, "!schema id 99: the registry", ""},
		{registry, `plain --schema-id 12 --as text --value x`, "!for --as registry, not text", ""},
		{registry, `plain --schema-id 12 --subject Orders --value x`, "!none of the others can be", ""},
		{registry, `plain --schema-id -1 --value x`, "!--schema-id -1", ""},
		{registry, `plain --message M --as int8 --value 1`, "!--message is for Protobuf", ""},
		{down, `plain --value hello`, "!answers 500 Internal Server Error; name the form to write it without asking: --as text writes it as it is", ""},
		{down, `plain --as text --value hello`, "68656c6c6f", ""},
	} {
		server := httptest.NewServer(tc.registry)
		l.registry = &profile.SchemaRegistry{URL: server.URL}
		args := strings.Fields(tc.args)
		_, notes, err := cmdtest.Run(t.Context(), Produce(l.connect), nil, args...)
		server.Close()
		if err != nil {
			notes += err.Error()
		}
		if want, refused := strings.CutPrefix(tc.want, "!"); refused {
			if err == nil || !strings.Contains(notes, want) {
				t.Errorf("%s: says %q, want %q", tc.args, notes, want)
			}
			continue
		}
		written[args[0]]++
		if err != nil {
			t.Fatalf("%s: %s", tc.args, notes)
		}
		all := l.read(t, args[0], written[args[0]])
		if got := hex.EncodeToString(all[len(all)-1].Value); got != tc.want {
			t.Errorf("%s became %s, want %s", tc.args, got, tc.want)
		}
		if !strings.Contains(notes, tc.said) || tc.said == "" && (strings.Contains(notes, "schema for") || strings.Contains(notes, "every value")) {
			t.Errorf("%s says %q, want %q", tc.args, notes, tc.said)
		}
	}
}
