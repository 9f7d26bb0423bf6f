package jsonvalue

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			// U+2028 and U+2029 end lines in JavaScript.
			if (r != utf8.RuneError || size > 1) && r != '\u2028' && r != '\u2029' {
				i += size
				continue
			}
			dst = append(dst, s[done:i]...)
			dst = append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		} else {
			dst = append(dst, s[done:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, `\n`...)
			case '\r':
				dst = append(dst, `\r`...)
			case '\t':
				dst = append(dst, `\t`...)
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
		}
		i += size
		done = i
	}
	return append(append(dst, s[done:]...), '"')
}

// AppendBytes appends bytes as an object, {"base64":"…"}, which cannot be taken for a
// string of the record.
func AppendBytes(dst, data []byte) []byte {
	dst = append(dst, `{"base64":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, data)
	return append(dst, `"}`...)
}

// Bytes reads what AppendBytes writes.
func (v *Value) Bytes() ([]byte, bool) {
	if v.Kind != Object || len(v.Members) != 1 || v.Members[0].Name != "base64" || v.Members[0].Value.Kind != String {
		return nil, false
	}
	data, err := base64.StdEncoding.Strict().DecodeString(v.Members[0].Value.Text)
	return data, err == nil
}

// AppendFloat appends a float of 32 or 64 bits with the least digits that give it
// again; what JSON cannot say is the string "NaN", "Infinity" or "-Infinity".
func AppendFloat(dst []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(dst, `"-Infinity"`...)
	}
	format := byte('g')
	if abs := math.Abs(v); abs == 0 || abs >= 1e-6 && abs < 1e21 {
		format = 'f'
	}
	return strconv.AppendFloat(dst, v, format, -1, bits)
}

// AppendName appends the name of a member and its colon. Names that are no strings,
// which MessagePack and CBOR allow, are written as the string of their JSON.
func AppendName(dst, value []byte) []byte {
	if len(value) == 0 || value[0] != '"' {
		value = AppendString(nil, string(value))
	}
	return append(append(dst, value...), ':')
}

// HalfPair reports whether a JSON string, with its quotes, has an escape of half of a
// surrogate pair.
func HalfPair(raw string) bool {
	unit := func(i int) rune { // of the escape at i, or 0
		if i >= len(raw) || !strings.HasPrefix(raw[i:], `\u`) || len(raw) < i+6 {
			return 0
		}
		n, _ := strconv.ParseUint(raw[i+2:i+6], 16, 16) // it is JSON
		return rune(n)
	}
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		r := unit(i)
		i++ // what is escaped
		if !utf16.IsSurrogate(r) {
			continue
		}
		if i += 5; utf16.DecodeRune(r, unit(i)) == utf8.RuneError {
			return true
		}
		i += 5
	}
	return false
}

// Append appends a value as JSON without blanks.
func (v *Value) Append(dst []byte) []byte {
	switch v.Kind {
	case Bool:
		return strconv.AppendBool(dst, v.True)
	case Number:
		return append(dst, v.Text...)
	case String:
		return AppendString(dst, v.Text)
	case Array:
		dst = append(dst, '[')
		for i := range v.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = v.Items[i].Append(dst)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i := range v.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = v.Members[i].Value.Append(append(AppendString(dst, v.Members[i].Name), ':'))
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}
