package profile

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPath(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	for xdg, want := range map[string]string{
		"/x": "/x/kdeck/config.yaml", "": "/home/me/.config/kdeck/config.yaml", "rel": "/home/me/.config/kdeck/config.yaml",
	} {
		t.Setenv("XDG_CONFIG_HOME", xdg)
		if got, err := Path(); got != want || err != nil {
			t.Errorf("XDG_CONFIG_HOME=%q: %q, %v, want %q", xdg, got, err, want)
		}
	}
}

const commented = `# The clusters of team A.
current-context: dev # mine

contexts:
  # on this machine
  - name: dev
    bootstrap-servers: [localhost:9092] # one is enough
  # behind the VPN
  - name: prod
    bootstrap-servers:
      - b1:9093 # rack a
      - b2:9093
    tls: {}
    sasl:
      mechanism: PLAIN
      user: ops
      password: "0123" # rotated in May
    read-only: true
keys:
  topics.tail: [t, ctrl+t] # as in the old tool
`

func TestSaveKeepsComments(t *testing.T) {
	path := tempFile(t, "config.yaml", commented)
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	c.Put(Context{Name: "new", BootstrapServers: []string{"n:1"}})
	prod, _ := c.Lookup("prod")
	prod.Color = "red"
	c.Put(prod)
	c.Current = "prod"
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(
		"current-context: dev", "current-context: prod", // the blank line after it goes
		"mine\n\n", "mine\n",
		"localhost:9092] #", "'localhost:9092'] #",
		"    read-only: true\n", "    read-only: true\n    color: red\n  - name: new\n    bootstrap-servers:\n      - n:1\n",
	).Replace(commented)
	if string(got) != want && string(got) != strings.ReplaceAll(want, "'", "") {
		t.Errorf("saved:\n%s\nwant:\n%s", got, want)
	}
}

