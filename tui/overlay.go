package tui

import (
	tea "charm.land/bubbletea/v2"
)

// overlay is a box over the page that has the keyboard: the palette, the help.
type overlay interface {
	key(a *App, msg tea.KeyPressMsg) tea.Cmd
	paste(a *App, msg tea.PasteMsg) tea.Cmd
	// view draws the box for an area of w × h cells.
	view(a *App, w, h int) string
}
