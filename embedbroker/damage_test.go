package embedbroker

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// What is lost to damage is said with file, offset and records, to whoever listens and
// in the event log.
func TestDamageIsSaid(t *testing.T) {
	dir := t.TempDir()
	c, cl, ctx := startClient(t, dir)
	if _, err := kadm.NewClient(cl).CreateTopic(ctx, 1, 1, nil, "t"); err != nil {
		t.Fatal(err)
	}
	write(ctx, t, cl, 3)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	crashed(t, dir, func(segment string) { flip(t, segment+".dat", "", 65) }) // in the first record
	var told []repair.Event
	c, err := Start(Config{Brokers: 1, DataDir: dir, Report: func(e repair.Event) { told = append(told, e) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	want := func(e repair.Event) bool {
		return e.File == filepath.Join("partitions", "t-0", "0.dat") && e.Topic == "t" && e.Offset == 0 && e.Records == 1 && e.Bytes > 0
	}
	if !slices.ContainsFunc(told, want) {
		t.Errorf("told %v", told)
	}
	raw, err := os.ReadFile(filepath.Join(dir, eventsFile))
	if err != nil {
		t.Fatal(err)
	}
	var logged []repair.Event
	for line := range strings.Lines(string(raw)) {
		var e repair.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		logged = append(logged, e)
	}
	if !slices.ContainsFunc(logged, want) {
		t.Errorf("the event log has %s", raw)
	}
}

// A topic that is made anew begins empty, whatever lies where its records will be.
func TestOrphansAreNotAdopted(t *testing.T) {
	dir := t.TempDir()
	c, cl, ctx := startClient(t, dir)
	if _, err := kadm.NewClient(cl).CreateTopic(ctx, 1, 1, nil, "t"); err != nil {
		t.Fatal(err)
	}
	write(ctx, t, cl, 3)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	remove(t, filepath.Join(dir, "topics.json"))
	if err := os.RemoveAll(filepath.Join(dir, repair.CopiesDir)); err != nil {
		t.Fatal(err)
	}
	var told []string
	c, err := Start(Config{Brokers: 1, DataDir: dir, Report: func(e repair.Event) { told = append(told, e.String()) }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if text := strings.Join(told, "\n"); !strings.Contains(text, "t-0") || !strings.Contains(text, "3 records") {
		t.Errorf("told %q", text)
	}
	later := repair.PartitionDir(dir, "later", 0) // as a deletion that failed leaves it
	if err := os.MkdirAll(later, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(later, "0.dat"), repair.OneRecord(0, 0, "old"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := kgo.NewClient(kgo.SeedBrokers(c.Addrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	adm := kadm.NewClient(again)
	if _, err := adm.CreateTopics(ctx, 1, 1, nil, "t", "later"); err != nil {
		t.Fatal(err)
	}
	ends, err := adm.ListEndOffsets(ctx, "t", "later")
	if err != nil {
		t.Fatal(err)
	}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Err != nil || o.Offset != 0 {
			t.Errorf("a new topic ends at %d: %+v", o.Offset, o)
		}
	})
	orphans, err := os.ReadDir(filepath.Join(dir, repair.OrphansDir))
	if err != nil || len(orphans) != 2 {
		t.Errorf("put aside are %v (%v), want two folders", orphans, err)
	}
}
