package jsonl

import (
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// appendString appends s, which must be UTF-8, to dst as a JSON string. Control,
// escape and direction-changing characters are escaped as \uXXXX, so that the
// string is the same for a program and harmless for a terminal.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	done := 0
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if r >= 0x20 && r < 0x7f && r != '"' && r != '\\' || r > 0x7f && !hidden(r) {
			i += size
			continue
		}
		dst = append(dst, s[done:i]...)
		i += size
		done = i
		dst = appendEscaped(dst, r)
	}
	return append(append(dst, s[done:]...), '"')
}

func appendEscaped(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return appendUnit(appendUnit(dst, high), low)
	}
	return appendUnit(dst, r)
}

func appendUnit(dst []byte, unit rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[unit>>12&15], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
}

// appendValue appends a JSON value to dst on one line. Its strings become harmless
// for a terminal as those of appendString; nothing else in it could do harm.
func appendValue(dst, value []byte) []byte {
	for len(value) > 0 {
		r, size := utf8.DecodeRune(value)
		switch {
		case r == utf8.RuneError && size == 1:
			dst = utf8.AppendRune(dst, r)
		case r < 0x20: // between values: a string cannot hold it
			dst = append(dst, ' ')
		case r >= 0x7f && hidden(r) || r == 0x7f:
			dst = appendEscaped(dst, r)
		default:
			dst = append(dst, value[:size]...)
		}
		value = value[size:]
	}
	return dst
}

// hidden reports whether a character is invisible and could deceive who reads it in
// a terminal: controls, format characters, separators of lines, private use.
func hidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs)
}
