package groups_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// wideReset is a group with commits at 1 on the 40 partitions of a topic, each of
// which holds three records. Its name is so long that 17 commits fill a request: a
// reset takes three.
type wideReset struct {
	*groupLab
	broker *kfake.Cluster
	group  string
}

// between is what may happen between two writes. It returns how to end it.
type between func(wideReset) (over func())

// TestFaultsBetweenWrites lets something happen before each of the writes of a
// reset. Whatever it is, the result must tell for every partition what is true, the
// saved state must hold what was before, and an undo must bring that back.
func TestFaultsBetweenWrites(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]between{
		"the coordinator moves": func(w wideReset) func() {
			for old := w.broker.CoordinatorFor(w.group); w.broker.CoordinatorFor(w.group) == old && w.Ctx.Err() == nil; {
				w.broker.RehashCoordinators()
			}
			return func() {}
		},
		"a broker stops": func(w wideReset) func() {
			if err := w.broker.RemoveNode(w.broker.CoordinatorFor(w.group)); err != nil {
				w.Error(err)
			}
			return func() {}
		},
		"a member joins": func(w wideReset) func() {
			member := w.Join(kgo.SeedBrokers(w.broker.ListenAddrs()...), kgo.ConsumerGroup(w.group), kgo.ConsumeTopics("wide"), kgo.DisableAutoCommit())
			if err := member.PollRecords(w.Ctx, 1).Err(); err != nil {
				w.Error(err)
			}
			return member.CloseAllowingRebalance
		},
		"a partial error": func(w wideReset) func() {
			fault := w.broker.Fault(kfake.Fault{
				Keys: []kmsg.Key{kmsg.OffsetCommit}, Partitions: []int32{3, 20, 39}, Err: kerr.InvalidCommitOffsetSize, Count: -1,
			})
			return fault.Remove
		},
		"no more answers": func(w wideReset) func() {
			fault := w.broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: kerr.CoordinatorNotAvailable, Count: -1})
			return fault.Remove
		},
	} {
		for before := range 3 {
			t.Run(fmt.Sprintf("%s before write %d", name, before+1), func(t *testing.T) {
				t.Parallel()
				faultBetweenWrites(t, before, happens)
			})
		}
	}
}

func newWideReset(t *testing.T) wideReset {
	t.Helper()
	broker, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	w := wideReset{attachGroupLab(t, nil, broker.ListenAddrs()), broker, strings.Repeat("g", 30_000)}
	w.Topic("wide", 40)
	offsets := make(kadm.Offsets)
	for p := range int32(40) {
		w.Produce("wide", p, 3)
		offsets.AddOffset("wide", p, 1, -1)
	}
	if err := w.Adm.CommitAllOffsets(w.Ctx, w.group, offsets); err != nil {
		t.Fatal(err)
	}
	return w
}

// patientOffsets reads the group's commits, however long the client takes to find
// out that a broker is gone.
func (w wideReset) patientOffsets() map[model.TopicPartition]kadm.Offset {
	w.Helper()
	for {
		_, err := w.Adm.FetchOffsets(w.Ctx, w.group)
		if err == nil {
			return w.Offsets(w.group)
		}
		w.Pause(err)
	}
}

func faultBetweenWrites(t *testing.T, before int, happens between) {
	w := newWideReset(t)
	was := w.Offsets(w.group)
	client := w.NewClient(kafka.Config{RequestTimeout: 2 * impatient, Opts: []kgo.Opt{kgo.SeedBrokers(w.broker.ListenAddrs()...)}})
	facts, err := client.Groups.ResetFacts(w.Ctx, w.group, labtest.AllCommitted, reset.Strategy{})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := reset.Make(facts, labtest.AllCommitted, reset.Strategy{Kind: reset.ToLatest})
	if err != nil {
		t.Fatal(err)
	}
	writes, over := 0, func() {}
	w.broker.ControlKey(int16(kmsg.OffsetCommit), func(kmsg.Request) (kmsg.Response, error, bool) {
		w.broker.KeepControl()
		if writes++; writes == before+1 {
			w.broker.SleepControl(func() { over = happens(w) })
		}
		return nil, nil, false
	})
	result, err := labtest.Apply(w.Ctx, client, plan)
	if err != nil {
		t.Fatal(err)
	}
	if writes <= before {
		t.Fatalf("%d writes: nothing happened", writes)
	}
	now := w.patientOffsets()
	for _, row := range result.Rows {
		at := now[row.Row.TopicPartition].At
		if there := at == row.Row.New; there != (row.Outcome == model.Done) || there != (row.Err == nil) {
			t.Errorf("%s is at %d, and told to be %s (%v)", row.Row.TopicPartition, at, row.Outcome, row.Err)
		}
	}
	if applied := result.Count(model.Done); applied < before*17 {
		t.Errorf("%d applied, though the first %d writes were left alone", applied, before)
	}

	over()
	saved, err := reset.Load(result.Saved)
	if err != nil || len(saved.Commits) != 40 {
		t.Fatalf("saved %d commits (%v)", len(saved.Commits), err)
	}
	back, err := w.Client.Groups.UndoPlan(w.Ctx, w.group, saved)
	if err != nil {
		t.Fatal(err)
	}
	if back.Totals().Changed == 0 { // nothing was written
		return
	}
	if result, err := labtest.Apply(w.Ctx, w.Client, back); err != nil || !result.Complete() {
		t.Fatalf("the undo: %v, %+v", err, result.Rows)
	}
	if got := w.Offsets(w.group); !maps.Equal(got, was) {
		t.Errorf("undone to %v, want %v", got, was)
	}
}
