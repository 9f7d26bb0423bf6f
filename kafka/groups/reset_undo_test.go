package groups_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/audit"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// undo puts billing back to its newest saved state.
func (l *groupLab) undo() labtest.Done[groups.ResetRow] {
	l.Helper()
	states, err := l.Client.Groups.SavedStates(l.Ctx, "billing")
	if err != nil || len(states) == 0 {
		l.Fatalf("%d states, %v", len(states), err)
	}
	plan, err := l.Client.Groups.UndoPlan(l.Ctx, "billing", states[0].Saved)
	if err != nil {
		l.Fatal(err)
	}
	result, err := labtest.Apply(l.Ctx, l.Client, plan)
	if err != nil || !result.Complete() {
		l.Fatalf("%v, %+v", err, result.Rows)
	}
	return result
}

// TestUndoPutsEverythingBack resets commits with metadata and leader epochs and a
// partition without any, lets a consumer read on, and takes it all back, and that
// as well.
func TestUndoPutsEverythingBack(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	lab.Topic("users", 2)
	lab.Produce("users", 1, 7)
	before := lab.Offsets("billing")
	scope := reset.Scope{Committed: true, Topics: map[string][]int32{"users": {1}}}
	if result, err := labtest.Apply(lab.Ctx, lab.Client, lab.Plan(lab.Client, scope, reset.Strategy{Kind: reset.ToLatest})); err != nil || !result.Complete() {
		t.Fatalf("%v, %+v", err, result)
	}
	lab.Commit("billing", "users", 0, 0) // after the reset, where it was not
	after := lab.Offsets("billing")
	if len(after) != 4 {
		t.Fatalf("after the reset %v", after)
	}

	result := lab.undo()
	if got := lab.Offsets("billing"); !maps.Equal(got, before) {
		t.Errorf("undone to %v, want %v", got, before)
	}
	if saved, err := reset.Load(result.Saved); err != nil || len(saved.Commits) != 4 {
		t.Errorf("the undo has saved %+v (%v)", saved, err)
	}
	lab.undo()
	if got := lab.Offsets("billing"); !maps.Equal(got, after) {
		t.Errorf("the undo undone is %v, want %v", got, after)
	}

	var actions []string
	for _, e := range lab.audit() {
		actions = append(actions, e.Action+" "+string(e.Stage))
		if e.User == "" || e.Cluster != "lab" || e.Target != "billing" || e.Time.IsZero() || e.Details == nil {
			t.Errorf("noted %+v", e)
		}
	}
	want := []string{"reset-offsets begun", "reset-offsets done", "undo-reset begun", "undo-reset done", "undo-reset begun", "undo-reset done"}
	if len(actions) != len(want) {
		t.Fatalf("noted %v", actions)
	}
	for i := range want {
		if actions[i] != want[i] {
			t.Errorf("line %d is %q, want %q", i, actions[i], want[i])
		}
	}
}

