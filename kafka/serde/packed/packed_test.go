package packed

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// TestCBOR reads examples of RFC 8949, appendix A, and others.
func TestCBOR(t *testing.T) {
	for digits, want := range map[string]string{
		"1bffffffffffffffff":     "18446744073709551615",
		"c249010000000000000000": "18446744073709551616",
		"3bffffffffffffffff":     "-18446744073709551616",
		"c349010000000000000000": "-18446744073709551617",
		"f90000":                 "0.0",
		"f98000":                 "-0.0",
		"f93e00":                 "1.5",
		"f97bff":                 "65504.0",
		"fa47c35000":             "100000.0",
		"fb7e37e43c8800759c":     "1e+300",
		"f90001":                 "5.9604645e-08",
		"f9c400":                 "-4.0",
		"f97c00":                 `"Infinity"`,
		"f97e00":                 `"NaN"`,
		"f7":                     "null",
		"f0":                     `"simple(16)"`,
		"f8ff":                   `"simple(255)"`,
		"c074323031332d30332d32315432303a30343a30305a": `"2013-03-21T20:04:00Z"`,
		"c11a514b67b0":               `"2013-03-21T20:04:00Z"`,
		"c1fb41d452d9ec200000":       `"2013-03-21T20:04:00.5Z"`,
		"d818456449455446":           `{"tag":24,"content":{"base64":"ZElFVEY="}}`,
		"c48221196ab3":               `{"tag":4,"content":[-2,27315]}`,
		"5f42010243030405ff":         `{"base64":"AQIDBAU="}`,
		"7f657374726561646d696e67ff": `"streaming"`,
		"9f018202039f0405ffff":       "[1,[2,3],[4,5]]",
		"bf61610161629f0203ffff":     `{"a":1,"b":[2,3]}`,
		"a201020304":                 `{"1":2,"3":4}`,
		"d9d9f7a1616101":             `{"a":1}`,
		"826161a161626163":           `["a",{"b":"c"}]`,
	} {
		data, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		text, _, err := DecodeCBOR(data)
		if err != nil || string(text) != want {
			t.Errorf("%s is %s (%v), want %s", digits, text, err, want)
		}
	}
	for _, digits := range []string{"", "18", "1c", "ff", "1f", "62c3", "9f", "5f6161ff", "a1", "f8", "0000", "9bffffffffffffffff", "5bffffffffffffffff"} {
		data, _ := hex.DecodeString(digits)
		if text, _, err := DecodeCBOR(data); err == nil {
			t.Errorf("%s is %s", digits, text)
		}
	}
}

// TestAnotherLibraryReadsTheSame as what was written.
func TestAnotherLibraryReadsTheSame(t *testing.T) {
	const text = `{"z":[1,-2,300,70000,5000000000,-5000000000,1.5,5.0,"é",null,true,false],"a":{"base64":"/w=="},"n":18446744073709551616}`
	data, err := EncodeCBOR([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := cbor.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	again, err := cbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	back, remarks, err := DecodeCBOR(again)
	if err != nil || len(back) != len(text) || remarks.Loss != "" { // in the order of its names
		t.Errorf("got %s, %+v, %v", back, remarks, err)
	}
}

// TestNumbersKeepTheirKind, and what cannot be written again is told.
func TestNumbersKeepTheirKind(t *testing.T) {
	for digits, loss := range map[string]string{
		"81a161cb4014000000000000":   "",        // 5.0
		"81a161cfffffffffffffffff":   "",        // 2^64-1
		"81a161d38000000000000000":   "",        // -2^63
		"81a161ca3dcccccd":           "32 bits", // a float
		"81a161cb7ff8000000000000":   "string",  // NaN
		"8101a161":                   "no string",
		"82a16101a16102":             "twice",
		"81a161d52a0102":             "extension",
		"81a161d6ff00000001":         "extension", // a time
		"81a6626173653634a465413d3d": "bytes elsewhere",
		"81a161a1ff":                 "UTF-8",
	} {
		data, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		text, remarks, err := DecodeMsgPack(data)
		if err != nil || !strings.Contains(remarks.Loss, loss) || loss == "" && remarks.Loss != "" {
			t.Errorf("%s is %s, %+v, %v", digits, text, remarks, err)
			continue
		}
		if again, err := EncodeMsgPack(text); loss == "" && (err != nil || !bytes.Equal(again, data)) {
			t.Errorf("%s became %x (%v)", text, again, err)
		}
	}
	for text, want := range map[string]string{
		`18446744073709551616`: "64 bits", `{"a":1,"a":2}`: "twice", `1e400`: "range", `"\ud83d"`: "surrogate", `{`: "not JSON",
	} {
		if data, err := EncodeMsgPack([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s became %x (%v)", text, data, err)
		}
	}
}

func FuzzPacked(f *testing.F) {
	for _, digits := range []string{"83a1619601fecb3ff8000000000000a178c0c3a3726177c401ffa17a81a16ba176", "a26161860121fb3ff80000000000006178f6f56372617741ff", "c1fb41d452d9ec200000", "dfffffffff", "bbffffffffffffffff"} {
		data, _ := hex.DecodeString(digits)
		f.Add(data)
	}
	f.Add([]byte("\xc6\xedAU;\x03")) // bytes that claim to be 4 GB
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, format := range map[string]struct {
			decode func([]byte) ([]byte, jsonvalue.Remarks, error)
			encode func([]byte) ([]byte, error)
		}{"MessagePack": {DecodeMsgPack, EncodeMsgPack}, "CBOR": {DecodeCBOR, EncodeCBOR}} {
			text, remarks, err := format.decode(data)
			if err != nil {
				continue
			}
			if err := jsonvalue.Valid(text); err != nil {
				t.Fatalf("%s %x is %s: %v", name, data, text, err)
			}
			if remarks.Loss != "" {
				continue
			}
			again, err := format.encode(text)
			if err != nil {
				continue
			}
			if back, _, err := format.decode(again); err != nil || !bytes.Equal(back, text) {
				t.Fatalf("%s %x is %s, which becomes %x, %s (%v)", name, data, text, again, back, err)
			}
		}
	})
}
