package gate

import (
	"net"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// laneBytes is what the requests of a lane may take together, while they arrive and
	// are decoded. One of each lane may take more than is left, so that no two wait for
	// each other.
	laneBytes = 64 << 20
	// smallRequest is the size of the largest request of the lane for small ones,
	// which wait for each other only.
	smallRequest = 1 << 20
	// decodedFactor is how much larger a request without records may get
	// when it is decoded: an empty string takes 1 byte on the wire and 16 in
	// memory, and the smallest struct about as many times its size.
	decodedFactor = 24
	// freeBytes is what a request may take without asking the budget, so
	// that the produce requests of every day and small requests do not
	// queue for it.
	freeBytes = 2 << 20
)

// Budget bounds the memory that large requests take, and the connections, for all
// brokers of a cluster together.
type Budget struct {
	small, large lane
	maxConns     int64 // 0 for any number
	conns        atomic.Int64
}

// NewBudget returns a budget that nothing has been taken from, for so many
// connections at a time; 0 is for any number.
func NewBudget(connections int) *Budget {
	return &Budget{small: newLane(), large: newLane(), maxConns: int64(connections)}
}

// connect reports whether one more connection may be open; each that may is given
// back by disconnect.
func (b *Budget) connect() bool {
	if b.conns.Add(1) <= b.maxConns || b.maxConns == 0 {
		return true
	}
	b.conns.Add(-1)
	return false
}

func (b *Budget) disconnect() { b.conns.Add(-1) }

// lane is the memory of requests of about the same size.
type lane struct {
	left *atomic.Int64
	turn chan struct{} // holds one while a request takes more than is left
}

func newLane() lane {
	l := lane{left: new(atomic.Int64), turn: make(chan struct{}, 1)}
	l.left.Store(laneBytes)
	return l
}

// share is what one request has taken.
type share struct {
	lane   lane
	factor int64 // memory for each byte on the wire
	taken  int64
	turn   bool
}

// share returns what a request of n bytes takes from, nil if it needs not ask.
func (b *Budget) share(key int16, n int) *share {
	s := &share{lane: b.large, factor: decodedFactor}
	if key == int16(kmsg.Produce) {
		s.factor = 1
	}
	if int64(n)*s.factor <= freeBytes {
		return nil
	}
	if n <= smallRequest {
		s.lane = b.small
	}
	return s
}

// take takes what the next n bytes of the request need, before they are read. It
// waits for its turn if others have taken all, until gone is closed.
func (s *share) take(gone <-chan struct{}, n int) error {
	cost := int64(n) * s.factor
	if s.turn {
		return nil
	}
	if s.lane.left.Add(-cost) >= 0 {
		s.taken += cost
		return nil
	}
	s.lane.left.Add(cost)
	select {
	case s.lane.turn <- struct{}{}:
		s.turn = true
		return nil
	case <-gone:
		return net.ErrClosed
	}
}

// giveBack ends a share; s may be nil.
func (s *share) giveBack() {
	if s == nil {
		return
	}
	s.lane.left.Add(s.taken)
	s.taken = 0
	if s.turn {
		s.turn = false
		<-s.lane.turn
	}
}
