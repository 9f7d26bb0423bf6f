// Package start is the screen without a cluster, and the first that a new user
// sees: launch a local cluster, attach to one, or leave.
package start

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// choice is one thing to do.
type choice struct {
	action      keymap.Action
	title, note string
}

func choices() []choice {
	return []choice{
		{keymap.Launch, "Launch a local cluster", "Three brokers inside kdeck, on 127.0.0.1. Nothing to install."},
		{keymap.AttachTo, "Attach to a cluster", "Any Kafka cluster, by its bootstrap servers."},
		{keymap.Quit, "Quit", "Leave kdeck."},
	}
}

// Page is the start screen.
type Page struct {
	env     page.Env
	choices []choice
	cursor  int
	field   widget.Field
	typing  bool
	busy    string // what is being reached, or ""
	problem error  // of what was typed, or of the last attempt
	about   keymap.Action
	w, h    int
}

var (
	_ page.Typist   = (*Page)(nil)
	_ page.Attacher = (*Page)(nil)
)

// New returns the start screen.
func New(env page.Env) page.Page {
	field := widget.NewField("")
	field.Placeholder = "broker1:9092,broker2:9092"
	return &Page{env: env, choices: choices(), field: field}
}

// Title is the page's part of the breadcrumb.
func (p *Page) Title() string { return "start" }

// Scope says which keys work here.
func (p *Page) Scope() keymap.Scope { return keymap.Start }

// Start asks nothing: there is no cluster yet.
func (p *Page) Start(context.Context) tea.Cmd { return nil }

// Resize sets the size that View fills.
func (p *Page) Resize(w, h int) {
	p.w, p.h = w, h
	p.field.SetWidth(blockWidth(w) - indent - 1)
}

// Typing reports whether the bootstrap servers are being typed.
func (p *Page) Typing() bool { return p.typing && p.busy == "" }

// Do carries out an action.
func (p *Page) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	if p.busy != "" {
		return false, nil
	}
	switch a {
	case keymap.Up:
		p.cursor = max(0, p.cursor-1)
	case keymap.Down:
		p.cursor = min(len(p.choices)-1, p.cursor+1)
	case keymap.Open:
		return true, p.choose(p.cursor)
	case keymap.Launch, keymap.AttachTo:
		for i, c := range p.choices {
			if c.action == a {
				return true, p.choose(i)
			}
		}
	default:
		return false, nil
	}
	return true, nil
}

func (p *Page) choose(i int) tea.Cmd {
	p.cursor, p.problem = i, nil
	switch c := p.choices[i]; c.action {
	case keymap.Launch:
		p.busy, p.about = "starting the brokers …", c.action
		return page.Ask(page.Launch{})
	case keymap.AttachTo:
		p.typing, p.about = true, c.action
		return p.field.Focus()
	}
	return page.Ask(page.Quit{})
}

// AttachFailed takes in how an attempt ended; what was typed stays for the next.
func (p *Page) AttachFailed(err error) { p.busy, p.problem = "", err }

// Update takes clicks, and keys while the servers are typed.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case page.Click:
		if i, ok := p.at(msg.Y); ok && p.busy == "" && !p.typing {
			return p.choose(i)
		}
	case tea.KeyPressMsg:
		return p.typed(msg)
	case tea.PasteMsg:
		return p.edit(msg)
	}
	return nil
}

func (p *Page) typed(msg tea.KeyPressMsg) tea.Cmd {
	b, _ := p.env.Keys.Resolve(msg, keymap.Input)
	switch b.Action {
	case keymap.Cancel:
		p.typing, p.problem = false, nil
		p.field.Blur()
	case keymap.Accept:
		servers, err := checkServers(p.field.Value())
		if err != nil {
			p.problem = err
			return nil
		}
		p.problem, p.busy = nil, "asking "+servers+" …"
		return page.Ask(page.Attach{Target: servers})
	default:
		return p.edit(msg)
	}
	return nil
}

