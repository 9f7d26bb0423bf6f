package admin_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/overview"
	"github.com/kdeck/kdeck/kafka/reset"
)

// TestOnItsOwnCluster does harm to an Apache Kafka: what kdeck says of it is true
// before, meanwhile and afterwards. Each test leaves the cluster healthy.
func TestOnItsOwnCluster(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Own: true})
	t.Run("a broker is killed and comes back", func(t *testing.T) { killBroker(t, cluster) })
	t.Run("a reset is cut off half way", func(t *testing.T) { cutReset(t, cluster) })
}

func killBroker(t *testing.T, cluster *kafkatest.Cluster) {
	lab := labtest.Attach(t, cluster, cluster.Servers)
	lab.Create("orders", 6, 3, nil)
	if got := labtest.BrokerStates(lab.CheckBrokers()); len(got) != 3 {
		t.Fatalf("states %v", got)
	}
	cluster.Nodes.Kill(2)
	lab.UntilBroker(2, brokers.Down)
	health := lab.Health(func(h overview.Health) bool { return h.UnderReplicated >= 6 })
	if health.Offline != 0 || len(health.Down()) != 1 || health.Down()[0] != 2 {
		t.Errorf("one of three brokers was killed: %+v", health)
	}
	if err := cluster.Nodes.Restart(lab.Ctx, 2); err != nil {
		t.Fatal(err)
	}
	lab.UntilBroker(2, brokers.Up)
	if health = lab.Health(func(h overview.Health) bool { return h.UnderReplicated == 0 }); len(health.Down()) != 0 {
		t.Errorf("after it came back: %+v", health)
	}
}

// cutReset writes a plan that takes three commits and loses the coordinator after
// the first one: the second was sent, the third was not. The name of a group is in
// each of its commits, so a long one makes many commits of few partitions.
func cutReset(t *testing.T, cluster *kafkatest.Cluster) {
	const partitions = 60
	lab := labtest.Attach(t, cluster, cluster.Servers)
	lab.Create("many", partitions, 3, nil)
	group := strings.Repeat("g", 25_000)
	for p := range int32(partitions) {
		lab.Produce("many", p, 1)
		lab.Commit(group, "many", p, 1)
	}
	client := lab.NewClient(kafka.Config{RequestTimeout: 3 * time.Second, Opts: []kgo.Opt{kgo.SeedBrokers(cluster.Nodes.Proxied...)}})
	plan := lab.PlanOf(group, client, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest})

	var commits atomic.Int32
	cluster.Nodes.OnCommit(func(broker int) {
		if commits.Add(1) > 1 {
			cluster.Nodes.Stall(broker, true)
		}
	})
	result, err := labtest.Apply(lab.Ctx, client, plan)
	cluster.Nodes.OnCommit(nil)
	for broker := range cluster.Servers {
		cluster.Nodes.Stall(broker, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	told := make(map[string]int)
	for _, row := range result.Rows {
		switch why := row.Err.Error(); {
		case row.Outcome == model.Unknown && strings.Contains(why, "accepted it, but it could not be read back"):
			told["accepted"]++
		case row.Outcome == model.Unknown && strings.Contains(why, "whether it was written is not known"):
			told["lost"]++
		case row.Outcome == model.Refused && strings.Contains(why, "not sent"):
			told["not sent"]++
		default:
			t.Errorf("%s: %s: %v", row.Row.TopicPartition, row.Outcome, row.Err)
		}
	}
	if told["accepted"] == 0 || told["lost"] == 0 || told["not sent"] == 0 {
		t.Errorf("told %v", told)
	}
	if saved, err := reset.Load(result.Saved); err != nil || len(saved.Commits) != partitions || len(saved.Planned) != partitions {
		t.Errorf("saved %d of %d offsets (%v)", len(saved.Commits), partitions, err)
	}

	// The rest, when the coordinator is back: what has arrived is not written again.
	rest := lab.PlanOf(group, client, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest})
	if got := rest.Totals().Changed; got < told["not sent"] || got > told["not sent"]+told["lost"] {
		t.Errorf("the rest is %d partitions; told %v", got, told)
	}
	if result, err = labtest.Apply(lab.Ctx, client, rest); err != nil || !result.Complete() {
		t.Errorf("the rest: %v, %d of %d", err, result.Count(model.Done)+result.Count(model.Unchanged), len(result.Rows))
	}
	for tp, o := range lab.Offsets(group) {
		if o.At != 0 {
			t.Errorf("%s is at %d", tp, o.At)
		}
	}
}