// audit reads the audit log of the client under test.
func (l *groupLab) audit() []audit.Entry {
	l.Helper()
	data, err := os.ReadFile(filepath.Join(filepath.Dir(l.Client.SavedDir()), "audit.jsonl"))
	if err != nil {
		l.Fatal(err)
	}
	var entries []audit.Entry
	for line := range bytes.Lines(data) {
		var e audit.Entry
		if err := json.Unmarshal(line, &e); err != nil {
			l.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

func TestUndoOfAnActiveGroupIsRefused(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	if _, err := labtest.Apply(lab.Ctx, lab.Client, lab.Plan(lab.Client, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest})); err != nil {
		t.Fatal(err)
	}
	states, err := lab.Client.Groups.SavedStates(lab.Ctx, "billing")
	if err != nil || len(states) != 1 || states[0].ClusterID == "" {
		t.Fatalf("%+v, %v", states, err)
	}
	lab.Join(kgo.ConsumerGroup("billing"), kgo.ConsumeTopics("orders"), kgo.ClientID("till-7"), kgo.DisableAutoCommit())
	lab.Until("billing", func(g groups.Group) bool { return g.Members == 1 })
	_, err = lab.Client.Groups.UndoPlan(lab.Ctx, "billing", states[0].Saved)
	expectActive(t, err)
	states[0].ClusterID = "another"
	var other *reset.ClusterError
	if _, err = lab.Client.Groups.UndoPlan(lab.Ctx, "billing", states[0].Saved); !errors.As(err, &other) {
		t.Errorf("a state of another cluster: %v", err)
	}
}

// TestSeveralGroupsAreResetEachOnItsOwn resets forty groups, one of which has a
// commit that moved, with few requests.
func TestSeveralGroupsAreResetEachOnItsOwn(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("orders", 2)
	lab.Produce("orders", 0, 9)
	scopes := make(map[string]reset.Scope)
	var names []string
	for i := range 40 {
		name := "group-" + string(rune('A'+i))
		lab.Commit(name, "orders", 0, 5)
		scopes[name] = labtest.AllCommitted
		names = append(names, name)
	}
	how := reset.Strategy{Kind: reset.ToEarliest}
	facts, failed := lab.Client.Groups.ResetFactsOf(lab.Ctx, scopes, how)
	if len(failed) > 0 {
		t.Fatal(failed)
	}
	var plans []reset.Plan
	for _, name := range names {
		plan, err := reset.Make(facts[name], labtest.AllCommitted, how)
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, plan)
	}
	for api, most := range map[string]int{"ListGroups": 3, "DescribeGroups": 3, "OffsetFetch": 3, "ListOffsets": 6, "FindCoordinator": 3} {
		if got := lab.Client.Requests()[api]; got < 1 || got > most {
			t.Errorf("%d %s requests for 40 plans, want 1 to %d", got, api, most)
		}
	}
	lab.Commit("group-C", "orders", 0, 6)
	result, err := change.Run(lab.Ctx, lab.Client, lab.Client.Groups.Reset(plans...))
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range result.Parts {
		var moved *reset.MovedError
		want := int64(0)
		switch {
		case names[i] == "group-C":
			want = 6
			if !errors.As(part.Refused, &moved) || part.Items[0].Outcome != model.Refused {
				t.Errorf("%s: stopped with %v", names[i], part.Refused)
			}
		case part.Refused != nil || part.Items[0].Outcome != model.Done:
			t.Errorf("%s: %v, %v", names[i], part.Refused, part.Items)
		}
		if got := lab.Offsets(names[i])[labtest.Partition("orders", 0)].At; got != want {
			t.Errorf("%s is at %d, want %d", names[i], got, want)
		}
	}
}

func TestResetFromAnotherGroup(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	lab.Commit("audit", "orders", 1, 77)
	plan := lab.Plan(lab.Client, labtest.AllCommitted, reset.Strategy{Kind: reset.FromGroup, From: "audit"})
	if len(plan.Rows) != 1 || len(plan.Alone) != 1 || plan.Alone[0].TopicPartition != labtest.Partition("orders", 0) {
		t.Fatalf("planned %+v, alone %+v", plan.Rows, plan.Alone)
	}
	if result, err := labtest.Apply(lab.Ctx, lab.Client, plan); err != nil || !result.Complete() {
		t.Fatalf("%v, %+v", err, result)
	}
	if got := lab.Offsets("billing"); got[labtest.Partition("orders", 0)].At != 50 || got[labtest.Partition("orders", 1)].At != 77 {
		t.Errorf("billing is at %v", got)
	}
}

func TestResetStopsWhenALogStartMoved(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	plan := lab.Plan(lab.Client, labtest.AllCommitted, reset.Strategy{Kind: reset.ToLatest})
	deleted := make(kadm.Offsets)
	deleted.AddOffset("orders", 1, 30, -1)
	if _, err := lab.Adm.DeleteRecords(lab.Ctx, deleted); err != nil {
		t.Fatal(err)
	}
	_, err := labtest.Apply(lab.Ctx, lab.Client, plan)
	var moved *reset.MovedError
	if !errors.As(err, &moved) || len(moved.Changes) != 1 || moved.Changes[0] != "orders/1: the log started at 10, starts at 30" {
		t.Errorf("stopped with %v", err)
	}
}

func TestRecordTimes(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	lab.Topic("wide", 1)
	large := make([]byte, 300<<10) // more than a partition's share of an answer
	if err := lab.Kgo.ProduceSync(lab.Ctx, &kgo.Record{Topic: "wide", Value: large, Timestamp: labtest.ResetStart}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	found, err := lab.Client.Groups.RecordTimes(lab.Ctx, map[model.TopicPartition]int64{
		labtest.Partition("orders", 0): 33, labtest.Partition("orders", 1): 100, labtest.Partition("wide", 0): 0, labtest.Partition("nope", 0): 0,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || found[labtest.Partition("orders", 0)].Sub(labtest.ResetStart).Seconds() != 33 || !found[labtest.Partition("wide", 0)].Equal(labtest.ResetStart) {
		t.Errorf("found %v", found)
	}
}
