package produce

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// stored is the step that tells what became of the record.
type stored struct {
	p      *Page
	scroll page.Scroll
}

func newStored(p *Page) *stored {
	s := &stored{p: p}
	s.scroll.Body = p.receiptLines
	return s
}

// Title is the name of the step.
func (s *stored) Title() string { return "sent" }

// Scope is that of the receipt.
func (s *stored) Scope() keymap.Scope { return keymap.ProduceSent }

// Start asks nothing.
func (s *stored) Start(context.Context) tea.Cmd { return nil }

// Entered shows the beginning.
func (s *stored) Entered() tea.Cmd {
	s.scroll.Top()
	return nil
}

// Refuses says why the record cannot be opened.
func (s *stored) Refuses(a keymap.Action) string {
	if a == keymap.Open && s.p.sent.Offset < 0 {
		return "its offset is not known"
	}
	return ""
}

// Do opens the record as it is stored, goes back to the form for another, or closes the
// page.
func (s *stored) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Another:
		s.p.focus = valueField
		return true, tea.Batch(s.p.To(s.p.writing), s.p.look())
	case keymap.Open:
		return true, page.Open("record", s.p.sent.topic, fmt.Sprint(s.p.sent.Partition), fmt.Sprint(s.p.sent.Offset))
	case keymap.Back:
		delete(s.p.env.Drafts, s.p.name)
		return true, page.Ask(page.Back{})
	}
	return s.scroll.Do(a), nil
}

// Update takes the wheel.
func (s *stored) Update(msg tea.Msg) tea.Cmd {
	if wheel, ok := msg.(page.Wheel); ok {
		s.scroll.By(wheel.Rows)
	}
	return nil
}

// Resize sets the size of the step.
func (s *stored) Resize(w, h int) {
	s.p.w, s.p.h = w, h
	s.scroll.Resize(w, h)
}

// View draws the receipt.
func (s *stored) View() string { return s.scroll.View(s.p.env.Theme) }

// receiptLines are what became of the record.
func (p *Page) receiptLines() []string {
	th, s := p.env.Theme, p.sent
	first := th.Good.Bold(true).Render("✓ stored in " + s.where())
	if s.opts.Acks == produce.None {
		first = th.Warn.Render("✓ sent to " + s.where() + "; with acks 0 nobody says whether it is stored")
	}
	lines := []string{"", " " + first, ""}
	row := func(name, value string) {
		lines = append(lines, "   "+th.Dim.Render(text.Fit(name, labelWidth, false))+value)
	}
	row("took", text.Duration(s.Took))
	row("size", bytesText(s.Message.Size()))
	row("with", ack(s.opts))
	if !s.Timestamp.IsZero() {
		row("timestamp", s.Timestamp.UTC().Format("2006-01-02 15:04:05.000 UTC"))
	}
	if s.after != nil {
		lines = append(lines, "")
		for _, l := range widget.Wrap(th.Bad, "! "+text.Clean(s.after.Error()), p.w-2) {
			lines = append(lines, " "+l)
		}
	}
	lines = append(lines, "")
	hint := th.Key.Render(p.label(keymap.Another)) + th.Dim.Render(" sends another, from what is in the form")
	if s.Offset >= 0 {
		hint = th.Key.Render("enter") + th.Dim.Render(" opens it as it is stored, ") + hint
	}
	return append(lines, " "+hint)
}
