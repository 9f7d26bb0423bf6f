package tui

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
)

// palette is the command line that : opens.
type palette struct {
	input textinput.Model
}

func (a *App) openPalette() tea.Cmd {
	p := &palette{input: textinput.New()}
	p.input.Prompt = ":"
	a.overlay = p
	return p.input.Focus()
}

func (p *palette) key(a *App, msg tea.KeyPressMsg) tea.Cmd {
	b, _ := a.opts.Keys.Resolve(msg, keymap.Input)
	switch b.Action {
	case keymap.Cancel:
		a.overlay = nil
		return nil
	case keymap.Accept:
		a.overlay = nil
		return a.run(p.input.Value())
	}
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	return cmd
}

func (p *palette) paste(_ *App, msg tea.PasteMsg) tea.Cmd {
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	return cmd
}

func (p *palette) view(a *App, w, _ int) string {
	p.input.SetWidth(w / 2)
	return a.theme.Overlay.Width(w/2 + 6).Render(p.input.View())
}

// run carries out a command as it is typed in the palette.
func (a *App) run(command string) tea.Cmd {
	words := strings.Fields(command)
	if len(words) == 0 {
		return nil
	}
	switch words[0] {
	case "quit", "q":
		return a.quit()
	case "help":
		a.openHelp()
		return nil
	}
	return a.goTo(page.Go{Screen: words[0], Args: words[1:]})
}
