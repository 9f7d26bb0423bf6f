package overview

import (
	"time"

	"github.com/kdeck/kdeck/kafka"
)

// groupCost is the processor time that kdeck spends on one group: description,
// commits and lag. It is rounded up from the benchmark of the groups.
const groupCost = 400 * time.Microsecond

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
