package groups_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

func TestResetByEachStrategy(t *testing.T) {
	for _, tc := range []struct {
		strategy reset.Strategy
		want     int64
	}{
		{reset.Strategy{Kind: reset.ToEarliest}, 10},
		{reset.Strategy{Kind: reset.ToLatest}, 100},
		{reset.Strategy{Kind: reset.ToOffset, N: 33}, 33},
		{reset.Strategy{Kind: reset.ToOffset, N: 1}, 10},
		{reset.Strategy{Kind: reset.ShiftBy, N: -15}, 35},
		{reset.Strategy{Kind: reset.ShiftBy, N: 1000}, 100},
		{reset.Strategy{Kind: reset.ToDatetime, At: labtest.ResetStart.Add(70*time.Second - time.Millisecond)}, 70},
		{reset.Strategy{Kind: reset.ToDatetime, At: labtest.ResetStart}, 10},
		{reset.Strategy{Kind: reset.ToDatetime, At: labtest.ResetStart.Add(time.Hour)}, 100},
	} {
		t.Run(tc.strategy.String(), func(t *testing.T) {
			lab := newGroupLab(t)
			lab.SeedReset()
			plan := lab.Plan(lab.Client, labtest.AllCommitted, tc.strategy)
			result, err := labtest.Apply(lab.Ctx, lab.Client, plan)
			if err != nil {
				t.Fatal(err)
			}
			if !result.Complete() || result.Count(model.Done) != 2 {
				t.Errorf("result %+v", result.Rows)
			}
			for tp, o := range lab.Offsets("billing") {
				if o.At != tc.want || o.LeaderEpoch != -1 || o.Metadata != "" {
					t.Errorf("%s is at %d (leader epoch %d, metadata %q), want %d (-1, none)", tp, o.At, o.LeaderEpoch, o.Metadata, tc.want)
				}
			}
			saved, err := reset.Load(result.Saved)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range saved.Commits {
				if c.Offset != 50 || c.LeaderEpoch != 0 || c.Metadata != "mine" {
					t.Errorf("saved %+v", c)
				}
			}
			lab.expectStart("billing", tc.want)
		})
	}
}

// expectStart lets a real consumer of the group read on and looks where it
// begins.
func (l *groupLab) expectStart(group string, want int64) {
	l.Helper()
	l.Produce("orders", 0, 1)
	l.Produce("orders", 1, 1)
	consumer := l.Join(kgo.ConsumerGroup(group), kgo.ConsumeTopics("orders"))
	first := make(map[int32]int64)
	for len(first) < 2 {
		fetches := consumer.PollFetches(l.Ctx)
		if err := fetches.Err(); err != nil {
			l.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if _, ok := first[r.Partition]; !ok {
				first[r.Partition] = r.Offset
			}
		})
	}
	for p, offset := range first {
		if offset != want {
			l.Errorf("the consumer began at %d on partition %d, want %d", offset, p, want)
		}
	}
}

func TestResetCreatesCommitsAndLeavesTheRestAlone(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	lab.Topic("users", 2)
	lab.Produce("users", 1, 7)
	scope := reset.Scope{Topics: map[string][]int32{"users": {1}, "orders": {0}}}
	plan := lab.Plan(lab.Client, scope, reset.Strategy{Kind: reset.ToLatest})
	result, err := labtest.Apply(lab.Ctx, lab.Client, plan)
	if err != nil || !result.Complete() {
		t.Fatalf("%v, %+v", err, result)
	}
	got := lab.Offsets("billing")
	for tp, want := range map[model.TopicPartition]int64{
		labtest.Partition("orders", 0): 100, labtest.Partition("orders", 1): 50, labtest.Partition("users", 1): 7,
	} {
		if got[tp].At != want {
			t.Errorf("%s is at %d, want %d", tp, got[tp].At, want)
		}
	}
	if len(got) != 3 {
		t.Errorf("commits on %d partitions, want 3", len(got))
	}
	saved, err := reset.Load(result.Saved)
	if err != nil || len(saved.Commits) != 2 || !slices.Equal(saved.Without, []model.TopicPartition{labtest.Partition("users", 1)}) {
		t.Errorf("saved %+v (%v)", saved, err)
	}
}

