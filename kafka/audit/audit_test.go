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
