package jsonvalue

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Decimal is the number that the digits of a JSON number say, whatever way they are
// written: 1.20, 1.2 and 12e-1 are the same Decimal, which == finds.
type Decimal struct {
	negative bool
	digits   string // of a whole number, without zeros at its ends; "" is 0
	exponent int64  // of ten
}

// mostExponent bounds exponents: more than any number in use, and no overflow.
const mostExponent = math.MaxInt32 * 2

// ParseDecimal reads a JSON number. It is not ok for an exponent beyond 4e9.
func ParseDecimal(text string) (d Decimal, ok bool) {
	text, d.negative = strings.CutPrefix(text, "-")
	mantissa, power, found := cutExponent(text)
	if found {
		n, err := strconv.ParseInt(power, 10, 64)
		if err != nil || n > mostExponent || n < -mostExponent {
			return Decimal{}, false
		}
		d.exponent = n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return Decimal{}, false
		}
	}
	if digits == "" {
		return Decimal{}, false
	}
	trimmed := strings.TrimRight(digits, "0")
	d.exponent += int64(len(digits)-len(trimmed)) - int64(len(fraction))
	d.digits = strings.TrimLeft(trimmed, "0")
	if d.digits == "" {
		return Decimal{}, true
	}
	return d, true
}

func cutExponent(text string) (mantissa, power string, found bool) {
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		return text[:at], text[at+1:], true
	}
	return text, "", false
}

// Int64 is the number as an integer; it is not ok where it is none of 64 bits.
func (d Decimal) Int64() (int64, bool) {
	const most = 19 // digits of a 64-bit integer
	if d.digits == "" {
		return 0, true
	}
	if d.exponent < 0 || d.exponent+int64(len(d.digits)) > most {
		return 0, false
	}
	sign := ""
	if d.negative {
		sign = "-"
	}
	n, err := strconv.ParseInt(sign+d.digits+strings.Repeat("0", int(d.exponent)), 10, 64)
	return n, err == nil
}

// Uint64 is the number as an unsigned integer; it is not ok where it is none of 64 bits.
func (d Decimal) Uint64() (uint64, bool) {
	const most = 20
	if d.digits == "" {
		return 0, true
	}
	if d.negative || d.exponent < 0 || d.exponent+int64(len(d.digits)) > most {
		return 0, false
	}
	n, err := strconv.ParseUint(d.digits+strings.Repeat("0", int(d.exponent)), 10, 64)
	return n, err == nil
}

// Unscaled is the number times ten to the power of a scale, with its count of digits.
// It is not ok where that is no whole number, or one of more than most digits.
func (d Decimal) Unscaled(scale int64, most int) (n *big.Int, digits int, ok bool) {
	if d.digits == "" {
		return new(big.Int), 1, true
	}
	zeros := d.exponent + scale
	if zeros < 0 || int64(len(d.digits))+zeros > int64(most) {
		return nil, 0, false
	}
	n, ok = new(big.Int).SetString(d.digits+strings.Repeat("0", int(zeros)), 10)
	if ok && d.negative {
		n.Neg(n)
	}
	return n, len(d.digits) + int(zeros), ok
}

// Scale is how many digits stand after the point of a JSON number, less its exponent.
func Scale(text string) (int64, bool) {
	mantissa, power, found := cutExponent(text)
	_, fraction, _ := strings.Cut(mantissa, ".")
	scale := int64(len(fraction))
	if !found {
		return scale, true
	}
	n, err := strconv.ParseInt(power, 10, 64)
	if err != nil || n > mostExponent || n < -mostExponent {
		return 0, false
	}
	return scale - n, true
}

// Float reads a JSON number as a float of 32 or 64 bits. It is an error where the
// float is out of range, or where a whole number would become another one.
func Float(text string, bits int) (float64, error) {
	v, err := strconv.ParseFloat(text, bits)
	d, ok := ParseDecimal(text)
	switch {
	case err != nil || !ok:
		return 0, fmt.Errorf("%s is out of the range of a float of %d bits", Shorten(text), bits)
	case v == 0 && d.digits != "":
		return 0, fmt.Errorf("%s is too small for a float of %d bits", Shorten(text), bits)
	case !strings.ContainsAny(text, ".eE") && !GivesFloat(text, bits):
		return 0, fmt.Errorf("a float of %d bits cannot hold %s: it would become %s", bits, Shorten(text), AppendFloat(nil, v, bits))
	}
	return v, nil
}

// GivesFloat reports whether a float of 32 or 64 bits could have been written as a
// number that equals this one.
func GivesFloat(text string, bits int) bool {
	v, err := strconv.ParseFloat(text, bits)
	if err != nil {
		return false
	}
	var buffer [32]byte
	shortest, _ := ParseDecimal(string(AppendFloat(buffer[:0], v, bits)))
	d, ok := ParseDecimal(text)
	return ok && d == shortest
}

// Special reads the strings that stand for floats which JSON has no number for.
func Special(text string) (float64, bool) {
	switch text {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		return math.Inf(1), true
	case "-Infinity":
		return math.Inf(-1), true
	}
	return 0, false
}

// Bits64 and Bits32 are the bits of a float; those of NaN are the ones that Java and
// C write, where Go has others.
func Bits64(v float64) uint64 {
	if math.IsNaN(v) {
		return 0x7ff8000000000000
	}
	return math.Float64bits(v)
}

// Bits32 is Bits64 for a float of 32 bits.
func Bits32(v float64) uint32 {
	if math.IsNaN(v) {
		return 0x7fc00000
	}
	return math.Float32bits(float32(v))
}

// Shorten cuts what an error quotes.
func Shorten(s string) string {
	const most = 60
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
