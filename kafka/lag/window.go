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
	samples []sample // oldest first, at least sampleGap apart but for the newest
	moved   int64    // when the committed offset was first seen where it is now, in Unix milliseconds
}

// sample is a Sample in less room: a large cluster has a hundred thousand windows.
type sample struct {
	at        int64 // Unix milliseconds
	committed int64
	end       int64
	held      bool
	zero      bool // the lag was zero here, or in a sample whose place this one took
}

func (s sample) lag() int64 { return s.end - s.committed }

// Add takes in a sample, which must not be ahead of the log end offset. The newest
// sample takes the place of the one before while that one is too close to the one
// before it. A log that ends earlier than it did was made anew: the window begins
// anew with it.
func (w *Window) Add(s Sample) {
	added := sample{s.At.UnixMilli(), s.Committed, s.End, s.Held, s.Read || s.Committed >= s.End}
	n := len(w.samples)
	if n == 0 {
		w.samples, w.moved = append(w.samples, added), added.at
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
	if n > 1 && newest.at-w.samples[n-2].at < sampleGap.Milliseconds() && !steppedBack(newest, added) {
		added.zero = added.zero || newest.zero // that it was seen must not be forgotten
		w.samples[n-1] = added
		return
	}
	if n == windowLen {
		w.samples = slices.Delete(w.samples, 0, 1)
	}
	w.samples = append(w.samples, added)
}

func steppedBack(before, after sample) bool { return after.committed < before.committed }

// full reports whether the window holds all the samples that a verdict may need.
func (w *Window) full() bool { return len(w.samples) == windowLen }

// span is the time from a sample to the newest one.
func (w *Window) span(from int) time.Duration {
	return millis(w.samples[len(w.samples)-1].at - w.samples[from].at)
}

func millis(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

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
	lags := make([]float64, len(w.samples))
	for i, s := range w.samples {
		lags[i] = float64(s.lag())
	}
	return lags
}
