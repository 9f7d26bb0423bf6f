package lag_test

import (
	"strings"
	"testing"

	"github.com/kdeck/kdeck/kafka/lag"
)

func TestOf(t *testing.T) {
	const unknown = lag.Unknown
	open := func(start, end, stable int64) lag.Log { return lag.Log{Start: start, End: end, Stable: stable} }
	for _, tt := range []struct {
		name      string
		committed int64
		log       lag.Log
		state     lag.State
		records   int64
		deleted   int64
		unstable  int64
		says      string // part of the sentence; "" when it must say nothing
	}{
		{"behind", 40, open(0, 100, 100), lag.Normal, 60, 0, 0, ""},
		{"caught up", 100, open(0, 100, 100), lag.Normal, 0, 0, 0, ""},
		{"empty log", 0, open(0, 0, 0), lag.Normal, 0, 0, 0, ""},
		{"at the log start", 30, open(30, 100, 100), lag.Normal, 70, 0, 0, ""},
		{"before the log start", 10, open(30, 100, 100), lag.Lost, 90, 20, 0, "20 of the lag cannot be read"},
		{"everything deleted", 10, open(100, 100, 100), lag.Lost, 90, 90, 0, "90 of the lag"},
		{"start and stable not asked", 40, open(unknown, 100, unknown), lag.Normal, 60, 0, 0, ""},
		{"nothing committed", unknown, open(0, 100, 100), lag.Uncommitted, unknown, 0, 0, "committed nothing"},
		{"topic made anew", 500, open(0, 100, 100), lag.Ahead, unknown, 0, 0, "stands at 500 but the log ends at 100"},
		{"open transaction ahead of the group", 40, open(0, 100, 90), lag.Normal, 60, 0, 10, "stop at the last stable offset 90"},
		{"open transaction, caught up to it", 90, open(0, 100, 90), lag.Normal, 10, 0, 10, "everything up to the last stable offset 90 is read"},
		{"topic gone", 40, lag.Log{State: lag.Gone, Start: unknown, End: unknown, Stable: unknown}, lag.Gone, unknown, 0, 0, "does not exist"},
		{"no leader", 40, lag.Log{State: lag.Leaderless, Start: unknown, End: unknown, Stable: unknown}, lag.Leaderless, unknown, 0, 0, "no broker leads"},
		{"not allowed", 40, lag.Log{State: lag.Unauthorized, Start: unknown, End: unknown, Stable: unknown}, lag.Unauthorized, unknown, 0, 0, "needs Describe"},
		{"log not read", 40, lag.Log{State: lag.Unread, Start: unknown, End: unknown, Stable: unknown}, lag.Unread, unknown, 0, 0, "could not be read"},
		{"log end not told", 40, open(unknown, unknown, unknown), lag.Unread, unknown, 0, 0, "could not be read"},
		{"no leader and nothing committed", unknown, lag.Log{State: lag.Leaderless, Start: unknown, End: unknown, Stable: unknown}, lag.Leaderless, unknown, 0, 0, "no broker leads"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := lag.Of(tt.committed, tt.log)
			if p.State != tt.state || p.Records != tt.records || p.Deleted() != tt.deleted || p.Unstable() != tt.unstable {
				t.Errorf("state %v, records %d, deleted %d, unstable %d; want %v, %d, %d, %d",
					p.State, p.Records, p.Deleted(), p.Unstable(), tt.state, tt.records, tt.deleted, tt.unstable)
			}
			if says := p.Explain(); !strings.Contains(says, tt.says) || (says == "") != (tt.says == "") {
				t.Errorf("it says %q, want %q in it", says, tt.says)
			}
		})
	}
}

func TestOfShare(t *testing.T) {
	log := lag.Log{Start: 0, End: 100, Stable: 100}
	for _, tt := range []struct {
		name            string
		start, reported int64
		state           lag.State
		records, done   int64
	}{
		{"the broker counts", 40, 25, lag.Normal, 25, 35},
		{"nothing done out of order", 40, 60, lag.Normal, 60, 0},
		{"everything done out of order", 40, 0, lag.Normal, 0, 60},
		{"a broker that does not count", 40, lag.Unknown, lag.Normal, 60, 0},
		{"records arrived between the two answers", 40, 70, lag.Normal, 60, 0},
		{"not initialised", lag.Unknown, lag.Unknown, lag.Uncommitted, lag.Unknown, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := lag.OfShare(tt.start, tt.reported, log)
			if p.State != tt.state || p.Records != tt.records || p.Done() != tt.done {
				t.Errorf("state %v, records %d, done %d", p.State, p.Records, p.Done())
			}
			if says := p.Explain(); tt.done > 0 && !strings.Contains(says, "acknowledged already") {
				t.Errorf("it says %q", says)
			}
		})
	}
}

func TestPhantomLag(t *testing.T) {
	log := lag.Log{Start: 0, End: 100, Stable: 100}
	p := lag.Of(97, log).Read()
	if p.State != lag.Phantom || p.Records != 3 || !strings.Contains(p.Explain(), "nothing left to read: the 3 offsets") {
		t.Errorf("%v, %d: %s", p.State, p.Records, p.Explain())
	}
	var sum lag.Sum
	sum.Add(p)
	if p.Left() != 0 || sum.Total() != 0 || sum.Unknown != 0 {
		t.Errorf("%d left, in all %+v", p.Left(), sum)
	}
	for _, committed := range []int64{100, lag.Unknown, 500} {
		if before := lag.Of(committed, log); before.Read() != before {
			t.Errorf("%v became %v", before.State, before.Read().State)
		}
	}
}

func TestStatesHaveTheirOwnWords(t *testing.T) {
	seen := make(map[string]lag.State)
	for s := lag.Normal; s <= lag.Phantom; s++ {
		if other, taken := seen[s.String()]; taken {
			t.Errorf("states %d and %d are both %q", other, s, s)
		}
		seen[s.String()] = s
	}
}

func TestSum(t *testing.T) {
	log := lag.Log{Start: 0, End: 100, Stable: 100}
	var s lag.Sum
	if s.Total() != lag.Unknown || s.Partial() {
		t.Errorf("the sum of nothing is %d, partial %v", s.Total(), s.Partial())
	}
	s.Add(lag.Of(lag.Unknown, log))
	if s.Total() != lag.Unknown || s.Partial() {
		t.Errorf("the sum of what is unknown is %d, partial %v", s.Total(), s.Partial())
	}
	s.Add(lag.Of(60, log))
	s.Add(lag.Of(500, log))
	if s.Total() != 40 || !s.Partial() || s.Unknown != 2 {
		t.Errorf("the sum is %+v", s)
	}
	s.Merge(lag.Sum{Records: 2, Known: 1, Unknown: 1})
	if want := (lag.Sum{Records: 42, Known: 2, Unknown: 3}); s != want {
		t.Errorf("merged: %+v, want %+v", s, want)
	}
}
