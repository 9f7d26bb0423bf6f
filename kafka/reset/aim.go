package reset

import (
	"errors"
	"fmt"
	"math"

	"github.com/kdeck/kdeck/kafka/model"
)

// aim sets the new offset. It returns why the partition is left alone instead, or
// "".
func (r *Row) aim(p Partition, s Strategy, f *Facts) (alone string, err error) {
	switch s.Kind {
	case ToEarliest:
		r.New = p.LogStart
	case ToLatest:
		r.New = p.LogEnd
	case ToCurrent:
		r.New = r.Current.Offset
		if !r.HasCurrent {
			r.New = p.LogEnd
			r.warnf("no commit: goes to the log end")
		}
	case ToOffset:
		r.clamp(s.N)
	case ShiftBy:
		r.clamp(addSaturated(r.Current.Offset, s.N))
	case ToDatetime, ByDuration:
		if p.AtTime == model.NoOffset {
			r.New = p.LogEnd
			r.warnf("no record at or after %s: goes to the log end", FormatTime(s.At))
			return "", nil
		}
		r.clamp(p.AtTime)
	case FromFile:
		offset, ok := s.Offsets[p.TopicPartition]
		if !ok {
			return "the file says nothing of it", nil
		}
		r.clamp(offset)
	case FromGroup:
		commit, ok := f.Source[p.TopicPartition]
		if !ok {
			return fmt.Sprintf("%s has no commit there", s.From), nil
		}
		r.clamp(commit.Offset)
	case "":
		return "", errors.New("no strategy chosen")
	default:
		return "", fmt.Errorf("there is no strategy %q", s.Kind)
	}
	return "", nil
}

// clamp sets the new offset within the log.
func (r *Row) clamp(want int64) {
	r.New = min(max(want, r.LogStart), r.LogEnd)
	switch {
	case want < r.LogStart:
		r.warnf("%d is below the log start: clamped to %d", want, r.New)
	case want > r.LogEnd:
		r.warnf("%d is beyond the log end: clamped to %d", want, r.New)
	}
}

// warn adds what is worth knowing whatever the strategy.
func (r *Row) warn(p Partition) {
	switch {
	case r.HasCurrent && r.Current.Offset < p.LogStart:
		r.warnf("the commit %d is below the log start %d: %d records are gone already", r.Current.Offset, p.LogStart, p.LogStart-r.Current.Offset)
	case r.HasCurrent && r.Current.Offset > p.LogEnd:
		r.warnf("the commit %d is beyond the log end %d: was the topic made anew?", r.Current.Offset, p.LogEnd)
	}
	if p.LastStable != model.NoOffset && r.Changes() && r.New > p.LastStable {
		r.warnf("past the last stable offset %d: read-committed consumers will miss what open transactions hold before %d", p.LastStable, r.New)
	}
}

func (r *Row) warnf(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// addSaturated is a + b, held within the range of offsets.
func addSaturated(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b // a is 0 or more, so that a negative b cannot overflow
}
