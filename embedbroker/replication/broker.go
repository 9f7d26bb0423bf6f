package replication

import (
	"fmt"
	"time"
)

// State is what a broker does.
type State int

// The states of a broker.
const (
	Running  State = iota
	Stopped        // shut down in order: its leaders have moved before it went
	Slow           // copies no more than some records a second to each of its replicas
	Isolated       // reaches nobody: fenced when its session has timed out
)

func (s State) String() string {
	switch s {
	case Stopped:
		return "stopped"
	case Slow:
		return "slow"
	case Isolated:
		return "isolated"
	}
	return "running"
}

// Broker is the state of a broker.
type Broker struct {
	ID    int32
	Rack  string // "" for none
	State State
	// Fenced says that the controller does not count the broker as there: it
	// leads nothing, is in no ISR, and metadata leaves it out.
	Fenced bool
	Rate   int64 // of a slow one: records a second to each replica
}

type broker struct {
	Broker
	isolatedAt time.Time
}

// state and fenced in short, as they are asked for everywhere.
func (m *Model) broker(id int32) view {
	if id < 0 || int(id) >= len(m.brokers) {
		return view{state: Stopped, fenced: true}
	}
	b := &m.brokers[id]
	return view{b.State, b.Fenced, b.Rate}
}

type view struct {
	state  State
	fenced bool
	rate   int64
}

// live reports whether the controller takes the broker for there.
func (v view) live() bool { return v.state != Stopped && !v.fenced }

// reachable reports whether others can copy from the broker, and it from them.
func (v view) reachable() bool { return v.state == Running || v.state == Slow }

// Brokers returns the state of every broker, by id.
func (m *Model) Brokers() []Broker {
	brokers := make([]Broker, len(m.brokers))
	for i := range m.brokers {
		brokers[i] = m.brokers[i].Broker
	}
	return brokers
}

// Live reports whether the controller takes a broker for there.
func (m *Model) Live(id int32) bool { return m.broker(id).live() }

// StateError reports that a broker is in the wrong state for what was asked.
type StateError struct {
	Broker int32
	State  State
	Asked  string // "stop", "start" …
	Advice string // what to do instead, may be ""
}

func (e *StateError) Error() string {
	text := fmt.Sprintf("%s broker %d: it is %s", e.Asked, e.Broker, e.State)
	if e.Advice != "" {
		text += "; " + e.Advice
	}
	return text
}

// UnknownBrokerError reports a broker that does not exist.
type UnknownBrokerError struct {
	Broker int32
	Count  int // of brokers
}

func (e *UnknownBrokerError) Error() string {
	return fmt.Sprintf("no broker %d: there are 0 to %d", e.Broker, e.Count-1)
}

func (m *Model) known(id int32) (*broker, error) {
	if id < 0 || int(id) >= len(m.brokers) {
		return nil, &UnknownBrokerError{id, len(m.brokers)}
	}
	return &m.brokers[id], nil
}

// Stop shuts a broker down in order: what it leads moves to another replica that
// is in sync, then it leaves every ISR.
func (m *Model) Stop(id int32, now time.Time) error {
	b, err := m.known(id)
	if err != nil {
		return err
	}
	if b.State == Stopped {
		return &StateError{id, b.State, "stop", ""}
	}
	b.State, b.Fenced = Stopped, false
	m.event(now, Event{Broker: id, Partition: -1, Kind: BrokerStopped, Text: "shut down; what it leads moves to another replica in sync"})
	m.leave(id, now, fmt.Sprintf("broker %d stopped", id))
	return nil
}

// Start starts a broker that is stopped. Its replicas copy what they missed and
// then join the ISR.
func (m *Model) Start(id int32, now time.Time) error {
	b, err := m.known(id)
	if err != nil {
		return err
	}
	if b.State != Stopped {
		return &StateError{id, b.State, "start", "only a stopped broker can be started"}
	}
	b.State, b.Fenced, b.Rate = Running, false, 0
	m.event(now, Event{Broker: id, Partition: -1, Kind: BrokerStarted, Text: "started; its replicas copy what they missed"})
	m.arrive(id, now, fmt.Sprintf("broker %d started", id))
	return nil
}

