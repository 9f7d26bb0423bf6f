package gate

import (
	"sync"
	"time"
)

// faults is what a lab does to the traffic of one broker.
type faults struct {
	mu      sync.Mutex
	delay   time.Duration
	cut     bool
	resumed chan struct{} // closed while responses flow, open while they stall
}

func (f *faults) init() {
	f.resumed = make(chan struct{})
	close(f.resumed)
}

func (f *faults) isCut() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cut
}

// hold blocks a response as long as the faults say, or until gone is closed.
// It reports whether the response is still wanted.
func (f *faults) hold(gone <-chan struct{}) bool {
	f.mu.Lock()
	delay, resumed := f.delay, f.resumed
	f.mu.Unlock()
	if delay > 0 {
		t := time.NewTimer(delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-gone:
			return false
		}
	}
	select {
	case <-resumed:
		return true
	case <-gone:
		return false
	}
}

// Delay makes every response wait for d; 0 ends it.
func (l *Listener) Delay(d time.Duration) {
	l.faults.mu.Lock()
	defer l.faults.mu.Unlock()
	l.faults.delay = d
}

// Stall accepts and reads but answers nothing until it is off; what was asked
// meanwhile is answered then.
func (l *Listener) Stall(on bool) {
	f := &l.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-f.resumed:
		if on {
			f.resumed = make(chan struct{})
		}
	default:
		if !on {
			close(f.resumed)
		}
	}
}

// Cut closes the connections of the broker and resets new ones until it is
// off. The port stays bound, so that nobody else takes it.
func (l *Listener) Cut(on bool) {
	l.faults.mu.Lock()
	l.faults.cut = on
	l.faults.mu.Unlock()
	if on {
		l.closeConns()
	}
}
