package produce

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// checking is the step that shows what exactly would be sent, and waits for a yes.
type checking struct {
	p      *Page
	scroll page.Scroll
}

func newChecking(p *Page) *checking {
	s := &checking{p: p}
	s.scroll.Body, s.scroll.Foot = p.previewLines, p.foot
	return s
}

// Title is the name of the step.
func (s *checking) Title() string { return "preview" }

// Scope is that of the preview.
func (s *checking) Scope() keymap.Scope { return keymap.ProduceSend }

// Start asks nothing: the form did.
func (s *checking) Start(context.Context) tea.Cmd { return nil }

// Entered shows the beginning.
func (s *checking) Entered() tea.Cmd {
	s.scroll.Top()
	return nil
}

// Do sends the record, or scrolls. While it is sent, esc leaves the page and not the
// step.
func (s *checking) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch {
	case a == keymap.Send:
		return true, s.p.send()
	case a == keymap.Back && s.p.write.Busy():
		return true, page.Ask(page.Back{})
	case a == keymap.Refresh:
		return true, s.p.poll.Refresh()
	}
	return s.scroll.Do(a), nil
}

// Update takes the wheel.
func (s *checking) Update(msg tea.Msg) tea.Cmd {
	if wheel, ok := msg.(page.Wheel); ok {
		s.scroll.By(wheel.Rows)
	}
	return nil
}

// Resize sets the size of the step.
func (s *checking) Resize(w, h int) {
	s.p.w, s.p.h = w, h
	s.scroll.Resize(w, h)
}

// View draws what would be sent.
func (s *checking) View() string { return s.scroll.View(s.p.env.Theme) }

// foot is what stands below the body.
func (p *Page) foot() []string {
	th := p.env.Theme
	lines := []string{""}
	add := func(wrapped []string) {
		for _, l := range wrapped {
			lines = append(lines, " "+l)
		}
	}
	err := p.failed()
	switch {
	case p.write.Busy():
		add([]string{th.Accent.Render("sending …") + th.Dim.Render(" its end is told wherever you are then")})
		return lines
	case err != nil:
		add(widget.Wrap(th.Bad, "✗ "+text.Clean(err.Error()), p.w-2))
		again := " sends it again"
		if p.sent.Outcome == model.Unknown {
			again = " sends it again, and may store it twice"
		}
		add([]string{th.Key.Render(p.label(keymap.Send)) + th.Dim.Render(again+", ") + th.Key.Render("esc") + th.Dim.Render(" goes back to the form")})
		return lines
	}
	for _, w := range p.preview.warnings {
		add(widget.Wrap(th.Warn, "! "+text.Clean(w), p.w-2))
	}
	add([]string{th.Key.Render(p.label(keymap.Send)) + th.Dim.Render(" sends it, ") + th.Key.Render("esc") + th.Dim.Render(" goes back; nothing has been sent")})
	return lines
}

// previewLines are what exactly would be sent.
func (p *Page) previewLines() []string {
	th, v := p.env.Theme, p.preview
	lines := []string{" " + th.Strong.Render("Send "+bytesText(v.message.Size())+" to "+partitionText(v.partition)+" of "+text.Clean(v.to.Topic)) +
		th.Dim.Render(" with "+ack(v.opts)), ""}
	row := func(name, value, note string) {
		if value == "" {
			value, note = th.Dim.Render(note), ""
		}
		lines = append(lines, "  "+th.Dim.Render(text.Fit(name, labelWidth, false))+text.Cut(value, max(8, p.w-labelWidth-6-text.Width(note)))+th.Dim.Render("  "+note))
	}
	row("topic", text.Clean(v.to.Topic), "")
	row("partition", fmt.Sprint(v.partition), v.how)
	row("key", p.shown(serde.Key, v.message.Key), p.sideNote(serde.Key, v.message.Key, v.schemas[serde.Key]))
	switch {
	case p.form.keepTime:
		row("timestamp", v.message.Timestamp.UTC().Format("2006-01-02 15:04:05.000 UTC"), "as it was")
	default:
		row("timestamp", "now", "")
	}
	if v.opts.Transaction != "" {
		row("transaction", text.Clean(v.opts.Transaction), "committed with this one record")
	}
	row("headers", fmt.Sprint(len(v.message.Headers)), "")
	for _, h := range p.shownHeaders(v.message) {
		lines = append(lines, "    "+text.Cut(text.Clean(h), p.w-5))
	}
	row("value", "", p.sideNote(serde.Value, v.message.Value, v.schemas[serde.Value]))
	return append(lines, p.shownValue(v.message.Value)...)
}

// shown is the text of a side in one line.
func (p *Page) shown(side serde.Side, data []byte) string {
	if data == nil {
		return p.env.Theme.Dim.Render("none")
	}
	s := p.form.parts[side].text()
	return text.Clean(string(s[:min(len(s), 400)]))
}

// sideNote is the form, the size and the schema of a side.
func (p *Page) sideNote(side serde.Side, data []byte, schema int) string {
	if data == nil && side == serde.Value {
		return "null, a tombstone"
	}
	if data == nil {
		return ""
	}
	note := bytesText(len(data)) + ", " + p.formWords(side)
	if schema != 0 {
		note += fmt.Sprintf(", schema id %d", schema)
	}
	return note
}

// shownHeaders are the headers as they may be shown.
func (p *Page) shownHeaders(m produce.Message) []string {
	const most = 100 // as many as anyone reads
	if part := &p.form.parts[headersPart]; part.locked() != "" && len(m.Headers) > 0 {
		lines := strings.Split(string(part.text()), "\n")
		return lines[:min(most, len(lines))]
	}
	var lines []string
	for _, h := range m.Headers[:min(most, len(m.Headers))] {
		lines = append(lines, writeHeaders([]kgo.RecordHeader{h}))
	}
	return lines
}

// shownValue is the beginning of the value as text.
func (p *Page) shownValue(data []byte) []string {
	if data == nil {
		return nil
	}
	const most = 16 << 10
	s := p.form.parts[serde.Value].text()
	var lines []string
	for _, l := range widget.Wrap(p.env.Theme.Text, text.CleanLines(string(s[:min(len(s), most)])), p.w-5) {
		lines = append(lines, "    "+l)
	}
	if len(s) > most {
		lines = append(lines, "    "+p.env.Theme.Dim.Render("… "+bytesText(len(s))+" in all"))
	}
	return lines
}
