package produce

import (
	"math/bits"
	"time"
)

// stepBits is how finely a power of two is divided: a quantile is off by one part
// in 16 at most.
const stepBits = 4

// Latencies counts times in steps that grow with them, in a few KiB whatever their
// number. It is not safe for concurrent use.
type Latencies struct {
	counts [64 << stepBits]int64
	total  int64
}

// Add counts a time.
func (l *Latencies) Add(d time.Duration) {
	l.counts[step(d)]++
	l.total++
}

// Quantile is the time within which so large a part of all were, 0.5 for the
// median; 0 without any.
func (l *Latencies) Quantile(q float64) time.Duration {
	want := int64(q * float64(l.total))
	for i, n := range l.counts {
		if want -= n; n > 0 && want < 0 {
			return stepEnd(i)
		}
	}
	return 0
}

// step is where a time is counted: by its highest bit and those after that.
func step(d time.Duration) int {
	v := uint64(max(d, 1))
	high := bits.Len64(v) - 1
	if high < stepBits {
		return int(v)
	}
	return high<<stepBits | int(v>>(high-stepBits))&(1<<stepBits-1)
}

// stepEnd is the longest time of a step.
func stepEnd(i int) time.Duration {
	high := i >> stepBits
	if high < stepBits {
		return time.Duration(i)
	}
	first := uint64(1<<stepBits|i&(1<<stepBits-1)) << (high - stepBits)
	return time.Duration(first + 1<<(high-stepBits) - 1)
}
