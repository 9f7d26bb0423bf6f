package replicas

import "github.com/kdeck/kdeck/embedbroker/replication"

// keptEvents is how many events are remembered: what a person looks back at.
const keptEvents = 2000

// Event is an event with its number; numbers count from 1.
type Event struct {
	Number int64
	replication.Event
}

// eventLog remembers the last events.
type eventLog struct {
	events []Event
	last   int64
}

func (l *eventLog) add(events []replication.Event) {
	for _, e := range events {
		l.last++
		l.events = append(l.events, Event{l.last, e})
	}
	if over := len(l.events) - keptEvents; over > 0 {
		l.events = append([]Event(nil), l.events[over:]...)
	}
}

// since returns the events after the one of that number.
func (l *eventLog) since(number int64) []Event {
	for i := range l.events {
		if l.events[i].Number > number {
			return append([]Event(nil), l.events[i:]...)
		}
	}
	return nil
}

// Events returns what happened after the event of that number, as far as it is
// remembered, and what is closed when more has happened.
func (s *Set) Events(after int64) ([]Event, <-chan struct{}) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.log.since(after), s.changed
}

// Note adds an event of others to the log.
func (s *Set) Note(e replication.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.add([]replication.Event{e})
	close(s.changed)
	s.changed = make(chan struct{})
}
