package produce

import (
	"context"
	"time"
)

// Pace spreads messages over time.
type Pace struct {
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

// NewPace lets so many messages a second pass; 0 is as many as there are.
func NewPace(perSecond float64) *Pace {
	if perSecond <= 0 {
		return nil
	}
	return &Pace{every: time.Duration(float64(time.Second) / perSecond)}
}

// Wait waits until the next message is due, or until ctx ends: its error is the cause
// of that.
func (p *Pace) Wait(ctx context.Context) error {
	if due := p.wait(time.Now()); due > 0 {
		timer := time.NewTimer(due)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// wait is how long the next message is to wait.
func (p *Pace) wait(now time.Time) time.Duration {
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
