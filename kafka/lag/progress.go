package lag

import (
	"math"
	"time"
)

// Never is the time that a group takes which falls behind, or does not read.
const Never = time.Duration(math.MaxInt64)

// Precision says how a Delay was found.
type Precision int

// The precisions of a Delay.
const (
	// NoDelay: nothing is known.
	NoDelay Precision = iota
	// Exact: the timestamp of the next record to read was looked at.
	Exact
	// Estimated: the time at which the log end offset passed the commit,
	// interpolated between two samples.
	Estimated
	// AtLeast: the next record was there before the oldest sample.
	AtLeast
)

// Delay is the lag in time: how long the next record to read has been waiting.
type Delay struct {
	Time      time.Duration
	Precision Precision
}

// Longer returns the longer of two delays; one that is not known is the shorter.
func (d Delay) Longer(other Delay) Delay {
	if other.Precision == NoDelay || d.Precision != NoDelay && d.Time >= other.Time {
		return d
	}
	return other
}

// Progress is what a window tells of a group on one partition.
type Progress struct {
	Finding
	// Arrival and Consumption are records per second over the window, as offsets
	// count them; -1 before there are samples of a second.
	Arrival, Consumption float64
	// Drain is how long the group takes at this pace until it has read everything,
	// Never when it falls behind or does not read, and negative when that is not
	// known: there are too few samples, or it just keeps pace.
	Drain time.Duration
	Delay Delay
}

// NoProgress is that of a partition that nothing is known of yet.
func NoProgress() Progress { return Progress{Arrival: -1, Consumption: -1, Drain: unknownDrain} }

// Read returns the progress as it is when there is no record left to read.
func (p Progress) Read() Progress {
	p.Verdict, p.zero, p.Slips, p.For = OK, true, false, 0
	p.Drain, p.Delay = 0, Delay{0, Exact}
	return p
}

// unknownDrain stands for a Drain that is not known.
const unknownDrain = time.Duration(-1)

// leastPace is the least time over which a pace is counted.
const leastPace = time.Second

// leastProgress is the least time over which a group that does not get on counts as
// one that never will.
const leastProgress = 3 * sampleGap

// Progress returns verdict, pace and delay as of a time. The pace is counted from
// the last rewind on.
func (w *Window) Progress(now time.Time) Progress {
	p := NoProgress()
	p.Finding = w.Judge()
	n := len(w.samples)
	if n == 0 {
		return p
	}
	p.Delay = w.delay(now)
	back, _ := w.rewound()
	first, newest := w.samples[back], w.samples[n-1]
	if over := w.span(back); over >= leastPace {
		seconds := over.Seconds()
		p.Arrival = float64(newest.end-first.end) / seconds
		p.Consumption = float64(newest.committed-first.committed) / seconds
	}
	p.Drain = w.drain(p, w.span(back))
	p.Slips = p.Verdict == OK && p.Drain == Never
	return p
}

func (w *Window) drain(p Progress, over time.Duration) time.Duration {
	gain := p.Consumption - p.Arrival
	steady := steadyShare * max(p.Consumption, p.Arrival)
	switch {
	case p.Lag == 0:
		return 0
	case p.Verdict.Bad():
		return Never
	case p.Arrival < 0:
		return unknownDrain
	case p.Verdict == OK && p.zero:
		if p.Consumption <= 0 {
			return unknownDrain
		}
		return seconds(float64(p.Lag) / p.Consumption) // it was at the end, so it can get there
	case gain > steady:
		return seconds(float64(p.Lag) / gain)
	case p.Verdict == Warn, over >= leastProgress && gain < -steady, over >= leastProgress && p.Consumption == 0:
		return Never
	}
	return unknownDrain
}

// seconds turns a number of seconds into a duration, and one that is longer than a
// duration can be into the longest that is not Never.
func seconds(s float64) time.Duration {
	if s >= Never.Seconds() {
		return Never - 1
	}
	return time.Duration(s * float64(time.Second))
}

// delay finds when the log end offset passed the commit: the record there is the
// next to read.
func (w *Window) delay(now time.Time) Delay {
	committed := w.samples[len(w.samples)-1].committed
	for i := len(w.samples) - 1; i >= 0; i-- {
		s := w.samples[i]
		if s.end > committed {
			continue
		}
		if i == len(w.samples)-1 {
			return Delay{0, Exact} // everything is read
		}
		next := w.samples[i+1]
		share := float64(committed-s.end) / float64(next.end-s.end)
		passed := s.at + int64(share*float64(next.at-s.at))
		return Delay{max(0, micros(now.UnixMicro()-passed)), Estimated}
	}
	return Delay{max(0, micros(now.UnixMicro()-w.samples[0].at)), AtLeast}
}

// Summary adds up the progress of many partitions. The zero value is that of none.
type Summary struct {
	// Worst is the finding of the partition with the worst verdict, of those one that
	// slips, and of those the one with the most lag.
	Worst Finding
	// Topic and Partition say where that is.
	Topic     string
	Partition int32
	// Bad is how many partitions are as bad.
	Bad int
	// Drain is that of the slowest partition; see Progress.
	Drain time.Duration
	// Delay is the longest.
	Delay Delay

	some bool
}

// Add takes in a partition.
func (s *Summary) Add(topic string, partition int32, p Progress) {
	one := Summary{Worst: p.Finding, Topic: topic, Partition: partition, Bad: 1, Drain: p.Drain, Delay: p.Delay, some: true}
	s.Merge(one)
}

// Merge takes in what was added up elsewhere.
func (s *Summary) Merge(other Summary) {
	if !other.some {
		return
	}
	if !s.some {
		*s = other
		return
	}
	worse, bad := other.Worst.worse(s.Worst), s.Bad
	switch {
	case worse > 0:
		bad = other.Bad
	case worse == 0:
		bad += other.Bad
	}
	if worse > 0 || worse == 0 && other.Worst.Lag > s.Worst.Lag {
		s.Worst, s.Topic, s.Partition = other.Worst, other.Topic, other.Partition
	}
	s.Bad = bad
	s.Drain = slower(s.Drain, other.Drain)
	s.Delay = s.Delay.Longer(other.Delay)
}

// slower returns the longer of two times to drain. One that is not known is longer
// than none at all, which would be said of the sum.
func slower(a, b time.Duration) time.Duration {
	if max(a, b) == 0 {
		return min(a, b)
	}
	return max(a, b)
}

// Slowest is how long the slowest partition takes; negative when that is not known.
func (s Summary) Slowest() time.Duration {
	if !s.some {
		return unknownDrain
	}
	return s.Drain
}
