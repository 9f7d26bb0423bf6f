package profile

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/profile/route"
	"github.com/kdeck/kdeck/kafka/serde"
)

const registryConfig = `contexts:
  - name: prod
    bootstrap-servers: [localhost:9092]
    schema-registry:
      url: https://registry:8081
      user: ops
      password: hunter2 # mine
      tls:
        ca-files: [/etc/ca.pem]
    decode:
      - topic: payments-*
        key:
          form: int64
        value:
          form: protobuf
          schema: ~/shop.proto
          message: shop.Payment
    mask:
      - fields: [password, card.number]
      - pattern: \d{16}
        topics: [payments-*]
`

func TestTheRegistryIsInTheConfigFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(registryConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, _ := cfg.Lookup("prod")
	if ctx.SchemaRegistry.User != "ops" || ctx.Decode[0].Value.Form != serde.Protobuf || len(ctx.Mask) != 2 {
		t.Errorf("read %+v", ctx)
	}
	shown, err := json.Marshal(ctx)
	if err != nil || strings.Contains(string(shown)+fmt.Sprintf("%+v", ctx), "hunter2") {
		t.Errorf("the password shows: %s %v", shown, err)
	}
	cfg.Put(Context{Name: "other", BootstrapServers: []string{"localhost:9092"}})
	if err := cfg.Save(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), "password: hunter2 # mine") || !strings.Contains(string(data), "message: shop.Payment") || !strings.Contains(string(data), `\d{16}`) {
		t.Errorf("saved as %s %v", data, err)
	}
}

func TestRegistriesThatCannotWork(t *testing.T) {
	for want, r := range map[string]SchemaRegistry{
		"is not an https://":       {URL: "registry:8081"},
		"has a user or password":   {URL: "https://a:b@registry"},
		"needs an https://":        {URL: "http://registry", TLS: &TLS{}},
		"exclude each other":       {URL: "https://registry", User: "a", Password: LiteralSecret("b"), Token: LiteralSecret("c")},
		"given together":           {URL: "https://registry", User: "a"},
		"is relative":              {URL: "https://registry", Token: FileSecret("token")},
		"tls: cert-file and cert ": {URL: "https://registry", TLS: &TLS{CertFile: "/a", Cert: "b", KeyFile: "/c"}},
	} {
		ctx := Context{Name: "prod", BootstrapServers: []string{"localhost:9092"}, SchemaRegistry: &r}
		if err := ctx.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", r, err, want)
		}
	}
	plain := Context{Name: "prod", SchemaRegistry: &SchemaRegistry{URL: "http://registry", Token: LiteralSecret("x")}}
	if w := plain.Warnings(); len(w) != 1 || !strings.Contains(w[0], "readable over the network") {
		t.Errorf("warnings: %q", w)
	}
}

// TestLoginToARegistry decodes a record with a schema of a registry that wants
// TLS and a login.
func TestLoginToARegistry(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if (user != "ops" || password != "hunter2") && r.Header.Get("Authorization") != "Bearer hunter2" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `{"schema":"\"string\""}`)
	}))
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	secret, trusted := LiteralSecret("hunter2"), &TLS{CAFiles: []string{ca}}
	t.Setenv("REGISTRY_EMPTY", "")
	empty, err := ParseSecret("${env:REGISTRY_EMPTY}")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		registry SchemaRegistry
		want     string // the value, or a part of the error
	}{
		"basic":     {SchemaRegistry{User: "ops", Password: secret, TLS: trusted}, `"hello"`},
		"bearer":    {SchemaRegistry{Token: secret, TLS: trusted}, `"hello"`},
		"none":      {SchemaRegistry{TLS: trusted}, "check user, password or token"},
		"wrong":     {SchemaRegistry{Token: LiteralSecret("hunter3"), TLS: trusted}, "check user, password or token"},
		"no secret": {SchemaRegistry{Token: empty, TLS: trusted}, "it is empty"},
		"untrusted": {SchemaRegistry{Token: secret}, "unknown authority"},
	} {
		tc.registry.URL = server.URL
		decoder, err := Context{Name: "prod", SchemaRegistry: &tc.registry}.Serde(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		rec := &kgo.Record{Topic: "orders", Value: []byte("\x00\x00\x00\x00\x01\x0ahello")}
		d := decoder.Await(t.Context(), rec, serde.Value, serde.Auto)
		if got := string(d.Text) + fmt.Sprint(d.Err); !strings.Contains(got, tc.want) || strings.Contains(got, "hunter") {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

// The next registry is asked when one does not answer.
func TestSeveralRegistries(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`["orders-value"]`)) }))
	t.Cleanup(server.Close)
	r := &SchemaRegistry{URL: "http://" + freePort(t) + ", " + server.URL + ","}
	if err := r.validate(); err != nil {
		t.Fatal(err)
	}
	client, err := r.client(t.Context(), &route.Route{})
	if err != nil {
		t.Fatal(err)
	}
	if subjects, err := client.Subjects(t.Context()); err != nil || len(subjects) != 1 {
		t.Errorf("%v, %v", subjects, err)
	}
	for _, url := range []string{"", " , ", "http://a,ftp://b"} {
		if err := (&SchemaRegistry{URL: url}).validate(); err == nil {
			t.Errorf("%q is accepted", url)
		}
	}
}

// A routed registry is found where the context says that it is.
func TestARoutedRegistry(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprintf(w, "[%q]", r.Host) }))
	t.Cleanup(server.Close)
	r := &SchemaRegistry{URL: "http://registry.nowhere", Routed: true}
	client, err := r.client(t.Context(), &route.Route{Addresses: route.Addresses{"registry.nowhere": server.Listener.Addr().String()}})
	if err != nil {
		t.Fatal(err)
	}
	if subjects, err := client.Subjects(t.Context()); err != nil || len(subjects) != 1 || subjects[0] != "registry.nowhere" {
		t.Errorf("%v, %v", subjects, err)
	}
}
