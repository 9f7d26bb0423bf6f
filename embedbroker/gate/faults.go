package gate

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// traffic is what a lab does to the traffic of one broker.
type traffic struct {
	mu      sync.Mutex
	delay   time.Duration
	stalled bool
	cut     bool
	lost    atomic.Bool   // isolated; atomic since every request asks
	changed chan struct{} // closed and replaced when any of them changes
}

// set changes the faults and wakes the responses that they hold.
func (f *traffic) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *traffic) isCut() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cut
}

// reach blocks a request as long as nothing reaches the broker, or until gone is
// closed. It reports whether the request was held, and whether it has arrived.
func (f *traffic) reach(gone <-chan struct{}) (held, arrived bool) {
	for f.lost.Load() {
		held = true
		f.mu.Lock()
		lost, changed := f.lost.Load(), f.changed
		f.mu.Unlock()
		if !lost {
			break
		}
		select {
		case <-changed:
		case <-gone:
			return held, false
		}
	}
	return held, true
}

// hold blocks a response as long as the faults say, or until gone is closed.
// It reports whether the response is still wanted.
func (f *traffic) hold(gone <-chan struct{}) bool {
	var since time.Time // set only if it must wait
	for {
		f.mu.Lock()
		delay, stalled, changed := f.delay, f.stalled || f.lost.Load(), f.changed
		f.mu.Unlock()
		if !stalled && delay <= 0 {
			return true
		}
		if since.IsZero() {
			since = time.Now()
		}
		left := delay - time.Since(since)
		if stalled {
			left = math.MaxInt64 // until it changes
		}
		due := time.NewTimer(left)
		select {
		case <-due.C:
			return true
		case <-changed:
			due.Stop()
		case <-gone:
			due.Stop()
			return false
		}
	}
}

// Delay makes every response wait for d; 0 ends it, also for those that wait.
func (l *Listener) Delay(d time.Duration) {
	l.traffic.set(func() { l.traffic.delay = d })
}

// Stall accepts and reads but answers nothing until it is off; what was asked
// meanwhile is answered then.
func (l *Listener) Stall(on bool) {
	l.traffic.set(func() { l.traffic.stalled = on })
}

// Cut closes the connections of the broker and resets new ones until it is
// off. The port stays bound, so that nobody else takes it.
func (l *Listener) Cut(on bool) {
	l.traffic.set(func() { l.traffic.cut = on })
	if on {
		l.closeConns()
	}
}

// Isolate lets nothing through in either direction until it is off, as when the
// network between clients and broker is gone: connections stay, and what was
// asked meanwhile is asked then.
func (l *Listener) Isolate(on bool) {
	l.traffic.set(func() { l.traffic.lost.Store(on) })
}
