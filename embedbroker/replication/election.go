package replication

import (
	"fmt"
	"slices"
	"time"
)

// Election is how a leader is chosen.
type Election int

// The kinds of elections. Those that clients ask for are Preferred and Unclean.
const (
	online    Election = iota // the first replica that is in sync, unless the leader can stay
	Preferred                 // the first replica, if it is in sync
	Unclean                   // as online; if nobody is in sync, the first replica that is there
)

// kind is how a partition elects when its leader is gone.
func (m *Model) kind(p *partition) Election {
	if m.topic(p.key.Topic).Unclean && !m.settings.OneLog {
		return Unclean
	}
	return online
}

// settle gives a partition the ISR isr and what follows from it: it completes a
// reassignment, keeps the eligible leaders and elects a leader if it must
// (PartitionChangeBuilder.build).
func (m *Model) settle(p *partition, isr []int32, kind Election, now time.Time, why string) {
	before := *p
	m.remember(p)
	reassigned := p.complete(&isr)
	p.elr = m.eligible(p, isr)
	leader, unclean := m.elect(p, isr, kind)
	if leader != NoLeader && !contains(isr, leader) { // from the ELR, or unclean
		isr = []int32{leader}
		if p.elr = m.eligible(p, isr); unclean {
			p.elr = nil
		}
	}
	p.isr = isr
	if leader != p.leader || reassigned {
		p.epoch++
		m.moves = append(m.moves, Move{Key: p.key, Leader: leader, Epoch: p.epoch})
	}
	if leader != p.leader {
		p.leader = leader
		m.lead(p, unclean, now)
	}
	m.tell(&before, p, unclean, reassigned, now, why)
}

// complete ends a reassignment when all replicas that it adds are in sync
// (PartitionReassignmentReplicas.maybeCompleteReassignment). It reports whether
// replicas are gone, which takes a new epoch.
func (p *partition) complete(isr *[]int32) bool {
	if len(p.adding)+len(p.removing) == 0 {
		return false
	}
	for _, id := range p.adding {
		if !contains(*isr, id) {
			return false
		}
	}
	kept := without(*isr, p.removing...)
	if len(kept) == 0 {
		return false
	}
	*isr = kept
	removed := p.removing
	p.replicas = without(p.replicas, removed...)
	p.elr = without(p.elr, removed...)
	p.copies = slices.DeleteFunc(slices.Clone(p.copies), func(c replica) bool {
		return contains(removed, c.broker) && c.broker != p.leader // the leader's goes when another leads
	})
	p.adding, p.removing = nil, nil
	return len(removed) > 0
}

// eligible are the replicas that left the ISR when it was smaller than
// min.insync.replicas, and so still have all that was acknowledged with
// acks=all: the high watermark has not moved since (KIP-966).
func (m *Model) eligible(p *partition, isr []int32) []int32 {
	if len(isr) >= m.minISR(p) {
		return nil
	}
	var elr []int32
	for _, ids := range [][]int32{p.elr, p.isr} {
		for _, id := range ids {
			if !contains(isr, id) && !contains(elr, id) && contains(p.replicas, id) {
				elr = append(elr, id)
			}
		}
	}
	return elr
}

// elect chooses the leader (PartitionChangeBuilder.electLeader).
func (m *Model) elect(p *partition, isr []int32, kind Election) (leader int32, unclean bool) {
	valid := func(id int32) bool {
		return (contains(isr, id) || contains(p.elr, id)) && contains(p.replicas, id) && m.broker(id).live()
	}
	if kind == Preferred && valid(p.replicas[0]) {
		return p.replicas[0], false
	}
	if p.leader != NoLeader && valid(p.leader) {
		return p.leader, false
	}
	for _, id := range p.replicas {
		if valid(id) {
			return id, false
		}
	}
	if kind == Unclean {
		for _, id := range p.replicas {
			if m.broker(id).live() {
				return id, true
			}
		}
	}
	return NoLeader, false
}

// lead starts the term of a new leader.
func (m *Model) lead(p *partition, unclean bool, now time.Time) {
	p.copies = slices.DeleteFunc(p.copies, func(c replica) bool { return !contains(p.replicas, c.broker) })
	if p.leader == NoLeader {
		return
	}
	leader := p.copy(p.leader)
	leader.since = time.Time{}
	if m.settings.OneLog {
		leader.end = p.logEnd
	} else {
		leader.lineage = append(slices.Clone(leader.lineage), epochStart{p.epoch, leader.end})
	}
	if unclean {
		p.hw = min(p.hw, leader.end)
	}
	p.epochStart = leader.end
	for i := range p.copies {
		c := &p.copies[i]
		c.caughtUp = now // the new leader gives everybody the whole lag time
		c.since, c.copiedAt = time.Time{}, now
		if contains(p.isr, c.broker) && c.broker != p.leader {
			// What it has beyond the leader's log is lost, also if it cannot
			// be told yet: the leader must not count it as copied.
			m.truncate(p, c)
		}
		m.catchUp(p, c, now)
	}
}

