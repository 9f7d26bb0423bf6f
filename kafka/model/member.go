package model

import "slices"

// Member is one consumer in a group.
type Member struct {
	ID         string
	InstanceID string // group.instance.id of a static member (KIP-345); empty for a dynamic one
	ClientID   string
	Host       string // the address that it connects from
	Rack       string // empty when it told none, and in classic groups
	Epoch      int32  // member epoch (KIP-848, KIP-932); -1 in classic groups
	// Assigned is what it reads now, by topic. A classic group tells nothing
	// while it rebalances.
	Assigned []TopicPartitions
	// Target is what it shall read when the rebalance is over (KIP-848); nil
	// where the protocol has none.
	Target []TopicPartitions
	// Subscribed is the topics that it asked for, in order, and SubscribedRegex
	// the RE2 expression that it asked with instead (KIP-848).
	Subscribed      []string
	SubscribedRegex string
}

// Partitions is how many partitions the member reads.
func (m Member) Partitions() int { return CountPartitions(m.Assigned) }

// Moves is what a member gives up and takes over until it reads what it shall. Both
// are empty when it does, and where the protocol has no target.
func (m Member) Moves() (gives, takes []TopicPartitions) {
	if m.Target == nil {
		return nil, nil
	}
	return without(m.Assigned, m.Target), without(m.Target, m.Assigned)
}

// without returns the partitions of some topics that others do not have.
func without(topics, others []TopicPartitions) []TopicPartitions {
	var left []TopicPartitions
	for _, t := range topics {
		have := func(p int32) bool {
			return slices.ContainsFunc(others, func(o TopicPartitions) bool {
				return o.Topic == t.Topic && slices.Contains(o.Partitions, p)
			})
		}
		if ps := slices.DeleteFunc(slices.Clone(t.Partitions), have); len(ps) > 0 {
			left = append(left, TopicPartitions{t.Topic, ps})
		}
	}
	return left
}
