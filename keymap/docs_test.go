package keymap

import (
	"os"
	"testing"
)

// TestDocumentation holds docs/keys.md to the table.
func TestDocumentation(t *testing.T) {
	m, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	const path = "../docs/keys.md"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll("../docs", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(m.Markdown()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != m.Markdown() {
		t.Errorf("%s is not what the table says; UPDATE_GOLDEN=1 go test ./keymap writes it anew", path)
	}
}

func TestEveryScopeHasItsOwnTitle(t *testing.T) {
	seen := make(map[string]Scope)
	for _, s := range append([]Scope{Global, Table, Text}, scopes()...) {
		if other, ok := seen[s.Title()]; ok {
			t.Errorf("%s and %s are both titled %q", s, other, s.Title())
		}
		seen[s.Title()] = s
	}
}
