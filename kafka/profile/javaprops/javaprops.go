// Package javaprops reads Java .properties text as java.util.Properties.load
// does for a byte stream, the way Kafka's command line tools read their
// --command-config files. Nothing is expanded: ${…} is plain text there.
package javaprops

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Entry is one setting, with the number of the line that it starts on.
type Entry struct {
	Key, Value string
	Line       int
}

// maxBytes bounds the text; inline certificates make some 50 KiB.
const maxBytes = 4 << 20

// space is the white space of the format; line ends come on top.
const space = " \t\f"

// Parse returns the settings in the order of the text. The bytes are
// ISO-8859-1, as in Java; other characters are written \uXXXX. A key may come
// more than once, and Java uses the last. Errors name the line and never
// quote a value.
func Parse(r io.Reader) ([]Entry, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read properties: %w", err)
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("read properties: more than %d MiB", maxBytes>>20)
	}
	lines := strings.Split(lineEnds.Replace(latin1(data)), "\n")
	var entries []Entry
	for i := 0; i < len(lines); i++ {
		start := i + 1
		line := strings.TrimLeft(lines[i], space)
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		for continues(line) {
			line = line[:len(line)-1]
			if i++; i == len(lines) {
				break
			}
			line += strings.TrimLeft(lines[i], space)
		}
		rawKey, rawValue := split(line)
		key, keyErr := unescape(rawKey)
		value, valueErr := unescape(rawValue)
		if keyErr != nil || valueErr != nil {
			return nil, fmt.Errorf("line %d: \\u needs four hexadecimal digits", start)
		}
		entries = append(entries, Entry{Key: key, Value: value, Line: start})
	}
	return entries, nil
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// latin1 decodes ISO-8859-1, whose bytes are the first 256 code points.
func latin1(data []byte) string {
	var text strings.Builder
	text.Grow(len(data))
	for _, b := range data {
		text.WriteRune(rune(b))
	}
	return text.String()
}

// continues reports whether the line ends in an odd number of backslashes.
func continues(line string) bool {
	return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1
}

// split cuts at the first '=', ':' or white space that is not escaped; white
// space and then one '=' or ':' may stand between key and value.
func split(line string) (key, value string) {
	end := 0
	for end < len(line) && !strings.ContainsRune("=:"+space, rune(line[end])) {
		if line[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(line) {
		return line, ""
	}
	value = strings.TrimLeft(line[end:], space)
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimLeft(value[1:], space)
	}
	return line[:end], value
}

// unescape resolves \t \n \r \f and \uXXXX (UTF-16 code units); a backslash
// before anything else just goes away.
func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var out []uint16
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if r == '\\' && i < len(s) {
			r, size = utf8.DecodeRuneInString(s[i:])
			i += size
			switch r {
			case 't':
				r = '\t'
			case 'n':
				r = '\n'
			case 'r':
				r = '\r'
			case 'f':
				r = '\f'
			case 'u':
				if i+4 > len(s) {
					return "", strconv.ErrSyntax
				}
				unit, err := strconv.ParseUint(s[i:i+4], 16, 16)
				if err != nil {
					return "", err
				}
				i += 4
				r = rune(unit)
			}
		}
		out = append(out, uint16(r)) // Latin-1 or one UTF-16 code unit
	}
	return string(utf16.Decode(out)), nil
}
