package redrive

import (
	"context"
	"sync"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/produce"
)

const (
	// windowRecords and windowBytes bound what is under way at a time, which is what
	// makes the memory of a run bounded. A record counts until all before it of its
	// partition are known, so that the place to go on from is never far behind.
	// It is wider than what kgo buffers: only when that is full, kgo sends batches
	// that still wait for more.
	windowRecords = 50_000
	windowBytes   = 48 << 20
)

// book knows of every match whether it was stored, by the partition that it was
// read from: what is left is what a run that was stopped goes on with.
type book struct {
	changed chan struct{} // told when there is room

	mu       sync.Mutex
	lanes    map[int32]*lane
	records  int // in the window
	bytes    int64
	stored   int64
	failed   int64
	unknown  int64 // of the failed, those that may be stored
	failures []Failure
	first    error // why the first failed
}

// lane is one partition that is read.
type lane struct {
	ranges []Range  // what there was to send
	failed []Range  // of what is known, what was not stored
	joins  int      // the range of the last one that is known, when that has failed; or -1
	sent   []*entry // those after what is known, in order
	next   int64    // everything before it was sent or is no match
}

// entry is a record under way.
type entry struct {
	lane         *lane
	partition    int32
	part         int // the range that it stands in
	offset       int64
	size         int64
	known, saved bool
}

func newBook(left Ranges) *book {
	b := &book{changed: make(chan struct{}, 1), lanes: make(map[int32]*lane, len(left))}
	for p, of := range left {
		b.lanes[p] = &lane{ranges: of, next: of[0].From, joins: -1}
	}
	return b
}

// wait waits until there is room for one record more.
func (b *book) wait(ctx context.Context) error {
	for {
		b.mu.Lock()
		room := b.records < windowRecords && b.bytes < windowBytes
		b.mu.Unlock()
		if room {
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-b.changed:
		}
	}
}

// sends notes that a record is about to be sent.
func (b *book) sends(partition int32, part int, offset int64, size int) *entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.lanes[partition]
	e := &entry{lane: l, partition: partition, part: part, offset: offset, size: int64(size)}
	l.sent = append(l.sent, e)
	l.next = offset + 1
	b.records++
	b.bytes += e.size
	return e
}

// told notes what became of a record, and returns how it failed, or nil.
func (b *book) told(e *entry, r produce.Receipt) *Failure {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.known, e.saved = true, r.Outcome == model.Done
	b.bytes -= e.size
	b.records -= e.lane.settle()
	select {
	case b.changed <- struct{}{}:
	default:
	}
	if e.saved {
		b.stored++
		return nil
	}
	f := Failure{e.partition, e.offset, r.Outcome, r.Err}
	b.failed++
	if r.Outcome == model.Unknown {
		b.unknown++
	}
	if b.first == nil {
		b.first = r.Err
	}
	if len(b.failures) < keptFailures {
		b.failures = append(b.failures, f)
	}
	return &f
}

// sums is how many were stored, and how many were not.
func (b *book) sums() (stored, failed int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stored, b.failed
}

// settle takes those out of the window that are known, up to the first that is not,
// and returns how many that were.
func (l *lane) settle() (n int) {
	for n < len(l.sent) && l.sent[n].known {
		e := l.sent[n]
		l.failed, l.joins = e.left(l.failed, l.joins)
		l.sent[n] = nil
		n++
	}
	l.sent = l.sent[n:]
	return n
}

// left adds a record to ranges of what is left, unless it was stored. joins is the
// range of the record before it when that was added, since nothing that was stored
// lies between two such; between two ranges it may.
func (e *entry) left(to []Range, joins int) ([]Range, int) {
	switch {
	case e.saved:
		return to, -1
	case joins == e.part:
		to[len(to)-1].To = e.offset + 1
		return to, joins
	}
	return append(to, Range{e.offset, e.offset + 1}), e.part
}

// passed notes that everything before some offsets was sent or is no match.
func (b *book) passed(at map[int32]int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for p, offset := range at {
		if l := b.lanes[p]; l != nil {
			l.next = max(l.next, offset)
		}
	}
}

// left is what was not stored, as far as is known.
func (b *book) left() Ranges {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := make(Ranges)
	for p, l := range b.lanes {
		of, joins := append([]Range(nil), l.failed...), l.joins
		for _, e := range l.sent {
			of, joins = e.left(of, joins)
		}
		if of = append(of, after(l.ranges, l.next)...); len(of) > 0 {
			left[p] = of
		}
	}
	return left
}
