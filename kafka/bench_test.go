package kafka_test

import (
	"slices"
	"testing"
	"time"
)

// Both sides of a comparison run benchRounds times at least, however short the
// benchmark, and up to benchMost times while that takes less than a second: the
// medians of fewer tell little.
const (
	benchRounds = 7
	benchMost   = 99
)

// compare runs what is measured and its floor in turns, so that neither always
// finds the cluster warm, and reports the medians: ms, floor-ms, and ×floor, the
// one over the other. It returns the number of rounds.
func compare(b *testing.B, ours, floor func() time.Duration) (rounds int) {
	b.Helper()
	var own, bare []time.Duration
	round := func() {
		if len(own)%2 == 0 {
			own = append(own, ours())
			bare = append(bare, floor())
		} else {
			bare = append(bare, floor())
			own = append(own, ours())
		}
	}
	for b.Loop() {
		round()
	}
	began := time.Now()
	for len(own) < benchRounds || len(own) < benchMost && time.Since(began) < time.Second {
		round()
	}
	b.ReportMetric(0, "ns/op") // of both sides together: says nothing
	b.ReportMetric(millis(median(own)), "ms")
	b.ReportMetric(millis(median(bare)), "floor-ms")
	b.ReportMetric(float64(median(own))/float64(median(bare)), "×floor")
	return len(own)
}

// timed is how long a function takes.
func timed(do func()) func() time.Duration {
	return func() time.Duration {
		began := time.Now()
		do()
		return time.Since(began)
	}
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