// Slow makes the replicas of a broker copy at most rate records a second each,
// 0 being none. What the broker leads it still serves.
func (m *Model) Slow(id int32, rate int64, now time.Time) error {
	b, err := m.known(id)
	if err != nil {
		return err
	}
	if b.State == Stopped || b.State == Isolated {
		return &StateError{id, b.State, "slow down", advice(b.State)}
	}
	m.each(func(p *partition) { m.pass(p, now) }) // up to now they copied as before
	b.State, b.Rate = Slow, max(rate, 0)
	m.event(now, Event{Broker: id, Partition: -1, Kind: BrokerSlow, Text: fmt.Sprintf("slow: each of its replicas copies at most %d records a second", b.Rate)})
	m.each(func(p *partition) {
		if c := p.copy(id); c != nil {
			c.since, c.copiedAt = time.Time{}, now
		}
	})
	return nil
}

// Isolate cuts a broker off from everybody: nothing reaches it and nothing comes
// from it. When its session has timed out it is fenced.
func (m *Model) Isolate(id int32, now time.Time) error {
	b, err := m.known(id)
	if err != nil {
		return err
	}
	if b.State == Stopped || b.State == Isolated {
		return &StateError{id, b.State, "isolate", advice(b.State)}
	}
	m.each(func(p *partition) { m.pass(p, now) })
	b.State, b.isolatedAt = Isolated, now
	m.event(now, Event{Broker: id, Partition: -1, Kind: BrokerIsolated, Text: fmt.Sprintf("cut off from all; the controller fences it in %v", m.settings.SessionTimeout)})
	return nil
}

// Heal ends that a broker is slow or isolated.
func (m *Model) Heal(id int32, now time.Time) error {
	b, err := m.known(id)
	if err != nil {
		return err
	}
	if b.State == Stopped || b.State == Running {
		return &StateError{id, b.State, "heal", advice(b.State)}
	}
	m.each(func(p *partition) { m.pass(p, now) })
	was := b.State
	b.State, b.Fenced, b.Rate = Running, false, 0
	m.event(now, Event{Broker: id, Partition: -1, Kind: BrokerHealed, Text: "no longer " + was.String() + "; its replicas copy what they missed"})
	m.arrive(id, now, fmt.Sprintf("broker %d is back", id))
	return nil
}

func advice(s State) string {
	switch s {
	case Stopped:
		return "start it first"
	case Isolated:
		return "heal it first"
	}
	return "nothing is to be healed"
}

// fence fences isolated brokers whose session has timed out
// (broker.session.timeout.ms).
func (m *Model) fence(now time.Time) {
	for i := range m.brokers {
		b := &m.brokers[i]
		if b.State != Isolated || b.Fenced || now.Sub(b.isolatedAt) < m.settings.SessionTimeout {
			continue
		}
		b.Fenced = true
		m.event(now, Event{Broker: b.ID, Partition: -1, Kind: BrokerFenced, Text: fmt.Sprintf("fenced: no heartbeat for %v", m.settings.SessionTimeout)})
		m.leave(b.ID, now, fmt.Sprintf("broker %d was fenced", b.ID))
	}
}

// leave takes a broker out of every ISR and moves what it leads.
func (m *Model) leave(id int32, now time.Time, why string) {
	m.each(func(p *partition) {
		if p.leader != id && !contains(p.isr, id) {
			return
		}
		m.pass(p, now)
		m.settle(p, without(p.isr, id), m.kind(p), now, why)
		m.advance(p)
	})
}

// arrive lets the replicas of a broker that is back copy, and lead where nobody
// does.
func (m *Model) arrive(id int32, now time.Time, why string) {
	m.each(func(p *partition) {
		c := p.copy(id)
		if c == nil {
			return
		}
		if p.leader == id { // its followers could not ask it
			for i := range p.copies {
				p.copies[i].caughtUp = now
			}
		}
		c.since, c.caughtUp = time.Time{}, now
		if p.leader == NoLeader {
			m.settle(p, p.isr, m.kind(p), now, why)
		}
		m.catchUp(p, c, now)
		m.pass(p, now)
	})
}
