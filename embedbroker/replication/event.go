package replication

import "time"

// Kind is what an event is about.
type Kind string

// The kinds of events.
const (
	BrokerStopped  Kind = "broker-stopped"
	BrokerStarted  Kind = "broker-started"
	BrokerSlow     Kind = "broker-slow"
	BrokerIsolated Kind = "broker-isolated"
	BrokerHealed   Kind = "broker-healed"
	BrokerFenced   Kind = "broker-fenced"
	ISRShrank      Kind = "isr-shrank"
	ISRGrew        Kind = "isr-grew"
	LeaderElected  Kind = "leader-elected"
	LeaderLost     Kind = "leader-lost"
	BelowMinISR    Kind = "below-min-isr"
	Reassigning    Kind = "reassigning"
	Reassigned     Kind = "reassigned"
)

// Event is something that happened, for people to read.
type Event struct {
	Time      time.Time
	Broker    int32  // that it happened to, -1 for none
	Topic     string // "" when it is about a broker
	Partition int32  // -1 when it is about a broker
	Kind      Kind
	Text      string // what and why, in plain words
}

func (m *Model) event(now time.Time, e Event) {
	e.Time = now
	m.events = append(m.events, e)
}
