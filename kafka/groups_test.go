package kafka_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

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

// TestGroupsThatHaveMoved: a broker that lists a group may have lost it by the
// time that it is asked for commits.
func TestGroupsThatHaveMoved(t *testing.T) {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	lab := attachGroupLab(t, nil, broker.ListenAddrs())
	lab.commit("billing", "orders", 0, 0)
	refused := false
	broker.ControlKey(int16(kmsg.OffsetFetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		refused = true // once: this function is dropped when it has answered
		resp := req.ResponseKind().(*kmsg.OffsetFetchResponse)
		for _, g := range req.(*kmsg.OffsetFetchRequest).Groups {
			rg := kmsg.NewOffsetFetchResponseGroup()
			rg.Group, rg.ErrorCode = g.Group, kerr.NotCoordinator.Code
			resp.Groups = append(resp.Groups, rg)
		}
		return resp, nil, true
	})
	groups, err := lab.client.Groups(lab.ctx)
	if err != nil || groups.Partial != nil || len(groups.Items) != 1 || len(groups.Items[0].Topics) != 1 {
		t.Fatalf("%+v, %v, %v", groups.Items, err, groups.Partial)
	}
	if !refused {
		t.Error("the broker was not asked")
	}
}
