package kafka_test

import (
	"reflect"
	"testing"

	"github.com/kdeck/kdeck/kafka"
)

func orders(partitions ...int32) []kafka.TopicPartitions {
	return []kafka.TopicPartitions{{Topic: "orders", Partitions: partitions}}
}

func TestMoves(t *testing.T) {
	for name, tt := range map[string]struct {
		member       kafka.Member
		gives, takes []kafka.TopicPartitions
	}{
		"settled":       {kafka.Member{Assigned: orders(1, 2), Target: orders(1, 2)}, nil, nil},
		"gives up":      {kafka.Member{Assigned: orders(1, 2), Target: orders(2)}, orders(1), nil},
		"takes over":    {kafka.Member{Target: orders(1, 2)}, nil, orders(1, 2)},
		"changes":       {kafka.Member{Assigned: orders(1), Target: orders(2)}, orders(1), orders(2)},
		"gives up all":  {kafka.Member{Assigned: orders(1), Target: []kafka.TopicPartitions{}}, orders(1), nil},
		"has no target": {kafka.Member{Assigned: orders(1)}, nil, nil},
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
	member := func(epoch int32, assigned, target []kafka.TopicPartitions) kafka.Member {
		return kafka.Member{Epoch: epoch, Assigned: assigned, Target: target, Subscribed: []string{"orders"}}
	}
	parts := []kafka.GroupPartition{{Topic: "orders", Partition: 0}, {Topic: "orders", Partition: 1}}
	for name, tt := range map[string]struct {
		detail              kafka.GroupDetail
		members, partitions int
	}{
		"a KIP-848 group that hands one over": {kafka.GroupDetail{
			Group: kafka.Group{Type: kafka.ConsumerGroup, State: "Reconciling"}, AssignmentEpoch: 5,
			Members: []kafka.Member{member(5, orders(0, 1), orders(0)), member(5, nil, orders(1)), member(5, nil, nil)},
		}, 2, 1},
		"a member that has not followed yet": {kafka.GroupDetail{
			Group: kafka.Group{Type: kafka.ConsumerGroup, State: "Reconciling"}, AssignmentEpoch: 5,
			Members: []kafka.Member{member(4, orders(0), orders(0)), member(5, orders(1), orders(1))},
		}, 1, 0},
		"a classic group that rebalances": {kafka.GroupDetail{
			Group:   kafka.Group{Type: kafka.ClassicGroup, State: "PreparingRebalance"},
			Members: []kafka.Member{member(-1, nil, nil), member(-1, nil, nil)}, Partitions: parts,
		}, 2, 2},
		"a classic group at rest": {kafka.GroupDetail{
			Group:   kafka.Group{Type: kafka.ClassicGroup, State: kafka.GroupStable},
			Members: []kafka.Member{member(-1, orders(0, 1), nil)}, Partitions: parts,
		}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if members, partitions := tt.detail.Pending(); members != tt.members || partitions != tt.partitions {
				t.Errorf("%d members wait for %d partitions, want %d and %d", members, partitions, tt.members, tt.partitions)
			}
		})
	}
}