func TestResetOfAGroupThatDoesNotExistCreatesIt(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("orders", 1)
	lab.Produce("orders", 0, 5)
	scope := reset.Scope{Topics: map[string][]int32{"orders": nil}}
	plan := lab.Plan(lab.Client, scope, reset.Strategy{Kind: reset.ToOffset, N: 3})
	if result, err := labtest.Apply(lab.Ctx, lab.Client, plan); err != nil || !result.Complete() {
		t.Fatalf("%v, %+v", err, result)
	}
	if got := lab.Offsets("billing")[labtest.Partition("orders", 0)].At; got != 3 {
		t.Errorf("the new group is at %d, want 3", got)
	}
}

func TestActiveGroupIsRefusedWithItsMembers(t *testing.T) {
	for name, opts := range map[string][]kgo.Opt{
		"classic":  nil,
		"consumer": {kgo.ServerSideBalancer()},
	} {
		t.Run(name, func(t *testing.T) {
			lab := newGroupLab(t)
			lab.SeedReset()
			plan := lab.Plan(lab.Client, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest})
			lab.Join(append(opts, kgo.ConsumerGroup("billing"), kgo.ConsumeTopics("orders"), kgo.ClientID("till-7"), kgo.DisableAutoCommit())...)
			g := lab.Until("billing", func(g groups.Group) bool { return g.Members == 1 })
			if string(g.Type) != name {
				t.Fatalf("the group is %s, want %s", g.Type, name)
			}

			facts, err := lab.Client.Groups.ResetFacts(lab.Ctx, "billing", labtest.AllCommitted, reset.Strategy{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = reset.Make(facts, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest})
			expectActive(t, err)

			_, err = labtest.Apply(lab.Ctx, lab.Client, plan) // the member joined after the preview
			expectActive(t, err)
			for tp, o := range lab.Offsets("billing") {
				if o.At != 50 {
					t.Errorf("%s was moved to %d", tp, o.At)
				}
			}
			if files, _ := os.ReadDir(lab.Client.SavedDir()); len(files) > 0 {
				t.Errorf("a reset that wrote nothing left %d files", len(files))
			}
		})
	}
}

func expectActive(t *testing.T, err error) {
	t.Helper()
	var active *reset.ActiveError
	if !errors.As(err, &active) || len(active.Members) != 1 {
		t.Fatalf("not refused with one member: %v", err)
	}
	m := active.Members[0]
	if m.ID == "" || m.ClientID != "till-7" || m.Host == "" {
		t.Errorf("member %+v", m)
	}
	if !strings.Contains(err.Error(), m.ID) || !strings.Contains(err.Error(), "till-7") {
		t.Errorf("%q does not name the member", err)
	}
}

func TestResetStopsWhenACommitMoved(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	plan := lab.Plan(lab.Client, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest})
	lab.Commit("billing", "orders", 1, 51)
	_, err := labtest.Apply(lab.Ctx, lab.Client, plan)
	var moved *reset.MovedError
	if !errors.As(err, &moved) || len(moved.Changes) != 1 || !strings.Contains(moved.Changes[0], "orders/1: was at 50, is at 51") {
		t.Fatalf("stopped with %v", err)
	}
	got := lab.Offsets("billing")
	if got[labtest.Partition("orders", 0)].At != 50 || got[labtest.Partition("orders", 1)].At != 51 {
		t.Errorf("offsets %+v", got)
	}
}

func TestResetOfAReadOnlyClusterIsRefused(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	readOnly, err := admin.New(kafka.Config{Name: "prod", StateDir: t.TempDir(), ReadOnly: true, Opts: []kgo.Opt{kgo.SeedBrokers(lab.Cluster.Servers...)}})
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	plan := lab.Plan(readOnly, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest})
	before := readOnly.Requests()
	if _, err := labtest.Apply(lab.Ctx, readOnly, plan); !errors.Is(err, kafka.ErrReadOnly) {
		t.Errorf("refused with %v", err)
	}
	if after := readOnly.Requests(); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("a refused reset sent requests: before %v, after %v", before, after)
	}
}

