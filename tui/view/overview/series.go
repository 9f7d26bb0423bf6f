package overview

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
