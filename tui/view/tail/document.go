package tail

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// mostHeaders bounds what is shown of headers: each costs a moment before the first
// line is drawn, and the value stands below them.
const mostHeaders = 500

// document is a record as lines: what is said about it, then its value. Values
// in hex may have millions of lines; a line is made when it is drawn.
type document struct {
	theme *theme.Theme
	w     int
	head  []string // styled
	value int      // the line of head that is the title of the value
	body  body
	// folded is what is folded of a value in JSON, by the lines that open it.
	folded map[int]bool
}

// newDocument writes a record for a width. value is its value as it was decoded
// in the form that was asked for.
func newDocument(th *theme.Theme, s *serde.Serde, rec *kgo.Record, value serde.Decoded, asked serde.Form, w int) document {
	d := document{theme: th, w: w, body: newBody(rec.Value, value, asked, w-2)}
	d.facts(rec)
	d.key(s, rec)
	headers := s.Headers(rec)
	d.section("headers", countOf(len(headers)))
	for _, h := range headers[:min(len(headers), mostHeaders)] {
		d.header(h)
	}
	if more := len(headers) - mostHeaders; more > 0 {
		d.add(th.Warn.Render("… and " + text.Count(more) + " more, which a copy of the record has"))
	}
	d.value = len(d.head) + 1 // below an empty line
	d.section("value", d.body.title+", "+sizeOf(rec.Value))
	for _, line := range d.body.about {
		d.add(th.Dim.Render(line))
	}
	for _, note := range d.body.notes {
		for _, line := range widget.Wrap(th.Warn, note, d.w-2) {
			d.add(line)
		}
	}
	return d
}

// key writes the key, and how it was read where that is not plain to see.
func (d *document) key(s *serde.Serde, rec *kgo.Record) {
	key := s.Decode(rec, serde.Key)
	if rec.Key == nil || key.Form == serde.Text || key.Form == serde.JSON || key.Form == serde.Hex {
		d.section("key", sizeOf(rec.Key))
	} else {
		d.section("key", formTitle(key.Form)+", "+sizeOf(rec.Key))
		d.add(d.theme.Dim.Render(text.Clean(key.Reason)))
	}
	switch {
	case rec.Key == nil:
		d.short(nil)
	case key.Form == serde.Hex:
		d.short(key.Bytes())
	default:
		d.short(key.Text)
	}
	for _, note := range []string{errorText(key.Err), key.Note} {
		if note != "" {
			for _, line := range widget.Wrap(d.theme.Warn, text.Clean(note), d.w-2) {
				d.add(line)
			}
		}
	}
}

func sizeOf(data []byte) string {
	if data == nil {
		return "null"
	}
	return text.Bytes(int64(len(data)))
}

func countOf(n int) string {
	if n == 0 {
		return "none"
	}
	return strconv.Itoa(n)
}

func (d *document) add(line string) { d.head = append(d.head, line) }

func (d *document) section(name, about string) {
	line := d.theme.Accent.Render(name) + d.theme.Dim.Render(" "+about+" ")
	rule := max(0, d.w-2-ansi.StringWidth(line))
	d.add("")
	d.add(line + d.theme.Border.Render(strings.Repeat("─", rule)))
}

// facts are what Kafka knows of a record, in pairs that share lines where they
// fit.
func (d *document) facts(rec *kgo.Record) {
	at := rec.Timestamp
	facts := [][2]string{
		{"topic", rec.Topic},
		{"partition", strconv.Itoa(int(rec.Partition))},
		{"offset", text.Count(rec.Offset)},
		{"timestamp", fmt.Sprintf("%s (%s)", at.Local().Format("2006-01-02 15:04:05.000 -07:00"), records.TimestampType(rec))},
		{"unix ms", strconv.FormatInt(at.UnixMilli(), 10)},
		{"leader epoch", strconv.Itoa(int(rec.LeaderEpoch))},
	}
	if rec.Attrs.CompressionType() != 0 {
		facts = append(facts, [2]string{"compression", compression(rec)})
	}
	if records.HasProducer(rec) {
		who := fmt.Sprintf("id %d, epoch %d", rec.ProducerID, rec.ProducerEpoch)
		if rec.Attrs.IsTransactional() {
			who += ", in a transaction"
		}
		facts = append(facts, [2]string{"producer", who})
	}
	line := ""
	for _, f := range facts {
		const gap = "   "
		fact := d.theme.Dim.Render(f[0]+" ") + d.theme.Strong.Render(text.Clean(f[1]))
		if line != "" && ansi.StringWidth(line+gap+fact) > d.w-2 {
			d.add(line)
			line = ""
		}
		if line != "" {
			line += gap
		}
		line += fact
	}
	d.add(line)
}

