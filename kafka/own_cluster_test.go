package kafka_test

import (
	"testing"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// TestABrokerIsKilledAndComesBack kills a node of an Apache Kafka: what kdeck
// says of it is true before, meanwhile and afterwards.
func TestABrokerIsKilledAndComesBack(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Own: true})
	lab := attachGroupLab(t, cluster, cluster.Servers)
	lab.create("orders", 6, 3, nil)
	if got := brokerStates(lab.checkBrokers()); len(got) != 3 {
		t.Fatalf("states %v", got)
	}
	cluster.Nodes.Kill(2)
	lab.untilBroker(2, kafka.BrokerDown)
	health := lab.health(func(h kafka.Health) bool { return h.UnderReplicated >= 6 })
	if health.Offline != 0 || len(health.Down()) != 1 || health.Down()[0] != 2 {
		t.Errorf("one of three brokers was killed: %+v", health)
	}
	if err := cluster.Nodes.Restart(lab.ctx, 2); err != nil {
		t.Fatal(err)
	}
	lab.untilBroker(2, kafka.BrokerUp)
	if health = lab.health(func(h kafka.Health) bool { return h.UnderReplicated == 0 }); len(health.Down()) != 0 {
		t.Errorf("after it came back: %+v", health)
	}
}

func (l *groupLab) untilBroker(id int, want kafka.BrokerState) {
	l.Helper()
	for {
		check, err := l.client.CheckBrokers(l.ctx)
		if err == nil && check.Brokers[id].State == want {
			return
		}
		l.pause(check)
	}
}

func (l *groupLab) health(wanted func(kafka.Health) bool) kafka.Health {
	l.Helper()
	for {
		h, err := l.client.Health(l.ctx)
		if err == nil && wanted(h) {
			return h
		}
		l.pause(h)
	}
}
