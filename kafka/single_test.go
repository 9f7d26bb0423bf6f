package kafka_test

import (
	"testing"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/reset"
)

// TestOneBroker asks a cluster of a single broker everything once: one replica is
// all that there is to be in sync.
func TestOneBroker(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Brokers: 1})
	lab := attachGroupLab(t, cluster, cluster.Servers)
	seedReset(lab)
	check := lab.checkBrokers()
	if got := brokerStates(check); len(got) != 1 || got[0] != kafka.BrokerUp || check.Controller.ID != 0 {
		t.Errorf("states %v, controller %+v", got, check.Controller)
	}
	o, err := lab.client.Overview(lab.ctx)
	if err != nil || o.Partial != nil || o.Hidden != nil || o.State() != kafka.InSync || o.Partitions == 0 {
		t.Errorf("overview %+v, %v", o, err)
	}
	topic, err := lab.client.Topic(lab.ctx, "orders")
	if err != nil || topic.Partial != nil || topic.SizesErr != nil || topic.ReplicationFactor != 1 || topic.MinISR != 1 || topic.Disk <= 0 {
		t.Errorf("topic %+v, %v", topic, err)
	}
	groups, err := lab.client.Groups(lab.ctx)
	if err != nil || groups.Partial != nil || groups.Hidden != nil || len(groups.Items) != 1 || groups.Items[0].Coordinator != 0 {
		t.Errorf("groups %+v, %v", groups, err)
	}
	result, err := lab.client.ApplyReset(lab.ctx, lab.plan(lab.client, allCommitted, reset.Strategy{Kind: reset.ToEarliest}))
	if err != nil || !result.Complete() {
		t.Errorf("reset %+v, %v", result, err)
	}
}
