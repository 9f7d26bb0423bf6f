package text

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kdeck/kdeck/kafka/words"
)

// Unknown is shown where the cluster did not say, or not yet.
const Unknown = "–"

// Count formats a number with thousands separated by commas, or Unknown when it
// is negative: counts and offsets from the cluster are never below zero.
func Count[I ~int | ~int32 | ~int64](n I) string {
	if n < 0 {
		return Unknown
	}
	return words.Count(n)
}

// ShortCount returns a count as Count makes it, in thousands (k), millions (M),
// billions (G) or trillions (T) where it is wider than so many cells. Everything
// else it returns as it is.
func ShortCount(s string, width int) string {
	if len(s) <= width {
		return s
	}
	n, err := strconv.ParseUint(strings.ReplaceAll(s, ",", ""), 10, 63)
	if err != nil {
		return s
	}
	v, unit := float64(n), ""
	for _, unit = range []string{"k", "M", "G", "T"} {
		v /= 1000
		if v < 999.5 {
			break
		}
	}
	if short := strconv.FormatFloat(v, 'f', 1, 64) + unit; len(short) <= width {
		return short
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + unit
}

// Plural is a count with its noun, as in "1 partition" or "1,204 partitions".
func Plural(n int, noun string) string {
	return words.Plural(n, noun)
}

// Bytes formats a size in bytes with a binary unit (KiB, MiB), or Unknown when
// it is negative.
func Bytes(n int64) string {
	if n < 0 {
		return Unknown
	}
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v, unit := float64(n), ""
	for _, unit = range []string{"KiB", "MiB", "GiB", "TiB", "PiB"} {
		v /= 1024
		if v < 1023.95 {
			break
		}
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " " + unit
}

// Rate formats a number per second, or Unknown when it is negative or NaN.
func Rate(perSecond float64) string {
	switch {
	case math.IsNaN(perSecond) || perSecond < 0:
		return Unknown
	case perSecond == 0:
		return "0"
	case perSecond < 10:
		return strconv.FormatFloat(perSecond, 'f', 1, 64)
	}
	return Count(int64(math.Round(perSecond)))
}

// Duration formats a time span with its largest useful unit: 340µs, 1.2ms,
// 45s, 3m20s, 5h12m, 7d3h. Negative is Unknown.
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return Unknown
	case d < time.Millisecond:
		return whole(d, time.Microsecond, "µs")
	case d < 100*time.Millisecond:
		return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 1, 64) + "ms"
	case d < time.Second:
		return whole(d, time.Millisecond, "ms")
	case d < time.Minute:
		return whole(d, time.Second, "s")
	case d < time.Hour:
		return twoUnits(d, time.Minute, "m", time.Second, "s")
	case d < 24*time.Hour:
		return twoUnits(d, time.Hour, "h", time.Minute, "m")
	}
	return twoUnits(d, 24*time.Hour, "d", time.Hour, "h")
}

func twoUnits(d, big time.Duration, bigName string, small time.Duration, smallName string) string {
	if d%big < small {
		return whole(d, big, bigName)
	}
	return whole(d, big, bigName) + whole(d%big, small, smallName)
}

func whole(d, unit time.Duration, name string) string {
	return strconv.FormatInt(int64(d/unit), 10) + name
}
