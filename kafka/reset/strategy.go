package reset

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/kdeck/kdeck/kafka/model"
)

// Kind says how new offsets are found, by the name of the option of
// kafka-consumer-groups.sh.
type Kind string

// The kinds of strategy.
const (
	ToEarliest Kind = "to-earliest" // the log start
	ToLatest   Kind = "to-latest"   // the log end
	ToCurrent  Kind = "to-current"  // the commit; the log end where there is none
	ToOffset   Kind = "to-offset"   // a given offset, clamped to the log
	ToDatetime Kind = "to-datetime" // the first record at or after a time; the log end where there is none
	ByDuration Kind = "by-duration" // to-datetime, with a time so long ago
	ShiftBy    Kind = "shift-by"    // the commit plus a number, clamped to the log
	FromFile   Kind = "from-file"   // what a CSV file says, clamped to the log
	FromGroup  Kind = "from-group"  // what another group has committed, clamped to the log; kdeck's own
	// UndoReset puts a saved state back; its plans are made by Undo.
	UndoReset Kind = "undo-reset"
)

// Strategy is a kind with its argument.
type Strategy struct {
	Kind Kind
	N    int64 // the offset of ToOffset, the distance of ShiftBy
	// At is the time of ToDatetime and ByDuration, in whole milliseconds, and that
	// of the state which UndoReset puts back.
	At time.Time
	// From is the duration of ByDuration as it was typed, the path of FromFile, or
	// the group of FromGroup.
	From    string
	Offsets map[model.TopicPartition]int64 // of FromFile
}

// String is the strategy as an option of the Kafka tool would spell it.
func (s Strategy) String() string {
	switch s.Kind {
	case ToOffset:
		return fmt.Sprintf("%s %d", s.Kind, s.N)
	case ShiftBy:
		return fmt.Sprintf("%s %+d", s.Kind, s.N)
	case ToDatetime, UndoReset:
		return fmt.Sprintf("%s %s", s.Kind, FormatTime(s.At))
	case ByDuration:
		return fmt.Sprintf("%s %s (%s)", s.Kind, s.From, FormatTime(s.At))
	case FromFile, FromGroup:
		return fmt.Sprintf("%s %s", s.Kind, s.From)
	}
	return string(s.Kind)
}

// AtTime reports whether the strategy looks for records at a time.
func (s Strategy) AtTime() bool { return s.Kind == ToDatetime || s.Kind == ByDuration }

// Suits reports whether groups of a type can be reset by a kind of strategy. A
// share group has no commits to start from, and the tool of Apache Kafka
// (kafka-share-groups.sh) knows these three.
func (k Kind) Suits(t model.GroupType) bool {
	return t != model.Share || k == ToEarliest || k == ToLatest || k == ToDatetime || k == UndoReset
}

// Parse reads the argument of a kind of strategy as a user types it. now is
// what "2h ago" and durations are counted from. A file is not read yet: ReadFile
// and File.For do that. The error says what would be right.
func Parse(kind Kind, arg string, now time.Time) (Strategy, error) {
	if kind != FromFile && kind != FromGroup { // names may begin and end with spaces
		arg = strings.TrimSpace(arg)
	}
	s := Strategy{Kind: kind}
	var err error
	switch kind {
	case ToEarliest, ToLatest, ToCurrent:
		if arg != "" {
			return Strategy{}, fmt.Errorf("%s takes no argument, not %q", kind, arg)
		}
	case ToOffset:
		s.N, err = parseOffset(arg)
	case ShiftBy:
		s.N, err = parseShift(arg)
	case ToDatetime:
		s.At, err = ParseTime(arg, now)
	case ByDuration:
		s.From = arg
		s.At, err = before(now, arg)
	case FromFile, FromGroup:
		s.From, err = arg, nil
		if arg == "" {
			err = map[Kind]error{
				FromFile:  errors.New("type the path of a CSV file with lines of topic,partition,offset"),
				FromGroup: errors.New("type the name of the group whose offsets to take"),
			}[kind]
		}
	default:
		err = fmt.Errorf("there is no strategy %q", kind)
	}
	if err != nil {
		return Strategy{}, err
	}
	return s, nil
}

// before is the time of a duration of ISO 8601 ago, as exact as record timestamps.
func before(now time.Time, duration string) (time.Time, error) {
	d, err := ParseDuration(duration)
	if err != nil {
		return time.Time{}, err
	}
	t := ceilMilli(now.UTC().Add(-d))
	if t.Before(time.UnixMilli(0)) {
		return time.Time{}, fmt.Errorf("%s ago is before 1970", duration)
	}
	return t, nil
}

// grouped is a number with thousands separated by commas, as kdeck shows them.
var grouped = regexp.MustCompile(`^[+-]?\d{1,3}(,\d{3})+$`)

func parseNumber(arg string) (int64, error) {
	if grouped.MatchString(arg) {
		arg = strings.ReplaceAll(arg, ",", "")
	}
	return strconv.ParseInt(arg, 10, 64)
}

func parseOffset(arg string) (int64, error) {
	if arg == "" {
		return 0, errors.New("type an offset, as in 1204")
	}
	n, err := parseNumber(arg)
	if errors.Is(err, strconv.ErrRange) || (err == nil && n < 0) {
		return 0, fmt.Errorf("%s is no offset: offsets go from 0 to 9223372036854775807", arg)
	}
	if err != nil {
		return 0, fmt.Errorf("%q is not a number; type an offset, as in 1204", arg)
	}
	return n, nil
}

func parseShift(arg string) (int64, error) {
	if arg == "" {
		return 0, errors.New("type how far, as in -100 (back) or +100 (ahead)")
	}
	n, err := parseNumber(arg)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%s is too far: no log has so many offsets", arg)
	case err != nil:
		return 0, fmt.Errorf("%q is not a number; type how far, as in -100 (back) or +100 (ahead)", arg)
	case n == 0:
		return 0, errors.New("a shift by 0 moves nothing")
	}
	return n, nil
}
