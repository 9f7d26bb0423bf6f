package avro

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// Layouts of times. The fraction has the digits that are not zero at its end.
const (
	dayLayout   = time.DateOnly
	clockLayout = "15:04:05.999999999"
	localLayout = dayLayout + "T" + clockLayout
	zonedLayout = localLayout + "Z"
)

const daySeconds = 24 * 60 * 60

// timeText writes a date or time. It is not ok for the years that RFC 3339 cannot
// say, and for a time of day that no day has: those stand as their number.
func (n *node) timeText(v int64) (string, bool) {
	if n.logical == date {
		at := time.Unix(v*daySeconds, 0).UTC()
		return at.Format(dayLayout), at.Year() >= 0 && at.Year() <= 9999
	}
	layout := zonedLayout
	switch n.logical {
	case timeOfDay:
		if layout = clockLayout; v < 0 || v >= daySeconds*n.unit {
			return "", false
		}
	case localTimestamp:
		layout = localLayout
	}
	at := n.moment(v).UTC()
	return at.Format(layout), at.Year() >= 0 && at.Year() <= 9999
}

// moment is so many units of time after 1970.
func (n *node) moment(v int64) time.Time {
	seconds, rest := v/n.unit, v%n.unit
	return time.Unix(seconds, rest*(1e9/n.unit))
}

// parseTime is the way back from timeText.
func (n *node) parseTime(text string) (int64, error) {
	var layout, example string
	switch n.logical {
	case date:
		layout, example = dayLayout, "a date, as in 2024-02-29"
	case timeOfDay:
		layout, example = clockLayout, "a time of day, as in 11:42:00.005"
	case localTimestamp:
		layout, example = localLayout, "a local time, as in 2024-08-13T09:42:00.005, without Z"
	default:
		layout, example = time.RFC3339Nano, "a time, as in 2024-08-13T09:42:00.005Z"
	}
	at, err := time.Parse(layout, text)
	if err != nil || strings.Contains(text, ",") { // which Go takes for a point
		return 0, fmt.Errorf("%q is not %s", jsonvalue.Shorten(text), example)
	}
	if n.logical == date {
		return at.Unix() / daySeconds, nil // the year 0 to 9999: no remainder, no overflow
	}
	seconds, nanos := at.Unix(), int64(at.Nanosecond())
	if n.logical == timeOfDay {
		seconds = int64(at.Hour()*3600 + at.Minute()*60 + at.Second())
	}
	if each := 1e9 / n.unit; nanos%each != 0 || tooFine(text) {
		return 0, fmt.Errorf("%q has more digits than its type keeps: it counts 1/%d of a second", jsonvalue.Shorten(text), n.unit)
	}
	v := seconds*n.unit + nanos/(1e9/n.unit)
	if n.unit == 1e9 && !n.moment(v).Equal(time.Unix(seconds, nanos)) {
		return 0, fmt.Errorf("%q is out of range: its type has the years 1677 to 2262", jsonvalue.Shorten(text))
	}
	return v, nil
}

// tooFine reports whether a time has a digit below nanoseconds, which Go would drop.
func tooFine(text string) bool {
	_, fraction, _ := strings.Cut(text, ".")
	digits := 0
	for digits < len(fraction) && fraction[digits] >= '0' && fraction[digits] <= '9' {
		digits++
	}
	return len(strings.TrimRight(fraction[:digits], "0")) > 9
}

// number writes an int or long.
func (d *decoder) number(n *node, v int64) {
	if n.logical == plain {
		d.out = strconv.AppendInt(d.out, v, 10)
		return
	}
	text, ok := n.timeText(v)
	if !ok {
		d.remarks.Add(jsonvalue.Remarks{Note: "a date or time that is out of range stands as its number"})
		d.out = strconv.AppendInt(d.out, v, 10)
		return
	}
	d.out = append(append(append(d.out, '"'), text...), '"')
}

// mostDecimal bounds the bytes of a decimal that is written as a number.
const mostDecimal = 4096

// logicalBytes writes bytes or a fixed.
func (d *decoder) logicalBytes(n *node, data []byte) {
	switch {
	case n.logical == decimal && len(data) > 0 && len(data) <= mostDecimal:
		d.out = appendScaled(d.out, signed(data), int64(n.scale))
		return
	case n.logical == bigDecimal:
		if unscaled, scale, ok := splitBigDecimal(data); ok {
			d.out = appendScaled(d.out, unscaled, scale)
			return
		}
	case n.logical == uuid:
		h := hex.EncodeToString(data)
		d.out = append(d.out, `"`+h[:8]+"-"+h[8:12]+"-"+h[12:16]+"-"+h[16:20]+"-"+h[20:]+`"`...)
		return
	case n.logical == duration:
		d.out = append(append(append(d.out, '"'), durationText(data)...), '"')
		return
	}
	if n.logical != plain {
		d.remarks.Add(jsonvalue.Remarks{Note: "the bytes of a decimal are no number, or too long for one"})
	}
	d.out = jsonvalue.AppendBytes(d.out, data)
}

// signed reads a big-endian number in two's complement.
func signed(data []byte) *big.Int {
	v := new(big.Int).SetBytes(data)
	if len(data) > 0 && data[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(data))))
	}
	return v
}

