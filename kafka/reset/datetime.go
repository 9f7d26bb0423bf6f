package reset

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// FormatTime writes a time as ParseTime reads it: UTC, with milliseconds, which
// are the precision of record timestamps.
func FormatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// ParseTime reads a date and time: 2026-03-01T14:30:00.000, where seconds,
// fraction or the whole time of day may be left out and a space may stand for
// the T, in UTC unless a zone follows (Z, +08, +0800, +08:00). It also reads
// distances from now: "2h ago", "1d12h ago". What is finer than a millisecond is
// rounded up, since the first record at or after the time is looked for. Times
// go from 1970 to 9999.
func ParseTime(s string, now time.Time) (time.Time, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, errors.New(`type a time, as in 2026-03-01T14:30:00 (UTC), 2026-03-01 14:30+02:00 or "2h ago"`)
	}
	t, err := parseAgo(s, now)
	if errors.Is(err, errNotAgo) {
		t, err = parseAbsolute(s)
	}
	if err != nil {
		return time.Time{}, err
	}
	t = ceilMilli(t.UTC())
	// Negative timestamps have other meanings in ListOffsets (-1 is latest).
	if t.Before(time.UnixMilli(0)) || t.Year() > 9999 {
		return time.Time{}, fmt.Errorf("%s is not between 1970 and 9999", s)
	}
	return t, nil
}

func ceilMilli(t time.Time) time.Time {
	whole := t.Truncate(time.Millisecond)
	if whole.Before(t) {
		return whole.Add(time.Millisecond)
	}
	return whole
}

func parseAbsolute(s string) (time.Time, error) {
	for _, date := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		for _, zone := range []string{"", "Z07:00", "Z0700", "Z07"} {
			if t, err := time.Parse(date+zone, s); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf(`%q is no time; try 2026-03-01T14:30:00 (UTC), 2026-03-01 14:30+02:00 or "2h ago"`, s)
}

var (
	ago     = regexp.MustCompile(`^(?i)((?:\d+\s*[smhdw]\s*)+)ago$`)
	agoPart = regexp.MustCompile(`(?i)(\d+)\s*([smhdw])`)

	errNotAgo = errors.New("not a distance from now")
)

func parseAgo(s string, now time.Time) (time.Time, error) {
	m := ago.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, errNotAgo
	}
	units := map[string]time.Duration{
		"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
	}
	t := now
	for _, part := range agoPart.FindAllStringSubmatch(m[1], -1) {
		n, err := strconv.ParseInt(part[1], 10, 32)
		unit := units[strings.ToLower(part[2])]
		if err != nil || time.Duration(n) > (1<<63-1)/unit {
			return time.Time{}, fmt.Errorf("%s is before 1970", s)
		}
		t = t.Add(-time.Duration(n) * unit)
	}
	return t, nil
}
