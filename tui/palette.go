package tui

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// palette is the command line that : opens, with what it could become below.
type palette struct {
	input  widget.Field
	found  []suggestion
	chosen int
	failed string // why the last line could not run
}

const (
	paletteWidth = 76
	paletteRows  = 10 // suggestions on the screen, where there is room
	// namesTimeout bounds the question for names: completion is a convenience.
	namesTimeout = 10 * time.Second
	// history is how many commands are remembered.
	history = 50
)

// namesRead is what commands can be completed with, of one cluster.
type namesRead struct {
	of    *admin.Client
	names names
}

func (a *App) openPalette() tea.Cmd {
	p := &palette{input: widget.NewField(":")}
	a.overlay = p
	p.suggest(a)
	return tea.Batch(p.input.Focus(), a.readNames())
}

// readNames asks for the names of topics and groups once per opening: they are
// few bytes, and a topic made a moment ago has to be among them. What was known
// before is offered meanwhile.
func (a *App) readNames() tea.Cmd {
	if a.client == nil {
		return nil
	}
	client, session := a.client, a.session
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(session, namesTimeout)
		defer cancel()
		n := names{read: true}
		n.topics, n.topicsErr = client.TopicNames(ctx)
		n.groups, n.groupsErr = client.Groups.Names(ctx)
		return namesRead{client, n}
	}
}

// take takes in the names, unless the cluster has been left meanwhile.
func (a *App) take(msg namesRead) {
	if msg.of != a.client {
		return
	}
	a.names = msg.names
	p, ok := a.overlay.(*palette)
	if !ok {
		return
	}
	var line string
	if p.chosen < len(p.found) {
		line = p.found[p.chosen].line
	}
	chosen := p.chosen
	p.suggest(a)
	if i := slices.IndexFunc(p.found, func(s suggestion) bool { return s.line == line }); chosen > 0 {
		p.chosen = max(0, i) // the user has chosen already
	}
}

// values are what an argument can be.
func (a *App) values(arg string) []string {
	switch {
	case arg == "TOPIC":
		return a.names.topics
	case arg == "GROUP":
		return a.names.groups
	case arg == "BROKER" && a.cluster != nil:
		ids := make([]string, len(a.cluster.Value.Up))
		for i, b := range a.cluster.Value.Up {
			ids[i] = strconv.Itoa(int(b.ID))
		}
		return ids
	}
	return nil
}

// suggest finds anew what the line could become.
func (p *palette) suggest(a *App) {
	usable := slices.DeleteFunc(slices.Clone(a.registry), func(s screen) bool { return a.client == nil && !s.anywhere })
	p.found = complete(usable, a.values, a.recent, p.input.Value())
	p.chosen = 0
}

func (p *palette) scope() keymap.Scope { return keymap.Command }

func (p *palette) key(a *App, msg tea.KeyPressMsg) tea.Cmd {
	b, _ := a.opts.Keys.Resolve(msg, keymap.Command)
	switch b.Action {
	case keymap.Cancel:
		a.overlay = nil
	case keymap.Accept:
		return p.accept(a)
	case keymap.Complete:
		p.complete(a)
	case keymap.Up:
		p.choose(-1)
	case keymap.Down:
		p.choose(1)
	default:
		return p.edit(a, msg)
	}
	return nil
}

func (p *palette) edit(a *App, msg tea.Msg) tea.Cmd {
	before := p.input.Value()
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	if p.input.Value() != before {
		p.failed = ""
		p.suggest(a)
	}
	return cmd
}

func (p *palette) paste(a *App, msg tea.PasteMsg) { p.edit(a, msg) }

func (p *palette) choose(by int) {
	p.chosen = max(0, min(p.chosen+by, len(p.found)-1))
}

// complete puts the chosen suggestion in the line.
func (p *palette) complete(a *App) {
	if p.chosen >= len(p.found) {
		return
	}
	s := p.found[p.chosen]
	line := s.line
	if s.args != "" {
		line += " "
	}
	p.input.SetValue(line)
	p.input.CursorEnd()
	p.suggest(a)
}

// accept runs the chosen suggestion, or the line as it stands where there is
// none. A mistake is shown in place, with the line kept.
func (p *palette) accept(a *App) tea.Cmd {
	if p.chosen >= len(p.found) {
		g, err := a.parse(p.input.Value())
		if err != nil {
			p.failed = err.Error()
			return nil
		}
		return p.run(a, suggestion{line: strings.TrimSpace(p.input.Value()), runs: g})
	}
	s := p.found[p.chosen]
	if s.args != "" {
		p.complete(a)
		return nil
	}
	return p.run(a, s)
}