// appendSigned is the way back, in the fewest bytes, or in size bytes where size is
// not 0. It is not ok for a number that is too large for these.
func appendSigned(dst []byte, v *big.Int, size int) ([]byte, bool) {
	least := v.BitLen()/8 + 1
	if v.Sign() < 0 { // -128 takes one byte, 128 two
		least = new(big.Int).Not(v).BitLen()/8 + 1
	}
	if size == 0 {
		size = least
	}
	if size < least {
		return dst, false
	}
	if v.Sign() < 0 {
		v = new(big.Int).Add(v, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	return append(dst, v.FillBytes(make([]byte, size))...), true
}

// appendScaled writes a number with all the digits of its scale. One with more zeros
// than mostScale, or with a scale below zero, has an exponent.
func appendScaled(dst []byte, unscaled *big.Int, scale int64) []byte {
	if scale < 0 || scale > mostScale {
		dst = append(unscaled.Append(dst, 10), 'e')
		return strconv.AppendInt(dst, -scale, 10)
	}
	if unscaled.Sign() < 0 {
		dst = append(dst, '-')
	}
	digits := new(big.Int).Abs(unscaled).Append(nil, 10)
	if short := int(scale) + 1 - len(digits); short > 0 {
		digits = append([]byte(strings.Repeat("0", short)), digits...)
	}
	point := len(digits) - int(scale)
	dst = append(dst, digits[:point]...)
	if scale > 0 {
		dst = append(append(dst, '.'), digits[point:]...)
	}
	return dst
}

// splitBigDecimal reads a number as bytes of its own and its scale as an int.
func splitBigDecimal(data []byte) (unscaled *big.Int, scale int64, ok bool) {
	d := decoder{in: data}
	number, err := d.bytes()
	if err != nil || len(number) == 0 || len(number) > mostDecimal {
		return nil, 0, false
	}
	scale, err = d.long()
	ok = err == nil && d.at == len(data) && int64(int32(scale)) == scale
	return signed(number), scale, ok
}

// durationText writes months, days and milliseconds as ISO 8601 does.
func durationText(data []byte) string {
	months, days, millis := binary.LittleEndian.Uint32(data), binary.LittleEndian.Uint32(data[4:]), binary.LittleEndian.Uint32(data[8:])
	var b strings.Builder
	part := func(v uint32, unit string) {
		if v > 0 {
			b.WriteString(strconv.FormatUint(uint64(v), 10) + unit)
		}
	}
	b.WriteByte('P')
	part(months/12, "Y")
	part(months%12, "M")
	part(days, "D")
	if millis > 0 {
		b.WriteByte('T')
		part(millis/3_600_000, "H")
		part(millis/60_000%60, "M")
		seconds := millis / 1000 % 60
		if rest := millis % 1000; rest > 0 {
			fmt.Fprintf(&b, "%d.%03dS", seconds, rest)
		} else {
			part(seconds, "S")
		}
	}
	if b.Len() == 1 {
		b.WriteString("0D")
	}
	return b.String()
}

var errDuration = errors.New("want a duration, as in P1Y2M3DT5.025S, of no more than 2^32 months, days and milliseconds")

// parseDuration is the way back from durationText. Weeks are not months and days.
func parseDuration(text string) ([]byte, error) {
	rest, ok := strings.CutPrefix(text, "P")
	if !ok || rest == "" {
		return nil, errDuration
	}
	day, clock, timed := strings.Cut(rest, "T")
	if timed && clock == "" {
		return nil, errDuration
	}
	var months, days, millis uint64
	err := parts(day, "YMD", func(unit byte, v uint64) {
		switch unit {
		case 'Y':
			months += 12 * v
		case 'M':
			months += v
		default:
			days = v
		}
	})
	if err == nil {
		err = parts(clock, "HMS", func(unit byte, v uint64) {
			millis += v * map[byte]uint64{'H': 3_600_000, 'M': 60_000, 'S': 1}[unit]
		})
	}
	const most = 1<<32 - 1
	if err != nil || months > most || days > most || millis > most {
		return nil, errDuration
	}
	data := binary.LittleEndian.AppendUint32(nil, uint32(months))
	data = binary.LittleEndian.AppendUint32(data, uint32(days))
	return binary.LittleEndian.AppendUint32(data, uint32(millis)), nil
}

// parts reads numbers with their units, which come in this order. Seconds come as
// milliseconds.
func parts(text, units string, add func(unit byte, v uint64)) error {
	for text != "" {
		end := strings.IndexAny(text, units)
		if end <= 0 {
			return errDuration
		}
		unit, digits := text[end], text[:end]
		if unit == 'S' {
			seconds, fraction, _ := strings.Cut(digits, ".")
			if len(fraction) > 3 || strings.HasSuffix(digits, ".") {
				return errDuration
			}
			digits = seconds + fraction + strings.Repeat("0", 3-len(fraction))
		}
		v, err := strconv.ParseUint(digits, 10, 40)
		if err != nil || strings.HasPrefix(digits, "+") {
			return errDuration
		}
		add(unit, v)
		units = units[strings.IndexByte(units, unit)+1:]
		text = text[end+1:]
	}
	return nil
}