// tell notes what has changed.
func (m *Model) tell(before, p *partition, unclean, reassigned bool, now time.Time, why string) {
	note := func(broker int32, kind Kind, text string) {
		m.event(now, Event{Broker: broker, Topic: p.key.Topic, Partition: p.key.Partition, Kind: kind, Text: text + ": " + why})
	}
	for _, id := range before.isr {
		if !contains(p.isr, id) && contains(p.replicas, id) {
			note(id, ISRShrank, "left the ISR")
		}
	}
	for _, id := range p.isr {
		if !contains(before.isr, id) {
			note(id, ISRGrew, "joined the ISR")
		}
	}
	switch {
	case p.leader == before.leader:
	case p.leader == NoLeader:
		note(before.leader, LeaderLost, "no leader, since no replica in sync is there")
	case unclean:
		note(p.leader, LeaderElected, fmt.Sprintf("unclean leader in epoch %d", p.epoch))
	default:
		note(p.leader, LeaderElected, fmt.Sprintf("leads in epoch %d", p.epoch))
	}
	if reassigned || len(before.adding) > 0 && len(p.adding) == 0 {
		note(p.leader, Reassigned, fmt.Sprintf("reassignment done, replicas are now %v", p.replicas))
	}
	if below := len(p.isr) < m.minISR(p); below && len(before.isr) >= m.minISR(p) {
		note(p.leader, BelowMinISR, fmt.Sprintf("%d in sync, below min.insync.replicas %d: acks=all is refused", len(p.isr), m.minISR(p)))
	}
}

// ElectionError is why an election that was asked for did not take place.
type ElectionError int

// The reasons.
const (
	UnknownPartition ElectionError = iota + 1
	ElectionNotNeeded
	PreferredNotAvailable
	NoEligibleLeader
	UncleanNotPossible // with one log there is nothing that could be lost
)

func (e ElectionError) Error() string {
	switch e {
	case UnknownPartition:
		return "unknown partition"
	case ElectionNotNeeded:
		return "the leader is the right one already"
	case PreferredNotAvailable:
		return "the preferred replica is not in sync or not there"
	case UncleanNotPossible:
		return "there is one copy of the data: an unclean election would have to lose records that are there"
	}
	return "no replica that may lead is there"
}

// Elect elects a leader as a client asks for it: the preferred one, or an
// unclean one for a partition without a leader (ElectLeaders, KIP-460).
func (m *Model) Elect(key Key, kind Election, now time.Time) error {
	p, ok := m.partitions[key]
	switch {
	case !ok:
		return UnknownPartition
	case kind == Preferred && p.leader == p.replicas[0], kind == Unclean && p.leader != NoLeader:
		return ElectionNotNeeded
	case kind == Unclean && m.settings.OneLog:
		return UncleanNotPossible
	}
	before := p.epoch
	m.settle(p, p.isr, kind, now, "a client asked for it")
	m.advance(p)
	if p.epoch != before && (kind == Unclean || p.leader == p.replicas[0]) {
		return nil
	}
	if kind == Preferred {
		return PreferredNotAvailable
	}
	return NoEligibleLeader
}

// rebalance elects preferred leaders, as the controller does at an interval
// (leader.imbalance.check.interval.seconds).
func (m *Model) rebalance(now time.Time) {
	if m.settings.RebalanceEvery <= 0 {
		return
	}
	if m.balanceAt.IsZero() {
		m.balanceAt = now.Add(m.settings.RebalanceEvery)
	}
	if now.Before(m.balanceAt) {
		return
	}
	m.balanceAt = now.Add(m.settings.RebalanceEvery)
	m.each(func(p *partition) {
		if p.leader != NoLeader && p.leader != p.replicas[0] && contains(p.isr, p.replicas[0]) {
			m.settle(p, p.isr, Preferred, now, "leaders are balanced")
			m.advance(p)
		}
	})
}

// Acks is how an append with acks=all stands.
type Acks int

// The answers to it.
const (
	Waiting   Acks = iota
	Done           // all in sync have it
	NotEnough      // it is in the log, but too few are in sync
	NotLeader      // another broker leads now, or nobody
)

// Admits reports whether a partition takes appends with acks=all: enough
// replicas are in sync.
func (m *Model) Admits(key Key) bool {
	p, ok := m.partitions[key]
	return !ok || len(p.isr) >= m.minISR(p)
}

// Acknowledged reports how an append stands that the leader of epoch took and
// that ends at end (DelayedProduce, Partition.checkEnoughReplicasReachOffset).
func (m *Model) Acknowledged(key Key, end int64, leader int32) Acks {
	p, ok := m.partitions[key]
	switch {
	case !ok:
		return Done
	case p.leader != leader:
		return NotLeader
	case p.hw < end:
		return Waiting
	case len(p.isr) < m.minISR(p):
		return NotEnough
	}
	return Done
}
