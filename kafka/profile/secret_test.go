package profile

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const hidden = "s3cr3t-h1dd3n"

// holder has the secret where fmt cannot ask its methods.
type holder struct {
	secret Secret
	list   []Secret
}

func TestNothingPrintsASecret(t *testing.T) {
	literal := LiteralSecret(hidden)
	args := CommandSecret("vault", "-token", hidden)
	c := Context{
		Name: "c", BootstrapServers: []string{"h:1"},
		TLS: &TLS{Cert: "x", Key: literal},
		SASL: &SASL{Mechanism: "PLAIN", User: "u", Password: literal, OAuth: &OAuth{
			Token: literal, ClientSecret: args,
		}},
	}
	values := map[string]any{
		"literal": literal, "pointer": &literal, "command": args, "context": c, "pointer to context": &c,
		"config": Config{Contexts: []Context{c}}, "sasl": c.SASL, "oauth": c.SASL.OAuth, "tls": c.TLS,
		"unexported": holder{literal, []Secret{args}}, "map": map[string]Secret{"a": literal},
	}
	for name, value := range values {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s", "%T"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
		fmt.Fprintln(&out, value)
		for _, marshal := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal, xml.Marshal} {
			text, err := marshal(value)
			fmt.Fprintf(&out, "%s %v\n", text, err)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "value", value)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "value", value)
		fmt.Fprintln(&out, errors.Join(fmt.Errorf("wrapped %v", value)))
		printed := out.String()
		hexed := fmt.Sprintf("%x", hidden)
		if strings.Contains(printed, hidden) || strings.Contains(strings.ToLower(printed), hexed) {
			t.Errorf("%s prints the secret:\n%s", name, printed)
		}
	}
}

func TestSecretShowsItsPlace(t *testing.T) {
	env, err := ParseSecret("${env:KAFKA_PASSWORD}")
	if err != nil {
		t.Fatal(err)
	}
	for want, secret := range map[string]Secret{
		"": {}, "${env:KAFKA_PASSWORD}": env, "file /run/p": FileSecret("/run/p"),
		"command pass": CommandSecret("pass"), "command pass …": CommandSecret("pass", "show", "x"),
		"********": LiteralSecret("x"),
	} {
		if got := secret.String(); got != want {
			t.Errorf("String() = %q, want %q", got, want)
		}
	}
	if got := fmt.Sprintf("%#v", env); got != `profile.Secret("${env:KAFKA_PASSWORD}")` {
		t.Errorf("%%#v = %s", got)
	}
}

func TestParseSecretRefuses(t *testing.T) {
	for _, text := range []string{"${env:}", "${env:A B}", "x${env:A}", "${env:A}x", "${env:A", "${env:1A}", mask} {
		if s, err := ParseSecret(text); err == nil {
			t.Errorf("ParseSecret(%q) = %v, want an error", text, s)
		}
	}
}

