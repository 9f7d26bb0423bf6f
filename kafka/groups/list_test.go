package groups_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
)

func TestGroupsOfEveryType(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("orders", 3)
	lab.Topic("stock", 1)
	for p := range int32(3) {
		lab.Produce("orders", p, 10)
	}
	lab.Commit("stopped", "orders", 0, 4)
	lab.Commit("stopped", "stock", 0, 0)
	start := kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())
	lab.Join(kgo.ConsumerGroup("classic"), kgo.ConsumeTopics("orders"), start)
	lab.Join(kgo.ConsumerGroup("next"), kgo.ServerSideBalancer(), kgo.ConsumeTopics("orders"), start)
	lab.Join(kgo.ShareGroup("shared"), kgo.ConsumeTopics("orders"))

	stable := func(g groups.Group) bool { return g.State == model.StateStable && g.Members == 1 && len(g.Topics) == 1 }
	for name, typ := range map[string]model.GroupType{"classic": model.Classic, "next": model.Consumer, "shared": model.Share} {
		g := lab.Until(name, stable)
		if g.Type != typ || g.Topics[0].Topic != "orders" || g.Err != nil {
			t.Errorf("group %s: %+v", name, g)
		}
	}
	stopped := lab.Until("stopped", func(groups.Group) bool { return true })
	if stopped.State != model.StateEmpty || stopped.Members != 0 || !stopped.Unread() {
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
	lab.Commit("billing", "orders", 0, 0)
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
	groups, err := lab.Client.Groups.WithLag(lab.Ctx)
	if err != nil || groups.Partial != nil || len(groups.Items) != 1 || len(groups.Items[0].Topics) != 1 {
		t.Fatalf("%+v, %v, %v", groups.Items, err, groups.Partial)
	}
	if !refused {
		t.Error("the broker was not asked")
	}
}
