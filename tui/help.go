package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// help lists every key that works on the page below it.
type help struct {
	top int // the first line on the screen
}

func (a *App) openHelp() { a.overlay = &help{} }

func (*help) scope() keymap.Scope { return keymap.Help }

func (p *help) key(a *App, msg tea.KeyPressMsg) tea.Cmd {
	b, _ := a.opts.Keys.Resolve(msg, keymap.Help)
	_, h := a.bodySize()
	switch b.Action {
	case keymap.Back, keymap.ShowHelp, keymap.Quit:
		a.overlay = nil
	case keymap.Up:
		p.scroll(a, -1)
	case keymap.Down:
		p.scroll(a, 1)
	case keymap.PageUp:
		p.scroll(a, -helpRows(h))
	case keymap.PageDown:
		p.scroll(a, helpRows(h))
	case keymap.First:
		p.top = 0
	case keymap.Last:
		p.scroll(a, len(a.helpLines()))
	}
	return nil
}

func (p *help) scroll(a *App, lines int) {
	_, h := a.bodySize()
	all := len(a.helpLines())
	p.top = p.first(all, h) + lines
	p.top = p.first(all, h)
}

// first is the first line on the screen, which a larger terminal moves up.
func (p *help) first(lines, h int) int { return max(0, min(p.top, lines-helpRows(h))) }

func (*help) paste(*App, tea.PasteMsg) {}

// click closes the help, as a click beside a box does elsewhere.
func (p *help) click(a *App, _, _ int) tea.Cmd {
	a.overlay = nil
	return nil
}

func (p *help) wheel(a *App, rows int) { p.scroll(a, rows) }

// helpFrame is what the border and the title take of the height.
const helpFrame = 4

func helpRows(h int) int { return max(1, h-helpFrame) }

func (p *help) view(a *App, _, h int) string {
	lines := a.helpLines()
	first := p.first(len(lines), h)
	last := min(len(lines), first+helpRows(h))
	title := a.theme.Strong.Render("Keys")
	if last-first < len(lines) {
		title += a.theme.Dim.Render(fmt.Sprintf("  lines %d–%d of %d, ↑ ↓ scroll", first+1, last, len(lines)))
	}
	return a.theme.Overlay.Render(title + "\n\n" + strings.Join(lines[first:last], "\n"))
}

const (
	helpKeys  = 14 // cells for the keys
	helpText  = 54 // cells for the sentence
	helpGap   = 4
	helpBoth  = 2*(helpKeys+helpText) + helpGap
	boxBorder = 4 // of an overlay, with the cell beside it
)

// helpLines are the lines of the help, in two columns where there is room.
func (a *App) helpLines() []string {
	w, _ := a.bodySize()
	sections := a.helpSections(min(helpText, w-boxBorder-helpKeys))
	if w < helpBoth+boxBorder {
		return stacked(sections)
	}
	return columns(sections, helpKeys+helpText, helpGap)
}

// helpSections are the keys of the screen, of its kind, and of everywhere.
func (a *App) helpSections(width int) [][]string {
	scope := a.stack.top().page.Scope()
	var sections [][]string
	current := keymap.Scope("")
	for _, b := range a.opts.Keys.Bindings(scope) {
		if b.Scope != current {
			current = b.Scope
			sections = append(sections, []string{a.theme.Accent.Render(current.Title())})
		}
		s := &sections[len(sections)-1]
		*s = append(*s, a.helpEntry(b, width)...)
	}
	typing := []string{a.theme.Accent.Render(keymap.Input.Title())}
	for _, b := range a.opts.Keys.Bindings(keymap.Input) {
		typing = append(typing, a.helpEntry(b, width)...)
	}
	return append(sections, typing)
}

// helpEntry is a binding: its keys, its sentence, and why it is refused now.
func (a *App) helpEntry(b keymap.Binding, width int) []string {
	keys, sentence := a.theme.Key, a.theme.Text
	why := a.refuses(a.stack.top().page, b)
	if why != "" {
		keys, sentence = a.theme.Dim, a.theme.Dim
	}
	lines := widget.Wrap(sentence, b.Long, width)
	if why != "" {
		lines = append(lines, widget.Wrap(a.theme.Warn, "not now: "+text.Clean(why), width)...)
	}
	for i := range lines {
		label := ""
		if i == 0 {
			label = b.Labels()
		}
		lines[i] = keys.Render(text.Fit(label, helpKeys-1, false)) + " " + lines[i]
	}
	return lines
}

// stacked puts sections below each other, an empty line between two.
func stacked(sections [][]string) []string {
	var lines []string
	for i, s := range sections {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, s...)
	}
	return lines
}

// columns lays sections out side by side, where both sides come out as even as
// they can.
func columns(sections [][]string, width, gap int) []string {
	left, right := stacked(sections), []string(nil)
	for i := range sections {
		l, r := stacked(sections[:i]), stacked(sections[i:])
		if max(len(l), len(r)) < max(len(left), len(right)) {
			left, right = l, r
		}
	}
	lines := make([]string, max(len(left), len(right)))
	for i := range lines {
		if i < len(left) {
			lines[i] = left[i]
		}
		if i < len(right) {
			lines[i] += strings.Repeat(" ", max(0, width-lipgloss.Width(lines[i]))+gap) + right[i]
		}
	}
	return lines
}
