package reset

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"
)

// isoDuration is what Java's Duration.parse reads of ISO 8601, and weeks. Years
// and months are no durations: how long they are depends on when they begin.
var isoDuration = regexp.MustCompile(`^(?i)P(?:(\d+)W)?(?:(\d+)D)?(?:(T)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d{1,9}))?S)?)?$`)

// errDuration is what a duration looks like.
var errDuration = errors.New("type a duration, as in PT1H30M (1 hour 30 minutes) or P1D (1 day)")

// ParseDuration reads a duration of ISO 8601, as in P1D or PT1H30M: weeks (W),
// days (D, of 24 hours) and, after a T, hours (H), minutes (M) and seconds (S,
// with a fraction). It is zero or more and shorter than 292 years.
func ParseDuration(s string) (time.Duration, error) {
	if s == "" {
		return 0, errDuration
	}
	m := isoDuration.FindStringSubmatch(s)
	if m == nil || m[1]+m[2]+m[3] == "" || m[3] != "" && m[4]+m[5]+m[6] == "" {
		return 0, fmt.Errorf("%q is no duration; %w", s, errDuration)
	}
	var total time.Duration
	for _, part := range []struct {
		digits string
		unit   time.Duration
	}{
		{m[1], 7 * 24 * time.Hour}, {m[2], 24 * time.Hour}, {m[4], time.Hour}, {m[5], time.Minute}, {m[6], time.Second},
		{(m[7] + "000000000")[:9], time.Nanosecond},
	} {
		if part.digits == "" {
			continue
		}
		n, err := strconv.ParseInt(part.digits, 10, 64)
		if err != nil || n > (math.MaxInt64-int64(total))/int64(part.unit) {
			return 0, fmt.Errorf("%s is longer than time is counted", s)
		}
		total += time.Duration(n) * part.unit
	}
	return total, nil
}
