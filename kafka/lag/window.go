package lag

import (
	"slices"
	"time"
)

const (
	// windowLen is how many samples a window holds when it is full.
	windowLen = 12
	// sampleGap is the least time between two samples that are kept, so that a full
	// window covers close to two minutes: producers, commits and polls all come in
	// bursts, and over less than that chance decides.
	sampleGap = 10 * time.Second
)

// Sample is where a group stood on one partition at one moment.
type Sample struct {
	At        time.Time
	Committed int64
	End       int64 // log end offset
	// Held says that a member had the partition, or was waiting for it in a
	// rebalance.
	Held bool
	// Read says that no record is left, whatever the offsets.
	Read bool
}

// Window is the recent samples of a group on one partition. The zero value is
// empty.
//
// Kafka does not tell when an offset was committed, so kdeck knows of a commit only
// that it came between two polls, and of one that repeats an offset nothing at
// all. Every time in here is therefore late by up to one poll; a step back that is
// made good before the next poll is not seen; and as long as a member holds a
// partition it counts as committing, be it the same offset again.
type Window struct {
	// samples are oldest first, at least sampleGap apart but for the newest. Those that
	// are alike both neighbours are left out: most partitions of a large cluster stand
	// still, and tell no more by it than how long.
	samples []sample
	moved   int64 // when the committed offset was first seen where it is now, in Unix microseconds
}

// sample is a Sample in less room: a large cluster has a hundred thousand windows.
type sample struct {
	at        int64 // Unix microseconds
	committed int64
	end       int64
	held      bool
	zero      bool  // the lag was zero here, or in a sample whose place this one took
	left      uint8 // how many samples were left out before this one
}

func (s sample) lag() int64 { return s.end - s.committed }

// alike reports whether two samples tell the same.
func (s sample) alike(other sample) bool {
	return s.committed == other.committed && s.end == other.end && s.held == other.held && s.zero == other.zero
}

// Add takes in a sample, which must not be ahead of the log end offset. The newest
// sample takes the place of the one before while that one is too close to the one
// before it. A log that ends earlier than it did was made anew: the window begins
// anew with it.
func (w *Window) Add(s Sample) {
	added := sample{at: s.At.UnixMicro(), committed: s.Committed, end: s.End, held: s.Held, zero: s.Read || s.Committed >= s.End}
	n := len(w.samples)
	if n == 0 {
		w.append(added)
		w.moved = added.at
		return
	}
	newest := w.samples[n-1]
	switch {
	case added.at <= newest.at:
		if added.at == newest.at && s.Read { // it was found out after the first look
			w.samples[n-1].zero = true
		}
		return
	case added.end < newest.end:
		w.samples, w.moved = append(w.samples[:0], added), added.at
		return
	case added.committed != newest.committed:
		w.moved = added.at
	}
	if n > 1 && newest.at-w.samples[n-2].at < sampleGap.Microseconds() && !steppedBack(newest, added) {
		added.zero = added.zero || newest.zero // that it was seen must not be forgotten
		w.samples[n-1] = added
		return
	}
	if w.full() {
		w.dropOldest()
	}
	w.append(added)
}

// append adds a sample, in the place of the one before where that is alike both its
// neighbours. Room is made for a few samples at a time, and at most for a full
// window.
func (w *Window) append(added sample) {
	n := len(w.samples)
	if n >= 3 && w.samples[n-2].alike(w.samples[n-3]) && w.samples[n-2].alike(w.samples[n-1]) {
		left := w.samples[n-2].left + 1
		w.samples[n-2], w.samples[n-1] = w.samples[n-1], added
		w.samples[n-2].left = left
		return
	}
	if n == cap(w.samples) {
		w.samples = append(make([]sample, 0, n+windowLen/4), w.samples...)
	}
	w.samples = append(w.samples, added)
}

// dropOldest makes the second sample the oldest. Where that one was left out, it was
// alike, and as far from its neighbours as they are from one another on average.
func (w *Window) dropOldest() {
	oldest, next := &w.samples[0], &w.samples[1]
	if next.left == 0 {
		w.samples = slices.Delete(w.samples, 0, 1)
		return
	}
	oldest.at += (next.at - oldest.at) / int64(next.left+1)
	next.left--
}

func steppedBack(before, after sample) bool { return after.committed < before.committed }

// full reports whether the window holds all the samples that a verdict may need.
func (w *Window) full() bool { return w.len() == windowLen }

// len is how many samples there are, with those that were left out.
func (w *Window) len() int {
	n := len(w.samples)
	for _, s := range w.samples {
		n += int(s.left)
	}
	return n
}

// span is the time from a sample to the newest one.
func (w *Window) span(from int) time.Duration {
	return micros(w.samples[len(w.samples)-1].at - w.samples[from].at)
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// rewound is the index of the newest sample at which the offset had gone back
// without having come up to where it was since, and 0 when there is none.
func (w *Window) rewound() (at int, from int64) {
	highest := w.samples[0].committed
	for i := 1; i < len(w.samples); i++ {
		if steppedBack(w.samples[i-1], w.samples[i]) {
			at, from = i, highest
		}
		highest = max(highest, w.samples[i].committed)
	}
	if at > 0 && w.samples[len(w.samples)-1].committed >= from {
		return 0, 0
	}
	return at, from
}

// zeroSince reports whether the lag was zero at any sample from an index on.
func (w *Window) zeroSince(from int) bool {
	return slices.ContainsFunc(w.samples[from:], func(s sample) bool { return s.zero })
}

// Lags returns the lag at each sample, oldest first, for a sparkline.
func (w *Window) Lags() []float64 {
	lags := make([]float64, 0, windowLen)
	for _, s := range w.samples {
		for range s.left + 1 {
			lags = append(lags, float64(s.lag()))
		}
	}
	return lags
}
