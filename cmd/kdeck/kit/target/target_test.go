package target

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kdeck/kdeck/kafka/profile"
)

func contexts(names ...string) *profile.Config {
	cfg := &profile.Config{}
	for _, name := range names {
		cfg.Put(profile.Context{Name: name, BootstrapServers: []string{name + ":1"}})
	}
	return cfg
}

func propertiesFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "client.properties")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestResolve(t *testing.T) {
	withServers := propertiesFile(t, "bootstrap.servers=java:1\nclient.id=from-file\n")
	without := propertiesFile(t, "client.id=from-file\n")
	bad := propertiesFile(t, "security.protocol=foo\n")
	tests := []struct {
		name  string
		flags Flags
		want  string // the servers
		err   string
	}{
		{"nothing", Flags{}, "dev:1", ""},
		{"context", Flags{context: "prod"}, "prod:1", ""},
		{"no such context", Flags{context: "prdo"}, "", "did you mean prod?"},
		{"servers", Flags{servers: "a,b:2"}, "a:9092,b:2", ""},
		{"bad servers", Flags{servers: "a:x"}, "", `port "x"`},
		{"two clusters", Flags{context: "prod", servers: "a"}, "", "--context and --bootstrap-server"},
		{"context and file", Flags{context: "prod", commandConfig: withServers}, "", "takes no --command-config"},
		{"file alone", Flags{commandConfig: withServers}, "java:1", ""},
		{"file and servers", Flags{commandConfig: withServers, servers: "a:1"}, "a:1", ""},
		{"file without servers", Flags{commandConfig: without}, "", "has no bootstrap.servers"},
		{"file without servers, and servers", Flags{commandConfig: without, servers: "a:1"}, "a:1", ""},
		{"bad file", Flags{commandConfig: bad}, "", "security.protocol=FOO is not PLAINTEXT"},
		{"no file", Flags{commandConfig: "/none/x"}, "", "command config /none/x: no such file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ctx, err := test.flags.resolve(contexts("dev", "prod"))
			checkTarget(t, ctx, err, test.want, test.err)
		})
	}
	if _, err := (&Flags{}).resolve(contexts()); !errors.Is(err, profile.ErrNoContext) {
		t.Errorf("without contexts: %v", err)
	}
}

func TestResolveTarget(t *testing.T) {
	file := propertiesFile(t, "client.id=x\n")
	tests := []struct{ target, file, want, err string }{
		{"prod", "", "prod:1", ""},
		{"prod.eu", "", "prod.eu:1", ""},
		{"host:1", "", "host:1", ""},
		{"host.example", "", "host.example:9092", ""},
		{"a,b", "", "a:9092,b:9092", ""},
		{"pord", "", "", `no context "pord"; did you mean prod?`},
		{"nothing-like-it", "", "", "there are: dev, prod, prod.eu; a server is written HOST:PORT"},
		{"", "", "", `no context ""; there are`},
		{"host:1", file, "host:1", ""},
		{"host", file, "host:9092", ""},
		{"prod", file, "", "takes no --command-config"},
	}
	for _, test := range tests {
		t.Run(test.target, func(t *testing.T) {
			ctx, err := resolveTargetWith(contexts("dev", "prod", "prod.eu"), test.target, test.file)
			checkTarget(t, ctx, err, test.want, test.err)
		})
	}
}

func checkTarget(t *testing.T, ctx profile.Context, err error, servers, wantErr string) {
	t.Helper()
	if got := strings.Join(ctx.BootstrapServers, ","); err == nil && got != servers {
		t.Errorf("servers %q, want %q", got, servers)
	}
	if (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
		t.Errorf("error %v, want %q", err, wantErr)
	}
	if err != nil && strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q has more than one line", err)
	}
}

func TestWarn(t *testing.T) {
	cfg := &profile.Config{}
	cfg.Put(profile.Context{Name: "prod", BootstrapServers: []string{"b1:9092", "b2:9092"}, ReadOnly: true})
	unknown, err := FromCommandConfig(propertiesFile(t, "bootstrap.servers=x:1\nretries=1\nfoo=1\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	prod, _ := cfg.Lookup("prod")
	for _, test := range []struct {
		found profile.Context
		want  string
	}{
		{prod, ""},
		{profile.Context{BootstrapServers: []string{"b1:9093"}}, ""},
		{profile.Context{BootstrapServers: []string{"x:1", "B2:9092"}}, "warning: this is the cluster of the context prod, which is read-only, and here it can be changed; --context prod keeps it safe\n"},
		{profile.Context{BootstrapServers: []string{"b2:9092"}, ReadOnly: true}, ""},
		{unknown, "warning: unknown setting foo\n"},
	} {
		var said strings.Builder
		Warn(&said, cfg, test.found)
		if said.String() != test.want {
			t.Errorf("%v: %q, want %q", test.found.BootstrapServers, said.String(), test.want)
		}
	}
}

func TestWarnOfATwinByItsID(t *testing.T) {
	cfg := &profile.Config{}
	cfg.Put(profile.Context{Name: "prod", BootstrapServers: []string{"b1:9092"}, ReadOnly: true, ClusterID: "one"})
	var said strings.Builder
	check := warnOfTwin(&said, cfg, profile.Context{BootstrapServers: []string{"alias:9092"}})
	for _, id := range []string{"", "two", "one", "one"} {
		if err := check(id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if strings.Count(said.String(), "the cluster of the context prod") != 1 {
		t.Errorf("said %q", said.String())
	}
	// Those that Warn has told of, or that are no way around it.
	for _, found := range []profile.Context{{BootstrapServers: []string{"b1:9092"}}, {Name: "other", BootstrapServers: []string{"alias:9092"}}} {
		if warnOfTwin(&said, cfg, found) != nil {
			t.Errorf("%+v is checked", found)
		}
	}
}
