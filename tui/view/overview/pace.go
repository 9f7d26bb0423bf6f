package overview

import (
	"time"

	"github.com/kdeck/kdeck/kafka"
)

// The processor time that kdeck spends on one partition (metadata and log end
// offset) and on one group (description, commits and lag), in nanoseconds,
// rounded up from BenchmarkOverview and the benchmark of the groups.
const (
	partitionCost = 3_000
	groupCost     = 400_000
)

const (
	minPace = 5 * time.Second
	maxPace = 2 * time.Minute
	// idleShare of the time is for asking: an open overview costs one hundredth
	// of a core.
	idleShare = 100
	// rest is how many times as long as an answer took a slow cluster is left
	// alone afterwards.
	rest = 4
)

// pace is the time to the next question, from what one costs this process in
// nanoseconds and how long the answer took.
func pace(cost int, took time.Duration) time.Duration {
	return min(maxPace, max(minPace, time.Duration(cost)*idleShare, took*rest))
}

// series is a bounded row of measurements, oldest first.
type series []float64

// seriesLen is a wide chart's worth.
const seriesLen = 200

// with returns the series with one more measurement at its end.
func (s series) with(v float64) series {
	if len(s) == seriesLen {
		s = append(s[:0], s[1:]...)
	}
	return append(s, v)
}

func sumLag(groups []kafka.Group) int64 {
	total := int64(0)
	for _, g := range groups {
		total += max(0, g.Lag.Total())
	}
	return total
}
