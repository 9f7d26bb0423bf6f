package lag

import "time"

// Direction says where a group's lag is going.
type Direction int

// The directions.
const (
	// Undecided: there are not two samples to compare yet.
	Undecided Direction = iota
	// CaughtUp: the lag is zero, and no partition's lag is unknown.
	CaughtUp
	// Steady: the lag stays about where it is.
	Steady
	// Growing: records arrive faster than the group reads.
	Growing
	// Shrinking: the group reads faster than records arrive.
	Shrinking
)

// Trend is a direction and the numbers behind it.
type Trend struct {
	Direction Direction
	// Rate is the change of the lag in records per second; positive when the lag
	// grows.
	Rate float64
	// Left is how long the group takes at this rate until it has caught up; 0
	// unless the lag is shrinking.
	Left time.Duration
}

// Arrow returns the trend as one sign: ↑ growing, ↓ shrinking, → steady, = caught
// up; a space when undecided.
func (t Trend) Arrow() string {
	switch t.Direction {
	case Growing:
		return "↑"
	case Shrinking:
		return "↓"
	case Steady:
		return "→"
	case CaughtUp:
		return "="
	}
	return " "
}

// String returns the direction in words, without its numbers; empty when
// undecided.
func (t Trend) String() string {
	switch t.Direction {
	case Growing:
		return "falling behind"
	case Shrinking:
		return "catching up"
	case Steady:
		return "steady"
	case CaughtUp:
		return "caught up"
	}
	return ""
}

const (
	// historyLen is how many samples a history keeps: a minute of polls every five
	// seconds.
	historyLen = 12
	// historyGap is the least time between two samples that are kept, so that a
	// user who asks again and again does not shorten the minute.
	historyGap = 4 * time.Second
)

// History is the recent total lag of one group. The zero value is empty.
type History struct {
	samples []total
	unknown int // partitions without a number in every sample
}

type total struct {
	at      time.Time
	records int64
}

// Add takes in the lag at a time. Sums that leave out different numbers of
// partitions cannot be compared: the history begins anew.
func (h *History) Add(at time.Time, s Sum) {
	if s.Known == 0 {
		return
	}
	n := len(h.samples)
	if n > 0 && !at.After(h.samples[n-1].at) {
		return
	}
	if s.Unknown != h.unknown {
		h.samples, h.unknown = nil, s.Unknown
	} else if n > 1 && h.samples[n-1].at.Sub(h.samples[n-2].at) < historyGap {
		h.samples = h.samples[:n-1]
	}
	if len(h.samples) == historyLen {
		h.samples = append(h.samples[:0], h.samples[1:]...)
	}
	h.samples = append(h.samples, total{at, s.Records})
}

// Records returns the samples, oldest first, for a sparkline.
func (h *History) Records() []float64 {
	values := make([]float64, len(h.samples))
	for i, s := range h.samples {
		values[i] = float64(s.records)
	}
	return values
}

// steadyShare is the part of the lag that may come and go before the lag counts
// as moving: producers and consumers work in batches.
const steadyShare = 0.02

// Trend compares the mean of the older half of the samples with that of the
// newer half, which batches sway less than the first and the last sample.
func (h *History) Trend() Trend {
	n := len(h.samples)
	if n == 0 {
		return Trend{}
	}
	newest := h.samples[n-1].records
	if newest == 0 && h.unknown == 0 {
		return Trend{Direction: CaughtUp}
	}
	if n == 1 {
		return Trend{}
	}
	older, from := mean(h.samples[:n/2])
	newer, to := mean(h.samples[n-n/2:])
	change := newer - older
	t := Trend{Rate: change / to.Sub(from).Seconds()}
	switch limit := steadyShare * max(older, newer); {
	case change > limit:
		t.Direction = Growing
	case change < -limit:
		t.Direction = Shrinking
		t.Left = time.Duration(float64(newest) / -t.Rate * float64(time.Second))
	default:
		t.Direction = Steady
	}
	return t
}

// mean returns the mean lag of samples and the middle of their time.
func mean(samples []total) (records float64, at time.Time) {
	total := 0.0
	for _, s := range samples {
		total += float64(s.records)
	}
	first, last := samples[0].at, samples[len(samples)-1].at
	return total / float64(len(samples)), first.Add(last.Sub(first) / 2)
}
