package tail

import (
	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/tui/widget"
)

// box is a choice that stands over a screen and has the keyboard.
type box interface {
	// update takes a key press or a paste; done closes the box.
	update(msg tea.Msg) (done bool, cmd tea.Cmd)
	// view draws the box for a screen of w cells.
	view(w int) string
}

// over draws a box over a screen of w × h cells; nil is none.
func over(screen string, b box, w, h int) string {
	if b == nil {
		return screen
	}
	return widget.Over(widget.Fill(screen, w, h), b.view(w), w, h)
}

// give gives a message to a box and returns what stands open after it.
func give(b box, msg tea.Msg) (open box, cmd tea.Cmd) {
	done, cmd := b.update(msg)
	if done {
		return nil, cmd
	}
	return b, cmd
}
