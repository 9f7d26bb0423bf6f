package labtest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/admin"
)

// Both sides of a comparison run benchRounds times at least, however short the
// benchmark, and up to benchMost times while that takes less than a second: the
// medians of fewer tell little.
const (
	BenchRounds = 7
	benchMost   = 99
)

// Compare runs what is measured and its floor in turns, so that neither always
// finds the cluster warm, and reports the medians: ms, floor-ms, and ×floor, the
// one over the other. It returns the number of rounds.
func Compare(b *testing.B, ours, floor func() time.Duration) (rounds int) {
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
	for len(own) < BenchRounds || len(own) < benchMost && time.Since(began) < time.Second {
		round()
	}
	b.ReportMetric(0, "ns/op") // of both sides together: says nothing
	b.ReportMetric(Millis(Median(own)), "ms")
	b.ReportMetric(Millis(Median(bare)), "floor-ms")
	b.ReportMetric(float64(Median(own))/float64(Median(bare)), "×floor")
	return len(own)
}

// Timed is how long a function takes.
func Timed(do func()) func() time.Duration {
	return func() time.Duration {
		began := time.Now()
		do()
		return time.Since(began)
	}
}

// Median is the time in the middle.
func Median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// Millis is a time in milliseconds.
func Millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Total is how many requests a client has sent.
func Total(c *admin.Client) int {
	sum := 0
	for _, n := range c.Requests() {
		sum += n
	}
	return sum
}

// TopicNames is n names of topics, in order.
func TopicNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("topic-%05d", i)
	}
	return names
}

// The cluster of a benchmark: every group has committed on all partitions of
// some topics, which groups share.
const (
	BenchTopics         = 10_000
	BenchPartitions     = 10
	BenchTopicsPerGroup = 10
)
