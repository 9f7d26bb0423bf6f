// Package kdeck_test holds the rules of ARCHITECTURE.md about packages.
package kdeck_test

import (
	"fmt"
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
		{"cmd/kdeck", []string{"cmd/kdeck/kit/cmdtest"}},
		{"cmd/kdeck/kit/...", []string{"tui/page", "embedbroker", "keymap"}},
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
				ours = ours && inner != "kafka/words" // which knows nothing of Kafka
				if ours && slices.ContainsFunc(rule.forbidden, func(f string) bool { return inner == f || strings.HasPrefix(inner, f+"/") }) {
					t.Errorf("%s must not depend on %s", strings.TrimPrefix(pkg, module), inner)
				}
			}
		}
	}
}

// TestCommandsStandAlone: a folder of commands imports the kit and no other folder of
// commands. console and local/cluster, which open what others show, are no such.
func TestCommandsStandAlone(t *testing.T) {
	const module = "github.com/kdeck/kdeck/"
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}: {{join .Imports " "}}`, module+"cmd/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		pkg, imports, _ := strings.Cut(strings.TrimSpace(line), ": ")
		pkg = strings.TrimPrefix(pkg, module+"cmd/kdeck")
		if pkg == "" || pkg == "/root" {
			continue // they put all commands together
		}
		for _, imp := range strings.Fields(imports) {
			other, ours := strings.CutPrefix(imp, module+"cmd/kdeck")
			if ours && !strings.HasPrefix(other, "/kit/") && other != "/console" && other != "/local/cluster" {
				t.Errorf("cmd/kdeck%s must not import cmd/kdeck%s", pkg, other)
			}
		}
	}
}

// mostFiles is how many source files a package has at most: a larger one wants walls.
const mostFiles = 32

// TestNoPackageIsTooLarge counts the source files of each package, without tests.
func TestNoPackageIsTooLarge(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{len .GoFiles}} {{len .IgnoredGoFiles}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		var pkg string
		var files, ignored int // ignored are those of other systems
		if _, err := fmt.Sscan(line, &pkg, &files, &ignored); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if files+ignored > mostFiles {
			t.Errorf("%s has %d source files, more than %d", pkg, files+ignored, mostFiles)
		}
	}
}

// TestLeavesStandAlone keeps the table of keys and what puts sentences together free of
// everything but the standard library.
func TestLeavesStandAlone(t *testing.T) {
	for _, leaf := range []string{"keymap", "kafka/words"} {
		out, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, "github.com/kdeck/kdeck/"+leaf).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range strings.Fields(string(out)) {
			if strings.Contains(imp, ".") {
				t.Errorf("%s imports %s", leaf, imp)
			}
		}
	}
}
