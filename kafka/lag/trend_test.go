package lag_test

import (
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/lag"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// history is the lag of one partition, five seconds between the samples.
func history(records ...int64) *lag.History {
	h := new(lag.History)
	for i, r := range records {
		h.Add(epoch.Add(time.Duration(i)*5*time.Second), lag.Sum{Records: r, Known: 1})
	}
	return h
}

func TestTrend(t *testing.T) {
	for _, tt := range []struct {
		name    string
		records []int64
		goes    lag.Direction
		rate    float64
		left    time.Duration
	}{
		{"no sample", nil, lag.Undecided, 0, 0},
		{"one sample", []int64{10}, lag.Undecided, 0, 0},
		{"zero at once", []int64{0}, lag.CaughtUp, 0, 0},
		{"two samples, growing", []int64{100, 200}, lag.Growing, 20, 0},
		{"two samples, shrinking", []int64{200, 100}, lag.Shrinking, -20, 5 * time.Second},
		{"standing still", []int64{500, 500, 500}, lag.Steady, 0, 0},
		{"a group that nobody reads from", []int64{0, 50, 100, 150}, lag.Growing, 10, 0},
		{"batches around a level", []int64{1000, 1010, 995, 1005, 990, 1008}, lag.Steady, -1.0 / 15, 0},
		{"down to zero", []int64{300, 200, 100, 0}, lag.CaughtUp, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := history(tt.records...).Trend()
			if got.Direction != tt.goes || got.Left != tt.left {
				t.Errorf("%v with %v left, want %v with %v", got.Direction, got.Left, tt.goes, tt.left)
			}
			if diff := got.Rate - tt.rate; diff > 0.1 || diff < -0.1 {
				t.Errorf("rate %v, want %v", got.Rate, tt.rate)
			}
		})
	}
}

func TestHistoryForgetsTheOld(t *testing.T) {
	h := new(lag.History)
	for i := range 1000 {
		h.Add(epoch.Add(time.Duration(i)*5*time.Second), lag.Sum{Records: int64(1000 - i), Known: 1})
	}
	if n := len(h.Records()); n > 20 {
		t.Errorf("a history of %d samples", n)
	}
	if got := h.Trend(); got.Direction != lag.Shrinking {
		t.Errorf("the direction is %v", got.Direction)
	}
}

// A partition that loses its leader takes its lag out of the sum; that is not
// the group catching up.
func TestHistoryBeginsAnewWhenPartitionsGoMissing(t *testing.T) {
	h := history(1000, 1000)
	h.Add(epoch.Add(time.Minute), lag.Sum{Records: 10, Known: 1, Unknown: 1})
	if got := h.Trend(); got.Direction != lag.Undecided {
		t.Errorf("the direction is %v", got)
	}
}

func TestNothingIsCaughtUpWithPartsUnknown(t *testing.T) {
	h := new(lag.History)
	for i := range 2 {
		h.Add(epoch.Add(time.Duration(i)*5*time.Second), lag.Sum{Known: 1, Unknown: 1})
	}
	if got := h.Trend().Direction; got != lag.Steady {
		t.Errorf("the direction is %v", got)
	}
}

func TestHistoryTakesEachAnswerOnce(t *testing.T) {
	h := history(100, 200)
	h.Add(epoch.Add(5*time.Second), lag.Sum{Records: 200, Known: 1})
	if n := len(h.Records()); n != 2 {
		t.Errorf("%d samples, want 2", n)
	}
}
