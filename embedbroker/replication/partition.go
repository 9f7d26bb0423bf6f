package replication

import (
	"fmt"
	"slices"
	"time"
)

// partition is the state of one partition. Its slices of brokers are replaced
// when they change, never written to.
type partition struct {
	key              Key
	replicas         []int32
	adding, removing []int32
	isr, elr         []int32
	leader, epoch    int32
	hw               int64
	epochStart       int64 // where the leader's log ended when it was elected
	logEnd           int64 // with one log: where it ends, also while nobody leads
	copies           []replica
}

// replica is one replica's log.
type replica struct {
	broker   int32
	end      int64
	caughtUp time.Time // when it last had all of the leader's log
	// From its end at from, it copies what it is behind since then; zero when it
	// is not behind.
	from  int64
	since time.Time
	// copiedAt is up to when a slow replica has used its rate.
	copiedAt time.Time
	// lineage is where the epochs in this log start, not kept with one log.
	lineage []epochStart
}

type epochStart struct {
	epoch int32
	start int64
}

func contains(ids []int32, id int32) bool { return slices.Contains(ids, id) }

func without(ids []int32, drop ...int32) []int32 {
	kept := make([]int32, 0, len(ids))
	for _, id := range ids {
		if !contains(drop, id) {
			kept = append(kept, id)
		}
	}
	return kept
}

func (p *partition) copy(id int32) *replica {
	for i := range p.copies {
		if p.copies[i].broker == id {
			return &p.copies[i]
		}
	}
	return nil
}

// end is where the leader's log ends, or the longest one without a leader.
func (p *partition) end() int64 {
	var end int64
	for i := range p.copies {
		if p.copies[i].broker == p.leader {
			return p.copies[i].end
		}
		end = max(end, p.copies[i].end)
	}
	return end
}

func (p *partition) state() Partition {
	s := Partition{
		Replicas: p.replicas, Adding: p.adding, Removing: p.removing, ISR: p.isr, ELR: p.elr,
		Leader: p.leader, Epoch: p.epoch, HighWatermark: p.hw,
		Copies: make([]Replica, len(p.copies)),
	}
	for i := range p.copies {
		c := &p.copies[i]
		s.Copies[i] = Replica{Broker: c.broker, End: c.end, Copying: !c.since.IsZero()}
	}
	return s
}

// minISR is min.insync.replicas, which never asks for more than there are
// replicas (Partition.effectiveMinIsr).
func (m *Model) minISR(p *partition) int {
	return min(m.topic(p.key.Topic).MinISR, len(p.replicas))
}

// follows reports whether a replica copies from its leader now.
func (m *Model) follows(p *partition, c *replica) bool {
	if p.leader == NoLeader || c.broker == p.leader {
		return false
	}
	b := m.broker(c.broker)
	return b.live() && b.reachable() && m.broker(p.leader).reachable()
}

// catchUp starts the copying of what a replica is behind.
func (m *Model) catchUp(p *partition, c *replica, now time.Time) {
	if !m.follows(p, c) || m.broker(c.broker).state != Running {
		return
	}
	m.truncate(p, c)
	if c.end < p.end() {
		c.from, c.since = c.end, now
	}
}

// remember keeps where the one log ends, before the replica that leads changes.
func (m *Model) remember(p *partition) {
	if m.settings.OneLog {
		p.logEnd = max(p.logEnd, p.end())
	}
}

// pass lets time pass for a partition.
func (m *Model) pass(p *partition, now time.Time) {
	if p.leader != NoLeader {
		for i := range p.copies {
			m.fetch(p, &p.copies[i], now)
		}
		m.advance(p)
		m.maintainISR(p, now)
	}
	m.advance(p)
}

