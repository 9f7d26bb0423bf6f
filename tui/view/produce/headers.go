package produce

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/tui/text"
)

// Headers are written one in a line, as name=value; a name alone has no value at
// all (null). \xNN is a byte, \n a line feed, \= an equals sign in a name, and \\ a
// backslash, so that every header can be written.

// parseHeaders reads headers as they are written. An error names the line.
func parseHeaders(s string) ([]kgo.RecordHeader, error) {
	var headers []kgo.RecordHeader
	for i, line := range strings.Split(s, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		h, err := parseHeader(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		headers = append(headers, h)
	}
	return headers, nil
}

func parseHeader(line string) (h kgo.RecordHeader, err error) {
	var out []byte
	named := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '=' && !named:
			h.Key, out, named = string(out), []byte{}, true
		case c == '\\':
			b, n, err := unescape(line[i+1:])
			if err != nil {
				return h, err
			}
			out = append(out, b)
			i += n
		default:
			out = append(out, c)
		}
	}
	if named {
		h.Value = out
	} else {
		h.Key = string(out)
	}
	if h.Key == "" {
		return h, fmt.Errorf("a header needs a name, as in trace=abc")
	}
	return h, nil
}

// unescape reads what stands behind a backslash; n is how many bytes of it.
func unescape(s string) (b byte, n int, err error) {
	if s == "" {
		return 0, 0, fmt.Errorf(`a backslash is written \\`)
	}
	switch s[0] {
	case 'n':
		return '\n', 1, nil
	case 'r':
		return '\r', 1, nil
	case 't':
		return '\t', 1, nil
	case '\\', '=':
		return s[0], 1, nil
	case 'x':
		if len(s) >= 3 {
			if data, err := hex.DecodeString(s[1:3]); err == nil {
				return data[0], 3, nil
			}
		}
		return 0, 0, fmt.Errorf(`\x needs two hex digits`)
	}
	r, _ := utf8.DecodeRuneInString(s)
	return 0, 0, fmt.Errorf(`\%c means nothing here; a backslash is written \\`, r)
}

// writeHeaders writes headers as parseHeaders reads them.
func writeHeaders(headers []kgo.RecordHeader) string {
	var b strings.Builder
	for i, h := range headers {
		if i > 0 {
			b.WriteByte('\n')
		}
		writeEscaped(&b, h.Key, true)
		if h.Value != nil {
			b.WriteByte('=')
			writeEscaped(&b, string(h.Value), false)
		}
	}
	return b.String()
}

func writeEscaped(b *strings.Builder, s string, name bool) {
	blank := name && strings.TrimSpace(s) == "" // a line of it would be passed over
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		shown := s[:size]
		switch {
		case r == '\\' || r == '=' && name:
			shown = `\` + shown
		case r == '\n':
			shown = `\n`
		case r == '\r':
			shown = `\r`
		case r == '\t':
			shown = `\t`
		case blank, r == utf8.RuneError, text.Clean(shown) != shown:
			shown = ""
			for _, c := range []byte(s[:size]) {
				shown += fmt.Sprintf(`\x%02x`, c)
			}
		}
		b.WriteString(shown)
		s = s[size:]
	}
}
