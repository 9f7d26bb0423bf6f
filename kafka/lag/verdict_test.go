package lag_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/lag"
)

// series is a written series of samples, ten seconds apart: a committed offset and
// a log end offset for each, and whether a member held the partition.
type series struct {
	committed, end []int64
	held           func(i int) bool
}

func held(int) bool              { return true }
func nobody(int) bool            { return false }
func until(n int) func(int) bool { return func(i int) bool { return i < n } }

func (s series) window() *lag.Window {
	w := new(lag.Window)
	for i := range s.committed {
		w.Add(lag.Sample{At: epoch.Add(time.Duration(i) * 10 * time.Second), Committed: s.committed[i], End: s.end[i], Held: s.held(i)})
	}
	return w
}

// run is n numbers from a first one in steps.
func run(n int, first, step int64) []int64 {
	numbers := make([]int64, n)
	for i := range numbers {
		numbers[i] = first + int64(i)*step
	}
	return numbers
}

func join(parts ...[]int64) (all []int64) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func TestVerdicts(t *testing.T) {
	for _, tt := range []struct {
		name   string
		series series
		want   lag.Verdict
		says   string
	}{
		{"nothing is known", series{held: held}, lag.Unjudged, ""},
		{"one sample with lag", series{run(1, 5, 0), run(1, 9, 0), held}, lag.Measuring, "lag 4"},
		{"one sample without lag", series{run(1, 9, 0), run(1, 9, 0), held}, lag.OK, "caught up now"},

		// OK: any lag of zero in the window, and any that shrank.
		{"zero once, then growing", series{join([]int64{100}, run(11, 100, 1)), run(12, 100, 50), held}, lag.OK, "caught up within the last 1m50s"},
		{"zero, but before the window", series{join([]int64{100}, run(12, 100, 1)), run(13, 100, 50), held}, lag.Warn, "never shrank"},
		{"shrank once in a full window", series{join(run(6, 0, 10), []int64{150}, run(5, 160, 10)), run(12, 1000, 50), held}, lag.OK, "shrank"},
		{"shrinking, the window not full", series{run(3, 0, 100), run(3, 1000, 10), held}, lag.OK, "shrank"},
		{"nothing to read and nobody there", series{run(12, 40, 0), run(12, 40, 0), nobody}, lag.OK, "caught up"},

		// WARN: over a full window, and only then.
		{"growing, the window not full", series{run(11, 0, 10), run(11, 100, 50), held}, lag.Measuring, "there are 1m40s"},
		{"growing over a full window", series{run(12, 0, 10), run(12, 100, 50), held}, lag.Warn, "never shrank in 1m50s and is 540"},
		{"the same lag over a full window", series{run(12, 0, 50), run(12, 100, 50), held}, lag.Warn, "is 100"},

		// STALL: a member is there, the offset stays.
		{"standing, the window not full", series{run(11, 7, 0), run(11, 100, 5), held}, lag.Measuring, ""},
		{"standing over a full window", series{run(12, 7, 0), run(12, 100, 5), held}, lag.Stall, "stands at 7 for 1m50s while 148 wait"},
		{"standing for longer than the window", series{run(30, 7, 0), run(30, 100, 0), held}, lag.Stall, "for 4m50s while 93 wait"},
		{"moved within the window", series{join([]int64{6}, run(11, 7, 0)), run(12, 100, 0), held}, lag.OK, "shrank"},

		// STOP: nobody is there, and the silence is longer than what came before.
		{"never seen to commit, for a moment", series{run(2, 7, 0), run(2, 100, 0), nobody}, lag.Measuring, ""},
		{"never seen to commit", series{run(3, 7, 0), run(3, 100, 0), nobody}, lag.Stop, "no commit came for 20s, and 93 wait"},
		{"left, not for long", series{join(run(6, 0, 10), run(5, 50, 0)), run(11, 100, 10), until(6)}, lag.Measuring, ""},
		{"left for as long as it was seen to commit", series{join(run(6, 0, 10), run(7, 50, 0)), run(13, 100, 10), until(6)}, lag.Stop, "no commit came for 1m10s"},
		{"left with a long row of commits before", series{join(run(12, 0, 10), run(4, 110, 0)), run(16, 400, 10), until(12)}, lag.Warn, ""},
		{"commits without being a member", series{run(12, 0, 10), run(12, 500, 5), nobody}, lag.OK, "shrank"},
		{"commits once in a minute without being a member", series{join(run(6, 100, 0), run(6, 200, 0)), run(12, 500, 1), nobody}, lag.OK, "shrank"},

		// REWIND: back, and not up to there again.
		{"went back", series{join(run(6, 500, 10), run(3, 20, 10)), run(9, 600, 10), held}, lag.Rewind, "went back from 550 to 20 20s ago and stands at 40 now"},
		{"went back and came up again", series{join(run(6, 500, 10), []int64{20, 200, 560}), run(9, 600, 0), held}, lag.OK, "shrank"},
		{"went back and reached the end", series{join(run(6, 500, 10), []int64{20, 540}), join(run(7, 600, 0), []int64{540}), held}, lag.OK, "caught up"},
		{"was at the end and went back", series{join(run(3, 100, 0), run(2, 0, 0)), run(5, 100, 0), held}, lag.Rewind, "went back from 100 to 0 10s ago"},
		{"went back, nobody reads", series{join(run(3, 100, 0), run(9, 0, 0)), run(12, 100, 0), nobody}, lag.Rewind, "went back"},
		{"went back twice", series{join([]int64{900, 500}, run(2, 100, 5)), run(4, 1000, 0), held}, lag.Rewind, "from 900 to 100"},

		// A log that was made anew has a window of its own.
		{"made anew", series{join(run(12, 7, 0), run(2, 1, 0)), join(run(12, 100, 0), run(2, 5, 0)), held}, lag.Measuring, "lag 4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.series.window().Judge()
			if got.Verdict != tt.want {
				t.Errorf("%v (%s), want %v", got.Verdict, got.Reason(), tt.want)
			}
			if says := got.Reason(); !strings.Contains(says, tt.says) || (says == "") != (tt.want == lag.Unjudged) {
				t.Errorf("it says %q, want %q in it", says, tt.says)
			}
		})
	}
}