func TestResetThatCannotBeSavedWritesNothing(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	plan := lab.Plan(lab.Client, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest})
	nowhere := lab.NewClient(kafka.Config{StateDir: os.DevNull, Opts: []kgo.Opt{kgo.SeedBrokers(lab.Cluster.Servers...)}})
	if _, err := labtest.Apply(lab.Ctx, nowhere, plan); err == nil || !strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("refused with %v", err)
	}
	if got := lab.Offsets("billing")[labtest.Partition("orders", 0)].At; got != 50 {
		t.Errorf("moved to %d without a saved state", got)
	}
}

func TestResetFactsNameWhatCannotBeReset(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	lab.Topic("old", 1)
	lab.Commit("billing", "old", 0, 3)
	lab.Cluster.Delete("old")
	lab.Commit("billing", "orders", 0, 60)
	scope := reset.Scope{Committed: true, Topics: map[string][]int32{"orders": {9}}}
	facts, err := lab.Client.Groups.ResetFacts(lab.Ctx, "billing", scope, reset.Strategy{})
	if err != nil {
		t.Fatal(err)
	}
	for tp, want := range map[model.TopicPartition]string{
		labtest.Partition("orders", 0): "",
		labtest.Partition("orders", 9): "does not exist",
	} {
		p, ok := facts.Partition(tp)
		if !ok || (want == "") != (p.Problem == "") || !strings.Contains(p.Problem, want) {
			t.Errorf("%s has the problem %q, want %q", tp, p.Problem, want)
		}
	}
	_, err = reset.Make(facts, scope, reset.Strategy{Kind: reset.ToEarliest})
	if err == nil || !strings.Contains(err.Error(), "orders/9") {
		t.Errorf("refused with %v", err)
	}
}

func TestResetWithAPendingTransactionIsRefused(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	producer := kmsg.NewPtrInitProducerIDRequest()
	producer.TransactionalID, producer.TransactionTimeoutMillis = kmsg.StringPtr("tx"), 60000
	id, err := producer.RequestWith(lab.Ctx, lab.Kgo)
	if err != nil {
		t.Fatal(err)
	}
	add := kmsg.NewPtrAddOffsetsToTxnRequest()
	add.TransactionalID, add.ProducerID, add.ProducerEpoch, add.Group = "tx", id.ProducerID, id.ProducerEpoch, "billing"
	if resp, err := add.RequestWith(lab.Ctx, lab.Kgo); err != nil || resp.ErrorCode != 0 {
		t.Fatal(err, resp)
	}
	commit := kmsg.NewPtrTxnOffsetCommitRequest()
	commit.TransactionalID, commit.ProducerID, commit.ProducerEpoch, commit.Group = "tx", id.ProducerID, id.ProducerEpoch, "billing"
	commit.Generation = -1
	ct := kmsg.NewTxnOffsetCommitRequestTopic()
	topics, err := lab.Adm.ListTopics(lab.Ctx, "orders")
	if err != nil {
		t.Fatal(err)
	}
	ct.Topic, ct.TopicID = "orders", topics["orders"].ID
	cp := kmsg.NewTxnOffsetCommitRequestTopicPartition()
	cp.Offset = 90
	ct.Partitions = append(ct.Partitions, cp)
	commit.Topics = append(commit.Topics, ct)
	if resp, err := commit.RequestWith(lab.Ctx, lab.Kgo); err != nil || resp.Topics[0].Partitions[0].ErrorCode != 0 {
		t.Fatal(err, resp)
	}

	facts, err := lab.Client.Groups.ResetFacts(lab.Ctx, "billing", labtest.AllCommitted, reset.Strategy{})
	if err != nil {
		t.Fatal(err)
	}
	if got := facts.Commits[labtest.Partition("orders", 0)]; got.Offset != 50 || got.Metadata != "mine" {
		t.Errorf("the commit from before the transaction is %+v", got)
	}
	_, err = reset.Make(facts, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest})
	if err == nil || !strings.Contains(err.Error(), "transaction") || !strings.Contains(err.Error(), "orders/0") {
		t.Errorf("refused with %v", err)
	}
}