func compression(rec *kgo.Record) string {
	names := []string{"none", "gzip", "snappy", "lz4", "zstd"}
	if c := int(rec.Attrs.CompressionType()); c < len(names) {
		return names[c]
	}
	return "unknown"
}

// short writes a key or the value of a header: text, or hex where it is binary.
func (d *document) short(data []byte) {
	const most = 1 << 10
	if data == nil {
		d.add(d.theme.Dim.Render("null"))
		return
	}
	shown := data[:min(len(data), most)]
	for _, line := range wrapped(readable(shown), d.w-2) {
		d.add(d.theme.Text.Render(line))
	}
	if len(data) > most {
		d.add(d.theme.Warn.Render("… the first KiB of " + text.Bytes(int64(len(data)))))
	}
}

func (d *document) header(h kgo.RecordHeader) {
	const most = 1 << 10
	value := "null"
	if h.Value != nil {
		value = readable(h.Value[:min(len(h.Value), most)])
	}
	if len(h.Value) > most {
		value += fmt.Sprintf(" … the first KiB of %s", text.Bytes(int64(len(h.Value))))
	}
	name := text.Cut(text.Clean(h.Key), d.w/2)
	for i, line := range wrapped(value, d.w-4-text.Width(name)) {
		if i > 0 {
			name = strings.Repeat(" ", text.Width(name))
		}
		d.add(d.theme.Dim.Render(name) + "  " + d.theme.Text.Render(line))
	}
}

// readable is data as clean text, or as hex where it is not text.
func readable(data []byte) string {
	if serde.IsText(data) {
		return text.CleanLines(string(data))
	}
	return fmt.Sprintf("0x%x", data)
}

// wrapped breaks text into lines of a width, wherever that is.
func wrapped(s string, width int) []string {
	return strings.Split(ansi.Hardwrap(s, max(10, width), true), "\n")
}

func (d document) lines() int { return len(d.head) + d.body.n }

// fold folds objects and lists of a value in JSON, by the lines that open them.
func (d *document) fold(folded map[int]bool) {
	if d.body.json != nil {
		d.folded = folded
		d.body.fold(folded, d.w-2)
	}
}

// around is the line that opens the object or list at a line, as fold takes it, or
// -1.
func (d document) around(line int) int {
	if line -= len(d.head); d.body.json == nil || line < 0 || line >= len(d.body.of) {
		return -1
	}
	return d.body.json.around(d.body.of[line])
}

// lineOf is where a line of the JSON is shown.
func (d document) lineOf(opens int) int {
	at, _ := slices.BinarySearch(d.body.of, opens)
	return len(d.head) + at
}

// view draws h lines from line top on, and marks that of the cursor.
func (d document) view(top, h, cursor int) string {
	var lines []string
	for i := top; i < min(top+h, d.lines()); i++ {
		var line string
		sign := " "
		if i < len(d.head) {
			line = d.head[i]
		} else {
			line = d.body.draw(d.theme, i-len(d.head))
			if d.body.json != nil && d.folded[d.body.of[i-len(d.head)]] {
				sign = d.theme.Accent.Render("▸")
			}
		}
		if i == cursor {
			sign = d.theme.Accent.Render("▌")
		}
		lines = append(lines, text.Cut(sign+line, d.w))
	}
	return strings.Join(lines, "\n")
}
