package reset

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kdeck/kdeck/kafka/model"
)

// drawGroup makes a group in any state that allows a reset: partitions with and
// without commits, in range or not, and with anything in their metadata.
func drawGroup(t *rapid.T) Facts {
	f := drawFacts(t, false)
	f.Cluster, f.ClusterID = "prod", "id-1"
	for tp := range f.Commits {
		if rapid.Bool().Draw(t, "bare") {
			delete(f.Commits, tp)
			continue
		}
		f.Commits[tp] = model.Commit{
			Offset:      rapid.Int64Range(0, 1<<42).Draw(t, "offset"),
			LeaderEpoch: rapid.Int32Range(-1, 9).Draw(t, "epoch"),
			Metadata:    rapid.String().Draw(t, "metadata"),
		}
	}
	return f
}

func drawStrategy(t *rapid.T) Strategy {
	return Strategy{
		Kind: rapid.SampledFrom([]Kind{ToEarliest, ToLatest, ToCurrent, ToOffset, ToDatetime, ByDuration}).Draw(t, "kind"),
		N:    rapid.Int64Range(0, 1<<42).Draw(t, "n"), At: noon,
	}
}

// written returns the facts after a plan was written, exactly.
func written(f Facts, p Plan) Facts {
	commits := maps.Clone(f.Commits)
	for _, r := range p.Rows {
		switch {
		case !r.Changes():
		case r.Deletes():
			delete(commits, r.TopicPartition)
		default:
			commits[r.TopicPartition] = r.Commit()
		}
	}
	f.Commits = commits
	return f
}

func TestUndoOfAResetIsTheIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := drawGroup(t)
		scope := Scope{Topics: map[string][]int32{"t": nil}}
		plan, err := Make(before, scope, drawStrategy(t))
		if err != nil {
			t.Fatal(err)
		}
		saved := throughDisk(t, plan.Save(before))
		after := written(before, plan)
		for _, p := range before.Partitions { // the group works on meanwhile
			if rapid.Bool().Draw(t, "moves") {
				after.Commits[p.TopicPartition] = model.Commit{Offset: rapid.Int64Range(0, 1<<42).Draw(t, "later"), LeaderEpoch: 1}
			}
		}
		undo, err := Undo(after, saved)
		if err != nil {
			if len(before.Commits)+len(after.Commits) == 0 {
				t.Skip("nothing before and after")
			}
			t.Fatal(err)
		}
		if got := written(after, undo).Commits; !maps.Equal(got, before.Commits) {
			t.Fatalf("undone to %v, want %v", got, before.Commits)
		}
		redo, err := Undo(written(after, undo), throughDisk(t, undo.Save(after)))
		if err != nil {
			t.Fatal(err)
		}
		if got := written(before, redo).Commits; !maps.Equal(got, after.Commits) {
			t.Fatalf("the undo undone is %v, want %v", got, after.Commits)
		}
	})
}

// throughDisk is a saved state as it comes back from its file.
func throughDisk(t *rapid.T, s Saved) Saved {
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back Saved
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// savedFrom is the state of emptyGroup with a commit at 50, before it went to the
// log start.
func savedFrom(t *testing.T, change func(*Facts)) (Facts, Saved) {
	t.Helper()
	f := emptyGroup()
	f.Cluster, f.ClusterID = "prod", "id-1"
	f.Commits[tp("orders", 0)] = model.Commit{Offset: 50, LeaderEpoch: 3, Metadata: "mine"}
	change(&f)
	plan, err := Make(f, Scope{Topics: map[string][]int32{"orders": nil}}, Strategy{Kind: ToEarliest})
	if err != nil {
		t.Fatal(err)
	}
	return written(f, plan), plan.Save(f)
}

func TestUndoRefusals(t *testing.T) {
	for _, tc := range []struct {
		name  string
		now   func(*Facts)
		saved func(*Saved)
		want  string
	}{
		{"members", func(f *Facts) { f.State, f.Members = "Stable", []model.Member{{ID: "m-1", ClientID: "app"}} }, nil, "m-1"},
		{"another cluster", func(f *Facts) { f.Cluster, f.ClusterID = "test", "id-2" }, nil, "saved of the cluster prod (id id-1), and this is test (id id-2)"},
		{"another cluster by its name", func(f *Facts) { f.Cluster = "test" }, func(s *Saved) { s.ClusterID = "" }, "saved of the cluster prod, and this is test"},
		{"another group", nil, func(s *Saved) { s.Group = "audit" }, "of the group audit"},
		{"another type", func(f *Facts) { f.Type = model.Share }, nil, "now it is a share group"},
		{"no leader", func(f *Facts) { f.Partitions[0].Problem = "it has no leader" }, nil, "no leader"},
		{"open transaction", func(f *Facts) { f.Pending = map[model.TopicPartition]bool{tp("orders", 0): true} }, nil, "transaction"},
		{"all topics gone", func(f *Facts) { f.Partitions[0].Problem, f.Partitions[0].Gone = "the topic does not exist", true }, nil, "nothing that can be put back"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now, saved := savedFrom(t, func(*Facts) {})
			if tc.now != nil {
				tc.now(&now)
			}
			if tc.saved != nil {
				tc.saved(&saved)
			}
			plan, err := Undo(now, saved)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %q; planned %+v", err, tc.want, plan.Rows)
			}
		})
	}
}

