package groups

import (
	"github.com/kdeck/kdeck/kafka/model"
)

// Waits reports whether a member waits for a rebalance to end: it has something to
// give up or to take over, it has not followed to the epoch of the assignment yet,
// or, in a classic group, it cannot tell before the end what it will read.
func (d Detail) Waits(m model.Member) bool {
	gives, takes := m.Moves()
	switch {
	case len(gives)+len(takes) > 0:
		return true
	case m.Epoch >= 0: // a member that leaves has none
		return m.Epoch < d.AssignmentEpoch
	}
	return d.Group.Type == model.Classic && d.Group.Rebalancing()
}

// Pending counts the members that wait for a rebalance to end, and the partitions
// that have not got to the member that shall read them.
func (d Detail) Pending() (members, partitions int) {
	for i := range d.Members {
		if d.Waits(d.Members[i]) {
			members++
		}
		_, takes := d.Members[i].Moves()
		partitions += model.CountPartitions(takes)
	}
	if members > 0 && d.Group.Type == model.Classic {
		partitions = d.readable()
	}
	return members, partitions
}
