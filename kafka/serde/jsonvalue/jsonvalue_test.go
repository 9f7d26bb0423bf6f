package jsonvalue

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestNothingIsLost: the order of members, names that stand twice, digits.
func TestNothingIsLost(t *testing.T) {
	for _, text := range []string{
		`{"z":1.10,"a":-0,"a":1e400,"":[]}`, `[{},[],"",null,true,false]`, `"\u2028\u0000\"\\é😀"`, `12345678901234567890.000`, `{"a":{"b":[1,{"c":null}]}}`,
	} {
		v, err := Parse([]byte(" " + text + "\n"))
		if again := string(v.Append(nil)); err != nil || again != text {
			t.Errorf("%s became %s (%v)", text, again, err)
		}
	}
	for _, text := range []string{"", "{", `"\ud83d"`, `"\ud83dx"`, "\xff", "1 2", strings.Repeat("[", 2000) + strings.Repeat("]", 2000)} {
		if v, err := Parse([]byte(text)); err == nil {
			t.Errorf("%q is %+v", text, v)
		}
	}
}

func TestStringsReadAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		v, err := Parse(AppendString(nil, s))
		var other string
		if err != nil || v.Text != s || json.Unmarshal(AppendString(nil, s), &other) != nil || other != s {
			t.Fatalf("%q became %q and %q (%v)", s, v.Text, other, err)
		}
	})
}

// TestDecimals are equal by value.
func TestDecimals(t *testing.T) {
	for _, same := range [][]string{{"1.20", "1.2", "12e-1", "0.12E+1"}, {"0", "-0", "0.000", "0e9"}, {"100", "1e2", "1E+2"}, {"-5", "-5.0"}} {
		first, _ := ParseDecimal(same[0])
		for _, text := range same {
			if d, ok := ParseDecimal(text); !ok || d != first {
				t.Errorf("%s is %+v, and %s %+v", text, d, same[0], first)
			}
		}
	}
	for text, want := range map[string]int64{"9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64, "5.0": 5, "1e3": 1000} {
		d, _ := ParseDecimal(text)
		if n, ok := d.Int64(); !ok || n != want {
			t.Errorf("%s is %d, %v", text, n, ok)
		}
	}
	for _, text := range []string{"9223372036854775808", "1.5", "1e19", "1e-1", "1e4000000000"} {
		d, _ := ParseDecimal(text)
		if n, ok := d.Int64(); ok {
			t.Errorf("%s is %d", text, n)
		}
	}
	if d, ok := ParseDecimal("1e99999999999"); ok {
		t.Errorf("a huge exponent is %+v", d)
	}
	d, _ := ParseDecimal("-12.345")
	if n, digits, ok := d.Unscaled(4, 100); !ok || n.String() != "-123450" || digits != 6 {
		t.Errorf("unscaled: %v of %d digits, %v", n, digits, ok)
	}
	if _, _, ok := d.Unscaled(2, 100); ok {
		t.Error("a digit was dropped")
	}
	huge, _ := ParseDecimal("1e1000000")
	if _, _, ok := huge.Unscaled(0, 100); ok {
		t.Error("a number of a million digits was written out")
	}
}

// TestFloats are refused where they would become other numbers.
func TestFloats(t *testing.T) {
	for text, bits := range map[string]int{"0.1": 32, "16777216": 32, "1e300": 64, "9007199254740992": 64, "0.1000000000000000055": 64, "0": 32} {
		if _, err := Float(text, bits); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, bits := range map[string]int{"16777217": 32, "1e39": 32, "1e400": 64, "9007199254740993": 64, "1e-400": 64} {
		if v, err := Float(text, bits); err == nil {
			t.Errorf("%s became %v", text, v)
		}
	}
	if Bits64(math.NaN()) != 0x7ff8000000000000 || Bits32(math.NaN()) != 0x7fc00000 {
		t.Error("NaN has other bits than in Java")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":[1,"\ud83d\ude00",{"b":null}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, err := Parse(data); err == nil && !json.Valid(v.Append(nil)) {
			t.Fatalf("%s became %s", data, v.Append(nil))
		}
		_, _ = ParseValid(data) // also where it is not
	})
}