func (p *Page) edit(msg tea.Msg) tea.Cmd {
	before := p.field.Value()
	var cmd tea.Cmd
	p.field, cmd = p.field.Update(msg)
	if p.field.Value() != before {
		p.problem = nil
	}
	return cmd
}

const (
	widest = 72
	// indent is where titles begin: the sign of the cursor, the key, spaces.
	indent = 6
)

func blockWidth(w int) int { return max(indent+10, min(widest, w-4)) }

// View draws the choices in the middle of the screen.
func (p *Page) View() string {
	lines, _ := p.lines()
	left, top := p.corner(len(lines))
	for i, line := range lines {
		lines[i] = strings.Repeat(" ", left) + line
	}
	return widget.Fill(strings.Repeat("\n", top)+strings.Join(lines, "\n"), p.w, p.h)
}

// corner is where the block begins: its sides are even, and it stands a little
// above the middle.
func (p *Page) corner(lines int) (left, top int) {
	return max(0, (p.w-blockWidth(p.w))/2), max(0, (p.h-lines)*2/5)
}

// lines draws the block, and says which choice each line belongs to, -1 for
// none. Where there is no room for all of it, the choice under the cursor alone
// is explained.
func (p *Page) lines() (lines []string, of []int) {
	if lines, of = p.block(true); len(lines) > p.h {
		return p.block(false)
	}
	return lines, of
}

func (p *Page) block(whole bool) (lines []string, of []int) {
	th := p.env.Theme
	add := func(choice int, text ...string) {
		for _, line := range text {
			lines, of = append(lines, line), append(of, choice)
		}
	}
	pad := strings.Repeat(" ", indent)
	add(-1, pad+th.Badge.Render("kdeck")+th.Dim.Render("  a console for Apache Kafka"), "")
	for i, c := range p.choices {
		add(i, p.title(i))
		if whole || i == p.cursor {
			add(i, p.wrap(th.Dim, c.note)...)
		}
		if c.action == p.about {
			add(i, p.outcome()...)
		}
		if whole {
			add(-1, "")
		}
	}
	if whole {
		palette := p.env.Keys.Of(keymap.Palette).Label()
		add(-1, pad+th.Key.Render(palette+"context")+th.Dim.Render(" lists the clusters that are configured"))
	}
	return lines, of
}

// title is a choice's key and name, with the cursor.
func (p *Page) title(i int) string {
	th, c := p.env.Theme, p.choices[i]
	sign, style := "  ", th.Text
	if i == p.cursor {
		sign, style = "▌ ", th.Strong
	}
	key := text.Fit(p.env.Keys.Of(c.action).Label(), indent-2, false)
	return th.Accent.Render(sign) + th.Key.Render(key) + style.Render(c.title)
}

// outcome is what stands below the choice that was taken: the field, what is
// under way, what went wrong.
func (p *Page) outcome() []string {
	th := p.env.Theme
	var lines []string
	if p.about == keymap.AttachTo && (p.typing || p.field.Value() != "") {
		lines = append(lines, strings.Repeat(" ", indent)+th.Accent.Render("›")+" "+p.field.View())
	}
	if p.busy != "" {
		lines = append(lines, p.wrap(th.Text, p.busy)...)
	}
	if p.problem != nil {
		lines = append(lines, p.wrap(th.Bad, "✗ "+p.problem.Error())...)
	}
	return lines
}

// wrap breaks a text into lines behind the indent.
func (p *Page) wrap(style lipgloss.Style, s string) []string {
	lines := widget.Wrap(style, text.Clean(s), blockWidth(p.w)-indent)
	for i, line := range lines {
		lines[i] = strings.Repeat(" ", indent) + line
	}
	return lines
}

// at returns the choice that a line of the screen belongs to.
func (p *Page) at(y int) (choice int, ok bool) {
	lines, of := p.lines()
	_, top := p.corner(len(lines))
	if y -= top; y < 0 || y >= len(of) || of[y] < 0 {
		return 0, false
	}
	return of[y], true
}
