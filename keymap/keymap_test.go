package keymap

import (
	"strings"
	"testing"
)

type pressed string

func (p pressed) String() string { return string(p) }

func TestDefaultsHaveNoConflict(t *testing.T) {
	if _, err := New(nil); err != nil {
		t.Fatal(err)
	}
}

func TestEveryScopeReachesItsParents(t *testing.T) {
	m, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		scope Scope
		key   string
		want  Action
	}{
		{Topics, "enter", Open},
		{Topics, "k", Up},
		{Topics, "ctrl+c", Quit},
		{Tail, "space", Pause},
		{Record, "k", Up},
		{Input, "esc", Cancel},
	} {
		got, ok := m.Resolve(pressed(tc.key), tc.scope)
		if !ok || got.Action != tc.want {
			t.Errorf("%s on %s starts %q, want %q", tc.key, tc.scope, got.Action, tc.want)
		}
	}
	if b, ok := m.Resolve(pressed("q"), Input); ok {
		t.Errorf("q in a text field starts %q instead of typing", b.Action)
	}
}

func TestOverrides(t *testing.T) {
	m, err := New(map[string][]string{"tail": {"T"}})
	if err != nil {
		t.Fatal(err)
	}
	if b, ok := m.Resolve(pressed("T"), Topics); !ok || b.Action != TailTopic {
		t.Errorf("T starts %q, want tail", b.Action)
	}
	if _, ok := m.Resolve(pressed("t"), Topics); ok {
		t.Error("t still starts something after tail was moved away")
	}
}

func TestMistakesAreNamed(t *testing.T) {
	for _, tc := range []struct {
		name      string
		overrides map[string][]string
		want      []string
	}{
		{"conflict", map[string][]string{"tail": {"r"}}, []string{`"r"`, `"tail"`, `"refresh"`}},
		{"unknown action", map[string][]string{"dance": {"x"}}, []string{`"dance"`}},
		{"no key", map[string][]string{"tail": {}}, []string{`"tail"`}},
	} {
		_, err := New(tc.overrides)
		if err == nil {
			t.Errorf("%s: no error", tc.name)
			continue
		}
		for _, w := range tc.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not name %s", tc.name, err, w)
			}
		}
	}
}

// TestEveryBindingIsExplained keeps the help screen and the footer whole.
func TestEveryBindingIsExplained(t *testing.T) {
	for _, b := range defaults() {
		if b.Long == "" || !strings.HasSuffix(b.Long, ".") {
			t.Errorf("%s on %s: the help sentence is %q", b.Action, b.Scope, b.Long)
		}
	}
}
