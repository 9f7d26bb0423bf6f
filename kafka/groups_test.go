package kafka_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/lag"
)

func TestGroupsOfEveryType(t *testing.T) {
	lab := newGroupLab(t)
	lab.topic("orders", 3)
	lab.topic("stock", 1)
	for p := range int32(3) {
		lab.produce("orders", p, 10)
	}
	lab.commit("stopped", "orders", 0, 4)
	lab.commit("stopped", "stock", 0, 0)
	start := kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())
	lab.join(kgo.ConsumerGroup("classic"), kgo.ConsumeTopics("orders"), start)
	lab.join(kgo.ConsumerGroup("next"), kgo.ServerSideBalancer(), kgo.ConsumeTopics("orders"), start)
	lab.join(kgo.ShareGroup("shared"), kgo.ConsumeTopics("orders"))

	stable := func(g kafka.Group) bool { return g.State == kafka.GroupStable && g.Members == 1 && len(g.Topics) == 1 }
	for name, typ := range map[string]kafka.GroupType{"classic": kafka.ClassicGroup, "next": kafka.ConsumerGroup, "shared": kafka.ShareGroup} {
		g := lab.until(name, stable)
		if g.Type != typ || g.Topics[0].Topic != "orders" || g.Err != nil {
			t.Errorf("group %s: %+v", name, g)
		}
	}
	stopped := lab.until("stopped", func(kafka.Group) bool { return true })
	if stopped.State != kafka.GroupEmpty || stopped.Members != 0 || !stopped.Unread() {
		t.Errorf("the group without members: %+v", stopped)
	}
	want := lag.Sum{Records: 6, Known: 2}
	if stopped.Lag != want {
		t.Errorf("its lag is %+v, want %+v", stopped.Lag, want)
	}
	if len(stopped.Topics) != 2 || stopped.Topics[0].Lag.Records != 6 || stopped.Topics[1].Lag.Records != 0 {
		t.Errorf("its topics are %+v", stopped.Topics)
	}
}
