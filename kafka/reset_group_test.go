package kafka_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/reset"
)

// resetStart is the timestamp of record 0 of every partition; record n is n
// seconds later.
var resetStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func partition(topic string, n int32) reset.TopicPartition {
	return reset.TopicPartition{Topic: topic, Partition: n}
}

// seedReset makes the topic orders with two partitions that hold the offsets 10
// to 99, and the group billing with a commit at 50 on each that has an old leader
// epoch and metadata.
func seedReset(lab *groupLab) {
	lab.Helper()
	lab.topic("orders", 2)
	deleted := make(kadm.Offsets)
	committed := make(kadm.Offsets)
	for p := range int32(2) {
		var records []*kgo.Record
		for n := range 100 {
			records = append(records, &kgo.Record{Topic: "orders", Partition: p, Timestamp: resetStart.Add(time.Duration(n) * time.Second)})
		}
		if err := lab.kgo.ProduceSync(lab.ctx, records...).FirstErr(); err != nil {
			lab.Fatal(err)
		}
		deleted.AddOffset("orders", p, 10, -1)
		committed.Add(kadm.Offset{Topic: "orders", Partition: p, At: 50, LeaderEpoch: 0, Metadata: "mine"})
	}
	if _, err := lab.adm.DeleteRecords(lab.ctx, deleted); err != nil {
		lab.Fatal(err)
	}
	if err := lab.adm.CommitAllOffsets(lab.ctx, "billing", committed); err != nil {
		lab.Fatal(err)
	}
}

// offsets reads a group's commits with a client of its own.
func (l *groupLab) offsets(group string) map[reset.TopicPartition]kadm.Offset {
	l.Helper()
	found, err := l.adm.FetchOffsets(l.ctx, group)
	if err != nil {
		l.Fatal(err)
	}
	offsets := make(map[reset.TopicPartition]kadm.Offset)
	found.Each(func(o kadm.OffsetResponse) { offsets[partition(o.Topic, o.Partition)] = o.Offset })
	return offsets
}

// plan makes the plan of billing's reset.
func (l *groupLab) plan(client *kafka.Client, scope reset.Scope, s reset.Strategy) reset.Plan {
	l.Helper()
	return l.planOf("billing", client, scope, s)
}

func (l *groupLab) planOf(group string, client *kafka.Client, scope reset.Scope, s reset.Strategy) reset.Plan {
	l.Helper()
	facts, err := client.ResetFacts(l.ctx, group, scope, s)
	if err != nil {
		l.Fatal(err)
	}
	plan, err := reset.Make(facts, scope, s)
	if err != nil {
		l.Fatal(err)
	}
	return plan
}