// Polls that come faster than samples are kept lose neither a zero nor a step back.
func TestFastPolls(t *testing.T) {
	at := func(s float64) time.Time { return epoch.Add(time.Duration(s * float64(time.Second))) }
	fill := func(samples ...lag.Sample) *lag.Window {
		w := new(lag.Window)
		for _, s := range samples {
			w.Add(s)
		}
		return w
	}
	zero := fill(
		lag.Sample{At: at(0), Committed: 0, End: 10, Held: true}, lag.Sample{At: at(3), Committed: 10, End: 10, Held: true},
		lag.Sample{At: at(6), Committed: 10, End: 90, Held: true})
	if got := zero.Judge(); got.Verdict != lag.OK || len(zero.Lags()) != 2 {
		t.Errorf("after a zero between two samples: %v, %d samples", got.Verdict, len(zero.Lags()))
	}
	back := fill(
		lag.Sample{At: at(0), Committed: 10, End: 100}, lag.Sample{At: at(1), Committed: 50, End: 100},
		lag.Sample{At: at(2), Committed: 20, End: 100})
	if got := back.Judge(); got.Verdict != lag.Rewind || got.From != 50 || got.To != 20 {
		t.Errorf("after a step back between two samples: %+v", got)
	}
	same := fill(lag.Sample{At: at(5), End: 10}, lag.Sample{At: at(5), End: 20}, lag.Sample{At: at(4), End: 30})
	if n := len(same.Lags()); n != 1 {
		t.Errorf("%d samples of one moment and an earlier one", n)
	}
}

func TestVerdictsHaveTheirOwnWordsAndOrder(t *testing.T) {
	seen := make(map[string]bool)
	for v := lag.Unjudged; v <= lag.Stop; v++ {
		if seen[v.String()] {
			t.Errorf("%q is there twice", v)
		}
		seen[v.String()] = true
		if v.Bad() != (v == lag.Stall || v == lag.Stop) {
			t.Errorf("%v is bad: %t", v, v.Bad())
		}
	}
}
