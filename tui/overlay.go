package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/keymap"
)

// overlay is a box over the page that has the keyboard: the palette, the help.
type overlay interface {
	// scope is where its own keys stand in the table.
	scope() keymap.Scope
	key(a *App, msg tea.KeyPressMsg) tea.Cmd
	paste(a *App, msg tea.PasteMsg)
	// click is a left click at a cell of the box, which may lie outside of it.
	click(a *App, x, y int) tea.Cmd
	wheel(a *App, rows int)
	// view draws the box for an area of w × h cells.
	view(a *App, w, h int) string
}
