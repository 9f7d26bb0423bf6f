// Package replication is a model of how Kafka replicates partitions: which
// brokers are there, who leads, who is in sync, how far each replica's log goes
// and what consumers may see of it.
//
// It is pure and deterministic: it does no I/O and reads no clock. What happens
// (a broker stops, records are appended, time passes) is told to it by calls
// that carry the time, and what follows from it is read with Partition and
// Take. The decisions are those of Kafka's controller (PartitionChangeBuilder,
// ReplicationControlManager) and of a partition's leader (Partition,
// ReplicaManager), with eligible leader replicas (KIP-966).
package replication

import (
	"time"
)

// Key names a partition.
type Key struct {
	Topic     string
	Partition int32
}

// NoLeader is the leader of a partition that none of its replicas can lead.
const NoLeader int32 = -1

// Settings are Kafka's settings of brokers and controller that the model acts on.
type Settings struct {
	LagTimeMax     time.Duration // replica.lag.time.max.ms
	SessionTimeout time.Duration // broker.session.timeout.ms: how long an isolated broker counts as there
	RebalanceEvery time.Duration // leader.imbalance.check.interval.seconds; 0 when auto.leader.rebalance.enable is false
	// CatchUp is how long a replica needs to copy what it is behind, however
	// much that is, so that it can be watched. Kafka's takes what it takes.
	CatchUp time.Duration
	// OneLog says that all replicas of a partition are the same log. Whoever is
	// elected then has all of it, nothing is ever truncated, and there are no
	// unclean elections, since what they lose could not be lost.
	OneLog bool
}

// TopicSettings are the settings of one topic.
type TopicSettings struct {
	MinISR  int  // min.insync.replicas, at least 1
	Unclean bool // unclean.leader.election.enable
}

// Replica is one replica of a partition.
type Replica struct {
	Broker int32
	End    int64 // log end offset
	// Copying is set while the replica copies what it is behind.
	Copying bool
}

// Partition is the state of one partition. Its slices must not be changed; the
// model does not change them either, but replaces them.
type Partition struct {
	Replicas      []int32 // the first is the preferred leader
	Adding        []int32 // by the reassignment that is under way (KIP-455)
	Removing      []int32 // by the same
	ISR           []int32
	ELR           []int32 // eligible leader replicas (KIP-966)
	Leader        int32   // NoLeader when none can lead
	Epoch         int32   // leader epoch
	HighWatermark int64   // consumers see the records before it
	Copies        []Replica
}

// End is the log end offset of the leader, or of the longest log while there is
// no leader.
func (p *Partition) End() int64 {
	var end int64
	for _, r := range p.Copies {
		if r.Broker == p.Leader {
			return r.End
		}
		end = max(end, r.End)
	}
	return end
}

// Move is a change of leader or epoch of one partition.
type Move struct {
	Key    Key
	Leader int32
	Epoch  int32
}

// Model is the replication of a cluster. It is not safe for concurrent use.
type Model struct {
	settings   Settings
	brokers    []broker
	topics     map[string]TopicSettings
	partitions map[Key]*partition
	counts     map[string]int // partitions by topic
	order      []Key          // of partitions, as they were added, so that every run is the same
	balanceAt  time.Time
	moves      []Move
	events     []Event
}

// New returns the model of a cluster whose brokers all run. Their ids are their
// indexes in racks, which holds "" for a broker without a rack.
func New(racks []string, settings Settings) *Model {
	m := &Model{
		settings:   settings,
		topics:     make(map[string]TopicSettings),
		partitions: make(map[Key]*partition),
		counts:     make(map[string]int),
	}
	for id, rack := range racks {
		m.brokers = append(m.brokers, broker{Broker: Broker{ID: int32(id), Rack: rack}})
	}
	return m
}

// SetTopic sets the settings of a topic; without them it has a MinISR of 1. A
// topic whose partitions have no leader, and which may now elect an unclean one,
// does.
func (m *Model) SetTopic(topic string, s TopicSettings, now time.Time) {
	s.MinISR = max(s.MinISR, 1)
	if m.topics[topic] == s {
		return
	}
	m.topics[topic] = s
	if m.counts[topic] == 0 {
		return
	}
	m.each(func(p *partition) {
		if p.key.Topic == topic {
			m.settle(p, p.isr, m.kind(p), now, "the topic's settings changed")
			m.advance(p)
		}
	})
}

func (m *Model) topic(name string) TopicSettings {
	if s, ok := m.topics[name]; ok {
		return s
	}
	return TopicSettings{MinISR: 1}
}

// Add adds a partition whose replicas all hold the log up to end. Those whose
// broker is there are in sync, and the first of them leads. The leader's epoch
// is epoch; nothing is told of it by Take.
func (m *Model) Add(key Key, replicas []int32, epoch int32, end int64, now time.Time) {
	m.AddCopies(key, replicas, epoch, end, end, now)
}

