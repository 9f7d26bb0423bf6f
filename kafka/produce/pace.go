package produce

import "time"

// pace spreads messages over time.
type pace struct {
	every time.Duration // between two
	next  time.Time     // when the next one is due
}

const (
	// shortest is the shortest wait: shorter ones are added up, since a timer takes
	// about as long.
	shortest = time.Millisecond
	// behind is how far the pace catches up after its input has kept it waiting.
	behind = 100 * time.Millisecond
)

// newPace lets so many messages a second pass; 0 is as many as there are.
func newPace(perSecond float64) *pace {
	if perSecond <= 0 {
		return nil
	}
	return &pace{every: time.Duration(float64(time.Second) / perSecond)}
}

// wait is how long the next message is to wait.
func (p *pace) wait(now time.Time) time.Duration {
	if p == nil {
		return 0
	}
	if p.next.IsZero() {
		p.next = now
	}
	if earliest := now.Add(-behind); p.next.Before(earliest) {
		p.next = earliest
	}
	due := p.next.Sub(now)
	p.next = p.next.Add(p.every)
	if due < shortest {
		return 0
	}
	return due
}
