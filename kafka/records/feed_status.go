package records

import (
	"cmp"
	"fmt"
	"time"
)

// Status tells how the feed stands.
func (f *Feed) Status() FeedStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	s := FeedStatus{
		Open: f.reader != nil, Ended: f.ended, Held: int(f.ring.end - f.ring.first),
		Read: f.skipped + f.ring.end, Dropped: f.skipped + f.ring.first, Bytes: f.ring.bytes,
		Rate: f.rate.perSecond(now), Paused: f.paused, Full: f.full,
	}
	first, end := f.bounds()
	s.Shown = int(end - first)
	s.Status = Status{Lag: -1, At: f.answered, Problem: f.problem, Note: f.note}
	positions := f.next
	if f.reader != nil {
		s.Status = f.reader.Status()
		positions = f.reader.Positions()
		if s.Lag >= 0 {
			s.Lag += int64(f.inHand)
		}
		if s.Note == "" {
			s.Note = f.note
		}
	}
	if f.problem != nil {
		s.Problem = fmt.Errorf("%w; trying again", f.problem)
	}
	s.Looked += f.base.Looked
	s.Failed += f.base.Failed
	s.Unread += f.base.Unread
	s.WhyFailed = cmp.Or(f.base.WhyFailed, s.WhyFailed)
	f.measure(&s, positions, now)
	return s
}

// measure tells how far reading has come, and how fast.
func (f *Feed) measure(s *FeedStatus, positions map[int32]int64, now time.Time) {
	passed, present := int64(0), f.present != nil
	for p, next := range positions {
		present = present && next >= f.present[p]
		if origin, ok := f.origin[p]; ok {
			passed += max(0, next-origin)
		}
	}
	f.looking.add(now, int(max(0, s.Looked-f.looked)))
	f.passing.add(now, int(max(0, passed-f.passed)))
	f.looked, f.passed = s.Looked, passed
	s.LookRate = f.looking.perSecond(now)
	switch {
	case f.ended || s.Lag == 0:
		s.Done = 1
	case s.Lag > 0:
		s.Done = float64(passed) / float64(passed+s.Lag)
		if speed := f.passing.perSecond(now); speed > 0 {
			s.Left = time.Duration(float64(s.Lag) / speed * float64(time.Second))
		}
	}
	f.done = s.Done
	f.caughtUp = f.caughtUp || present || f.ended
	s.History = !f.caughtUp
}
