package profile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Nine who add a context at once all say that they have, and all have.
func TestEditsSideBySideLoseNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kdeck", "config.yaml")
	var all sync.WaitGroup
	for i := range 9 {
		all.Go(func() {
			err := Edit(path, func(c *Config) error {
				c.Put(Context{Name: fmt.Sprint("c", i), BootstrapServers: []string{"h:1"}})
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	c, err := Load(path)
	if err != nil || len(c.Contexts) != 9 {
		t.Errorf("%v, %v", c.Names(), err)
	}
}

func TestEditThatFailsWritesNothing(t *testing.T) {
	path := tempFile(t, "config.yaml", "# as it was\n")
	mistake := errors.New("a mistake")
	if err := Edit(path, func(c *Config) error { c.LagThreshold = 5; return mistake }); !errors.Is(err, mistake) {
		t.Errorf("error %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "# as it was\n" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestAReadableConfigWithAPasswordWarns(t *testing.T) {
	const literal = "contexts:\n- name: a\n  bootstrap-servers: [h:1]\n  tls: {}\n  sasl: {mechanism: PLAIN, user: u, password: p}\n" +
		"- name: b\n  bootstrap-servers: [h:1]\n  tls: {}\n  sasl: {mechanism: PLAIN, user: u, password: '${env:P}'}\n"
	path := tempFile(t, "config.yaml", literal)
	for mode, want := range map[os.FileMode]int{0o600: 0, 0o644: 1} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		a, b := c.Contexts[0].Warnings(), c.Contexts[1].Warnings()
		if len(a) != want || len(b) != 0 || want > 0 && !strings.Contains(a[0], "(mode 0644): chmod 600 "+path) {
			t.Errorf("mode %o: %q, %q", mode, a, b)
		}
	}
	// What is saved is private again.
	err := Edit(path, func(c *Config) error { c.Current = "b"; return nil })
	if info, statErr := os.Stat(path); err != nil || statErr != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v, %v", info.Mode(), err, statErr)
	}
}

func TestReadOnlyTwin(t *testing.T) {
	c := &Config{Contexts: []Context{
		{Name: "open", BootstrapServers: []string{"h:1"}, ClusterID: "one"},
		{Name: "safe", BootstrapServers: []string{"s:1", "s:2"}, ClusterID: "two", ReadOnly: true},
	}}
	for _, test := range []struct {
		servers []string
		id      string
		want    string
	}{
		{[]string{"h:1"}, "one", ""},
		{[]string{"x:1", "S:2"}, "", "safe"},
		{[]string{"x:1"}, "two", "safe"},
		{[]string{"x:1"}, "", ""},
	} {
		if got := c.ReadOnlyTwin(Context{BootstrapServers: test.servers}, test.id); got != test.want {
			t.Errorf("%v %s: %q, want %q", test.servers, test.id, got, test.want)
		}
	}
}
