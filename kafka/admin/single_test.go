package admin_test

import (
	"testing"

	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// TestOneBroker asks a cluster of a single broker everything once: one replica is
// all that there is to be in sync.
func TestOneBroker(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Brokers: 1})
	lab := labtest.Attach(t, cluster, cluster.Servers)
	lab.SeedReset()
	check := lab.CheckBrokers()
	if got := labtest.BrokerStates(check); len(got) != 1 || got[0] != brokers.Up || check.Controller.ID != 0 {
		t.Errorf("states %v, controller %+v", got, check.Controller)
	}
	o, err := lab.Client.Overview.Read(lab.Ctx)
	if err != nil || o.Partial != nil || o.Hidden != nil || o.State() != model.InSync || o.Partitions == 0 {
		t.Errorf("overview %+v, %v", o, err)
	}
	topic, err := lab.Client.Topics.Detail(lab.Ctx, "orders")
	if err != nil || topic.Partial != nil || topic.SizesErr != nil || topic.ReplicationFactor != 1 || topic.MinISR != 1 || topic.Disk <= 0 {
		t.Errorf("topic %+v, %v", topic, err)
	}
	groups, err := lab.Client.Groups.WithLag(lab.Ctx)
	if err != nil || groups.Partial != nil || groups.Hidden != nil || len(groups.Items) != 1 || groups.Items[0].Coordinator != 0 {
		t.Errorf("groups %+v, %v", groups, err)
	}
	result, err := labtest.Apply(lab.Ctx, lab.Client, lab.Plan(lab.Client, labtest.AllCommitted, reset.Strategy{Kind: reset.ToEarliest}))
	if err != nil || !result.Complete() {
		t.Errorf("reset %+v, %v", result, err)
	}
}
