package records

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseStart(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	now := time.Date(2026, 3, 1, 12, 30, 0, 0, zone)
	at := func(when time.Time) Start { return Start{Kind: AtTime, Time: when} }
	for text, want := range map[string]Start{
		"earliest":                  {Kind: Earliest},
		" Beginning ":               {Kind: Earliest},
		"latest":                    {Kind: Latest},
		"end":                       {Kind: Latest},
		"0":                         {Kind: AtOffset},
		"1500":                      {Kind: AtOffset, N: 1500},
		"@1760000000000":            {Kind: AtOffset, N: 1760000000000},
		"-1":                        {Kind: LastN, N: 1},
		"-1000000":                  {Kind: LastN, N: 1000000},
		"1760000000000":             at(time.UnixMilli(1760000000000)),
		"2026-03-01T10:00:00Z":      at(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)),
		"2026-03-01T10:00:00.5Z":    at(time.Date(2026, 3, 1, 10, 0, 0, 5e8, time.UTC)),
		"2026-03-01T10:00:00+02:00": at(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)),
		"2026-03-01 10:00":          at(time.Date(2026, 3, 1, 10, 0, 0, 0, zone)),
		"2026-03-01T10:00:01":       at(time.Date(2026, 3, 1, 10, 0, 1, 0, zone)),
		"2026-03-01":                at(time.Date(2026, 3, 1, 0, 0, 0, 0, zone)),
		"09:15":                     at(time.Date(2026, 3, 1, 9, 15, 0, 0, zone)),
		"2h ago":                    at(now.Add(-2 * time.Hour)),
		"-2h":                       at(now.Add(-2 * time.Hour)),
		"-1h30m":                    at(now.Add(-90 * time.Minute)),
		"1h 30m ago":                at(now.Add(-90 * time.Minute)),
		"2d ago":                    at(now.Add(-48 * time.Hour)),
		"-1d12h":                    at(now.Add(-36 * time.Hour)),
	} {
		got, err := ParseStart(text, now)
		if err != nil || got.Kind != want.Kind || got.N != want.N || !got.Time.Equal(want.Time) {
			t.Errorf("%q: got %+v (%v), want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", "-0", "+", "yesterday", "@", "@-1", "@x", "2026-13-01", "25:00", "--2h", "-2x", "ago", "-1000001", "1.5", "9223372036854775808"} {
		if got, err := ParseStart(text, now); err == nil {
			t.Errorf("%q: got %+v, want an error", text, got)
		}
	}
}

func TestParseStartOfNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(-2*MaxLast, 2*minMillis).Draw(t, "n")
		got, err := ParseStart(strconv.FormatInt(n, 10), time.Now())
		switch {
		case n < -MaxLast:
			if err == nil {
				t.Fatalf("%d: got %+v, want an error", n, got)
			}
		case n < 0 && (got.Kind != LastN || got.N != -n),
			n >= 0 && n < minMillis && (got.Kind != AtOffset || got.N != n),
			n >= minMillis && (got.Kind != AtTime || got.Time.UnixMilli() != n):
			t.Fatalf("%d: got %+v", n, got)
		case err != nil:
			t.Fatal(err)
		}
	})
}

func TestParseStartNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[-@]?[0-9a-zT:. +-]{0,20}( ago)?`).Draw(t, "text")
		start, err := ParseStart(text, time.Now())
		if err != nil && !strings.Contains(err.Error(), strings.TrimSpace(text)) {
			t.Fatalf("%q: %v does not name it", text, err)
		}
		if err == nil && start.N < 0 {
			t.Fatalf("%q: %+v", text, start)
		}
	})
}
