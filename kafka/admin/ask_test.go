package admin_test

import (
	"testing"

	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
)

// One silent broker of three fails nothing that another one can answer, whichever
// broker is asked first.
func TestOneSilentBrokerFailsNoQuestion(t *testing.T) {
	t.Parallel()
	lab := labtest.WithFaults(t)
	lab.Hurry()
	lab.Topic("orders", 3)
	lab.Commit("billing", "orders", 0, 0)
	coordinator := lab.Detail("billing", labtest.AnyDetail).Group.Coordinator
	silent := (coordinator + 1) % 3
	lab.Cluster.Embedded.Stall(silent, true)
	t.Cleanup(func() { lab.Cluster.Embedded.Stall(silent, false) })
	for turn := range 4 { // brokers and seeds are asked by turns
		if _, err := lab.Client.Cluster(lab.Ctx); err != nil {
			t.Errorf("turn %d: %v", turn, err)
		}
	}
	lab.Hurry() // the new client knows neither brokers nor coordinators
	groups, err := lab.Client.Groups.WithLag(lab.Ctx)
	if err != nil || len(groups.Items) != 1 || groups.Items[0].Err != nil {
		t.Errorf("groups %+v, %v", groups.Items, err)
	}
}

// A broker that is known to be silent is not asked what another one can tell.
func TestAKnownSilentBrokerIsSpared(t *testing.T) {
	t.Parallel()
	lab := labtest.WithFaults(t)
	lab.Hurry()
	lab.Cluster.Embedded.Stall(1, true)
	t.Cleanup(func() { lab.Cluster.Embedded.Stall(1, false) })
	lab.UntilBroker(1, brokers.Silent)
	before := lab.Cluster.Embedded.Stats()[1].Accepted
	for range 8 { // more than there are brokers and seeds to take turns
		if _, err := lab.Client.Cluster(lab.Ctx); err != nil {
			t.Error(err)
		}
	}
	if after := lab.Cluster.Embedded.Stats()[1].Accepted; after != before {
		t.Errorf("the silent broker was connected to %d times", after-before)
	}
	lab.Cluster.Embedded.Stall(1, false)
	lab.UntilBroker(1, brokers.Up)
}
