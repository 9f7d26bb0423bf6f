package records

import (
	"time"
)

// Status is how reading goes.
type Status struct {
	// Lag is how many offsets are left between the records read and where reading
	// stops, or the ends of their logs when it follows; -1 while an end is not known.
	// Transaction markers and compacted records count, as they do in the lag of a
	// group.
	Lag int64
	// At is when the cluster last answered.
	At time.Time
	// Problem says why nothing can be read now, in words; nil when all is well.
	// Reading goes on by itself when the cause is gone.
	Problem error
	// Note is the last thing that happened to the position, such as an offset
	// that was out of range; empty when nothing has.
	Note string
	// Looked is how many records were looked at, wanted or not.
	Looked int64
	// Failed is how many of them the filter could not compare, as when a text
	// stands where it expects a number, and WhyFailed what was wrong with the first.
	Failed    int64
	WhyFailed error
	// Unread is how many of the failed are in batches that were too large to be read
	// (Query.BatchBytes).
	Unread int64
}

// Status tells how reading goes.
func (r *Reader) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Status{At: r.at, Note: r.note, Problem: r.watchErr, Looked: r.looked, Failed: r.missed.records, WhyFailed: r.missed.why, Unread: r.missed.unread}
	if r.scan != nil {
		s.At, s.Problem = r.scan.status()
	}
	// A fetch that fails for good is tried again several times between two looks.
	if r.fetchErr != nil && time.Since(r.fetchAt) < 2*watchEvery {
		s.Problem = r.fetchErr
	}
	for p, next := range r.next {
		end := r.log.Ends[p]
		if stop, ok := r.stops[p]; ok {
			end = stop
		}
		if end < 0 {
			s.Lag = -1
			return s
		}
		waiting, _ := r.merge.waiting(p)
		s.Lag += max(0, end-next) + int64(waiting)
	}
	return s
}