// AddCopies adds a partition whose records up to start were there before its
// replicas are: those whose broker is away hold no more than start, the others
// all up to end.
func (m *Model) AddCopies(key Key, replicas []int32, epoch int32, start, end int64, now time.Time) {
	if _, ok := m.partitions[key]; ok {
		return
	}
	p := &partition{key: key, replicas: replicas, leader: NoLeader, epoch: epoch, hw: end}
	for _, id := range replicas {
		c := replica{broker: id, end: end, caughtUp: now}
		if m.broker(id).live() {
			p.isr = append(p.isr, id)
		} else {
			c.end = min(start, end)
		}
		if !m.settings.OneLog {
			c.lineage = []epochStart{{epoch, 0}}
		}
		p.copies = append(p.copies, c)
	}
	if len(p.isr) > 0 {
		p.leader = p.isr[0]
	}
	p.epochStart = end
	m.partitions[key] = p
	m.counts[key.Topic]++
	m.order = append(m.order, key)
}

// Remove forgets a partition, as when its topic is deleted.
func (m *Model) Remove(keys ...Key) {
	for _, key := range keys {
		if _, ok := m.partitions[key]; ok {
			delete(m.partitions, key)
			m.counts[key.Topic]--
		}
	}
	kept := m.order[:0]
	for _, key := range m.order {
		if _, ok := m.partitions[key]; ok {
			kept = append(kept, key)
		}
	}
	m.order = kept
}

// RemoveTopic forgets a topic, its partitions and its settings.
func (m *Model) RemoveTopic(topic string) {
	var keys []Key
	for _, key := range m.order {
		if key.Topic == topic {
			keys = append(keys, key)
		}
	}
	m.Remove(keys...)
	delete(m.topics, topic)
	delete(m.counts, topic)
}

// Partition returns the state of a partition.
func (m *Model) Partition(key Key) (Partition, bool) {
	p, ok := m.partitions[key]
	if !ok {
		return Partition{}, false
	}
	return p.state(), true
}

// Has reports whether the model holds a partition.
func (m *Model) Has(key Key) bool {
	_, ok := m.partitions[key]
	return ok
}

// Keys are the partitions that the model holds, in the order of their addition.
// The slice is valid until the next change.
func (m *Model) Keys() []Key { return m.order }

// Nominal reports whether a partition is as if nothing had ever happened: its
// preferred replica leads, all replicas are in sync and have all of the log, and
// no reassignment is under way.
func (m *Model) Nominal(key Key) bool {
	p, ok := m.partitions[key]
	if !ok || len(p.isr) != len(p.replicas) || p.leader != p.replicas[0] || len(p.adding)+len(p.removing)+len(p.elr) > 0 {
		return false
	}
	for i := range p.copies {
		if c := &p.copies[i]; c.end != p.end() || m.broker(c.broker).state != Running {
			return false
		}
	}
	return p.hw == p.end()
}

// Limited reports whether what consumers may see of a partition can differ from
// its log: a replica in sync may be behind, or too few are in sync for the high
// watermark to move.
func (m *Model) Limited(key Key) bool {
	p, ok := m.partitions[key]
	if !ok {
		return false
	}
	if p.leader == NoLeader || len(p.isr) < m.minISR(p) || p.hw < p.end() {
		return true
	}
	for _, id := range p.isr {
		if m.broker(id).state != Running || p.copy(id).end < p.end() {
			return true
		}
	}
	return false
}

// Moving reports whether the passing of time or new records change a partition:
// a replica copies, or falls behind.
func (m *Model) Moving(key Key) bool {
	p, ok := m.partitions[key]
	if !ok || p.leader == NoLeader {
		return false
	}
	for i := range p.copies {
		c := &p.copies[i]
		if c.broker == p.leader {
			continue
		}
		switch b := m.broker(c.broker); {
		case b.state == Slow, b.state == Isolated && !b.fenced:
			return true
		case b.live() && (c.end < p.end() || !contains(p.isr, c.broker)):
			return true
		}
	}
	return m.broker(p.leader).state == Isolated
}

// Append tells that the log of a partition ends at end now. An end that is not
// behind the one before is ignored.
func (m *Model) Append(key Key, end int64, now time.Time) {
	p, ok := m.partitions[key]
	if !ok || p.leader == NoLeader {
		return
	}
	leader := p.copy(p.leader)
	if end <= leader.end {
		return
	}
	leader.end = end
	for i := range p.copies { // who was at the end before falls behind from now on
		if c := &p.copies[i]; c.broker != p.leader && m.follows(p, c) && c.since.IsZero() && m.broker(c.broker).state == Running {
			c.end, c.caughtUp = end, now
			m.inherit(p, c)
		}
	}
	m.advance(p)
}

// Advance lets time pass until now: replicas copy, those that are behind for too
// long leave the ISR and those that are not join it, isolated brokers are
// fenced, preferred leaders elected.
func (m *Model) Advance(now time.Time) {
	m.fence(now)
	m.each(func(p *partition) { m.pass(p, now) })
	m.rebalance(now)
}

// AdvanceOnly is Advance for some partitions alone; the others must not be
// Moving.
func (m *Model) AdvanceOnly(keys []Key, now time.Time) {
	m.fence(now)
	for _, key := range keys {
		if p, ok := m.partitions[key]; ok {
			m.pass(p, now)
		}
	}
	m.rebalance(now)
}

// Take returns what has changed since the last call: leaders and epochs, in
// their order, and events.
func (m *Model) Take() ([]Move, []Event) {
	moves, events := m.moves, m.events
	m.moves, m.events = nil, nil
	return moves, events
}

func (m *Model) each(do func(*partition)) {
	for _, key := range m.order {
		do(m.partitions[key])
	}
}
