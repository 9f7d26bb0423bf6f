package lagtext

import (
	"math"
	"testing"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/tui/theme"
)

func TestDelay(t *testing.T) {
	for _, tt := range []struct {
		delay      lag.Delay
		cell, says string
	}{
		{lag.Delay{}, "–", ""},
		{lag.Delay{Precision: lag.Exact}, "0s", ""},
		{lag.Delay{Time: 12*time.Second + 345*time.Millisecond, Precision: lag.Exact}, "12s", "the next record is 12s old"},
		{lag.Delay{Time: 345 * time.Millisecond, Precision: lag.Exact}, "345ms", "the next record is 345ms old"},
		{lag.Delay{Time: 200 * time.Second, Precision: lag.Estimated}, "~3m20s", "the next record is about 3m20s old (from log ends)"},
		{lag.Delay{Time: 2 * time.Minute, Precision: lag.AtLeast}, ">2m", "the next record is over 2m old"},
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
		lag.Never:               {"never", "never catches up at this pace"},
		-1:                      {"–", ""},
		0:                       {"0s", ""},
		90 * time.Second:        {"1m30s", "caught up in 1m30s at this pace"},
		math.MaxInt64 - 1:       {"106751d23h", "caught up in 106751d23h at this pace"},
		1500 * time.Microsecond: {"1.5ms", "caught up in 1.5ms at this pace"},
	} {
		if got := [2]string{Drain(d), DrainSentence(d)}; got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestNoVerdictThatSlipsIsGreen(t *testing.T) {
	th := theme.New(true)
	for f, want := range map[lag.Finding]lipgloss.Style{
		{Verdict: lag.OK}:              th.Good,
		{Verdict: lag.OK, Slips: true}: th.Dim,
		{Verdict: lag.Measuring}:       th.Dim,
		{Verdict: lag.Warn}:            th.Warn,
		{Verdict: lag.Stop}:            th.Bad,
	} {
		if got := FindingStyle(th, f); got.GetForeground() != want.GetForeground() {
			t.Errorf("%+v is %v, want %v", f, got.GetForeground(), want.GetForeground())
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
	if got := PaceSentence(lag.Progress{Arrival: 120, Consumption: -5}); got != "120 rec/s in, 0 out" {
		t.Errorf("%q", got)
	}
}
