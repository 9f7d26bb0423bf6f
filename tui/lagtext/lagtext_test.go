package lagtext

import (
	"math"
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/lag"
)

func TestDelay(t *testing.T) {
	for _, tt := range []struct {
		delay      lag.Delay
		cell, says string
	}{
		{lag.Delay{}, "–", ""},
		{lag.Delay{Precision: lag.Exact}, "0s", ""},
		{lag.Delay{Time: 12*time.Second + 345*time.Millisecond, Precision: lag.Exact}, "12s", "the next record was written 12s ago"},
		{lag.Delay{Time: 345 * time.Millisecond, Precision: lag.Exact}, "345ms", "the next record was written 345ms ago"},
		{lag.Delay{Time: 200 * time.Second, Precision: lag.Estimated}, "~3m20s", "the next record was written about 3m20s ago, as interpolated from log ends"},
		{lag.Delay{Time: 2 * time.Minute, Precision: lag.AtLeast}, ">2m", "the next record was written over 2m ago, before kdeck looked"},
		{lag.Delay{Precision: lag.AtLeast}, "–", ""},
	} {
		if got := Delay(tt.delay); got != tt.cell {
			t.Errorf("%+v is %q, want %q", tt.delay, got, tt.cell)
		}
		if got := DelaySentence(tt.delay); got != tt.says {
			t.Errorf("%+v says %q, want %q", tt.delay, got, tt.says)
		}
	}
}

func TestDrain(t *testing.T) {
	for d, want := range map[time.Duration][2]string{
		lag.Never:               {"never", "at this pace it never catches up"},
		-1:                      {"–", ""},
		0:                       {"0s", ""},
		90 * time.Second:        {"1m30s", "at this pace it has caught up in 1m30s"},
		math.MaxInt64 - 1:       {"106751d23h", "at this pace it has caught up in 106751d23h"},
		1500 * time.Microsecond: {"1.5ms", "at this pace it has caught up in 1.5ms"},
	} {
		if got := [2]string{Drain(d), DrainSentence(d)}; got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestWhere(t *testing.T) {
	s := lag.Summary{Topic: "orders", Partition: 3, Bad: 1}
	for bad, want := range map[int]string{1: "orders/3", 2: "orders/3 and 1 other", 1200: "orders/3 and 1,199 others"} {
		s.Bad = bad
		if got := Where(s); got != want {
			t.Errorf("%d: %q, want %q", bad, got, want)
		}
	}
}

func TestSparklineNeedsSamples(t *testing.T) {
	if got := Sparkline([]float64{1, 2, 3}, 8); got != "" {
		t.Errorf("three samples are %q", got)
	}
	if got := Sparkline([]float64{1, 2, 3, 4}, 8); got != "    ▃▅▇█" {
		t.Errorf("four samples are %q", got)
	}
}

func TestSentences(t *testing.T) {
	if got := Sentences("", "one", "", "two"); got != "one; two" {
		t.Errorf("%q", got)
	}
	if got := PaceSentence(lag.NoProgress()); got != "" {
		t.Errorf("of nothing it says %q", got)
	}
	if got := PaceSentence(lag.Progress{Arrival: 120, Consumption: -5}); got != "120 rec/s arrive, 0 are read" {
		t.Errorf("%q", got)
	}
}
