package groups

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
)

func (p *Detail) answer(t *testing.T, d groups.Detail, err error) {
	t.Helper()
	p.Poll.Fetch = func(context.Context) (groups.Detail, error) { return d, err }
	p.Update(p.Poll.Start(t.Context())())
}

// someDetail is a KIP-848 group with three members on two partitions, and a
// commit that is left over from a topic that was made anew.
func someDetail() groups.Detail {
	ok := lag.Log{Start: 0, End: 2_000_000, Stable: 2_000_000}
	orders := func(p int32) []model.TopicPartitions {
		return []model.TopicPartitions{{Topic: "orders", Partitions: []int32{p}}}
	}
	member := func(id, client string) model.Member {
		return model.Member{ID: id, ClientID: client, Host: "10.0.0.7", Epoch: 7, Subscribed: []string{"orders"}}
	}
	first, second, third := member("member-a", "app-1"), member("member-b", "app-2"), member("member-c", "app-3")
	first.Assigned, first.Target, first.InstanceID = orders(0), orders(0), "static-1"
	second.Assigned, second.Target = orders(1), []model.TopicPartitions{}
	return groups.Detail{
		Group: groups.Group{
			Name: "fulfilment", Type: model.Consumer, State: model.StateStable, ProtocolType: "consumer",
			Coordinator: 2, Members: 3, Lag: lag.Sum{Records: 500_000, Known: 2, Unknown: 1},
		},
		Assignor: "uniform", Epoch: 8, AssignmentEpoch: 7, At: began,
		Members: []model.Member{first, second, third},
		Partitions: []groups.PartitionLag{
			{Topic: "anew", Partition: 0, Lag: lag.Of(500, lag.Log{Start: 0, End: 3, Stable: 3}), Progress: lag.NoProgress()},
			{Topic: "orders", Partition: 0, Lag: lag.Of(1_500_000, ok), Progress: lag.NoProgress(), Readers: []int{0}},
			{Topic: "orders", Partition: 1, Lag: lag.Of(2_000_000, ok), Progress: lag.NoProgress(), Readers: []int{1}},
		},
	}
}

func TestDetailShowsPartitions(t *testing.T) {
	p := NewDetail(testEnv(t), "fulfilment")
	contains(t, body(t, p, 80, 20), "loading group fulfilment …")
	p.answer(t, someDetail(), nil)
	narrow := body(t, p, 80, 20)
	contains(t, narrow, "consumer · Stable · lag ≥ 500,000 (1 unknown) · 3 members · coordinator 2",
		"Partitions (3)", "Members (3)", "1,500,000", "2,000,000", "500,000", "past the end", "anew/0: the group stands at 500 but the log ends at 3")
	p.Do(keymap.Down)
	contains(t, body(t, p, 80, 20), "orders/0: read by app-1 on 10.0.0.7")
	wide := body(t, p, 160, 44)
	contains(t, wide, "uniform · epoch 8, assignment 7", "app-1", "10.0.0.7", "log start", "nobody reads")
	if strings.Contains(wide, "…") {
		t.Errorf("something is cut:\n%s", wide)
	}
	contains(t, body(t, p, 220, 44), "last stable", "member-a")
}

func TestDetailShowsPhantomLag(t *testing.T) {
	p := NewDetail(testEnv(t), "fulfilment")
	d := someDetail()
	part := &d.Partitions[1]
	part.Lag, part.Progress = lag.Of(1_999_997, part.Lag.Log).Read(), part.Progress.Read()
	d.Partitions = d.Partitions[1:2]
	p.answer(t, d, nil)
	contains(t, body(t, p, 80, 20), "1,999,997  2,000,000          0        0s  phantom",
		"orders/0: there is nothing left to read: the 3 offsets from the commit to the", "log end hold transaction markers")
}

func TestDetailShowsMembers(t *testing.T) {
	p := NewDetail(testEnv(t), "fulfilment")
	p.answer(t, someDetail(), nil)
	p.Do(keymap.NextTab)
	contains(t, body(t, p, 80, 20), "app-1", "orders 0", "app-2", "orders 1 → nothing", "app-3", "idle: more members", "reads orders 0 · static as static-1 · epoch 7 · member id member-a")
	contains(t, body(t, p, 160, 44), "static-1", "idle: more members than partitions", "member-c", "subscribed")
	p.Do(keymap.Down)
	contains(t, body(t, p, 80, 20), "reads orders 1 · gives up orders 1 · epoch 7")
	p.Do(keymap.Down)
	contains(t, body(t, p, 80, 20), "idle: more members than partitions")
	if p.Refuses(keymap.Open) == "" || p.Refuses(keymap.TailTopic) == "" {
		t.Error("a member opens something")
	}
	p.Do(keymap.PrevTab)
	contains(t, body(t, p, 80, 20), "log end")
}