// fetch is what a follower copies until now.
func (m *Model) fetch(p *partition, c *replica, now time.Time) {
	if !m.follows(p, c) {
		c.copiedAt = now
		return
	}
	m.truncate(p, c)
	end := p.end()
	switch b := m.broker(c.broker); {
	case b.state == Slow:
		c.end, c.copiedAt = slowly(c.end, end, b.rate, c.copiedAt, now)
	case c.since.IsZero():
		c.end = end
	default:
		passed := now.Sub(c.since)
		if passed >= m.settings.CatchUp {
			c.end, c.since = end, time.Time{}
			break
		}
		share := float64(passed) / float64(m.settings.CatchUp)
		c.end = max(c.end, c.from+int64(float64(end-c.from)*share))
	}
	if c.end == end {
		c.caughtUp, c.since = now, time.Time{}
	}
	m.inherit(p, c)
}

// slowly is where a log ends that grows by rate records a second, and up to
// when it has used that.
func slowly(end, limit, rate int64, from, now time.Time) (int64, time.Time) {
	if rate <= 0 || from.IsZero() {
		return end, now
	}
	if end >= limit {
		return end, now
	}
	records := int64(now.Sub(from).Seconds() * float64(rate))
	if records <= 0 {
		return end, from // the part of a record that it has earned is kept
	}
	if records >= limit-end {
		return limit, now
	}
	return end + records, from.Add(time.Duration(float64(records) / float64(rate) * float64(time.Second)))
}

// advance moves the high watermark to what all of the ISR have. It never goes
// back, and stays while too few are in sync (KIP-966).
func (m *Model) advance(p *partition) {
	if p.leader == NoLeader || len(p.isr) < m.minISR(p) {
		return
	}
	least := p.end()
	for _, id := range p.isr {
		least = min(least, p.copy(id).end)
	}
	p.hw = max(p.hw, least)
}

// maintainISR is what the leader does about its ISR: who is behind for longer
// than replica.lag.time.max.ms leaves it, who has caught up joins it.
func (m *Model) maintainISR(p *partition, now time.Time) {
	if !m.broker(p.leader).reachable() {
		return
	}
	isr, why := p.isr, ""
	for i := range p.copies {
		c := &p.copies[i]
		if c.broker == p.leader {
			continue
		}
		switch {
		case contains(isr, c.broker):
			if c.end < p.end() && now.Sub(c.caughtUp) > m.settings.LagTimeMax {
				isr = without(isr, c.broker)
				why = fmt.Sprintf("broker %d is %s behind for more than %v", c.broker, records(p.end()-c.end), m.settings.LagTimeMax)
			}
		case m.follows(p, c) && c.end >= p.hw && c.end >= p.epochStart && c.since.IsZero():
			isr = append(slices.Clone(isr), c.broker)
			why = fmt.Sprintf("broker %d has caught up", c.broker)
		}
	}
	if !slices.Equal(isr, p.isr) {
		m.settle(p, isr, online, now, why)
	}
}

func records(n int64) string {
	if n == 1 {
		return "1 record"
	}
	return fmt.Sprintf("%d records", n)
}

// truncate cuts a follower's log where it parts from its leader's, as followers
// do by epochs (KIP-101).
func (m *Model) truncate(p *partition, c *replica) {
	if m.settings.OneLog {
		return
	}
	leader := p.copy(p.leader)
	same := 0
	for same < len(c.lineage) && same < len(leader.lineage) && c.lineage[same] == leader.lineage[same] {
		same++
	}
	parts := min(c.end, leader.end)
	if same < len(c.lineage) {
		parts = min(parts, c.lineage[same].start)
	}
	if same < len(leader.lineage) {
		parts = min(parts, leader.lineage[same].start)
	}
	if parts < c.end {
		c.end, c.from = parts, min(c.from, parts)
	}
	c.lineage = c.lineage[:same:same]
}

// inherit gives a follower the epochs of the records that it has copied.
func (m *Model) inherit(p *partition, c *replica) {
	if m.settings.OneLog {
		return
	}
	leader := p.copy(p.leader)
	for i := len(c.lineage); i < len(leader.lineage); i++ {
		if e := leader.lineage[i]; e.start < c.end || c.end == leader.end {
			c.lineage = append(c.lineage, e)
		}
	}
}
