package groups_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// seedMany commits offset 0 for the group billing on every partition of some
// empty topics.
func seedMany(lab *groupLab, topics int, partitions int32) {
	lab.Helper()
	offsets := make(kadm.Offsets)
	for n := range topics {
		topic := fmt.Sprintf("many-%03d", n)
		lab.Topic(topic, partitions)
		for p := range partitions {
			offsets.AddOffset(topic, p, 0, -1)
		}
	}
	if err := lab.Adm.CommitAllOffsets(lab.Ctx, "billing", offsets); err != nil {
		lab.Fatal(err)
	}
}

// TestResetTakesFewRequests holds the number of requests for any number of
// partitions.
func TestResetTakesFewRequests(t *testing.T) {
	lab := newGroupLab(t)
	seedMany(lab, 20, 100)
	plan := lab.Plan(lab.Client, labtest.AllCommitted, reset.Strategy{Kind: reset.ToDatetime, At: time.Now()})
	if len(plan.Rows) != 2000 {
		t.Fatalf("%d rows, want 2000", len(plan.Rows))
	}
	const brokers = 3
	for api, most := range map[string]int{
		"ListGroups": brokers, "DescribeGroups": 1, "OffsetFetch": 1, "FindCoordinator": 2,
		"ListOffsets": 4 * brokers, "Metadata": 6,
	} {
		if got := lab.Client.Requests()[api]; got < 1 || got > most {
			t.Errorf("%d %s requests for a plan, want 1 to %d", got, api, most)
		}
	}
}

// TestLargePlansAreWrittenInParts holds that one commit stays below what a
// coordinator takes, and that nothing is lost between the parts. The group's name
// is in every commit, so a long one makes a plan large.
func TestLargePlansAreWrittenInParts(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("wide", 40)
	group := strings.Repeat("g", 30_000)
	scope := reset.Scope{Topics: map[string][]int32{"wide": nil}}
	how := reset.Strategy{Kind: reset.ToEarliest}
	facts, err := lab.Client.Groups.ResetFacts(lab.Ctx, group, scope, how)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := reset.Make(facts, scope, how)
	if err != nil {
		t.Fatal(err)
	}
	result, err := labtest.Apply(lab.Ctx, lab.Client, plan)
	if err != nil || !result.Complete() || result.Count(model.Done) != 40 {
		t.Fatalf("%v; %d of %d applied", err, result.Count(model.Done), len(result.Rows))
	}
	if got := lab.Client.Requests()["OffsetCommit"]; got != 3 { // 17 fit into one
		t.Errorf("%d commits, want 3", got)
	}
	if got := len(lab.Offsets(group)); got != 40 {
		t.Errorf("%d partitions committed, want 40", got)
	}
}

// TestPartitionWithoutALeaderIsRefused rewrites what the broker tells, since its
// engine always has a leader.
func TestPartitionWithoutALeaderIsRefused(t *testing.T) {
	t.Parallel()
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	lab := attachGroupLab(t, nil, broker.ListenAddrs())
	lab.SeedReset()
	described, err := kmsg.NewPtrMetadataRequest().RequestWith(lab.Ctx, lab.Kgo)
	if err != nil {
		t.Fatal(err)
	}
	for i := range described.Topics {
		for j := range described.Topics[i].Partitions {
			if p := &described.Topics[i].Partitions[j]; p.Partition == 1 {
				p.Leader, p.ErrorCode = -1, 5 // LEADER_NOT_AVAILABLE
			}
		}
	}
	broker.ControlKey(int16(kmsg.Metadata), func(req kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		resp := *described
		resp.Version = req.GetVersion()
		return &resp, nil, true
	})
	hasty, err := admin.New(kafka.Config{Name: "lab", StateDir: t.TempDir(), RequestTimeout: impatient, Opts: []kgo.Opt{kgo.SeedBrokers(broker.ListenAddrs()...)}})
	if err != nil {
		t.Fatal(err)
	}
	defer hasty.Close()
	facts, err := hasty.Groups.ResetFacts(lab.Ctx, "billing", labtest.AllCommitted, reset.Strategy{})
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := facts.Partition(labtest.Partition("orders", 0)); p.Problem != "" || p.LogEnd != 100 {
		t.Errorf("the partition with a leader is %+v", p)
	}
	_, err = reset.Make(facts, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest})
	if err == nil || !containsAll(err.Error(), "orders/1", "no leader", "nothing was written") {
		t.Errorf("refused with %v", err)
	}
}

// BenchmarkResetPlan plans a reset of 10,000 partitions. The floor is the bare
// requests that any such plan needs: the commits, the log starts and the log
// ends.
func BenchmarkResetPlan(b *testing.B) {
	lab := newGroupLab(b)
	seedMany(lab, 100, 100)
	for _, kind := range []reset.Kind{reset.ToEarliest, reset.ToLatest} {
		b.Run(string(kind), func(b *testing.B) {
			sent := labtest.Total(lab.Client)
			rounds := labtest.Compare(b,
				labtest.Timed(func() {
					if got := len(lab.Plan(lab.Client, labtest.AllCommitted, reset.Strategy{Kind: kind}).Rows); got != 10_000 {
						b.Fatalf("%d rows", got)
					}
				}),
				labtest.Timed(func() { bareOffsets(lab) }))
			b.ReportMetric(float64(labtest.Total(lab.Client)-sent)/float64(rounds), "requests")
		})
	}
}

func bareOffsets(lab *groupLab) {
	lab.Helper()
	commits, err := lab.Adm.FetchOffsets(lab.Ctx, "billing")
	if err != nil {
		lab.Fatal(err)
	}
	topics := commits.Partitions().Topics()
	if _, err := lab.Adm.ListStartOffsets(lab.Ctx, topics...); err != nil {
		lab.Fatal(err)
	}
	if _, err := lab.Adm.ListEndOffsets(lab.Ctx, topics...); err != nil {
		lab.Fatal(err)
	}
}
