package serde

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// width is how many bytes a form takes, or 0 when that differs.
func (f Form) width() int {
	switch f {
	case Int8:
		return 1
	case Int16:
		return 2
	case Int32, Float32:
		return 4
	case Int64, Float64:
		return 8
	case UUID:
		return 16
	}
	return 0
}

// scalar reads an integer, a float or a UUID. Text is a JSON value.
func scalar(data []byte, f Form) ([]byte, error) {
	if len(data) != f.width() {
		return nil, fmt.Errorf("not %s: it has %s, not %d", f, count(len(data), "byte"), f.width())
	}
	switch f {
	case Int8:
		return strconv.AppendInt(nil, int64(int8(data[0])), 10), nil
	case Int16:
		return strconv.AppendInt(nil, int64(int16(binary.BigEndian.Uint16(data))), 10), nil
	case Int32:
		return strconv.AppendInt(nil, int64(int32(binary.BigEndian.Uint32(data))), 10), nil
	case Int64:
		return strconv.AppendInt(nil, int64(binary.BigEndian.Uint64(data)), 10), nil
	case Float32:
		return jsonvalue.AppendFloat(nil, float64(math.Float32frombits(binary.BigEndian.Uint32(data))), 32), nil
	case Float64:
		return jsonvalue.AppendFloat(nil, math.Float64frombits(binary.BigEndian.Uint64(data)), 64), nil
	}
	return []byte(`"` + formatUUID(data) + `"`), nil
}

func formatUUID(data []byte) string {
	h := hex.EncodeToString(data)
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// encodeScalar is the way back.
func encodeScalar(text string, f Form) ([]byte, error) {
	text = strings.TrimSpace(text)
	bits := 8 * f.width()
	var n uint64
	var err error
	switch f {
	case UUID:
		data, err := hex.DecodeString(strings.ReplaceAll(strings.Trim(text, `"`), "-", ""))
		if err != nil || len(data) != f.width() {
			return nil, fmt.Errorf("%q is no UUID: want 32 hex digits, as in 01234567-89ab-cdef-0123-456789abcdef", text)
		}
		return data, nil
	case Float32, Float64:
		var v float64
		var special bool
		if v, special = jsonvalue.Special(strings.Trim(text, `"`)); !special {
			v, err = strconv.ParseFloat(text, bits)
		}
		if n = jsonvalue.Bits64(v); f == Float32 {
			n = uint64(jsonvalue.Bits32(v))
		}
	default:
		var v int64
		v, err = strconv.ParseInt(text, 10, bits)
		n = uint64(v)
	}
	if err != nil {
		return nil, fmt.Errorf("%q is no %s: %w", text, f, errors.Unwrap(err))
	}
	data := binary.BigEndian.AppendUint64(nil, n)
	return data[8-f.width():], nil
}

// maxStructured bounds what is read as a structure: a screen waits for it.
const maxStructured = 1 << 20

var errTooLong = fmt.Errorf("it is larger than %d MiB, the most that is read as a structure", maxStructured>>20)

// looksJSON leaves bare words and numbers, which are JSON too, to text.
func looksJSON(data []byte) bool {
	for _, c := range data {
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		}
		return c == '{' || c == '['
	}
	return false
}

// checkJSON says why data is not read as one JSON value.
func checkJSON(data []byte) error {
	if len(data) > maxStructured {
		return fmt.Errorf("not read as JSON: %w", errTooLong)
	}
	return validJSON(data)
}

// validJSON says why data is not one JSON value.
func validJSON(data []byte) error { return jsonvalue.Valid(data) }

// kindOfBytes names what a few formats begin with; "" is none of them.
func kindOfBytes(data []byte) string {
	for _, known := range []struct{ begin, name string }{
		{"\x1f\x8b", "gzip"},
		{"\x28\xb5\x2f\xfd", "zstd"},
		{"\x04\x22\x4d\x18", "LZ4"},
		{"\x82SNAPPY\x00", "Snappy"},
		{"PK\x03\x04", "a ZIP archive"},
		{"\xac\xed\x00\x05", "a serialized Java object"},
		{"\x89PNG\r\n", "a PNG picture"},
		{"\xff\xd8\xff", "a JPEG picture"},
		{"Obj\x01", "an Avro file"},
		{"\xc3\x01", "a single Avro object"},
	} {
		if strings.HasPrefix(string(data[:min(len(data), 16)]), known.begin) {
			return known.name
		}
	}
	return ""
}

// IsText reports whether data is UTF-8, but for a character cut in two at its
// end, with few control characters.
func IsText(data []byte) bool {
	controls, n := 0, len(data)
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			if !utf8.FullRune(data) {
				break
			}
			return false
		}
		if r < 0x20 && r != '\n' && r != '\r' && r != '\t' {
			controls++
		}
		data = data[size:]
	}
	return controls*4 <= n
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
