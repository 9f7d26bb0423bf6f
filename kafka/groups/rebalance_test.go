package groups_test

import (
	"reflect"
	"testing"

	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/model"
)

func orders(partitions ...int32) []model.TopicPartitions {
	return []model.TopicPartitions{{Topic: "orders", Partitions: partitions}}
}

func TestMoves(t *testing.T) {
	for name, tt := range map[string]struct {
		member       model.Member
		gives, takes []model.TopicPartitions
	}{
		"settled":       {model.Member{Assigned: orders(1, 2), Target: orders(1, 2)}, nil, nil},
		"gives up":      {model.Member{Assigned: orders(1, 2), Target: orders(2)}, orders(1), nil},
		"takes over":    {model.Member{Target: orders(1, 2)}, nil, orders(1, 2)},
		"changes":       {model.Member{Assigned: orders(1), Target: orders(2)}, orders(1), orders(2)},
		"gives up all":  {model.Member{Assigned: orders(1), Target: []model.TopicPartitions{}}, orders(1), nil},
		"has no target": {model.Member{Assigned: orders(1)}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			gives, takes := tt.member.Moves()
			if !reflect.DeepEqual(gives, tt.gives) || !reflect.DeepEqual(takes, tt.takes) {
				t.Errorf("gives %v, takes %v; want %v, %v", gives, takes, tt.gives, tt.takes)
			}
		})
	}
}

func TestPending(t *testing.T) {
	member := func(epoch int32, assigned, target []model.TopicPartitions) model.Member {
		return model.Member{Epoch: epoch, Assigned: assigned, Target: target, Subscribed: []string{"orders"}}
	}
	parts := []groups.PartitionLag{{Topic: "orders", Partition: 0}, {Topic: "orders", Partition: 1}}
	for name, tt := range map[string]struct {
		detail              groups.Detail
		members, partitions int
	}{
		"a KIP-848 group that hands one over": {groups.Detail{
			Group: groups.Group{Type: model.Consumer, State: "Reconciling"}, AssignmentEpoch: 5,
			Members: []model.Member{member(5, orders(0, 1), orders(0)), member(5, nil, orders(1)), member(5, nil, nil)},
		}, 2, 1},
		"a member that has not followed yet": {groups.Detail{
			Group: groups.Group{Type: model.Consumer, State: "Reconciling"}, AssignmentEpoch: 5,
			Members: []model.Member{member(4, orders(0), orders(0)), member(5, orders(1), orders(1))},
		}, 1, 0},
		"a classic group that rebalances": {groups.Detail{
			Group:   groups.Group{Type: model.Classic, State: "PreparingRebalance"},
			Members: []model.Member{member(-1, nil, nil), member(-1, nil, nil)}, Partitions: parts,
		}, 2, 2},
		"a classic group at rest": {groups.Detail{
			Group:   groups.Group{Type: model.Classic, State: model.StateStable},
			Members: []model.Member{member(-1, orders(0, 1), nil)}, Partitions: parts,
		}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if members, partitions := tt.detail.Pending(); members != tt.members || partitions != tt.partitions {
				t.Errorf("%d members wait for %d partitions, want %d and %d", members, partitions, tt.members, tt.partitions)
			}
		})
	}
}
