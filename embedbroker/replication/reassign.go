package replication

import (
	"fmt"
	"slices"
	"time"
)

// ReassignError is why a reassignment was refused.
type ReassignError struct {
	Unknown    bool // there is no such partition
	NoProgress bool // nothing is under way that could be cancelled
	Why        string
}

func (e *ReassignError) Error() string {
	switch {
	case e.Unknown:
		return "unknown partition"
	case e.NoProgress:
		return "no reassignment is under way"
	}
	return e.Why
}

// CheckReplicas returns what is wrong with a list of replicas, nil if nothing is.
func (m *Model) CheckReplicas(replicas []int32) error {
	if len(replicas) == 0 {
		return &ReassignError{Why: "a partition needs at least one replica"}
	}
	for i, id := range replicas {
		if _, err := m.known(id); err != nil {
			return &ReassignError{Why: err.Error()}
		}
		if contains(replicas[:i], id) {
			return &ReassignError{Why: fmt.Sprintf("broker %d is named twice", id)}
		}
	}
	return nil
}

// Reassign starts to move a partition to the replicas target (KIP-455). Those
// that it does not have yet are added and copy; when all of them are in sync the
// others go. nil cancels what is under way.
func (m *Model) Reassign(key Key, target []int32, now time.Time) error {
	p, ok := m.partitions[key]
	if !ok {
		return &ReassignError{Unknown: true}
	}
	if target == nil {
		return m.cancel(p, now)
	}
	if err := m.CheckReplicas(target); err != nil {
		return err
	}
	m.pass(p, now)
	settled := without(p.replicas, p.adding...)
	p.removing = without(p.replicas, target...) // also what another reassignment was adding: it may be all that is in sync
	p.adding = without(target, settled...)
	p.replicas = append(slices.Clone(target), p.removing...)
	isr := p.keepCopies(p.isr)
	for _, id := range p.adding {
		if p.copy(id) == nil {
			p.copies = append(p.copies, replica{broker: id, caughtUp: now, copiedAt: now})
			m.catchUp(p, p.copy(id), now)
		}
	}
	m.event(now, Event{Broker: p.leader, Topic: key.Topic, Partition: key.Partition, Kind: Reassigning,
		Text: fmt.Sprintf("reassignment to %v: adds %v, removes %v", target, p.adding, p.removing)})
	m.settle(p, isr, m.kind(p), now, "reassignment")
	m.advance(p)
	m.pass(p, now)
	return nil
}

// cancel takes the replicas away again that a reassignment was adding
// (PartitionReassignmentRevert).
func (m *Model) cancel(p *partition, now time.Time) error {
	if len(p.adding)+len(p.removing) == 0 {
		return &ReassignError{NoProgress: true}
	}
	isr := without(p.isr, p.adding...)
	if len(isr)+len(without(p.elr, p.adding...)) == 0 {
		return &ReassignError{Why: "none of the replicas before is in sync: it would take an unclean election"}
	}
	p.replicas = without(p.replicas, p.adding...)
	p.adding, p.removing = nil, nil
	isr = p.keepCopies(isr)
	m.event(now, Event{Broker: p.leader, Topic: p.key.Topic, Partition: p.key.Partition, Kind: Reassigned,
		Text: fmt.Sprintf("reassignment cancelled, replicas are %v", p.replicas)})
	before := p.epoch
	m.settle(p, isr, m.kind(p), now, "reassignment cancelled")
	if p.epoch == before { // replicas are gone: a new epoch
		p.epoch++
		m.moves = append(m.moves, Move{Key: p.key, Leader: p.leader, Epoch: p.epoch})
	}
	m.advance(p)
	return nil
}

// keepCopies drops the logs of those that are no replica any more, but for the
// leader's, and returns isr without them.
func (p *partition) keepCopies(isr []int32) []int32 {
	p.copies = slices.DeleteFunc(slices.Clone(p.copies), func(c replica) bool {
		return !contains(p.replicas, c.broker) && c.broker != p.leader
	})
	p.elr = slices.DeleteFunc(slices.Clone(p.elr), func(id int32) bool { return !contains(p.replicas, id) })
	return slices.DeleteFunc(slices.Clone(isr), func(id int32) bool { return !contains(p.replicas, id) })
}
