package kafka_test

import (
	"testing"

	"github.com/kdeck/kdeck/kafka"
)

// One silent broker of three fails nothing that another one can answer, whichever
// broker is asked first.
func TestOneSilentBrokerFailsNoQuestion(t *testing.T) {
	t.Parallel()
	lab := newFaultLab(t)
	lab.hurry()
	lab.topic("orders", 3)
	lab.commit("billing", "orders", 0, 0)
	coordinator := lab.detail("billing", anyDetail).Group.Coordinator
	silent := (coordinator + 1) % 3
	lab.cluster.Embedded.Stall(silent, true)
	t.Cleanup(func() { lab.cluster.Embedded.Stall(silent, false) })
	for turn := range 4 { // brokers and seeds are asked by turns
		if _, err := lab.client.Cluster(lab.ctx); err != nil {
			t.Errorf("turn %d: %v", turn, err)
		}
	}
	lab.hurry() // the new client knows neither brokers nor coordinators
	groups, err := lab.client.Groups(lab.ctx)
	if err != nil || len(groups.Items) != 1 || groups.Items[0].Err != nil {
		t.Errorf("groups %+v, %v", groups.Items, err)
	}
}

// A broker that is known to be silent is not asked what another one can tell.
func TestAKnownSilentBrokerIsSpared(t *testing.T) {
	t.Parallel()
	lab := newFaultLab(t)
	lab.hurry()
	lab.cluster.Embedded.Stall(1, true)
	t.Cleanup(func() { lab.cluster.Embedded.Stall(1, false) })
	lab.untilBroker(1, kafka.BrokerSilent)
	before := lab.cluster.Embedded.Stats()[1].Accepted
	for range 8 { // more than there are brokers and seeds to take turns
		if _, err := lab.client.Cluster(lab.ctx); err != nil {
			t.Error(err)
		}
	}
	if after := lab.cluster.Embedded.Stats()[1].Accepted; after != before {
		t.Errorf("the silent broker was connected to %d times", after-before)
	}
	lab.cluster.Embedded.Stall(1, false)
	lab.untilBroker(1, kafka.BrokerUp)
}
