package produce

import (
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/serde"
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
}

// drawForm draws the form, and below it what is wrong with it or what it would do.
func (p *Page) drawForm() string {
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
