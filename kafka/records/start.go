package records

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind says how a Start names its place.
type Kind int

// The kinds of places where reading can begin.
const (
	Latest    Kind = iota // after the newest record
	Earliest              // at the oldest record that is still there
	LastN                 // N records before the end
	AtOffset              // at an offset, the same in every partition
	AtTime                // at the first record with a timestamp at or after a time
	LastEach              // N records before the end of each partition
	Committed             // at what a group has committed: what it would read next
)

// Start is a place where reading begins. The zero value is the end of the log.
type Start struct {
	Kind Kind
	// N is the number of records of LastN, over all chosen partitions together
	// and newest by timestamp, as one expects of a tail; of LastEach, in each
	// partition; or the offset of AtOffset.
	N     int64
	Time  time.Time // of AtTime
	Group string    // of Committed
}

// MaxLast is the most records that LastN goes back: it looks at that many
// timestamps.
const MaxLast = 1_000_000

// String names the place in a few words, as in "the last 10".
func (s Start) String() string {
	switch s.Kind {
	case Earliest:
		return "earliest"
	case LastN:
		return fmt.Sprintf("the last %d", s.N)
	case AtOffset:
		return fmt.Sprintf("offset %d", s.N)
	case AtTime:
		return s.Time.UTC().Format("2006-01-02 15:04:05Z")
	case LastEach:
		return fmt.Sprintf("the last %d of each partition", s.N)
	case Committed:
		return "what " + s.Group + " would read next"
	}
	return "latest"
}

var errStart = errors.New("want earliest, latest, -N (the last N), -N/p (of each partition), committed:GROUP, an offset, or a time (2006-01-02T15:04:05Z, 2006-01-02, 15:04, -2h, 2h ago, milliseconds since 1970)")

// minMillis separates offsets from times: a bare number from here on is
// milliseconds since 1970. It is September 2001; a partition would have to
// receive a thousand records a second for thirty years to have such an offset,
// which "@" in front of the number still reaches.
const minMillis = 1_000_000_000_000

// timeLayouts are the ways to write a moment, beside RFC 3339. Without a zone it
// is in now's zone.
func timeLayouts() []string {
	return []string{
		"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999",
		"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
	}
}

// ParseStart reads a place as a user writes it:
//
//	earliest, latest (or beginning, end)
//	-10                       the last ten records
//	-10/p                     the last ten records of each partition
//	committed:billing         where the group billing would go on
//	1500, @1500               offset 1500
//	2026-03-01T12:00:00Z      RFC 3339; also without zone, seconds, or time of day
//	15:04                     that time today
//	-2h, 2h ago, 90m ago      so long before now; units d, h, m, s, ms
//	1760000000000             milliseconds since 1970, from twelve zeros on
//
// Times without a zone are in the zone of now. The error says what is accepted.
func ParseStart(text string, now time.Time) (Start, error) {
	s := strings.TrimSpace(text)
	switch strings.ToLower(s) {
	case "earliest", "beginning", "start":
		return Start{Kind: Earliest}, nil
	case "latest", "end", "now":
		return Start{Kind: Latest}, nil
	}
	if group, ok := strings.CutPrefix(s, "committed:"); ok && group != "" {
		return Start{Kind: Committed, Group: group}, nil
	}
	if each, ok := strings.CutSuffix(s, "/p"); ok {
		n, err := strconv.ParseInt(each, 10, 64)
		if err != nil || n >= 0 || n < -MaxLast {
			return Start{}, fmt.Errorf("%q is not a place to read from: want -N/p, up to %d records of each partition", text, MaxLast)
		}
		return Start{Kind: LastEach, N: -n}, nil
	}
	if at, ok := strings.CutPrefix(s, "@"); ok {
		n, err := strconv.ParseInt(at, 10, 64)
		if err != nil || n < 0 {
			return Start{}, fmt.Errorf("%q is not an offset: want @ and a number from 0 on", text)
		}
		return Start{Kind: AtOffset, N: n}, nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return number(n, s)
	}
	if d, ok := ago(s); ok {
		return Start{Kind: AtTime, Time: now.Add(-d)}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return Start{Kind: AtTime, Time: t}, nil
	}
	for _, layout := range timeLayouts() {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return Start{Kind: AtTime, Time: t}, nil
		}
	}
	if t, err := time.Parse("15:04", s); err == nil {
		y, m, d := now.Date()
		return Start{Kind: AtTime, Time: time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, now.Location())}, nil
	}
	return Start{}, fmt.Errorf("%q is not a place to read from: %w", text, errStart)
}

// ParseUntil reads a place before which reading stops, as a user writes it: "end"
// is the end of the log as of now, and an offset or a time are those of ParseStart.
func ParseUntil(text string, now time.Time) (Start, error) {
	until, err := ParseStart(text, now)
	if err == nil && (until.Kind == Latest || until.Kind == AtOffset || until.Kind == AtTime) {
		return until, nil
	}
	return Start{}, fmt.Errorf("%q is not a place to read up to: %w", text, errUntil)
}

var errUntil = errors.New("want end (as of now), an offset, or a time (2006-01-02T15:04:05Z, 2006-01-02, 15:04, -2h, 2h ago, milliseconds since 1970)")

func number(n int64, text string) (Start, error) {
	switch {
	case n >= minMillis:
		return Start{Kind: AtTime, Time: time.UnixMilli(n)}, nil
	case n > 0, text == "0":
		return Start{Kind: AtOffset, N: n}, nil
	case n < -MaxLast:
		return Start{}, fmt.Errorf("%s goes back more than %d records; use a time or an offset", text, MaxLast)
	case n < 0:
		return Start{Kind: LastN, N: -n}, nil
	}
	return Start{}, fmt.Errorf("%q is not a place to read from: %w", text, errStart)
}

// ago reads "2h ago" and "-2h". A day is 24 hours.
func ago(s string) (time.Duration, bool) {
	span, ok := strings.CutSuffix(s, "ago")
	if !ok {
		if span, ok = strings.CutPrefix(s, "-"); !ok {
			return 0, false
		}
	}
	span = strings.ReplaceAll(strings.TrimSpace(span), " ", "")
	days := time.Duration(0)
	if n, rest, ok := strings.Cut(span, "d"); ok {
		count, err := strconv.Atoi(n)
		if err != nil || count < 0 || count > 36500 {
			return 0, false
		}
		days, span = time.Duration(count)*24*time.Hour, rest
		if span == "" {
			return days, true
		}
	}
	d, err := time.ParseDuration(span)
	if err != nil || d < 0 {
		return 0, false
	}
	return days + d, true
}