func TestUndoListsWhatItLeavesAlone(t *testing.T) {
	now, saved := savedFrom(t, func(f *Facts) {
		f.Partitions = append(f.Partitions, Partition{TopicPartition: tp("users", 0), TopicID: [16]byte{1}, LogEnd: 9})
		f.Partitions[0].TopicID = [16]byte{2}
		f.Commits[tp("users", 0)] = model.Commit{Offset: 5}
	})
	now.Partitions[0].TopicID = [16]byte{3}
	now.Commits[tp("users", 0)] = model.Commit{Offset: 7}
	plan, err := Undo(now, saved)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Rows) != 1 || plan.Rows[0].Topic != "users" || plan.Rows[0].New != 5 {
		t.Errorf("planned %+v", plan.Rows)
	}
	if len(plan.Alone) != 1 || !strings.Contains(plan.Alone[0].Why, "made anew") {
		t.Errorf("left alone %+v", plan.Alone)
	}
}

func TestUndoStopsWhenAPartitionCameToTheGroup(t *testing.T) {
	now, saved := savedFrom(t, func(*Facts) {})
	plan, err := Undo(now, saved)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Check(now); err != nil {
		t.Errorf("stopped with %v", err)
	}
	now.Commits = maps.Clone(now.Commits)
	now.Commits[tp("users", 0)] = model.Commit{Offset: 7}
	var moved *MovedError
	if err := plan.Check(now); !errors.As(err, &moved) || !strings.Contains(err.Error(), "users/0: was without a commit, is at 7") {
		t.Errorf("stopped with %v", err)
	}
}

func TestUndoOfAShareGroupDeletesWholeTopicsOnly(t *testing.T) {
	f := emptyGroup()
	f.Cluster, f.ClusterID, f.Type = "prod", "id-1", model.Share
	f.Partitions = append(f.Partitions, Partition{TopicPartition: tp("orders", 1), LogEnd: 9}, Partition{TopicPartition: tp("users", 0), LogEnd: 9})
	f.Commits[tp("orders", 0)] = model.Commit{Offset: 50, LeaderEpoch: -1}
	plan, err := Make(f, Scope{Topics: map[string][]int32{"orders": nil, "users": nil}}, Strategy{Kind: ToEarliest})
	if err != nil {
		t.Fatal(err)
	}
	undo, err := Undo(written(f, plan), plan.Save(f))
	if err != nil {
		t.Fatal(err)
	}
	if len(undo.Rows) != 2 || undo.Rows[0].New != 50 || !undo.Rows[1].Deletes() || undo.Rows[1].Topic != "users" {
		t.Errorf("planned %+v", undo.Rows)
	}
	if len(undo.Alone) != 1 || undo.Alone[0].TopicPartition != tp("orders", 1) {
		t.Errorf("left alone %+v", undo.Alone)
	}
}

func TestSavedStatesAreListedNewestFirst(t *testing.T) {
	dir := t.TempDir()
	save := func(group, id string, minute int) string {
		s := SaveCommits("prod", group, "to-latest", noon.Add(time.Duration(minute)*time.Minute), nil)
		s.ClusterID = id
		path, err := s.Write(dir)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	first, second := save("billing", "id-1", 1), save("billing", "id-1", 2)
	save("billing", "id-2", 3)
	save("audit", "id-1", 4)
	save("a/b", "id-1", 5)
	other := save("a_b", "id-1", 6) // the same in the name of a file
	paths := func(group string) (paths []string) {
		files, err := List(dir, group, "id-1")
		if err != nil {
			t.Error(err)
		}
		for _, f := range files {
			paths = append(paths, f.Path)
		}
		return paths
	}
	if got := paths("billing"); !reflect.DeepEqual(got, []string{second, first}) {
		t.Errorf("listed %v", got)
	}
	if got := paths("a_b"); !reflect.DeepEqual(got, []string{other}) {
		t.Errorf("listed %v", got)
	}
	if got, err := List(filepath.Join(dir, "none"), "billing", "id-1"); err != nil || got != nil {
		t.Errorf("a folder that is not there: %v, %v", got, err)
	}
	if err := os.WriteFile(first, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := List(dir, "billing", "id-1"); len(got) != 1 || err == nil || !strings.Contains(err.Error(), first) {
		t.Errorf("with a broken file: %d, %v", len(got), err)
	}
}

func TestSavedStatesOfVersion1AreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.json")
	if err := os.WriteFile(path, []byte(`{"version": 1, "cluster": "prod", "group": "billing", "time": "2026-03-01T12:00:00Z",
		"reset": "to-earliest", "commits": [{"topic": "orders", "partition": 0, "offset": 50, "leaderEpoch": 3, "metadata": "mine"}],
		"without": [], "planned": [{"topic": "orders", "partition": 0, "offset": 10, "leaderEpoch": -1, "metadata": ""}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	saved, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	now, _ := savedFrom(t, func(*Facts) {})
	plan, err := Undo(now, saved)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Rows) != 1 || plan.Rows[0].Commit() != (model.Commit{Offset: 50, LeaderEpoch: 3, Metadata: "mine"}) || len(plan.Warnings) != 1 {
		t.Errorf("planned %+v, warned %v", plan.Rows, plan.Warnings)
	}
}
