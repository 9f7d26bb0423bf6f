package kafka

import "slices"

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

// Waits reports whether a member waits for a rebalance to end: it has something to
// give up or to take over, it has not followed to the epoch of the assignment yet,
// or, in a classic group, it cannot tell before the end what it will read.
func (d GroupDetail) Waits(m Member) bool {
	gives, takes := m.Moves()
	switch {
	case len(gives)+len(takes) > 0:
		return true
	case m.Epoch >= 0: // a member that leaves has none
		return m.Epoch < d.AssignmentEpoch
	}
	return d.Group.Type == ClassicGroup && d.Group.Rebalancing()
}

// Pending counts the members that wait for a rebalance to end, and the partitions
// that have not got to the member that shall read them.
func (d GroupDetail) Pending() (members, partitions int) {
	for i := range d.Members {
		if d.Waits(d.Members[i]) {
			members++
		}
		_, takes := d.Members[i].Moves()
		partitions += countPartitions(takes)
	}
	if members > 0 && d.Group.Type == ClassicGroup {
		partitions = d.readable()
	}
	return members, partitions
}
