package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/widget"
)

// wheelRows is how many rows one notch of the wheel moves.
const wheelRows = 3

// toggleMouse gives the mouse to the terminal, or takes it back.
func (a *App) toggleMouse() tea.Cmd {
	a.noMouse = !a.noMouse
	if a.noMouse {
		a.say(page.Info, "the terminal has the mouse; :mouse takes it back")
	} else {
		a.say(page.Info, "the mouse clicks and scrolls here; with shift the terminal selects")
	}
	return nil
}

// click turns a mouse click into one on the overlay or the page, in its own
// coordinates.
func (a *App) click(msg tea.MouseClickMsg) tea.Cmd {
	w, h := a.bodySize()
	x, y := msg.X, msg.Y-headLines
	if msg.Button != tea.MouseLeft || a.tooSmall() || y < 0 || y >= h {
		return nil
	}
	if a.overlay != nil {
		left, top := widget.Middle(a.overlay.view(a, w, h), w, h)
		return a.overlay.click(a, x-left, y-top)
	}
	top := a.stack.top()
	return top.address(top.page.Update(page.Click{X: x, Y: y}))
}

func (a *App) wheel(msg tea.MouseWheelMsg) tea.Cmd {
	rows := wheelRows
	switch {
	case a.tooSmall():
		return nil
	case msg.Button == tea.MouseWheelUp:
		rows = -wheelRows
	case msg.Button != tea.MouseWheelDown:
		return nil
	}
	if a.overlay != nil {
		a.overlay.wheel(a, rows)
		return nil
	}
	top := a.stack.top()
	return top.address(top.page.Update(page.Wheel{Rows: rows}))
}

// paste gives pasted text to whatever takes text, and drops it elsewhere, so
// that a paste by mistake starts no actions.
func (a *App) paste(msg tea.PasteMsg) tea.Cmd {
	if a.overlay != nil {
		a.overlay.paste(a, msg)
		return nil
	}
	if top := a.stack.top(); typing(top.page) {
		return top.address(top.page.Update(msg))
	}
	return nil
}
