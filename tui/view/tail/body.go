package tail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// form is a way to show a value.
type form int

// The forms; auto takes the one that fits.
const (
	auto form = iota
	asText
	asJSON
	asHex
	forms // how many there are
)

const (
	// maxFormatted bounds what is shown of a value as text or JSON, which must
	// be broken into lines before the first is drawn. Hex has no bound.
	maxFormatted = 256 << 10
	hexBytes     = 16 // per line
)

// body is a value as lines.
type body struct {
	title string // the form
	note  string // what is not as one would expect; may be empty
	n     int
	text  []string // clean; nil in hex
	data  []byte   // in hex
	json  bool
}

func newBody(value []byte, f form, width int) body {
	switch {
	case value == nil:
		return textBody("null", "a tombstone: compacted topics delete the key's older records", "null", width)
	case len(value) == 0:
		return textBody("empty", "", "", width)
	}
	switch f {
	case asText:
		return plainBody("text", value, width)
	case asJSON:
		if b, ok := jsonBody("JSON", value, width); ok {
			return b
		}
		b := plainBody("text", value, width)
		b.note = whyNotJSON(value)
		return b
	case asHex:
		return hexBody("hex", value)
	}
	if b, ok := jsonBody("JSON (auto)", value, width); ok && looksJSON(value) {
		return b
	}
	if isText(value[:min(len(value), maxFormatted)]) {
		return plainBody("text (auto)", value, width)
	}
	return hexBody("hex (auto)", value)
}

func textBody(title, note, s string, width int) body {
	lines := wrapped(s, width)
	return body{title: title, note: note, n: len(lines), text: lines}
}

func plainBody(title string, value []byte, width int) body {
	shown := value[:min(len(value), maxFormatted)]
	b := textBody(title, "", text.CleanLines(string(shown)), width)
	if len(shown) < len(value) {
		b.note = fmt.Sprintf("the first %s of %s; hex shows all", text.Bytes(int64(len(shown))), text.Bytes(int64(len(value))))
	}
	return b
}

// jsonBody indents JSON. The numbers and strings stay as they were written,
// however long they are.
func jsonBody(title string, value []byte, width int) (body, bool) {
	if len(value) > maxFormatted {
		return body{}, false
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, bytes.TrimSpace(value), "", "  "); err != nil || indented.Len() == 0 {
		return body{}, false
	}
	b := textBody(title, "", text.CleanLines(indented.String()), width)
	b.json = true
	return b, true
}

// looksJSON leaves bare words and numbers, which are JSON too, to text.
func looksJSON(value []byte) bool {
	trimmed := bytes.TrimSpace(value)
	return len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[')
}

func whyNotJSON(value []byte) string {
	if len(value) > maxFormatted {
		return fmt.Sprintf("%s is too long to be indented (the bound is %s); as text, the first part", text.Bytes(int64(len(value))), text.Bytes(maxFormatted))
	}
	var discard json.RawMessage
	return "not JSON: " + text.Clean(fmt.Sprint(json.Unmarshal(value, &discard)))
}

func hexBody(title string, value []byte) body {
	return body{title: title, n: (len(value) + hexBytes - 1) / hexBytes, data: value}
}

// draw returns a line with its colours.
func (b body) draw(th *theme.Theme, i int) string {
	if b.text == nil {
		return b.hexLine(th, i)
	}
	line := b.text[i]
	if b.json {
		if name, rest, ok := jsonName(line); ok {
			return th.Link.Render(name) + th.Text.Render(rest)
		}
	}
	return th.Text.Render(line)
}

// jsonName splits an indented line into the name of a member and the rest.
func jsonName(line string) (name, rest string, ok bool) {
	if !strings.HasPrefix(strings.TrimLeft(line, " "), `"`) {
		return "", "", false
	}
	if i := strings.Index(line, `": `); i >= 0 {
		return line[:i+1], line[i+1:], true
	}
	return "", "", false
}

// hexLine is 16 bytes: their place, in hex, and as ASCII.
func (b body) hexLine(th *theme.Theme, i int) string {
	from := i * hexBytes
	row := b.data[from:min(from+hexBytes, len(b.data))]
	var hex, ascii strings.Builder
	for j := range hexBytes {
		if j == hexBytes/2 {
			hex.WriteByte(' ')
		}
		if j >= len(row) {
			hex.WriteString("   ")
			continue
		}
		fmt.Fprintf(&hex, "%02x ", row[j])
		if c := row[j]; c >= 0x20 && c < 0x7f {
			ascii.WriteByte(c)
		} else {
			ascii.WriteByte('.')
		}
	}
	return th.Dim.Render(fmt.Sprintf("%08x  ", from)) + th.Text.Render(hex.String()) + th.Dim.Render(" "+ascii.String())
}
