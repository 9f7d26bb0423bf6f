package tail

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/unpack"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// clock is how a row tells its time; its day stands beside it where it fits.
const clock = "15:04:05.000"

// columns of the tail. The value has what the others leave. Keys and values are
// shown from where they hold the filter's text.
func columns(th *theme.Theme, f *filter, c *cells, m marks) []widget.Column[records.Held] {
	return []widget.Column[records.Held]{
		{Title: "date", Min: 10, Drop: 2, Style: func(records.Held) lipgloss.Style { return th.Dim },
			Draw: func(h records.Held, _ int) string { return h.Timestamp.Local().Format(time.DateOnly) }},
		{Title: "time", Min: len(clock) + 1, Style: func(h records.Held) lipgloss.Style { return m.style(th, h) },
			Draw: func(h records.Held, _ int) string { return h.Timestamp.Local().Format(clock) + m.sign(h) }},
		{Title: "part", Min: 4, Right: true, Cell: func(h records.Held) string { return strconv.Itoa(int(h.Partition)) }},
		{Title: "offset", Min: 9, Right: true, Cell: func(h records.Held) string { return strconv.FormatInt(h.Offset, 10) }},
		{Title: "key", Min: 12, Flex: 1, Style: func(h records.Held) lipgloss.Style { return c.of(h.Record, serde.Key).style(th) },
			Draw: func(h records.Held, width int) string {
				if h.Attrs.IsControl() {
					return "–"
				}
				return preview(c.of(h.Record, serde.Key), f.wanted.Mark(), width, "–")
			}},
		{Title: "value", Min: 30, Flex: 6, Style: func(h records.Held) lipgloss.Style { return valueStyle(th, h, c) },
			Draw: func(h records.Held, width int) string {
				if h.Attrs.IsControl() {
					return fmt.Sprintf("── %s, producer %d", controlKind(h.Record), h.ProducerID)
				}
				value := c.of(h.Record, serde.Value)
				sign := txSign(h)
				return sign + preview(value, f.wanted.Mark(), width-text.Width(sign), "null (tombstone)")
			}},
		{Title: "size", Min: 9, Right: true, Drop: 1, Style: func(records.Held) lipgloss.Style { return th.Dim },
			Cell: func(h records.Held) string {
				if large := unpack.Of(h.Record); large != nil {
					return text.Bytes(large.Packed)
				}
				return text.Bytes(int64(len(h.Key) + len(h.Value)))
			}},
	}
}

// valueStyle dims what no reader of committed records sees, and what is absent.
func valueStyle(th *theme.Theme, h records.Held, c *cells) lipgloss.Style {
	if h.Attrs.IsControl() || h.Aborted || h.Unended {
		return th.Dim
	}
	return c.of(h.Record, serde.Value).style(th)
}

// txSign tells of a record in a transaction that was not committed.
func txSign(h records.Held) string {
	switch {
	case h.Aborted:
		return "✗ aborted  "
	case h.Unended:
		return "◌ not committed  "
	}
	return ""
}

// preview is the beginning of a key or value, enough for a cell of that width; or
// the place where it holds a wanted text, when the beginning does not show it.
func preview(c cell, want string, width int, absent string) string {
	if c.absent {
		return absent
	}
	const bytesPerCell = 4 // of UTF-8, at most
	data, before := c.text, ""
	if want != "" {
		head := bytes.ToLower(data)
		if i := bytes.Index(head, bytes.ToLower([]byte(want))); i+len(want) > width && i < len(data) {
			from := max(0, i-width/4)
			for from > 0 && !utf8.RuneStart(data[from]) {
				from--
			}
			data, before = data[from:], "…"
		}
	}
	if cut := bytesPerCell * (width + 1); len(data) > cut {
		data = data[:cut]
	}
	return before + string(data)
}

// oneLine is what a notice says about data.
func oneLine(data []byte) string {
	const most = 60
	return text.Cut(text.Clean(strings.ToValidUTF8(string(data[:min(len(data), most)]), "\uFFFD")), most)
}
