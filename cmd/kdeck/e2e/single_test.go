package e2e

import (
	"testing"

	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// TestJourneySingleBroker does the jobs on a cluster of one broker, where
// everything has one replica and nothing is under-replicated for that.
func TestJourneySingleBroker(t *testing.T) {
	eachSize(t, func(t *testing.T, w, h int) {
		cluster, admin := labOn(t, kafkatest.Config{Brokers: 1})
		s := open(t, w, h, "attach", cluster.Servers[0])
		s.WaitFor("1 broker up", "1 of 1 up", "partitions are in sync, the broker answers", "Under-replicated  0")
		s.Type("2").WaitFor("parts", "invoices", "30", "in sync").Type("/", "invoices", "enter", "enter").WaitFor("topics › invoices", "RF 1", "all in sync")
		s.Type("4").WaitFor("the broker answers", "broker 0").Type("enter").WaitFor("brokers › broker 0", "broker.id")
		s.Type("tab").WaitFor("online")
		s.Type(":").WaitFor("esc cancel").Type("tail invoices", "enter").WaitFor("tail invoices", "at the end", "30 held")
		s.Type("3").WaitFor("billing", "18")
		resetToEarliest(s)
		leave(t, s)
		wantEarliest(t, admin)
	})
}
