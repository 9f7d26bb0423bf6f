package embedbroker

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/twmb/franz-go/pkg/kadm"
)

// crashed makes a data folder look as if its process had been killed, and
// tears it with harm.
func crashed(t *testing.T, dir string, harm func(segment string)) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, runningFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	harm(filepath.Join(repair.PartitionDir(dir, "t", 0), "0"))
}

func appendTo(t *testing.T, path string, b []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// flip changes a bit of the byte so far behind the first place where the file has
// text.
func flip(t *testing.T, path, text string, behind int) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(raw, []byte(text))
	if at < 0 {
		t.Fatalf("%s has no %s: %s", path, text, raw)
	}
	raw[at+behind] ^= 2
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string, by int64) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-by); err != nil {
		t.Fatal(err)
	}
}

// Whatever a crash tears, the cluster starts, has what was whole, and what is
// written then is there after the next crash.
func TestRepair(t *testing.T) {
	tests := map[string]struct {
		harm func(t *testing.T, dir, segment string)
		end  int64
	}{
		"nothing": {func(*testing.T, string, string) {}, 10},
		"torn groups log": {func(t *testing.T, dir, _ string) {
			appendTo(t, filepath.Join(dir, "groups.log"), []byte{40, 0, 0, 0, 1, 2, 3, 4, 1, 0, '{'})
		}, 10},
		"torn producer ids log": {func(t *testing.T, dir, _ string) {
			appendTo(t, filepath.Join(dir, "pids.log"), []byte{2, 0, 0})
		}, 10},
		"torn batch": {func(t *testing.T, _, segment string) { truncate(t, segment+".dat", 5) }, 9},
		"garbage after the batches": {func(t *testing.T, _, segment string) {
			appendTo(t, segment+".dat", []byte("torn"))
		}, 10},
		"batch without index entry": {func(t *testing.T, _, segment string) { truncate(t, segment+".idx", 15) }, 10},
		"torn index entry":          {func(t *testing.T, _, segment string) { truncate(t, segment+".idx", 3) }, 10},
		"no index": {func(t *testing.T, _, segment string) {
			if err := os.Remove(segment + ".idx"); err != nil {
				t.Fatal(err)
			}
		}, 10},
		"torn placement": {func(t *testing.T, dir, _ string) {
			appendTo(t, filepath.Join(dir, placementFile), []byte(`{"topic":"t","fi`))
		}, 10},
		"torn trims": {func(t *testing.T, dir, _ string) {
			appendTo(t, filepath.Join(dir, trimFile), []byte(`{"id":"`))
		}, 10},
		"no topics": {func(t *testing.T, dir, _ string) { remove(t, filepath.Join(dir, "topics.json")) }, 10},
		"no meta":   {func(t *testing.T, dir, _ string) { remove(t, filepath.Join(dir, "meta.json")) }, 10},
		"a wrong topic name": {func(t *testing.T, dir, _ string) {
			flip(t, filepath.Join(dir, "topics.json"), `"name":"t"`, 8)
		}, 10},
		"a damaged commit":    {func(t *testing.T, dir, _ string) { flip(t, filepath.Join(dir, "groups.log"), "commit", 0) }, 10},
		"a damaged producer":  {func(t *testing.T, dir, _ string) { flip(t, filepath.Join(dir, "pids.log"), "init", 0) }, 10},
		"no commits":          {func(t *testing.T, dir, _ string) { remove(t, filepath.Join(dir, "groups.log")) }, 10},
		"a wrong base offset": {func(t *testing.T, _, segment string) { flip(t, segment+".dat", "", 3) }, 10},
		"a damaged record":    {func(t *testing.T, _, segment string) { flip(t, segment+".dat", "", 65) }, 10},
		"a damaged index":     {func(t *testing.T, _, segment string) { flip(t, segment+".idx", "", 14) }, 10},
		"compaction just begun": {func(t *testing.T, dir, segment string) {
			backup := filepath.Join(dir, compactionDir, "t-0")
			if err := os.MkdirAll(filepath.Dir(backup), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Dir(segment), backup); err != nil {
				t.Fatal(err)
			}
		}, 10},
		"compaction done": {func(t *testing.T, dir, segment string) {
			backup := filepath.Join(dir, compactionDir, "t-0")
			if err := os.MkdirAll(backup, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Link(segment+".dat", filepath.Join(backup, "0.dat")); err != nil {
				t.Fatal(err)
			}
		}, 10},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c, cl, ctx := startClient(t, dir)
			if _, err := kadm.NewClient(cl).CreateTopic(ctx, 1, 1, nil, "t"); err != nil {
				t.Fatal(err)
			}
			write(ctx, t, cl, 10)
			commit(ctx, t, cl, 3)
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			crashed(t, dir, func(segment string) { tt.harm(t, dir, segment) })
			for round := range int64(2) {
				c, cl, ctx = startClient(t, dir)
				want := tt.end + round
				if start, end := offsets(ctx, t, cl); start != 0 || end != want {
					t.Fatalf("round %d: log is %d to %d, want 0 to %d", round, start, end, want)
				}
				if got := committed(ctx, t, cl); got != 3+round {
					t.Errorf("round %d: committed %d, want %d", round, got, 3+round)
				}
				write(ctx, t, cl, 1)
				commit(ctx, t, cl, 4+round)
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
				crashed(t, dir, func(string) {})
			}
		})
	}
}
