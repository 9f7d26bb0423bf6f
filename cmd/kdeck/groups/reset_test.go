package groups

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/reset"
)

// groupLab is a cluster on which the group billing stands at 5 of 9 records in
// orders/0 and nowhere in orders/1.
type groupLab struct {
	ctx     context.Context
	connect target.Connector
	adm     *kadm.Client
	servers []string
}

func newGroupLab(t *testing.T, readOnly bool) *groupLab {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	cluster := kafkatest.Start(t, kafkatest.Config{Brokers: 1})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	seeds := kgo.SeedBrokers(cluster.Servers...)
	cl, err := kgo.NewClient(seeds, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	bench := &groupLab{ctx: ctx, adm: kadm.NewClient(cl), servers: cluster.Servers, connect: func(context.Context, *target.Flags) (*admin.Client, error) {
		return target.New(kafka.Config{Name: "lab", ReadOnly: readOnly, Opts: []kgo.Opt{seeds}})
	}}
	cluster.Create(2, 1, nil, "orders")
	for range 9 {
		if err := cl.ProduceSync(ctx, &kgo.Record{Topic: "orders"}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	offsets := make(kadm.Offsets)
	offsets.AddOffset("orders", 0, 5, -1)
	if err := bench.adm.CommitAllOffsets(ctx, "billing", offsets); err != nil {
		t.Fatal(err)
	}
	return bench
}

// run runs reset-offsets on the group billing.
func (b *groupLab) run(args ...string) (out, notes string, err error) {
	return b.groups("reset-offsets billing " + strings.Join(args, " "))
}

func (b *groupLab) runAll(args ...string) (out, notes string, err error) {
	return b.groups("reset-offsets " + strings.Join(args, " "))
}

func (b *groupLab) undo(args ...string) (out, notes string, err error) {
	return b.groups("undo-reset " + strings.Join(args, " "))
}

// at is the group's offset on orders/0.
func (b *groupLab) at(t *testing.T) int64 {
	t.Helper()
	found, err := b.adm.FetchOffsets(b.ctx, "billing")
	if err != nil {
		t.Fatal(err)
	}
	o, _ := found.Lookup("orders", 0)
	return o.At
}

func TestResetOffsetsIsADryRunUnlessToldOtherwise(t *testing.T) {
	b := newGroupLab(t, false)
	for _, args := range [][]string{
		{"--all-topics", "--shift-by", "-2"},
		{"--all-topics", "--shift-by=-2", "--dry-run"},
	} {
		out, notes, err := b.run(args...)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if got := strings.Join(strings.Fields(lines[len(lines)-1]), " "); len(lines) != 6 || got != "total - 1 2 0 4 6" {
			t.Errorf("the sums are %q", got)
		}
		if got := strings.Fields(lines[0]); strings.Join(got[:4], " ") != "GROUP TOPIC PARTITION NEW-OFFSET" {
			t.Errorf("columns %v", got)
		}
		if got := strings.Join(strings.Fields(lines[1]), " "); !strings.HasPrefix(got, "billing orders 0 3 5 2 0 6 2") || !strings.HasSuffix(got, "Z planned -") {
			t.Errorf("printed %q", out)
		}
		if !strings.Contains(notes, "nothing was changed") {
			t.Errorf("noted %q", notes)
		}
		if got := b.at(t); got != 5 {
			t.Errorf("a dry run moved the group to %d", got)
		}
	}
}

func TestResetOffsetsExecutes(t *testing.T) {
	b := newGroupLab(t, false)
	out, notes, err := b.run("--topic", "orders:0-1", "--to-offset", "99", "--execute", "--output", "json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		NewOffset, CurrentOffset *int64
		Skips                    int64
		Outcome                  string
		Warnings                 []string
	}
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || *rows[0].NewOffset != 9 || *rows[0].CurrentOffset != 5 || rows[0].Skips != 4 || rows[0].Outcome != "done" || len(rows[0].Warnings) != 1 {
		t.Errorf("printed %+v", rows)
	}
	if rows[1].CurrentOffset != nil || *rows[1].NewOffset != 0 {
		t.Errorf("the partition without a commit is %+v", rows[1])
	}
	if got := b.at(t); got != 9 {
		t.Errorf("the group is at %d, want 9", got)
	}
	path := savedPath(notes, "billing")
	if got, _, err := b.run("--topic", "orders:0-1", "--to-offset", "99", "--execute", "--output", "json"); err != nil || strings.Count(got, `"unchanged"`) != 2 {
		t.Errorf("once more: %v, %s", err, got)
	}
	if saved, err := reset.Load(path); err != nil || saved.Commits[0].Offset != 5 {
		t.Errorf("saved %+v (%v)", saved, err)
	}
}

func TestResetOffsetsRefusals(t *testing.T) {
	b := newGroupLab(t, false)
	for _, tc := range []struct{ args, want string }{
		{"--to-earliest", "all-topics topic"},
		{"--all-topics", "to-earliest"},
		{"--all-topics --to-earliest --to-latest", "to-latest"},
		{"--all-topics --topic orders --to-latest", "topic"},
		{"--all-topics --to-latest --execute --dry-run", "dry-run"},
		{"--all-topics --to-earliest=false", "chooses nothing"},
		{"--all-topics --to-offset= --execute", "--to-offset: type an offset"},
		{"--all-topics --to-datetime soon --execute", "is no time"},
		{"--topic orders:x --to-latest --execute", "orders:x"},
		{"--topic nope --to-latest --execute", "nope/0: the topic does not exist"},
		{"--topic orders:0,7 --to-latest --execute", "orders/7: the partition does not exist"},
		{"--topic orders --shift-by 1 --execute", "orders/1"},
	} {
		_, _, err := b.run(strings.Fields(tc.args)...)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: refused with %v, want %q", tc.args, err, tc.want)
		}
		if exit.Code(err) != exit.Refused {
			t.Errorf("%s: counts as written in part", tc.args)
		}
	}
	if got := b.at(t); got != 5 {
		t.Errorf("refused resets moved the group to %d", got)
	}
}

func TestResetOffsetsInAReadOnlyContext(t *testing.T) {
	b := newGroupLab(t, true)
	if out, _, err := b.run("--all-topics", "--to-latest"); !errors.Is(err, kafka.ErrReadOnly) || !strings.Contains(out, "billing  orders  0          9") {
		t.Errorf("the dry run ended with %v, printed %s", err, out)
	}
	if _, _, err := b.run("--all-topics", "--to-latest", "--execute"); !errors.Is(err, kafka.ErrReadOnly) {
		t.Errorf("refused with %v", err)
	}
	if got := b.at(t); got != 5 {
		t.Errorf("moved to %d", got)
	}
}

func TestSeveralGroupsHaveAResultEach(t *testing.T) {
	b := newGroupLab(t, false)
	offsets := make(kadm.Offsets)
	offsets.AddOffset("orders", 0, 7, -1)
	for _, g := range []string{"audit", "mail"} {
		if err := b.adm.CommitAllOffsets(b.ctx, g, offsets); err != nil {
			t.Fatal(err)
		}
	}
	out, notes, err := b.run("audit", "--group", "mail", "--all-topics", "--shift-by", "-2", "--export")
	if err != nil || out != "billing,orders,0,3\naudit,orders,0,5\nmail,orders,0,5\n" {
		t.Errorf("exported %q (%v), noted %q", out, err, notes)
	}
	out, _, err = b.run("--all-topics", "--shift-by", "-2", "--export")
	if err != nil || out != "orders,0,3\n" {
		t.Errorf("exported %q (%v)", out, err)
	}

	out, _, err = b.run("nobody", "audit", "--all-topics", "--to-earliest")
	if exit.Code(err) != exit.Refused || !strings.Contains(err.Error(), "1 of 3 would be refused") || !strings.Contains(strings.Join(lines(out), "\n"), "nobody - - - - - - - - refused reset offsets of nobody: ") {
		t.Errorf("a plan for two of three: %v, printed %s", err, out)
	}
	_, notes, err = b.run("nobody", "audit", "--all-topics", "--to-earliest", "--export")
	if exit.Code(err) != exit.Refused || !strings.Contains(notes, "refused: reset offsets of nobody: ") {
		t.Errorf("an export of two of three: %v, noted %q", err, notes)
	}
	_, notes, err = b.run("nobody", "audit", "--all-topics", "--to-earliest", "--execute")
	if exit.Code(err) != exit.InPart || strings.Count(notes, "as it was before: ") != 2 {
		t.Errorf("written for two of three: %v, noted %q", err, notes)
	}
	if got := b.at(t); got != 0 {
		t.Errorf("billing is at %d", got)
	}
	if _, _, err := b.runAll("--all-groups", "--all-topics", "--to-latest", "--execute"); err != nil {
		t.Errorf("all groups: %v", err)
	}
	if got := b.at(t); got != 9 {
		t.Errorf("billing is at %d", got)
	}
	if _, _, err := b.runAll("--all-topics", "--to-latest"); err == nil || !strings.Contains(err.Error(), "name the groups") {
		t.Errorf("no group: %v", err)
	}
}

func TestAPlanIsReadFromAFile(t *testing.T) {
	b := newGroupLab(t, false)
	path := filepath.Join(t.TempDir(), "plan.csv")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("orders,0,2\norders,1,50\n")
	out, _, err := b.run("--from-file", path, "--execute", "--export")
	if err != nil || out != "orders,0,2\norders,1,0\n" {
		t.Errorf("printed %q (%v)", out, err)
	}
	if got := b.at(t); got != 2 {
		t.Errorf("the group is at %d", got)
	}
	write("orders,0,2\norders;1;50\n")
	if _, _, err := b.run("--from-file", path); err == nil || !strings.Contains(err.Error(), path+": line 2: it has 1 field") {
		t.Errorf("a mistake: %v", err)
	}
	write("audit,orders,0,2\n")
	if _, _, err := b.run("--from-file", path); err == nil || !strings.Contains(err.Error(), "says nothing of the group") {
		t.Errorf("another group: %v", err)
	}
	if _, _, err := b.run("--from-file", path, "--all-topics"); err == nil || !strings.Contains(err.Error(), "from-file") {
		t.Errorf("a file and a scope: %v", err)
	}
}

func TestUndoResetPutsBack(t *testing.T) {
	b := newGroupLab(t, false)
	if _, _, err := b.undo("billing"); err == nil || !strings.Contains(err.Error(), "no state of it was saved") {
		t.Errorf("nothing to undo: %v", err)
	}
	if _, _, err := b.run("--topic", "orders", "--to-latest", "--execute"); err != nil {
		t.Fatal(err)
	}
	out, notes, err := b.undo("billing")
	if err != nil || !strings.Contains(notes, "the state before to-latest") || !strings.Contains(notes, "nothing was changed") {
		t.Fatalf("%v, noted %q", err, notes)
	}
	lines := strings.Split(out, "\n")
	if got := strings.Join(strings.Fields(lines[2]), " "); got != "billing orders 1 - 0 0 0 - - planned -" {
		t.Errorf("the commit that is deleted is printed as %q", got)
	}
	if got := b.at(t); got != 9 {
		t.Errorf("a dry run moved the group to %d", got)
	}
	if _, _, err := b.undo("billing", "--execute"); err != nil {
		t.Fatal(err)
	}
	if got := b.at(t); got != 5 {
		t.Errorf("undone to %d, want 5", got)
	}
	_, notes, err = b.undo("billing", "--execute")
	if err != nil || !strings.Contains(notes, "older states in the same folder: 1") || b.at(t) != 9 {
		t.Errorf("the undo undone: %v, noted %q, at %d", err, notes, b.at(t))
	}
	if _, _, err := b.undo("audit", "--from", "/nowhere.json"); err == nil || !strings.Contains(err.Error(), "/nowhere.json") {
		t.Errorf("a file that is not there: %v", err)
	}
}