func (p *palette) run(a *App, s suggestion) tea.Cmd {
	a.overlay = nil
	cmd, err := a.open(s.runs)
	if err != nil {
		a.overlay, p.failed = p, err.Error()
		return nil
	}
	a.recent = slices.DeleteFunc(a.recent, func(r suggestion) bool { return r.line == s.line })
	a.recent = slices.Insert(a.recent, 0, s)
	a.recent = a.recent[:min(history, len(a.recent))]
	return cmd
}

func (p *palette) wheel(_ *App, rows int) { p.choose(rows) }

// paletteHead is what stands above the suggestions: the border, the line, and
// the line below it.
const paletteHead = 3

func (p *palette) click(a *App, x, y int) tea.Cmd {
	w, h := a.bodySize()
	first, last := p.window(h)
	row := first + y - paletteHead
	if x < 1 || x >= p.width(w)-1 || y < paletteHead || row >= last {
		return nil
	}
	p.chosen = row
	return p.accept(a)
}

func (p *palette) width(w int) int { return min(paletteWidth, w-4) }

// rows is how many suggestions fit, under the head and over the border.
func (p *palette) rows(h int) int { return max(1, min(paletteRows, h-paletteHead-1)) }

// window is the range of suggestions on the screen: it holds the chosen one.
func (p *palette) window(h int) (first, last int) {
	rows := p.rows(h)
	first = max(0, p.chosen-rows+1)
	return first, min(len(p.found), first+rows)
}

func (p *palette) view(a *App, w, h int) string {
	inner := p.width(w) - 4 // the border and a cell beside it
	field := p.input
	field.SetWidth(inner - 2)
	field.SetCursor(field.Position()) // which scrolls a long line to that width
	lines := []string{field.View(), p.status(a, inner)}
	first, last := p.window(h)
	for i := first; i < last; i++ {
		lines = append(lines, p.row(a, p.found[i], i == p.chosen, inner))
	}
	for len(lines) < p.rows(h)+paletteHead-1 {
		lines = append(lines, "")
	}
	return a.theme.Overlay.Width(p.width(w)).Render(strings.Join(lines, "\n"))
}

// status is the line below the field: what went wrong, else what is offered.
func (p *palette) status(a *App, w int) string {
	th := a.theme
	if p.failed != "" {
		return th.Bad.Render(text.Cut("✗ "+text.Clean(p.failed), w))
	}
	name, _, spaced := strings.Cut(strings.TrimLeft(p.input.Value(), " "), " ")
	if s, err := a.find(name); spaced && err == nil && len(s.args) > 0 {
		return th.Dim.Render(text.Cut(text.Clean(a.offer(s.args[0], len(p.found))), w))
	}
	if len(p.found) == 0 && !spaced && name != "" {
		return th.Dim.Render(text.Cut("no command is like that; esc leaves", w))
	}
	return th.Border.Render(strings.Repeat("─", w))
}

// offer says which values of an argument are known.
func (a *App) offer(arg string, matching int) string {
	kind := strings.ToLower(strings.Trim(arg, "[]"))
	var err error
	switch kind {
	case "topic":
		err = a.names.topicsErr
	case "group":
		err = a.names.groupsErr
	default:
		return kind
	}
	known := len(a.values(strings.ToUpper(kind)))
	switch {
	case known == 0 && !a.names.read:
		return page.Loading("the names of " + kind + "s")
	case err != nil:
		return err.Error()
	case known == 0:
		return "there are no " + kind + "s"
	case matching == 0:
		return "no " + kind + " matches; enter tries it as typed"
	}
	return text.Count(matching) + " of " + plural(known, kind)
}

// row draws a suggestion: what it puts in the line, and a few words.
func (p *palette) row(a *App, s suggestion, chosen bool, w int) string {
	th := a.theme
	pad, sign := lipgloss.NewStyle(), "  "
	if chosen {
		pad, sign = th.Cursor, "▌ "
	}
	var b strings.Builder
	b.WriteString(th.Accent.Inherit(pad).Render(sign))
	b.WriteString(lipgloss.StyleRunes(s.line, runeIndexes(s.line, s.match), th.Accent.Underline(true).Inherit(pad), th.Text.Inherit(pad)))
	if s.args != "" {
		b.WriteString(th.Dim.Inherit(pad).Render(" " + s.args))
	}
	left := text.Cut(b.String(), w)
	room := w - lipgloss.Width(left) - 2
	if room < lipgloss.Width(s.note) && room < 12 {
		return left + pad.Render(strings.Repeat(" ", room+2))
	}
	return left + th.Dim.Inherit(pad).Render("  "+text.Fit(s.note, room, true))
}

// runeIndexes turns indexes of bytes into indexes of runes.
func runeIndexes(s string, bytes []int) []int {
	var runes []int
	i := 0
	for at := range s {
		if slices.Contains(bytes, at) {
			runes = append(runes, i)
		}
		i++
	}
	return runes
}
