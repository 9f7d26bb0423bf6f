package produce

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
)

// writing is the step with the form.
type writing struct{ p *Page }

// Title is the name of the step.
func (s *writing) Title() string { return "form" }

// Scope is that of the form.
func (s *writing) Scope() keymap.Scope { return keymap.Produce }

// Start asks nothing: the page looks at the topic.
func (s *writing) Start(context.Context) tea.Cmd { return nil }

// Entered gives the keys to the field that has the focus.
func (s *writing) Entered() tea.Cmd { return s.p.refocus() }

// Typing is true: in the form all keys are typed.
func (s *writing) Typing() bool { return true }

// Do carries out nothing: keys are typed.
func (s *writing) Do(keymap.Action) (handled bool, cmd tea.Cmd) { return false, nil }

// Update takes keys, pastes and the mouse.
func (s *writing) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return tea.Batch(s.p.key(msg), s.p.encode())
	case tea.PasteMsg:
		return tea.Batch(s.p.paste(msg), s.p.encode())
	case page.Click:
		return s.p.click(msg)
	case page.Wheel:
		s.p.wheel(msg.Rows)
	}
	return nil
}

// Resize sets the size of the form.
func (s *writing) Resize(w, h int) {
	s.p.w, s.p.h = w, h
	s.p.layout()
}

// View draws the form.
func (s *writing) View() string { return s.p.drawForm() }
