package groups_test

import (
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// seedShares makes billing a share group without members that has read orders.
func seedShares(lab *groupLab) {
	lab.Helper()
	lab.Topic("orders", 2)
	for p := range int32(2) {
		for n := range 40 {
			r := &kgo.Record{Topic: "orders", Partition: p, Timestamp: labtest.ResetStart.Add(time.Duration(n) * time.Second)}
			if err := lab.Kgo.ProduceSync(lab.Ctx, r).FirstErr(); err != nil {
				lab.Fatal(err)
			}
		}
	}
	member := lab.Join(kgo.ShareGroup("billing"), kgo.ConsumeTopics("orders"))
	lab.Until("billing", func(g groups.Group) bool { return g.Type == model.Share && g.Members == 1 })
	member.Close()
	lab.Until("billing", func(g groups.Group) bool { return g.Members == 0 })
}

// starts reads the start offsets of billing's share-partitions by the API itself;
// -1 is none.
func (l *groupLab) starts(topic string) map[int32]int64 {
	l.Helper()
	req := kmsg.NewPtrDescribeShareGroupOffsetsRequest()
	rg := kmsg.NewDescribeShareGroupOffsetsRequestGroup()
	rg.GroupID = "billing"
	req.Groups = append(req.Groups, rg)
	resp, err := req.RequestWith(l.Ctx, l.Kgo)
	if err != nil {
		l.Fatal(err)
	}
	starts := make(map[int32]int64)
	for _, t := range resp.Groups[0].Topics {
		if t.Topic == topic {
			for _, p := range t.Partitions {
				starts[p.Partition] = p.StartOffset
			}
		}
	}
	return starts
}

func TestShareGroupsAreResetByTheirOwnAPI(t *testing.T) {
	lab := newGroupLab(t)
	seedShares(lab)
	scope := reset.Scope{Topics: map[string][]int32{"orders": nil}}
	for _, tc := range []struct {
		strategy reset.Strategy
		want     int64
	}{
		{reset.Strategy{Kind: reset.ToDatetime, At: labtest.ResetStart.Add(15 * time.Second)}, 15},
		{reset.Strategy{Kind: reset.ToLatest}, 40},
		{reset.Strategy{Kind: reset.ToEarliest}, 0},
	} {
		result, err := labtest.Apply(lab.Ctx, lab.Client, lab.Plan(lab.Client, scope, tc.strategy))
		if err != nil || !result.Complete() || result.Count(model.Done) == 0 {
			t.Errorf("%s: %v, %+v", tc.strategy, err, result.Rows)
		}
		if got := lab.starts("orders"); got[0] != tc.want || got[1] != tc.want {
			t.Errorf("%s: starts at %v, want %d", tc.strategy, got, tc.want)
		}
	}
	lab.undo()
	if got := lab.starts("orders"); got[0] != 40 || got[1] != 40 {
		t.Errorf("undone to %v, want 40", got)
	}
	for _, kind := range []reset.Kind{reset.ToCurrent, reset.ToOffset, reset.ShiftBy, reset.ByDuration, reset.FromFile, reset.FromGroup} {
		facts, err := lab.Client.Groups.ResetFacts(lab.Ctx, "billing", scope, reset.Strategy{})
		if err != nil {
			t.Fatal(err)
		}
		var wrong *reset.TypeError
		if _, err := reset.Make(facts, scope, reset.Strategy{Kind: kind}); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestUndoOfAShareGroupDeletesWhatItBegan resets a share group on a topic that it
// has never read, and takes that back.
func TestUndoOfAShareGroupDeletesWhatItBegan(t *testing.T) {
	lab := newGroupLab(t)
	seedShares(lab)
	lab.Topic("users", 1)
	lab.Produce("users", 0, 7)
	scope := reset.Scope{Topics: map[string][]int32{"users": nil}}
	if result, err := labtest.Apply(lab.Ctx, lab.Client, lab.Plan(lab.Client, scope, reset.Strategy{Kind: reset.ToLatest})); err != nil || !result.Complete() {
		t.Fatalf("%v, %+v", err, result)
	}
	if got := lab.starts("users"); got[0] != 7 {
		t.Fatalf("starts at %v", got)
	}
	lab.undo()
	if got, ok := lab.starts("users")[0]; ok && got >= 0 {
		t.Errorf("starts at %d after the undo", got)
	}
}

func TestActiveShareGroupIsRefused(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("orders", 1)
	lab.Join(kgo.ShareGroup("billing"), kgo.ConsumeTopics("orders"), kgo.ClientID("till-7"))
	lab.Until("billing", func(g groups.Group) bool { return g.Type == model.Share && g.Members == 1 })
	scope := reset.Scope{Topics: map[string][]int32{"orders": nil}}
	facts, err := lab.Client.Groups.ResetFacts(lab.Ctx, "billing", scope, reset.Strategy{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = reset.Make(facts, scope, reset.Strategy{Kind: reset.ToEarliest})
	expectActive(t, err)
}
