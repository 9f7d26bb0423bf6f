package groups_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// impatient is the request timeout of a client that gives up early.
const impatient = 300 * time.Millisecond

func TestStalledCoordinatorBeforeTheWrite(t *testing.T) {
	t.Parallel()
	lab := newFaultLab(t)
	lab.SeedReset()
	hasty, err := admin.New(kafka.Config{Name: "lab", StateDir: t.TempDir(), RequestTimeout: impatient, Opts: []kgo.Opt{kgo.SeedBrokers(lab.Cluster.Servers...)}})
	if err != nil {
		t.Fatal(err)
	}
	defer hasty.Close()
	plan := lab.Plan(hasty, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest})
	for b := range int32(3) {
		lab.Cluster.Embedded.Stall(b, true)
	}
	_, err = labtest.Apply(lab.Ctx, hasty, plan)
	for b := range int32(3) {
		lab.Cluster.Embedded.Stall(b, false)
	}
	if err == nil || !strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("stopped with %v", err)
	}
	if got := lab.Offsets("billing")[labtest.Partition("orders", 0)].At; got != 50 {
		t.Errorf("moved to %d", got)
	}
}

func TestStalledCoordinatorDuringTheWrite(t *testing.T) {
	t.Parallel()
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	lab := attachGroupLab(t, nil, broker.ListenAddrs())
	lab.SeedReset()
	hasty, err := admin.New(kafka.Config{Name: "lab", StateDir: t.TempDir(), RequestTimeout: impatient, Opts: []kgo.Opt{kgo.SeedBrokers(broker.ListenAddrs()...)}})
	if err != nil {
		t.Fatal(err)
	}
	defer hasty.Close()
	plan := lab.Plan(hasty, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest})

	broker.ControlKey(int16(kmsg.OffsetCommit), func(kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		return nil, nil, true // taken in, and never answered
	})
	result, err := labtest.Apply(lab.Ctx, hasty, plan)
	if err != nil {
		t.Fatal(err)
	}
	if result.Complete() || result.Count(model.Unknown) != 2 {
		t.Errorf("told %+v", result.Rows)
	}
	for _, row := range result.Rows {
		if row.Row.Found != 50 || row.Err == nil || !strings.Contains(row.Err.Error(), "may still arrive") {
			t.Errorf("%s: found %d, %v", row.Row.TopicPartition, row.Row.Found, row.Err)
		}
	}
	if saved, err := reset.Load(result.Saved); err != nil || len(saved.Commits) != 2 {
		t.Errorf("saved %+v (%v)", saved, err)
	}
}

func TestPartialFailureIsListed(t *testing.T) {
	t.Parallel()
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	lab := attachGroupLab(t, nil, broker.ListenAddrs())
	lab.SeedReset()
	plan := lab.Plan(lab.Client, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest})
	fault := broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Partitions: []int32{1}, Err: kerr.InvalidCommitOffsetSize})
	defer fault.Remove()
	result, err := labtest.Apply(lab.Ctx, lab.Client, plan)
	if err != nil {
		t.Fatal(err)
	}
	if result.Count(model.Done) != 1 || result.Count(model.Refused) != 1 {
		t.Fatalf("told %+v", result.Rows)
	}
	failed := result.Rows[1]
	if failed.Row.TopicPartition != labtest.Partition("orders", 1) || failed.Row.Found != 50 || !strings.Contains(failed.Err.Error(), "INVALID_COMMIT_OFFSET_SIZE") {
		t.Errorf("%s found at %d: %v", failed.Row.TopicPartition, failed.Row.Found, failed.Err)
	}
}

func containsAll(s string, parts ...string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(s, part) })
}
