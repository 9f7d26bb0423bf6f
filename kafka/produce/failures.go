package produce

import (
	"slices"

	"github.com/kdeck/kdeck/kafka/model"
)

// mostFailed bounds how many lines are remembered by number: 8 bytes each.
const mostFailed = 1 << 20

// Failures remembers which lines were not stored. It is not safe for concurrent
// use. The zero value has none.
type Failures struct {
	// Full are the first ones with their reasons, Most at most.
	Full []Failure
	Most int
	// Refused and Unknown are how many there were.
	Refused, Unknown int64

	lines []int64
}

// Failure is a line that was not stored, or may not be.
type Failure struct {
	Line    int64         `json:"line"`
	Outcome model.Outcome `json:"outcome"`
	Reason  string        `json:"reason"`
}

// Add remembers a line, and reports whether with its reason.
func (f *Failures) Add(line int64, outcome model.Outcome, err error) (full bool) {
	if outcome == model.Unknown {
		f.Unknown++
	} else {
		f.Refused++
	}
	if len(f.lines) < mostFailed {
		f.lines = append(f.lines, line)
	}
	if full = len(f.Full) < f.Most; full {
		f.Full = append(f.Full, Failure{line, outcome, err.Error()})
	}
	return full
}

// Total is how many lines failed.
func (f *Failures) Total() int64 { return f.Refused + f.Unknown }

// Lines returns the numbers of the lines as spans, first and last, in their order.
// more is how many others there were, after a million.
func (f *Failures) Lines() (spans [][2]int64, more int64) {
	slices.Sort(f.lines)
	for _, line := range f.lines {
		if n := len(spans); n > 0 && spans[n-1][1] == line-1 {
			spans[n-1][1] = line
			continue
		}
		spans = append(spans, [2]int64{line, line})
	}
	return spans, f.Total() - int64(len(f.lines))
}
