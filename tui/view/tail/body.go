package tail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/unpack"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

const (
	// maxFormatted bounds what is shown of a value as text or JSON, which must
	// be broken into lines before the first is drawn. Hex has no bound.
	maxFormatted = 256 << 10
	hexBytes     = 16 // per line
)

// body is a value as lines.
type body struct {
	title string   // the form
	about []string // what is worth knowing of how it was read
	notes []string // what is not as one would expect
	n     int
	text  []string // clean; nil in hex
	data  []byte   // in hex
	json  *tree    // of JSON, else nil
	of    []int    // of JSON: the line of the tree that a line is of
}

// newBody writes a value that was decoded in a form that was asked for.
func newBody(value []byte, d serde.Decoded, asked serde.Form, width int) body {
	var large *unpack.Oversize
	switch {
	case errors.As(d.Err, &large):
		b := textBody("not read", "", width)
		b.notes = []string{large.Error(), "tab reads it all the same, up to " + text.Bytes(openBytes)}
		return b
	case value == nil:
		b := textBody("null", "null", width)
		b.notes = []string{"a tombstone: compacted topics delete the key's older records"}
		return b
	case len(value) == 0 && d.SchemaKey() == "": // a schema may say what no byte means
		return textBody("empty", "", width)
	}
	b := formBody(d, asked, width)
	if asked == serde.Auto {
		b.title += " (auto)"
		b.about = append(b.about, text.Clean(d.Reason))
	}
	if key := d.SchemaKey(); d.Schema != "" && key != "" {
		b.about = append(b.about, key+": "+text.Clean(d.Schema))
	} else if d.Schema != "" {
		b.about = append(b.about, "schema: "+text.Clean(d.Schema))
	}
	if d.Waiting {
		b.notes = append(b.notes, "reading "+d.SchemaKey()+" from the registry …")
	}
	for _, note := range []string{errorText(d.Err), d.Note} {
		if note != "" {
			b.notes = append(b.notes, text.Clean(note))
		}
	}
	return b
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// formBody writes a value in the form that it was read in.
func formBody(d serde.Decoded, asked serde.Form, width int) body {
	title := formTitle(d.Form)
	switch {
	case d.JSON:
		if b, ok := jsonBody(title, d.Text, width); ok {
			return b
		}
		return plainBody(title, d.Text, width)
	case d.Form != serde.Hex:
		return plainBody(title, d.Text, width)
	case asked == serde.JSON && serde.IsText(d.Bytes()):
		return plainBody("text", d.Bytes(), width) // what stands there instead of JSON
	}
	return hexBody(title, d.Bytes())
}

func formTitle(f serde.Form) string {
	if f == serde.JSON {
		return "JSON"
	}
	return string(f)
}

func textBody(title, s string, width int) body {
	lines := wrapped(s, width)
	return body{title: title, n: len(lines), text: lines}
}

func plainBody(title string, value []byte, width int) body {
	shown := value[:min(len(value), maxFormatted)]
	b := textBody(title, text.CleanLines(string(shown)), width)
	if len(shown) < len(value) {
		b.notes = append(b.notes, fmt.Sprintf("the first %s of %s; hex shows all", text.Bytes(int64(len(shown))), text.Bytes(int64(len(value)))))
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
	t := newTree(indented.String())
	b := body{title: title, json: &t}
	b.fold(nil, width)
	return b, true
}

// fold shows JSON with some objects and lists folded.
func (b *body) fold(folded map[int]bool, width int) {
	b.text, b.of = b.json.rows(folded, width)
	b.n = len(b.text)
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
	if b.json != nil {
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
