package lag

import (
	"cmp"
	"fmt"
	"time"
)

// Verdict is what a window of samples says about a group on one partition, or the
// worst of them about a group on many. A worse verdict is a higher number.
type Verdict int

// The verdicts, after the rules of LinkedIn's Burrow. They need no threshold: a
// large lag that shrinks is fine, and a small one that never does is not.
const (
	// Unjudged: there is no lag to judge; the state of the partition says why.
	Unjudged Verdict = iota
	// OK: the lag was zero within the window, or it shrank at least once.
	OK
	// Measuring: the window is not full, and nothing in it decides yet.
	Measuring
	// Warn: the group commits, but over a full window its lag never shrank.
	Warn
	// Rewind: the committed offset went back within the window, and has neither
	// come up to where it was nor to the end since.
	Rewind
	// Stall: a member holds the partition, but over a full window the committed
	// offset stayed where it is and there was always lag.
	Stall
	// Stop: nobody holds the partition, there is lag, and no commit came for longer
	// than the commits of the window span.
	Stop
)

// String returns the verdict as Burrow writes it; empty when there is none.
func (v Verdict) String() string {
	switch v {
	case OK:
		return "OK"
	case Warn:
		return "WARN"
	case Rewind:
		return "REWIND"
	case Stall:
		return "STALL"
	case Stop:
		return "STOP"
	case Measuring:
		return "measuring"
	case Unjudged:
	}
	return ""
}

// Bad reports whether a group with this verdict does not get on with its work.
func (v Verdict) Bad() bool { return v == Stall || v == Stop }

// Finding is a verdict and what it rests on.
type Finding struct {
	Verdict   Verdict
	Committed int64
	Lag       int64
	// For is the time that the verdict covers: since the rewind, since the last
	// commit that was seen of a group that stopped, since the offset was first seen
	// where a stalled group stands, and otherwise the span of the window.
	For time.Duration
	// From and To are the offsets from which and to which a rewind went back.
	From, To int64
	// Slips says of an OK that the lag shrank in some sample, but that the group falls
	// behind over the window all the same.
	Slips bool
	// zero says that OK is for a lag of zero and not for one that shrank.
	zero bool
}

// How long no commit must have come before a group counts as stopped, however close
// together its commits came before: long enough for programs that commit once in a
// minute where commits were seen, and for a few polls where none was.
const (
	leastSilence   = time.Minute
	unmovedSilence = 15 * time.Second
)

// worse compares how bad two findings are, whatever the lag.
func (f Finding) worse(other Finding) int {
	slips := func(f Finding) int {
		if f.Slips {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(f.Verdict, other.Verdict), cmp.Compare(slips(f), slips(other)))
}

// Judge applies the rules, the first that holds: the order is Burrow's, but that a
// lag of zero from before a rewind does not excuse the rewind.
func (w *Window) Judge() Finding {
	if len(w.samples) == 0 {
		return Finding{}
	}
	newest := w.samples[len(w.samples)-1]
	f := Finding{Committed: newest.committed, Lag: newest.lag(), For: w.span(0)}
	back, from := w.rewound()
	moves, silence := w.moves(), w.silence()
	switch {
	case w.zeroSince(back):
		f.Verdict, f.zero = OK, true
	case back > 0:
		f.Verdict, f.From, f.To, f.For = Rewind, from, w.samples[back].committed, w.span(back)
	case moves && silence > max(leastSilence, w.commitSpan()), !moves && !newest.held && silence > unmovedSilence:
		f.Verdict, f.For = Stop, silence
	case moves && w.shrank():
		f.Verdict = OK
	case !w.full():
		f.Verdict = Measuring
	case !moves:
		f.Verdict, f.For = Stall, micros(newest.at-w.moved)
	default:
		f.Verdict = Warn
	}
	return f
}

// silence is the time since the last commit: a sample has one when its offset is
// another than before, or when a member holds the partition. Without any it is the
// time for which the offset has been known.
func (w *Window) silence() time.Duration {
	for i := len(w.samples) - 1; i > 0; i-- {
		if w.samples[i].held || w.samples[i].committed != w.samples[i-1].committed {
			return w.span(i)
		}
	}
	return micros(w.samples[len(w.samples)-1].at - w.moved)
}

// commitSpan is the time from the first commit of the window to the last one; the
// one of the first sample is there, whenever it came.
func (w *Window) commitSpan() time.Duration { return w.span(0) - w.silence() }

// moves reports whether the committed offset is not the same all over the window.
func (w *Window) moves() bool {
	for _, s := range w.samples {
		if s.committed != w.samples[0].committed {
			return true
		}
	}
	return false
}

// shrank reports whether the lag was ever smaller than at the sample before.
func (w *Window) shrank() bool {
	for i := 1; i < len(w.samples); i++ {
		if w.samples[i].lag() < w.samples[i-1].lag() {
			return true
		}
	}
	return false
}

// Reason says in words what the verdict rests on; empty when there is none.
func (f Finding) Reason() string {
	span := f.For.Round(time.Second)
	switch f.Verdict {
	case OK:
		switch {
		case f.zero:
			return "caught up " + within(span)
		case f.Slips:
			return fmt.Sprintf("falling behind, but not in every sample %s: the lag is %d", within(span), f.Lag)
		}
		return fmt.Sprintf("the lag of %d shrank %s", f.Lag, within(span))
	case Measuring:
		return fmt.Sprintf("lag %d; a verdict takes %v of samples, and there are %v", f.Lag, sampleGap*(windowLen-1), span)
	case Warn:
		return fmt.Sprintf("reads, but the lag never shrank in %v and is %d", span, f.Lag)
	case Rewind:
		return fmt.Sprintf("went back from %d to %d %v ago and stands at %d now", f.From, f.To, span, f.Committed)
	case Stall:
		return fmt.Sprintf("a member holds it, but the commit stands at %d for %v while %d wait", f.Committed, span, f.Lag)
	case Stop:
		return fmt.Sprintf("nobody holds it, no commit came for %v, and %d wait", span, f.Lag)
	case Unjudged:
	}
	return ""
}

func within(span time.Duration) string {
	if span <= 0 {
		return "now"
	}
	return fmt.Sprintf("within the last %v", span)
}
