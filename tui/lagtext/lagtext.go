// Package lagtext is how lag and what follows from it are written and coloured, the
// same on every screen.
package lagtext

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// Sum is a total, marked where partitions are missing from it.
func Sum(s lag.Sum) string {
	if s.Partial() {
		return "≥ " + text.Count(s.Total())
	}
	return text.Count(s.Total())
}

// Verdict is a verdict in a cell.
func Verdict(v lag.Verdict) string {
	if v == lag.Unjudged {
		return text.Unknown
	}
	return v.String()
}

// VerdictStyle colours by verdict.
func VerdictStyle(th *theme.Theme, v lag.Verdict) lipgloss.Style {
	switch v {
	case lag.OK:
		return th.Good
	case lag.Warn, lag.Rewind:
		return th.Warn
	case lag.Stall, lag.Stop:
		return th.Bad
	case lag.Unjudged, lag.Measuring:
	}
	return th.Dim
}

// FindingStyle colours by verdict too, but lets no OK look good that slips.
func FindingStyle(th *theme.Theme, f lag.Finding) lipgloss.Style {
	if f.Slips {
		return th.Dim
	}
	return VerdictStyle(th, f.Verdict)
}

// Style colours a number of records by the threshold from the configuration.
func Style(th *theme.Theme, records, threshold int64) lipgloss.Style {
	switch {
	case records < 0:
		return th.Dim
	case records == 0:
		return th.Good
	case records >= threshold:
		return th.Warn
	}
	return th.Text
}

// Delay is the lag in time: 12s from the record's own timestamp, ~12s interpolated,
// and >12s when the record was there before kdeck looked.
func Delay(d lag.Delay) string {
	switch d.Precision {
	case lag.Exact:
		return span(d.Time)
	case lag.Estimated:
		return "~" + span(d.Time)
	case lag.AtLeast:
		if d.Time >= time.Second {
			return ">" + span(d.Time)
		}
	case lag.NoDelay:
	}
	return text.Unknown
}

// DelaySentence says how long the next record has been waiting, and how that is
// known; empty when it is not, or when none is.
func DelaySentence(d lag.Delay) string {
	switch {
	case d.Precision == lag.Exact && d.Time > 0:
		return "the next record is " + span(d.Time) + " old"
	case d.Precision == lag.Estimated:
		return "the next record is about " + span(d.Time) + " old (from log ends)"
	case d.Precision == lag.AtLeast && d.Time >= time.Second:
		return "the next record is over " + span(d.Time) + " old"
	}
	return ""
}

// Drain is how long it takes until all is read.
func Drain(d time.Duration) string {
	if d == lag.Never {
		return "never"
	}
	return span(d)
}

// DrainStyle colours a time until all is read.
func DrainStyle(th *theme.Theme, d time.Duration) lipgloss.Style {
	switch {
	case d == lag.Never:
		return th.Warn
	case d < 0:
		return th.Dim
	}
	return th.Text
}

// DrainSentence says when all is read; empty when that is not known, or is so.
func DrainSentence(d time.Duration) string {
	switch {
	case d == lag.Never:
		return "never catches up at this pace"
	case d > 0:
		return "caught up in " + span(d) + " at this pace"
	}
	return ""
}

// PaceSentence says how much arrives and how much is read; empty when nothing is
// known of it.
func PaceSentence(p lag.Progress) string {
	if p.Arrival < 0 {
		return ""
	}
	return fmt.Sprintf("%s rec/s in, %s out", text.Rate(p.Arrival), text.Rate(max(0, p.Consumption)))
}

// Trend is where the lag is going in a few words, as in "falling behind 120 rec/s".
func Trend(t lag.Trend) string {
	switch t.Direction {
	case lag.Growing:
		return t.String() + " " + text.Rate(t.Rate) + " rec/s"
	case lag.Shrinking:
		return t.String() + " " + text.Rate(-t.Rate) + " rec/s"
	case lag.Undecided, lag.CaughtUp, lag.Steady:
	}
	return t.String()
}

// TrendStyle colours a trend.
func TrendStyle(th *theme.Theme, t lag.Trend) lipgloss.Style {
	switch t.Direction {
	case lag.Growing:
		return th.Warn
	case lag.Shrinking, lag.CaughtUp:
		return th.Good
	case lag.Undecided, lag.Steady:
	}
	return th.Dim
}

// Where names the partition that a summary's worst verdict is about, and how many
// others are alike: "orders/3 and 2 others".
func Where(s lag.Summary) string {
	where := s.Topic + "/" + strconv.Itoa(int(s.Partition))
	if s.Bad > 1 {
		return where + " and " + text.Plural(s.Bad-1, "other")
	}
	return where
}

// Sentences joins what is not empty.
func Sentences(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, "; ")
}

// fewSamples is how many samples a sparkline needs: fewer would be blocks at its
// edge.
const fewSamples = 4

// Sparkline draws a history; one that is too short is empty.
func Sparkline(history []float64, width int) string {
	if len(history) < fewSamples {
		return ""
	}
	return widget.Sparkline(history, width)
}

// span is a time span to the second, from a second on.
func span(d time.Duration) string {
	switch {
	case d == 0:
		return "0s"
	case d >= time.Second:
		d = d.Truncate(time.Second)
	}
	return text.Duration(d)
}
