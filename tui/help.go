package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/tui/text"
)

// help lists every key that works on the page below it.
type help struct{}

func (a *App) openHelp() { a.overlay = help{} }

func (help) key(a *App, _ tea.KeyPressMsg) tea.Cmd {
	a.overlay = nil
	return nil
}

func (help) paste(*App, tea.PasteMsg) tea.Cmd { return nil }

func (help) view(a *App, w, h int) string {
	var lines []string
	for _, b := range a.opts.Keys.Bindings(a.stack.top().page.Scope()) {
		lines = append(lines, text.Fit(b.Labels(), 14, false)+b.Long)
	}
	return a.theme.Overlay.MaxHeight(h).MaxWidth(w).Render(strings.Join(lines, "\n"))
}