func TestSaveOfFilesWithoutContexts(t *testing.T) {
	for name, before := range map[string]string{
		"comments only": "# nothing yet\n", "empty": "", "empty list": "contexts: [] # none\n", "empty mapping": "{}\n", "null": "contexts:\n",
	} {
		path := tempFile(t, "config.yaml", before)
		c, err := Load(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c.Put(Context{Name: "a", BootstrapServers: []string{"h:1"}})
		if err := c.Save(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		after, _ := os.ReadFile(path)
		if _, comment, found := strings.Cut(before, "#"); found && !strings.Contains(string(after), comment) {
			t.Errorf("%s: the comment is lost in\n%s", name, after)
		}
		if again, err := Load(path); err != nil || again.Current != "a" || len(again.Contexts) != 1 {
			t.Errorf("%s: %+v, %v", name, again, err)
		}
	}
}

func TestLagThreshold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	for text, want := range map[string]int64{"": 0, "lag-threshold: 5000\n": 5000} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path)
		if err != nil || c.LagThreshold != want {
			t.Errorf("%q: %v", text, err)
			continue
		}
		c.Keys = map[string][]string{"quit": {"q"}}
		if err := c.Save(path); err != nil {
			t.Fatal(err)
		}
		if again, err := Load(path); err != nil || again.LagThreshold != want {
			t.Errorf("%q: saved it is %d, %v", text, again.LagThreshold, err)
		}
	}
	for _, text := range []string{"lag-threshold: -1\n", "lag-threshold: many\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestSaveIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "kdeck", "config.yaml")
	c := &Config{Keys: map[string][]string{"quit": {"q"}}}
	for range 2 { // a new file, then one that is there
		if err := c.Save(path); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.Stat(path)
	if err != nil || file.Mode().Perm() != 0o600 {
		t.Errorf("file: %v, %v", file.Mode(), err)
	}
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil || dir.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", dir.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
}

func TestSaveFollowsLinks(t *testing.T) {
	target := tempFile(t, "dotfile.yaml", "# dot\n")
	link := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	c, err := Load(link)
	if err != nil {
		t.Fatal(err)
	}
	c.Put(Context{Name: "a", BootstrapServers: []string{"h:1"}})
	if err := c.Save(link); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(target); !strings.Contains(string(data), "name: a") {
		t.Errorf("the file behind the link is %q", data)
	}
}

func TestSaveOverwritesNothingUnseen(t *testing.T) {
	path := tempFile(t, "config.yaml", "# a\n")
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("# changed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, config := range []*Config{c, {}} {
		if err := config.Save(path); err == nil || !strings.Contains(err.Error(), "changed it meanwhile") {
			t.Errorf("Save: %v", err)
		}
	}
	if data, _ := os.ReadFile(path); string(data) != "# changed\n" {
		t.Errorf("the file is now %q", data)
	}
}

func TestLoadRefuses(t *testing.T) {
	one := func(more string) string {
		return "contexts:\n- name: a\n  bootstrap-servers: [h:1]\n" + more
	}
	tests := []struct{ name, text, want string }{
		{"unknown key", one("  tsl: {}\n"), "line 4: unknown key tsl"},
		{"unknown key at the top", "context: []\n", "line 1: unknown key context"},
		{"unknown key below", one("  sasl: {mechanism: PLAIN, user: u, pasword: " + hidden + "}\n"), "line 4: unknown key pasword"},
		{"key twice", one("  read-only: true\n  read-only: false\n"), "line 5"},
		{"wrong kind", one("  read-only: " + hidden + "\n"), "line 4: text does not belong here"},
		{"text for list", "keys:\n  tail: " + hidden + "\n", "line 2: text does not belong here; want a list, as in [one, two]"},
		{"list for text", "current-context: [" + hidden + "]\n", "line 1: a list does not belong here"},
		{"secret in the wrong place", one("  sasl: " + hidden + "\n"), "line 4: text does not belong here"},
		{"secret of the wrong kind", one("  sasl: {password: [" + hidden + "]}\n"), "line 4: a secret is"},
		{"empty section", one("  tls:\n"), "line 4: tls is empty"},
		{"read-only without a value", one("  read-only:\n"), "line 4: read-only is empty; write read-only: true"},
		{"read-only as null", one("  read-only: ~\n"), "line 4: read-only is empty"},
		{"a reference to nothing", "contexts:\n- name: a\n  bootstrap-servers: [h:1]\n  color: &x\n  read-only: *x\n", "is empty"},
		{"masks without a value", one("  mask:\n"), "line 4: mask is empty"},
		{"an empty setting of a section", one("  tls:\n    ca-files:\n"), "line 5: ca-files is empty"},
		{"an empty secret", one("  sasl: {mechanism: PLAIN, user: u, password: }\n"), "line 4: password is empty"},
		{"two ways", one("  proxy: {url: 'socks5://h:1'}\n  ssh: {destination: h}\n"), "proxy and ssh exclude each other"},
		{"a way of another kind", one("  proxy: {url: 'http://h:1'}\n"), "proxy: url is not socks5://HOST:PORT"},
		{"an option for ssh", one("  ssh: {destination: -oProxyCommand=x}\n"), "is not a destination"},
		{"an address", one("  addresses: {a: 'b:x'}\n"), "port"},
		{"a setting of another mechanism", one("  sasl: {mechanism: GSSAPI, user: u}\n"), "GSSAPI takes kerberos, not user and password"},
		{"a key store and a key", one("  tls: {key-store: /a, key-file: /b, cert-file: /c}\n"), "leave out the others"},
		{"a version", one("  tls: {min-version: '1.1'}\n"), "is neither 1.2 nor 1.3"},
		{"suites", one("  tls: {cipher-suites: [TLS_X]}\n"), "none of the cipher-suites is known"},
		{"no YAML", "a: b: " + hidden, "it is not YAML"},
		{"text", hidden, "line 1: text does not belong here"},
		{"two documents", "{}\n---\n{}\n", "second YAML document"},
		{"no name", "contexts: [{bootstrap-servers: [a]}]", "context number 1 has no name"},
		{"name", "contexts: [{name: a b, bootstrap-servers: [a]}]", `context name "a b"`},
		{"name twice", "contexts: [{name: a, bootstrap-servers: [a]}, {name: a, bootstrap-servers: [a]}]", "context a is there twice"},
		{"no servers", "contexts: [{name: a}]", "context a: bootstrap servers: the list is empty"},
		{"no such current", "current-context: x", `current-context "x" is not one of the contexts`},
		{"relative path", one("  tls: {ca-files: [ca.pem]}\n"), "path ca.pem is relative"},
		{"relative path of a secret", one("  sasl: {mechanism: PLAIN, user: u, password: {file: p}}\n"), "path p is relative"},
		{"many mistakes", "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\n", "and 2 more"},
		{"too large", strings.Repeat("#", maxConfig+1), "larger than 4 MiB"},
		{"mask", one("  sasl: {mechanism: PLAIN, user: u, password: '********'}\n"), "mask"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := tempFile(t, "config.yaml", test.text)
			c, err := Load(path)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Fatalf("Load = %+v, error %v, want %q", c, err, test.want)
			}
			if strings.Contains(err.Error(), hidden[:7]) || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("error %q shows a value or more than a line", err)
			}
		})
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: %v", err)
	}
}

