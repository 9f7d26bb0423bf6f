package reset

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// step is what the steps have in common: they ask for nothing of their own when the
// page comes to the top, and what most of them show is as old as the look at the group.
type step struct {
	wizard *wizard
	title  string
	w, h   int
}

// Title is the name of the step.
func (s *step) Title() string { return s.title }

// Start does nothing: the wizard asks for all steps.
func (s *step) Start(context.Context) tea.Cmd { return nil }

// Freshness is that of what is known of the group.
func (s *step) Freshness() (time.Time, error) { return s.wizard.partitions.poll.Freshness() }

// room is what lines above and below leave of the step.
func (s *step) room(above, below []string) int { return max(1, s.h-len(above)-len(below)) }

// frame draws lines above and below a body, which fills the rest.
func (s *step) frame(above []string, body string, below []string) string {
	lines := slices.Concat(above, []string{widget.Fill(body, s.w, s.room(above, below))}, below)
	return widget.Fill(strings.Join(lines, "\n"), s.w, s.h)
}

// inside is a message as the body sees it, whose first line is top of the step; ok is
// false for a click above.
func inside(msg tea.Msg, top int) (_ tea.Msg, ok bool) {
	if click, is := msg.(page.Click); is {
		click.Y -= top
		return click, click.Y >= 0
	}
	return msg, true
}

// typedAction is the action of a key press in a text field, or "".
func (s *step) typedAction(msg tea.Msg) keymap.Action {
	if key, ok := msg.(tea.KeyPressMsg); ok {
		b, _ := s.wizard.env.Keys.Resolve(key, keymap.Input)
		return b.Action
	}
	return ""
}

// plural is a count with its noun.
func plural[I ~int | ~int64](n I, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return text.Count(n) + " " + noun + "s"
}

// aboutLines is how many lines may tell of one row.
const aboutLines = 3

// wrap breaks a text into a few lines.
func wrap(style lipgloss.Style, s string, w int) []string {
	lines := widget.Wrap(style, text.Clean(s), max(10, w-2))
	for i, line := range lines {
		lines[i] = " " + line
	}
	return lines[:min(len(lines), aboutLines)]
}

// reason is an error for the body of a page: without the words that the page's
// title says already.
func reason(err error, group string) string {
	var moved *reset.MovedError
	if errors.As(err, &moved) {
		return "things moved since the preview; esc shows a new one\n" + strings.Join(moved.Changes[:min(len(moved.Changes), 8)], "\n")
	}
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), "reset offsets of "+group+": "), "undo the reset of "+group+": ")
}
