package tail

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// document is a record as lines: what is said about it, then its value. Values
// in hex may have millions of lines; a line is made when it is drawn.
type document struct {
	theme *theme.Theme
	w     int
	head  []string // styled
	value int      // the line of head that is the title of the value
	body  body
}

// newDocument writes a record for a width.
func newDocument(th *theme.Theme, rec *kgo.Record, f form, w int) document {
	d := document{theme: th, w: w, body: newBody(rec.Value, f, w-2)}
	d.facts(rec)
	d.section("key", sizeOf(rec.Key))
	d.short(rec.Key)
	d.section("headers", countOf(len(rec.Headers)))
	for _, h := range rec.Headers {
		d.header(h)
	}
	d.value = len(d.head) + 1 // below an empty line
	d.section("value", d.body.title+", "+sizeOf(rec.Value))
	if d.body.note != "" {
		d.add(th.Warn.Render(d.body.note))
	}
	return d
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

func (d *document) add(line string) { d.head = append(d.head, " "+line) }

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
	if isText(data) {
		return text.CleanLines(string(data))
	}
	return fmt.Sprintf("0x%x", data)
}

// isText reports whether data is UTF-8, but for a character cut in two at its
// end, with few control characters.
func isText(data []byte) bool {
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

// wrapped breaks text into lines of a width, wherever that is.
func wrapped(s string, width int) []string {
	return strings.Split(ansi.Hardwrap(s, max(10, width), true), "\n")
}

func (d document) lines() int { return len(d.head) + d.body.n }

// view draws h lines from line top on.
func (d document) view(top, h int) string {
	var lines []string
	for i := top; i < min(top+h, d.lines()); i++ {
		if i < len(d.head) {
			lines = append(lines, text.Cut(d.head[i], d.w))
			continue
		}
		lines = append(lines, text.Cut(" "+d.body.draw(d.theme, i-len(d.head)), d.w))
	}
	return strings.Join(lines, "\n")
}
