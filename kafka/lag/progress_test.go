package lag_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/lag"
)

func TestProgress(t *testing.T) {
	const unknown = time.Duration(-1)
	for _, tt := range []struct {
		name                 string
		series               series
		arrival, consumption float64
		drain                time.Duration
		delay                lag.Delay // as of the newest sample
	}{
		{"one sample", series{run(1, 5, 0), run(1, 9, 0), held}, -1, -1, unknown, lag.Delay{Time: 0, Precision: lag.AtLeast}},
		{"caught up", series{run(3, 0, 100), run(3, 0, 100), held}, 10, 10, 0, lag.Delay{Precision: lag.Exact}},
		{"catching up", series{run(4, 0, 300), run(4, 1000, 100), held}, 10, 30, 20 * time.Second, lag.Delay{Time: 30 * time.Second, Precision: lag.AtLeast}},
		{"falling behind, for a moment", series{run(2, 0, 100), run(2, 1000, 300), held}, 30, 10, unknown, lag.Delay{Time: 10 * time.Second, Precision: lag.AtLeast}},
		{"falling behind", series{run(5, 0, 100), run(5, 1000, 300), held}, 30, 10, lag.Never, lag.Delay{Time: 40 * time.Second, Precision: lag.AtLeast}},
		{"not reading", series{run(5, 7, 0), run(5, 1000, 0), held}, 0, 0, lag.Never, lag.Delay{Time: 40 * time.Second, Precision: lag.AtLeast}},
		{"stopped", series{run(3, 7, 0), run(3, 1000, 0), nobody}, 0, 0, lag.Never, lag.Delay{Time: 20 * time.Second, Precision: lag.AtLeast}},
		{"keeping pace", series{run(6, 0, 100), run(6, 50, 100), held}, 10, 10, unknown, lag.Delay{Time: 5 * time.Second, Precision: lag.Estimated}},
		{"at the end now and then", series{join(run(3, 0, 100), []int64{250}), run(4, 0, 100), held}, 10, 25.0 / 3, 6 * time.Second, lag.Delay{Time: 5 * time.Second, Precision: lag.Estimated}},
		{"reading after a rewind", series{join(run(2, 900, 0), run(3, 0, 100)), run(5, 900, 0), held}, 0, 10, 70 * time.Second, lag.Delay{Time: 40 * time.Second, Precision: lag.AtLeast}},
		{"a burst between two samples", series{run(3, 40, 0), []int64{0 + 40, 40, 240}, held}, 10, 0, unknown, lag.Delay{Time: 10 * time.Second, Precision: lag.Estimated}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := epoch.Add(time.Duration(len(tt.series.committed)-1) * 10 * time.Second)
			got := tt.series.window().Progress(now)
			if math.Abs(got.Arrival-tt.arrival) > 0.01 || math.Abs(got.Consumption-tt.consumption) > 0.01 {
				t.Errorf("arrival %v, consumption %v; want %v, %v", got.Arrival, got.Consumption, tt.arrival, tt.consumption)
			}
			if got.Drain.Round(time.Millisecond) != tt.drain.Round(time.Millisecond) && got.Drain != tt.drain {
				t.Errorf("drain %v, want %v", got.Drain, tt.drain)
			}
			if got.Delay != tt.delay {
				t.Errorf("delay %+v, want %+v", got.Delay, tt.delay)
			}
		})
	}
}

// TestAnOKThatSlips: Burrow's rule lets one sample excuse all others; the pace over
// the window does not.
func TestAnOKThatSlips(t *testing.T) {
	for _, tt := range []struct {
		name   string
		series series
		want   lag.Verdict
		slips  bool
		says   string
	}{
		{"shrank once, falling behind", series{join(run(6, 0, 10), []int64{150}, run(5, 160, 10)), run(12, 1000, 50), held}, lag.OK, true,
			"falling behind, but not in every sample within the last 1m50s: the lag is 1350"},
		{"shrank once, keeping pace", series{join(run(6, 0, 45), []int64{320}, run(5, 360, 46)), run(12, 1000, 50), held}, lag.OK, false, "shrank within"},
		{"shrank once, catching up", series{join(run(6, 0, 10), []int64{800}, run(5, 810, 10)), run(12, 1000, 50), held}, lag.OK, false, "shrank within"},
		{"was at the end once, falling behind", series{join([]int64{100}, run(11, 100, 1)), run(12, 100, 50), held}, lag.OK, false, "caught up within"},
		{"never shrank", series{run(12, 0, 10), run(12, 100, 50), held}, lag.Warn, false, "never shrank"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.series.window().Progress(epoch.Add(110 * time.Second))
			if got.Verdict != tt.want || got.Slips != tt.slips || !strings.Contains(got.Reason(), tt.says) {
				t.Errorf("%v, slips: %v, drain %v: %s", got.Verdict, got.Slips, got.Drain, got.Reason())
			}
		})
	}
	var s lag.Summary
	ok := func(slips bool, n int64) lag.Progress {
		return lag.Progress{Finding: lag.Finding{Verdict: lag.OK, Slips: slips, Lag: n}}
	}
	s.Add("a", 0, ok(false, 900))
	s.Add("a", 1, ok(true, 20))
	s.Add("a", 2, ok(true, 30))
	s.Add("a", 3, ok(false, 800))
	if !s.Worst.Slips || s.Partition != 2 || s.Bad != 2 {
		t.Errorf("the worst is %+v of partition %d, with %d alike", s.Worst, s.Partition, s.Bad)
	}
}

func TestSummaryIsTheWorstAndTheSlowest(t *testing.T) {
	of := func(v lag.Verdict, n int64, drain, delay time.Duration) lag.Progress {
		return lag.Progress{Finding: lag.Finding{Verdict: v, Lag: n}, Drain: drain, Delay: lag.Delay{Time: delay, Precision: lag.Estimated}}
	}
	var s lag.Summary
	if s.Slowest() >= 0 || s.Worst.Verdict != lag.Unjudged {
		t.Errorf("the sum of nothing is %+v", s)
	}
	s.Add("a", 0, of(lag.OK, 900, 5*time.Second, time.Second))
	s.Add("a", 1, of(lag.Stall, 10, lag.Never, time.Minute))
	s.Add("b", 2, of(lag.Stall, 30, lag.Never, 2*time.Second))
	s.Add("b", 3, of(lag.Warn, 800, -1, 0))
	if s.Worst.Verdict != lag.Stall || s.Topic != "b" || s.Partition != 2 || s.Bad != 2 {
		t.Errorf("the worst is %v of %s/%d, with %d alike", s.Worst.Verdict, s.Topic, s.Partition, s.Bad)
	}
	if s.Slowest() != lag.Never || s.Delay.Time != time.Minute {
		t.Errorf("the slowest takes %v, the longest delay is %v", s.Slowest(), s.Delay.Time)
	}
	for _, tt := range [][3]time.Duration{{0, 0, 0}, {0, -1, -1}, {-1, 5, 5}, {5, 0, 5}, {lag.Never, -1, lag.Never}} {
		var two lag.Summary
		two.Add("a", 0, of(lag.OK, 1, tt[0], 0))
		two.Add("a", 1, of(lag.OK, 1, tt[1], 0))
		if two.Slowest() != tt[2] {
			t.Errorf("the slower of %v and %v is %v", tt[0], tt[1], two.Slowest())
		}
	}
	var all lag.Summary
	all.Merge(s)
	all.Merge(lag.Summary{})
	if all != s {
		t.Errorf("with nothing it is %+v, want %+v", all, s)
	}
}