func TestLoadWithoutAFile(t *testing.T) {
	c, err := Load(filepath.Join(t.TempDir(), "none", "config.yaml"))
	if err != nil || len(c.Contexts) != 0 {
		t.Fatalf("Load = %+v, %v", c, err)
	}
	if _, err := c.CurrentContext(); !errors.Is(err, ErrNoContext) {
		t.Errorf("CurrentContext: %v", err)
	}
}

func TestRemove(t *testing.T) {
	c := &Config{}
	for _, name := range []string{"a", "b", "c"} {
		c.Put(Context{Name: name, BootstrapServers: []string{"h:1"}})
	}
	for _, step := range []struct {
		remove  string
		found   bool
		current string
	}{{"x", false, "a"}, {"b", true, "a"}, {"a", true, "c"}, {"c", true, ""}} {
		if found := c.Remove(step.remove); found != step.found || c.Current != step.current {
			t.Errorf("Remove(%s) = %v, current %q", step.remove, found, c.Current)
		}
	}
}

// What is saved is what is loaded, whatever the values, on top of any file.
func TestSaveLosesNothing(t *testing.T) {
	dir := t.TempDir()
	secrets := rapid.OneOf(
		rapid.Map(rapid.String(), LiteralSecret),
		rapid.Map(rapid.StringMatching(`\$\{env:[A-Z]{0,3}\}?`), LiteralSecret),
		rapid.Just(FileSecret("/run/secret file")),
		rapid.Just(CommandSecret("pass", "", "a b", "- x: y")),
	)
	contexts := rapid.Custom(func(t *rapid.T) Context {
		c := Context{
			Name:             rapid.StringMatching(`[a-z0-9][a-z0-9.-]{0,4}`).Draw(t, "name"),
			BootstrapServers: rapid.SliceOfN(rapid.StringMatching(`[a-z0-9]{1,3}:[1-9]`), 1, 3).Draw(t, "servers"),
			ReadOnly:         rapid.Bool().Draw(t, "read-only"),
			Color:            rapid.SampledFrom(append(Colors(), "")).Draw(t, "color"),
		}
		if rapid.Bool().Draw(t, "tls") {
			c.TLS = &TLS{CA: rapid.StringMatching(`[ -~\n]*`).Draw(t, "ca")}
		}
		if password := secrets.Draw(t, "password"); !password.IsZero() {
			c.SASL = &SASL{Mechanism: "PLAIN", User: "u" + rapid.StringMatching(`[ -~é集\n\t]*`).Draw(t, "user"), Password: password}
		}
		return c
	})
	configs := rapid.Custom(func(t *rapid.T) *Config {
		c := &Config{Contexts: rapid.SliceOfNDistinct(contexts, 0, 4, func(c Context) string { return c.Name }).Draw(t, "contexts")}
		if len(c.Contexts) > 0 {
			c.Current = rapid.SampledFrom(c.Names()).Draw(t, "current")
		}
		return c
	})
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, "config.yaml")
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for range 2 { // onto nothing, then onto what that wrote
			want := configs.Draw(t, "config")
			c, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			c.Current, c.Contexts = want.Current, slices.Clone(want.Contexts)
			if err := c.Save(path); err != nil {
				t.Fatal(err)
			}
			got, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if got.Current != want.Current || len(got.Contexts) != len(want.Contexts) {
				t.Fatalf("got %+v, want %+v", got, want)
			}
			for i := range want.Contexts {
				if !reflect.DeepEqual(got.Contexts[i], want.Contexts[i]) {
					t.Fatalf("got %+v, want %+v", got.Contexts[i], want.Contexts[i])
				}
			}
		}
	})
}