func TestDetailActions(t *testing.T) {
	p := NewDetail(testEnv(t), "fulfilment")
	p.Resize(80, 20)
	for _, a := range []keymap.Action{keymap.Open, keymap.TailTopic, keymap.ResetOffsets} {
		if p.Refuses(a) == "" {
			t.Errorf("%s of a group that is not read yet", a)
		}
	}
	p.answer(t, someDetail(), nil)
	p.Do(keymap.Last)
	asks(t, p, keymap.Open, "topic", "orders")
	asks(t, p, keymap.TailTopic, "tail", "orders", "1")
	asks(t, p, keymap.ResetOffsets, "reset", "fulfilment")
	asks(t, p, keymap.UndoReset, "undo-reset", "fulfilment")
	streams := someDetail()
	streams.Group.Type = "streams"
	p.answer(t, streams, nil)
	if p.Refuses(keymap.ResetOffsets) == "" || p.Refuses(keymap.UndoReset) == "" {
		t.Error("a group of a type that kdeck does not know can be reset")
	}
	// The second line holds the tabs: "Partitions (3)  │  Members (3)".
	p.Update(page.Click{X: 22, Y: 1})
	contains(t, body(t, p, 80, 20), "client id")
}

func TestDetailOfAGroupThatDoesNotExist(t *testing.T) {
	p := NewDetail(testEnv(t), "fulfillment")
	p.answer(t, groups.Detail{}, &groups.NoGroupError{Name: "fulfillment", Near: []string{"fulfilment"}})
	contains(t, body(t, p, 80, 20), `there is no group "fulfillment"; did you mean "fulfilment"?`)
}

func TestDetailOfAGroupThatIsDeletedMeanwhile(t *testing.T) {
	p := NewDetail(testEnv(t), "fulfilment")
	p.answer(t, someDetail(), nil)
	p.answer(t, groups.Detail{}, &groups.NoGroupError{Name: "fulfilment"})
	contains(t, body(t, p, 80, 20), "DELETED", "1,500,000")
	if _, problem := p.Freshness(); problem == nil {
		t.Error("the shell is told of no problem")
	}
}

func TestDetailWithoutTheRight(t *testing.T) {
	p := NewDetail(testEnv(t), "fulfilment")
	p.answer(t, groups.Detail{}, errors.New("describe group fulfilment: not authorized (GROUP_AUTHORIZATION_FAILED); needs Describe on Group:fulfilment"))
	contains(t, body(t, p, 80, 20), "not authorized (GROUP_AUTHORIZATION_FAILED); needs", "Describe on Group:fulfilment")
}

func TestDetailDuringARebalance(t *testing.T) {
	p := NewDetail(testEnv(t), "fulfilment")
	d := someDetail()
	d.Group.State = "Reconciling"
	p.answer(t, d, nil)
	contains(t, body(t, p, 80, 20), "rebalancing, 1 of 3 wait · lag ≥ 500,000 (1 unknown) · 3 members")
	p.Do(keymap.NextTab)
	contains(t, body(t, p, 160, 44), "rebalance in progress: Reconciling, 1 of 3 wait", "waits for the rebalance")
}

func TestDetailShowsWhereLagIsGoing(t *testing.T) {
	p := NewDetail(testEnv(t), "fulfilment")
	d := someDetail()
	d.Group.Watched = watched("fulfilment", true, 1000, 2000, 3000, 4000)
	p.answer(t, d, nil)
	contains(t, body(t, p, 80, 20), "██▇▆ ↓ catching up 100 rec/s, drain 1m")
	d.Group.Watched = watched("fulfilment", true, 4000, 4000)
	p.answer(t, d, nil)
	if screen := body(t, p, 80, 20); strings.Contains(screen, "█") {
		t.Errorf("two samples make no history:\n%s", screen)
	}
}

func TestDetailWithoutRows(t *testing.T) {
	for _, tt := range []struct {
		name  string
		group groups.Group
		says  string
	}{
		{"nothing at all", groups.Group{State: model.StateEmpty}, "no members and no commits"},
		{"members that read nothing", groups.Group{State: model.StateStable, Members: 1}, "its members read nothing"},
		{"a first rebalance", groups.Group{State: "PreparingRebalance", Members: 1}, "before the rebalance is over"},
		{"not allowed", groups.Group{Members: -1, Err: errors.New("needs Describe on all topics")}, "needs Describe on all topics"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := NewDetail(testEnv(t), "g")
			p.answer(t, groups.Detail{Group: tt.group, At: began, Epoch: -1}, nil)
			contains(t, body(t, p, 80, 20), tt.says)
		})
	}
}

func TestRanges(t *testing.T) {
	for want, numbers := range map[string][]int32{
		"":          nil,
		"4":         {4},
		"0-3":       {0, 1, 2, 3},
		"0-1,5,7-8": {0, 1, 5, 7, 8},
	} {
		if got := ranges(numbers); got != want {
			t.Errorf("%v is %q, want %q", numbers, got, want)
		}
	}
}
