package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestDependenciesPointOneWay holds the order of the house: cmd → tui → kafka,
// cmd → embedbroker, tui → keymap, and nothing back.
func TestDependenciesPointOneWay(t *testing.T) {
	const module = "github.com/kdeck/kdeck/"
	for _, rule := range []struct {
		packages  string
		forbidden []string
	}{
		{"kafka/...", []string{"tui", "embedbroker", "keymap", "cmd", "kafka/kafkatest"}},
		{"embedbroker/...", []string{"tui", "kafka", "keymap", "cmd"}},
		{"cmd/...", []string{"kafka/kafkatest"}},
		{"tui/...", []string{"embedbroker", "cmd"}},
		{"tui/widget", []string{"kafka", "keymap", "tui/page", "tui/view"}},
		{"tui/text", []string{"kafka", "keymap", "tui/page", "tui/widget"}},
		{"tui/theme", []string{"kafka", "keymap", "tui/page", "tui/widget"}},
		{"tui/page", []string{"tui/view"}},
		{"keymap", []string{"kafka", "tui", "embedbroker", "cmd"}},
	} {
		out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}: {{join .Deps " "}}`, module+rule.packages).Output()
		if err != nil {
			t.Fatalf("go list %s: %v", rule.packages, err)
		}
		for line := range strings.Lines(string(out)) {
			pkg, deps, _ := strings.Cut(strings.TrimSpace(line), ": ")
			if strings.HasPrefix(pkg, module+"kafka/kafkatest") {
				continue // starts clusters for tests; no package of the product needs it
			}
			for _, dep := range strings.Fields(deps) {
				inner, ours := strings.CutPrefix(dep, module)
				if ours && slices.ContainsFunc(rule.forbidden, func(f string) bool { return inner == f || strings.HasPrefix(inner, f+"/") }) {
					t.Errorf("%s must not depend on %s", strings.TrimPrefix(pkg, module), inner)
				}
			}
		}
	}
}

// TestKeymapStandsAlone keeps the table of keys free of everything else.
func TestKeymapStandsAlone(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, "github.com/kdeck/kdeck/keymap").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, imp := range strings.Fields(string(out)) {
		if strings.Contains(imp, ".") {
			t.Errorf("keymap imports %s", imp)
		}
	}
}