var allCommitted = reset.Scope{Committed: true}

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
		{reset.Strategy{Kind: reset.ToDatetime, At: resetStart.Add(70*time.Second - time.Millisecond)}, 70},
		{reset.Strategy{Kind: reset.ToDatetime, At: resetStart}, 10},
		{reset.Strategy{Kind: reset.ToDatetime, At: resetStart.Add(time.Hour)}, 100},
	} {
		t.Run(tc.strategy.String(), func(t *testing.T) {
			lab := newGroupLab(t)
			seedReset(lab)
			plan := lab.plan(lab.client, allCommitted, tc.strategy)
			result, err := lab.client.ApplyReset(lab.ctx, plan)
			if err != nil {
				t.Fatal(err)
			}
			if !result.Complete() || result.Count(reset.Applied) != 2 {
				t.Errorf("result %+v", result.Rows)
			}
			for tp, o := range lab.offsets("billing") {
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
	l.produce("orders", 0, 1)
	l.produce("orders", 1, 1)
	consumer := l.join(kgo.ConsumerGroup(group), kgo.ConsumeTopics("orders"))
	first := make(map[int32]int64)
	for len(first) < 2 {
		fetches := consumer.PollFetches(l.ctx)
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
	seedReset(lab)
	lab.topic("users", 2)
	lab.produce("users", 1, 7)
	scope := reset.Scope{Topics: map[string][]int32{"users": {1}, "orders": {0}}}
	plan := lab.plan(lab.client, scope, reset.Strategy{Kind: reset.ToLatest})
	result, err := lab.client.ApplyReset(lab.ctx, plan)
	if err != nil || !result.Complete() {
		t.Fatalf("%v, %+v", err, result)
	}
	got := lab.offsets("billing")
	for tp, want := range map[reset.TopicPartition]int64{
		partition("orders", 0): 100, partition("orders", 1): 50, partition("users", 1): 7,
	} {
		if got[tp].At != want {
			t.Errorf("%s is at %d, want %d", tp, got[tp].At, want)
		}
	}
	if len(got) != 3 {
		t.Errorf("commits on %d partitions, want 3", len(got))
	}
	saved, err := reset.Load(result.Saved)
	if err != nil || len(saved.Commits) != 2 || !slices.Equal(saved.Without, []reset.TopicPartition{partition("users", 1)}) {
		t.Errorf("saved %+v (%v)", saved, err)
	}
}

func TestResetOfAGroupThatDoesNotExistCreatesIt(t *testing.T) {
	lab := newGroupLab(t)
	lab.topic("orders", 1)
	lab.produce("orders", 0, 5)
	scope := reset.Scope{Topics: map[string][]int32{"orders": nil}}
	plan := lab.plan(lab.client, scope, reset.Strategy{Kind: reset.ToOffset, N: 3})
	if result, err := lab.client.ApplyReset(lab.ctx, plan); err != nil || !result.Complete() {
		t.Fatalf("%v, %+v", err, result)
	}
	if got := lab.offsets("billing")[partition("orders", 0)].At; got != 3 {
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
			seedReset(lab)
			plan := lab.plan(lab.client, allCommitted, reset.Strategy{Kind: reset.ToEarliest})
			lab.join(append(opts, kgo.ConsumerGroup("billing"), kgo.ConsumeTopics("orders"), kgo.ClientID("till-7"), kgo.DisableAutoCommit())...)
			g := lab.until("billing", func(g kafka.Group) bool { return g.Members == 1 })
			if string(g.Type) != name {
				t.Fatalf("the group is %s, want %s", g.Type, name)
			}

			facts, err := lab.client.ResetFacts(lab.ctx, "billing", allCommitted, reset.Strategy{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = reset.Make(facts, allCommitted, reset.Strategy{Kind: reset.ToEarliest})
			expectActive(t, err)

			_, err = lab.client.ApplyReset(lab.ctx, plan) // the member joined after the preview
			expectActive(t, err)
			for tp, o := range lab.offsets("billing") {
				if o.At != 50 {
					t.Errorf("%s was moved to %d", tp, o.At)
				}
			}
			if files, _ := os.ReadDir(lab.client.SavedDir()); len(files) > 0 {
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

func TestShareGroupIsRefused(t *testing.T) {
	lab := newGroupLab(t)
	lab.topic("orders", 1)
	lab.join(kgo.ShareGroup("billing"), kgo.ConsumeTopics("orders"))
	lab.until("billing", func(g kafka.Group) bool { return g.Type == kafka.ShareGroup })
	facts, err := lab.client.ResetFacts(lab.ctx, "billing", allCommitted, reset.Strategy{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = reset.Make(facts, allCommitted, reset.Strategy{Kind: reset.ToEarliest})
	var wrong *reset.TypeError
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "share group") {
		t.Errorf("refused with %v", err)
	}
}

func TestResetStopsWhenACommitMoved(t *testing.T) {
	lab := newGroupLab(t)
	seedReset(lab)
	plan := lab.plan(lab.client, allCommitted, reset.Strategy{Kind: reset.ToEarliest})
	lab.commit("billing", "orders", 1, 51)
	_, err := lab.client.ApplyReset(lab.ctx, plan)
	var moved *reset.MovedError
	if !errors.As(err, &moved) || len(moved.Changes) != 1 || !strings.Contains(moved.Changes[0], "orders/1: was at 50, is at 51") {
		t.Fatalf("stopped with %v", err)
	}
	got := lab.offsets("billing")
	if got[partition("orders", 0)].At != 50 || got[partition("orders", 1)].At != 51 {
		t.Errorf("offsets %+v", got)
	}
}

func TestResetOfAReadOnlyClusterIsRefused(t *testing.T) {
	lab := newGroupLab(t)
	seedReset(lab)
	readOnly, err := kafka.New(kafka.Config{Name: "prod", StateDir: t.TempDir(), ReadOnly: true, Opts: []kgo.Opt{kgo.SeedBrokers(lab.cluster.Servers...)}})
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	plan := lab.plan(readOnly, allCommitted, reset.Strategy{Kind: reset.ToEarliest})
	before := readOnly.Requests()
	if _, err := readOnly.ApplyReset(lab.ctx, plan); !errors.Is(err, kafka.ErrReadOnly) {
		t.Errorf("refused with %v", err)
	}
	if after := readOnly.Requests(); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("a refused reset sent requests: before %v, after %v", before, after)
	}
}

func TestResetThatCannotBeSavedWritesNothing(t *testing.T) {
	lab := newGroupLab(t)
	seedReset(lab)
	plan := lab.plan(lab.client, allCommitted, reset.Strategy{Kind: reset.ToEarliest})
	nowhere := lab.newClient(kafka.Config{StateDir: os.DevNull, Opts: []kgo.Opt{kgo.SeedBrokers(lab.cluster.Servers...)}})
	if _, err := nowhere.ApplyReset(lab.ctx, plan); err == nil || !strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("refused with %v", err)
	}
	if got := lab.offsets("billing")[partition("orders", 0)].At; got != 50 {
		t.Errorf("moved to %d without a saved state", got)
	}
}

func TestResetFactsNameWhatCannotBeReset(t *testing.T) {
	lab := newGroupLab(t)
	seedReset(lab)
	lab.topic("old", 1)
	lab.commit("billing", "old", 0, 3)
	lab.cluster.Delete("old")
	lab.commit("billing", "orders", 0, 60)
	scope := reset.Scope{Committed: true, Topics: map[string][]int32{"orders": {9}}}
	facts, err := lab.client.ResetFacts(lab.ctx, "billing", scope, reset.Strategy{})
	if err != nil {
		t.Fatal(err)
	}
	for tp, want := range map[reset.TopicPartition]string{
		partition("orders", 0): "",
		partition("orders", 9): "does not exist",
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
	seedReset(lab)
	producer := kmsg.NewPtrInitProducerIDRequest()
	producer.TransactionalID, producer.TransactionTimeoutMillis = kmsg.StringPtr("tx"), 60000
	id, err := producer.RequestWith(lab.ctx, lab.kgo)
	if err != nil {
		t.Fatal(err)
	}
	add := kmsg.NewPtrAddOffsetsToTxnRequest()
	add.TransactionalID, add.ProducerID, add.ProducerEpoch, add.Group = "tx", id.ProducerID, id.ProducerEpoch, "billing"
	if resp, err := add.RequestWith(lab.ctx, lab.kgo); err != nil || resp.ErrorCode != 0 {
		t.Fatal(err, resp)
	}
	commit := kmsg.NewPtrTxnOffsetCommitRequest()
	commit.TransactionalID, commit.ProducerID, commit.ProducerEpoch, commit.Group = "tx", id.ProducerID, id.ProducerEpoch, "billing"
	commit.Generation = -1
	ct := kmsg.NewTxnOffsetCommitRequestTopic()
	topics, err := lab.adm.ListTopics(lab.ctx, "orders")
	if err != nil {
		t.Fatal(err)
	}
	ct.Topic, ct.TopicID = "orders", topics["orders"].ID
	cp := kmsg.NewTxnOffsetCommitRequestTopicPartition()
	cp.Offset = 90
	ct.Partitions = append(ct.Partitions, cp)
	commit.Topics = append(commit.Topics, ct)
	if resp, err := commit.RequestWith(lab.ctx, lab.kgo); err != nil || resp.Topics[0].Partitions[0].ErrorCode != 0 {
		t.Fatal(err, resp)
	}

	facts, err := lab.client.ResetFacts(lab.ctx, "billing", allCommitted, reset.Strategy{})
	if err != nil {
		t.Fatal(err)
	}
	if got := facts.Commits[partition("orders", 0)]; got.Offset != 50 || got.Metadata != "mine" {
		t.Errorf("the commit from before the transaction is %+v", got)
	}
	_, err = reset.Make(facts, allCommitted, reset.Strategy{Kind: reset.ToEarliest})
	if err == nil || !strings.Contains(err.Error(), "transaction") || !strings.Contains(err.Error(), "orders/0") {
		t.Errorf("refused with %v", err)
	}
}
