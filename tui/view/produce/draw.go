package produce

import (
	"errors"
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

const (
	labelWidth = 12
	// tall is the height from which the settings stand open always.
	tall = 30
	// mostHeaders is how many lines of headers are shown.
	mostHeaders = 5
	statusLines = 2
)

// line is one line of the form, and the field that it belongs to.
type line struct {
	text  string
	field field
	row   option // among the settings; -1 elsewhere
}

// settingsOpen reports whether the rows of the settings are shown.
func (p *Page) settingsOpen() bool { return p.focus == settingsField || p.h >= tall }

// headerRows is how many lines the headers take.
func (p *Page) headerRows() int {
	part := &p.form.parts[headersPart]
	if part.absent || part.whole != nil || p.focus != headersField && p.h < tall {
		return 1
	}
	rows := part.area.LineCount()
	if p.focus == headersField {
		rows++ // for the next: an area that has scrolled stays so
	}
	return min(mostHeaders, rows)
}

// valueRows is how many lines are left for the value.
func (p *Page) valueRows() int {
	settings := 1
	if p.settingsOpen() {
		settings += int(options)
	}
	const others = 4 // the topic, the key, the head of the value, and what is said of it
	return max(3, p.h-others-p.headerRows()-settings-statusLines)
}

// layout gives the fields their size.
func (p *Page) layout() {
	width := max(4, p.w-labelWidth-4)
	p.form.topic.SetWidth(width / 2)
	p.file.SetWidth(max(4, p.w-30))
	rows := [3]int{1, p.valueRows(), p.headerRows()}
	for i := range p.form.parts {
		w := width
		switch i {
		case int(serde.Key):
			w = max(4, width*2/3)
		case int(serde.Value):
			w = max(4, p.w-4)
		}
		p.form.parts[i].area.SetWidth(w)
		p.form.parts[i].area.SetHeight(rows[i])
	}
	p.scroll(0)
}

// View draws the step.
func (p *Page) View() string {
	if p.step != formStep {
		return p.drawLater()
	}
	status := p.status()
	room := max(0, p.h-len(status))
	lines := p.formLines()
	top := p.formTop(lines)
	var shown []string
	for _, l := range lines[top:min(len(lines), top+room)] {
		shown = append(shown, l.text)
	}
	body := ""
	if room > 0 {
		body = widget.Fill(strings.Join(shown, "\n"), p.w, room) + "\n"
	}
	return widget.Fill(body+strings.Join(status, "\n"), p.w, p.h)
}

// formTop is the first line that is shown: on a small screen the field with the
// focus is kept in sight.
func (p *Page) formTop(lines []line) int {
	room := max(1, p.h-len(p.status()))
	first, last := -1, 0
	for i, l := range lines {
		if l.field == p.focus && (l.row < 0 || l.row == p.row || p.focus != settingsField) {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	return max(0, min(max(0, last-room+1), first, len(lines)-1))
}

// formLines are all lines of the form.
func (p *Page) formLines() (lines []line) {
	add := func(f field, s string) { lines = append(lines, line{s, f, -1}) }
	add(topicField, p.fieldLabel(topicField)+p.beside(p.form.topic.View(), p.topicNote()))
	add(keyField, p.fieldLabel(keyField)+p.beside(p.partLine(keyField), p.keyNote()))
	add(valueField, p.fieldLabel(valueField)+p.valueHead())
	for _, l := range p.valueLines() {
		add(valueField, p.edge(valueField)+"  "+l)
	}
	add(valueField, p.edge(valueField)+"  "+p.valueNote())
	for i, l := range strings.Split(p.partLine(headersField), "\n") {
		label := p.fieldLabel(headersField)
		if i > 0 {
			label = p.edge(headersField) + strings.Repeat(" ", labelWidth)
		}
		add(headersField, label+l)
	}
	return append(lines, p.settingsLines()...)
}

// fieldLabel is the label of a field, marked where it has the focus.
func (p *Page) fieldLabel(f field) string {
	th := p.env.Theme
	if f == p.focus {
		return th.Accent.Render("▌" + text.Fit(f.String(), labelWidth, false))
	}
	return th.Dim.Render(" " + text.Fit(f.String(), labelWidth, false))
}

// edge is what a field of several lines begins each of them with.
func (p *Page) edge(f field) string {
	if f == p.focus {
		return p.env.Theme.Accent.Render("▌")
	}
	return p.env.Theme.Border.Render("│")
}

// beside puts a note at the right end of a line, as far as there is room.
func (p *Page) beside(left, note string) string {
	room := p.w - labelWidth - 2 - lipgloss.Width(left)
	if room < 2 || note == "" {
		return left
	}
	note = text.Cut(note, room-2)
	return left + strings.Repeat(" ", max(0, room-lipgloss.Width(note))) + note
}

// topicNote is what is known of the topic.
func (p *Page) topicNote() string {
	th := p.env.Theme
	d, known := p.destination()
	switch {
	case p.form.topicName() == "":
		return ""
	case known && d.Compacted:
		return th.Dim.Render(text.Plural(len(d.Leaders), "partition") + ", compacted")
	case known:
		return th.Dim.Render(text.Plural(len(d.Leaders), "partition"))
	case p.poll.Err != nil:
		return th.Bad.Render("✗")
	}
	return th.Dim.Render("looking …")
}

// keyNote is the form of the key, and where it leads.
func (p *Page) keyNote() string {
	th := p.env.Theme
	key, _, err := p.bytes(serde.Key)
	switch {
	case errors.Is(err, errNotYet):
		return th.Dim.Render("…")
	case err != nil:
		return th.Bad.Render("✗")
	}
	note := ""
	switch {
	case key == nil:
	case len(key) == 0:
		note = "empty · "
	default:
		note = p.formWords(serde.Key) + " · "
	}
	d, known := p.destination()
	if !known {
		return th.Dim.Render(strings.TrimSuffix(note, " · "))
	}
	partition, _ := p.form.place(d.Leaders, key, p.dice)
	return th.Dim.Render(note) + th.Text.Render("→ "+partitionText(partition))
}

// formWords is the form of a side, and whether the bytes are those of the record
// that is sent again.
func (p *Page) formWords(side serde.Side) string {
	part := &p.form.parts[side]
	if p.form.asItWas(part) {
		return string(p.form.forms[side]) + ", as it was"
	}
	if form := p.form.forms[side]; form != serde.Auto {
		return string(form)
	}
	return string(p.env.Client.Serde().Written(p.form.topicName(), side))
}

// partLine draws the key or the headers.
func (p *Page) partLine(f field) string {
	th, part := p.env.Theme, &p.form.parts[f-keyField]
	none := map[field]string{keyField: "none", headersField: "none, though there are some here"}[f]
	switch {
	case part.absent && f == headersField && part.empty():
		none = "none"
	case !part.absent && f == headersField && part.empty() && p.focus != f:
		return th.Dim.Render("none")
	}
	if part.absent {
		if p.focus == f && f == keyField {
			none += ": type one"
		}
		return th.Dim.Render(none)
	}
	if part.whole != nil {
		return p.wholeLine(part, p.w-labelWidth-30)
	}
	if f == headersField && p.focus != f && p.h < tall {
		return text.Cut(text.Clean(strings.Join(strings.Split(part.area.Value(), "\n"), "  ")), p.w-labelWidth-3)
	}
	return part.area.View()
}

// wholeLine is the beginning of a text that stands in place of the area.
func (p *Page) wholeLine(part *part, width int) string {
	begin := string(part.whole.text[:min(len(part.whole.text), 400)])
	return p.env.Theme.Text.Render(text.Cut(text.Clean(begin), max(8, width)))
}

// valueHead is the form and the size of the value.
func (p *Page) valueHead() string {
	th, part := p.env.Theme, &p.form.parts[serde.Value]
	if part.absent {
		return th.Warn.Render("null, a tombstone") + th.Dim.Render(": compacted topics delete the key's older records")
	}
	words := p.formWords(serde.Value)
	value, schema, err := p.bytes(serde.Value)
	if err == nil {
		words += " · " + bytesText(len(value))
	}
	if schema != 0 {
		words += fmt.Sprintf(" · schema id %d", schema)
	}
	if part.whole != nil && !part.whole.was {
		words += " · " + text.Clean(part.whole.from)
	}
	return th.Dim.Render(words)
}

// valueLines are those of the value itself.
func (p *Page) valueLines() []string {
	th, part, rows := p.env.Theme, &p.form.parts[serde.Value], p.valueRows()
	var body string
	switch {
	case part.absent:
	case part.whole != nil:
		const most = 16 << 10 // more than any screen has
		lines := strings.Split(text.CleanLines(string(part.whole.text[:min(len(part.whole.text), most)])), "\n")
		for i := range lines {
			lines[i] = th.Dim.Render(text.Cut(lines[i], p.w-4))
		}
		body = strings.Join(lines, "\n")
	default:
		body = part.area.View()
	}
	return strings.Split(widget.Fill(body, max(1, p.w-4), rows), "\n")
}

// valueNote says how the value is, under it.
func (p *Page) valueNote() string {
	th, part := p.env.Theme, &p.form.parts[serde.Value]
	_, _, err := p.bytes(serde.Value)
	note := ""
	switch {
	case part.absent:
	case errors.Is(err, errNotYet):
		note = th.Dim.Render("encoding …")
	case err != nil:
		note = th.Bad.Render("✗ " + text.Clean(err.Error()))
	case p.form.asItWas(part) && part.locked() != "":
		note = th.Dim.Render("sent as it was; " + part.locked())
	case p.form.asItWas(part):
		note = th.Dim.Render("as it was, byte for byte")
	case part.empty():
		note = th.Dim.Render("an empty value; " + p.label(keymap.FieldNull) + " makes it a tombstone")
	default:
		note = p.verdict(part)
	}
	return text.Cut(note, max(1, p.w-4))
}

// verdict is what there is to say of a value that can be encoded.
func (p *Page) verdict(part *part) string {
	th := p.env.Theme
	form := p.form.forms[serde.Value]
	if form == serde.Auto {
		form = p.env.Client.Serde().Written(p.form.topicName(), serde.Value)
	}
	switch {
	case isJSON(form):
		return th.Good.Render("✓ " + string(form))
	case form != serde.Text || part.whole != nil || !looksJSON(part.text()):
		return ""
	}
	if err := checkJSON(part.text()); err != nil {
		return th.Warn.Render("! not JSON: " + text.Clean(err.Error()))
	}
	return th.Good.Render("✓ JSON")
}

// settingsLines are the settings: a row for each, or all in one line.
func (p *Page) settingsLines() (lines []line) {
	th := p.env.Theme
	if !p.settingsOpen() {
		return []line{{p.fieldLabel(settingsField) + th.Dim.Render(text.Cut(p.summary(), p.w-labelWidth-2)), settingsField, -1}}
	}
	lines = append(lines, line{p.fieldLabel(settingsField) + th.Dim.Render("↑ ↓ choose a row, ← → change it"), settingsField, -1})
	for o := range options {
		sign, style := "    ", th.Text
		if p.focus == settingsField && o == p.row {
			sign, style = th.Accent.Render("  ▌ "), th.Accent
		}
		value, note := p.setting(o)
		lines = append(lines, line{sign + th.Dim.Render(text.Fit(o.String(), 13, false)) + style.Render(text.Clean(value)) + th.Dim.Render("  "+text.Clean(note)), settingsField, o})
	}
	return lines
}

// setting is the value of a row, and what it means.
func (p *Page) setting(o option) (value, note string) {
	f := p.form
	switch o {
	case partitionOption:
		return p.partitionSetting()
	case keyFormOption, valueFormOption:
		side := serde.Side(o - keyFormOption)
		if f.forms[side] == serde.Auto {
			return "auto", string(p.env.Client.Serde().Written(f.topicName(), side))
		}
		return string(f.forms[side]), ""
	case acksOption:
		return string(f.acks), map[produce.Acks]string{
			produce.All: "all replicas in sync have it", produce.Leader: "the leader has it", produce.None: "nobody answers",
		}[f.acks]
	case compressionOption:
		return string(f.compression), ""
	case idempotentOption:
		return offOr(f.idempotent, "on"), map[bool]string{true: "a retry stores nothing twice", false: "a retry may store it twice"}[f.idempotent]
	case transactionOption:
		if f.transaction == "" {
			return "off", ""
		}
		return "on", "transactional.id " + f.transaction
	}
	if f.keepTime {
		return "as it was", f.again.Timestamp.UTC().Format("2006-01-02 15:04:05.000 UTC")
	}
	return "now", ""
}

func (p *Page) partitionSetting() (value, note string) {
	switch p.form.partition {
	case byKey:
		value = "by key"
	case sticky:
		value = "any"
	default:
		value = fmt.Sprint(p.form.partition)
	}
	d, known := p.destination()
	key, _, err := p.bytes(serde.Key)
	if !known || err != nil || p.form.partition >= 0 {
		return value, ""
	}
	partition, how := p.form.place(d.Leaders, key, p.dice)
	return value, "→ " + partitionText(partition) + ", " + how
}

// summary is the settings in one line.
func (p *Page) summary() string {
	f := p.form
	partition := map[int32]string{byKey: "partition by key", sticky: "any partition"}[f.partition]
	if f.partition >= 0 {
		partition = partitionText(f.partition)
	}
	words := []string{partition, strings.ReplaceAll(ack(f.options()), ", ", " · ")}
	if f.compression == "none" {
		words = append(words, "not compressed")
	}
	if f.keepTime {
		words = append(words, "timestamp as it was")
	}
	return strings.Join(words, " · ")
}

// status is the foot of the form: the path of a file, what is wrong, or what would
// be sent.
func (p *Page) status() []string {
	th := p.env.Theme
	if p.asking {
		what := "the " + p.focus.String() + " from a file: "
		return []string{"", " " + th.Strong.Render(what) + p.file.View()}
	}
	v, err := p.draft()
	var said []string
	switch {
	case errors.Is(err, errNotYet) && p.wanted:
		said = []string{th.Accent.Render("waiting for what has to be known first …")}
	case errors.Is(err, errNotYet):
	case err != nil && p.valueSays(err):
	case err != nil:
		said = widget.Wrap(th.Bad, "✗ "+text.Clean(err.Error()), p.w-2)
	case len(v.warnings) > 0:
		said = widget.Wrap(th.Warn, "! "+text.Clean(v.warnings[0]), p.w-2)
	default:
		said = []string{th.Dim.Render(bytesText(v.message.Size()) + " to " + partitionText(v.partition) + "; " + p.label(keymap.SendPreview) + " shows all before it is sent")}
	}
	if len(said) > statusLines {
		said = said[:statusLines]
		said[statusLines-1] = text.Cut(said[statusLines-1]+th.Dim.Render(" …"), p.w-2)
	}
	for i := range said {
		said[i] = " " + said[i]
	}
	return append(make([]string, statusLines-len(said)), said...)
}

// valueSays reports whether an error stands under the value already.
func (p *Page) valueSays(err error) bool {
	_, _, own := p.bytes(serde.Value)
	return own != nil && errors.Is(err, own)
}

func bytesText(n int) string {
	if n == 1 {
		return "1 byte"
	}
	if n < 10_000 {
		return text.Count(n) + " bytes"
	}
	return text.Bytes(int64(n))
}
