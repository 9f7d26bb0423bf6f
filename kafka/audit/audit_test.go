package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kdeck/kdeck/kafka/audit"
)

func read(t *testing.T, path string) []audit.Entry {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var entries []audit.Entry
	for line := range bytes.Lines(data) {
		var e audit.Entry
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		entries = append(entries, e)
	}
	return entries
}

func TestAChangeHasTwoLines(t *testing.T) {
	log := audit.Log{Path: filepath.Join(t.TempDir(), "state", "audit.jsonl"), Cluster: "prod"}
	change, err := log.Begin(audit.Change{Action: "reset-offsets", Target: "billing\nx", Details: map[string]int{"rows": 3}})
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, log.Path); len(got) != 1 || got[0].Stage != audit.Begun || got[0].Target != "billing\nx" || got[0].User == "" {
		t.Errorf("before the write: %+v", got)
	}
	if err := change.End(audit.Partly, map[string]int{"applied": 2}, errors.New("one failed")); err != nil {
		t.Fatal(err)
	}
	got := read(t, log.Path)
	if len(got) != 2 || got[0].ID != got[1].ID || got[1].Stage != audit.Partly || got[1].Error != "one failed" || got[1].Cluster != "prod" {
		t.Errorf("after it: %+v", got)
	}
	if details := fmt.Sprint(got[1].Details); details != "map[applied:2]" {
		t.Errorf("the result is %s", details)
	}
	if info, err := os.Stat(log.Path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v: others may read it", info.Mode(), err)
	}
}

func TestLinesOfManyWritersDoNotMix(t *testing.T) {
	log := audit.Log{Path: filepath.Join(t.TempDir(), "audit.jsonl")}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				change, err := log.Begin(audit.Change{Action: "a", Details: strings.Repeat("x", 10_000)})
				if err == nil {
					err = change.End(audit.Done, nil, nil)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := len(read(t, log.Path)); got != 320 {
		t.Errorf("%d lines, want 320", got)
	}
}

func TestWhatCannotBeNotedIsAnError(t *testing.T) {
	log := audit.Log{Path: filepath.Join(os.DevNull, "audit.jsonl")}
	if _, err := log.Begin(audit.Change{}); err == nil || !strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("begun with %v", err)
	}
}

// write makes a file with a mode, whatever the umask is.
func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// A line without an end, as a full disk leaves it, does not swallow the next one.
func TestATornLineStandsAlone(t *testing.T) {
	log := audit.Log{Path: filepath.Join(t.TempDir(), "audit.jsonl")}
	write(t, log.Path, `{"id":"whole"}`+"\n"+`{"id":"torn`, 0o600)
	change, err := log.Begin(audit.Change{Action: "a"})
	if err == nil {
		err = change.End(audit.Done, nil, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(log.Path)
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if err != nil || len(lines) != 4 || lines[0] != `{"id":"whole"}` || lines[1] != `{"id":"torn` || !json.Valid([]byte(lines[2])) || !json.Valid([]byte(lines[3])) {
		t.Errorf("%v:\n%s", err, data)
	}
}

func TestAModeThatLetsOthersReadIsMended(t *testing.T) {
	log := audit.Log{Path: filepath.Join(t.TempDir(), "audit.jsonl")}
	write(t, log.Path, "", 0o644)
	if _, err := log.Begin(audit.Change{}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(log.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// Details are an object with names that docs/audit.md tells.
func TestDetailsAreAnObject(t *testing.T) {
	log := audit.Log{Path: filepath.Join(t.TempDir(), "audit.jsonl"), Cluster: "prod"}
	change, err := log.Begin(audit.Change{Action: "a", Target: "t", Details: []string{"orders/0: 5 to 0"}})
	if err == nil {
		err = change.End(audit.Done, []string{"orders/0: done"}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(log.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"cluster":"prod","action":"a","target":"t","details":{"plan":["orders/0: 5 to 0"]}`, `"details":{"result":["orders/0: done"]}`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in\n%s", want, data)
		}
	}
}