func TestSecretYAML(t *testing.T) {
	tests := []struct{ yaml, shows, value string }{
		{"hunter2", mask, "hunter2"},
		{"0123", mask, "0123"},
		{"yes", mask, "yes"},
		{"'#a: {'", mask, "#a: {"},
		{"{value: '${env:NOT}'}", mask, "${env:NOT}"},
		{"{value: '********'}", mask, "********"},
		{"~", "", ""},
		{"{command: [printf, '%s', 'a b']}", "command printf …", "a b"},
	}
	for _, test := range tests {
		var s Secret
		if err := yaml.Unmarshal([]byte(test.yaml), &s); err != nil {
			t.Errorf("%s: %v", test.yaml, err)
			continue
		}
		value, err := s.Resolve(t.Context())
		if s.String() != test.shows || value != test.value || err != nil {
			t.Errorf("%s: shows %q, value %q, error %v", test.yaml, s, value, err)
		}
		text, err := yaml.Marshal(s.revealed())
		if err != nil {
			t.Fatal(err)
		}
		var again Secret
		if err := yaml.Unmarshal(text, &again); err != nil {
			t.Errorf("%s written as %s: %v", test.yaml, text, err)
		}
		if value, _ := again.Resolve(t.Context()); value != test.value {
			t.Errorf("%s written as %s has value %q", test.yaml, text, value)
		}
	}
	for _, bad := range []string{"[" + hidden + "]", "{file: [" + hidden + "]}", "{vault: " + hidden + "}", "{command: []}", "{command: [[" + hidden + "]]}", "{file: a, value: " + hidden + "}", "{file: ''}"} {
		var s Secret
		err := yaml.Unmarshal([]byte("\n"+bad), &s)
		if err == nil || strings.Contains(err.Error(), hidden) || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: error %v", bad, err)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Setenv("KDECK_TEST_SECRET", hidden)
	t.Setenv("KDECK_TEST_EMPTY", "")
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	parse := func(text string) Secret {
		s, err := ParseSecret(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	tests := []struct {
		name   string
		secret Secret
		value  string
		err    string
	}{
		{"variable", parse("${env:KDECK_TEST_SECRET}"), hidden, ""},
		{"variable not set", parse("${env:KDECK_TEST_UNSET}"), "", "environment variable KDECK_TEST_UNSET is not set"},
		{"empty variable", parse("${env:KDECK_TEST_EMPTY}"), "", "it is empty"},
		{"file", FileSecret(write("a", hidden+"\r\n\n")), hidden, ""},
		{"inner spaces stay", FileSecret(write("b", " a \n b \n")), " a \n b ", ""},
		{"no file", FileSecret(filepath.Join(dir, "none")), "", "none: no such file"},
		{"folder", FileSecret(dir), "", "not a regular file"},
		{"device", FileSecret(os.DevNull), "", "not a regular file"},
		{"empty file", FileSecret(write("c", "\n")), "", "it is empty"},
		{"long file", FileSecret(write("d", strings.Repeat("x", maxSecret+1))), "", "65537 bytes long"},
		{"command", CommandSecret("sh", "-c", "echo "+hidden), hidden, ""},
		{"command fails", CommandSecret("sh", "-c", "echo "+hidden+"; echo 'no  such\nentry\033[0m' >&2; exit 3"), "", "read secret from command sh …: exit status 3: no such entry"},
		{"command traces", CommandSecret("sh", "-c", "echo "+hidden+"; echo got "+hidden+" >&2; exit 1"), "", "exit status 1: got ********"},
		{"no command", CommandSecret("kdeck-no-such-command"), "", "executable file not found"},
		{"command prints nothing", CommandSecret("true"), "", "it is empty"},
		{"command prints a lot", CommandSecret("sh", "-c", "head -c 100000 /dev/zero"), "", "more than the 65536 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			value, err := test.secret.Resolve(t.Context())
			if value != test.value {
				t.Errorf("value %q, want %q", value, test.value)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want %q", err, test.err)
			}
			if err != nil && strings.Contains(err.Error(), hidden) {
				t.Errorf("error %v shows the secret", err)
			}
		})
	}
}

func TestResolveStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := CommandSecret("sleep", "60").Resolve(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context canceled", err)
	}
}

func TestWarnings(t *testing.T) {
	open := tempFile(t, "password", hidden)
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	closed := tempFile(t, "password", hidden)
	tests := []struct {
		name string
		c    Context
		want []string
	}{
		{"plaintext", Context{}, nil},
		{"closed file", Context{TLS: &TLS{}, SASL: &SASL{Mechanism: "PLAIN", Password: FileSecret(closed)}}, nil},
		{"open file", Context{TLS: &TLS{}, SASL: &SASL{Mechanism: "PLAIN", Password: FileSecret(open)}}, []string{"can be read by other users (mode 0644): chmod 600 " + open}},
		{"no file", Context{TLS: &TLS{CAFiles: []string{"/none/ca.pem"}}}, []string{"/none/ca.pem: no such file"}},
		{"nothing verified", Context{TLS: &TLS{InsecureSkipVerify: true}}, []string{"nobody checks"}},
		{"PLAIN in the clear", Context{SASL: &SASL{Mechanism: "PLAIN", Password: LiteralSecret("x")}}, []string{"without TLS"}},
		{"SCRAM in the clear", Context{SASL: &SASL{Mechanism: "SCRAM-SHA-256", Password: LiteralSecret("x")}}, nil},
	}
	for _, test := range tests {
		got := test.c.Warnings()
		if len(got) != len(test.want) {
			t.Errorf("%s: %q", test.name, got)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], test.want[i]) {
				t.Errorf("%s: %q, want %q", test.name, got[i], test.want[i])
			}
		}
	}
}
