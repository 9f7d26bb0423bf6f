// Package contexts is the screen of the configured clusters.
package contexts

import (
	"cmp"
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// Page lists the contexts of the config file.
type Page struct {
	env  page.Env
	list *page.List[page.ContextInfo]
	poll page.Poll[[]page.ContextInfo]
	w, h int
}

var _ page.Typist = (*Page)(nil)

// New returns the screen of the contexts that read returns; nil reads none.
func New(env page.Env, read func() ([]page.ContextInfo, error)) page.Page {
	p := &Page{env: env}
	attached := ""
	if env.Client != nil {
		attached = env.Client.Name()
	}
	p.list = page.NewList(env, widget.NewTable(env.Theme, name, columns(env.Theme, attached)...), name)
	p.poll = page.Poll[[]page.ContextInfo]{
		// The file is small and changes by the user's own hand: it is read when
		// the screen opens, and on demand.
		Every: -1,
		Fetch: func(context.Context) ([]page.ContextInfo, error) {
			if read == nil {
				return nil, nil
			}
			return read()
		},
	}
	return p
}

func name(c page.ContextInfo) string { return c.Name }

func columns(th *theme.Theme, attached string) []widget.Column[page.ContextInfo] {
	return []widget.Column[page.ContextInfo]{
		{
			Title: "context", Min: 14, Flex: 2, Cell: name,
			Cmp:   func(a, b page.ContextInfo) int { return cmp.Compare(a.Name, b.Name) },
			Style: func(page.ContextInfo) lipgloss.Style { return th.Link },
		},
		{
			Title: "bootstrap servers", Min: 18, Flex: 3,
			Cell: func(c page.ContextInfo) string { return c.Servers },
			Cmp:  func(a, b page.ContextInfo) int { return cmp.Compare(a.Servers, b.Servers) },
		},
		{
			Title: "security", Min: 9, Flex: 1, Drop: 1,
			Cell: func(c page.ContextInfo) string { return c.Security },
			Cmp:  func(a, b page.ContextInfo) int { return cmp.Compare(a.Security, b.Security) },
		},
		{
			Title: "access", Min: 10, Cell: access,
			Cmp: func(a, b page.ContextInfo) int { return cmp.Compare(access(a), access(b)) },
			Style: func(c page.ContextInfo) lipgloss.Style {
				if c.ReadOnly {
					return th.Warn
				}
				return th.Text
			},
		},
		{
			Title: "", Min: 17,
			Cell: func(c page.ContextInfo) string { return marks(c, attached) },
			Style: func(page.ContextInfo) lipgloss.Style {
				return th.Good
			},
		},
	}
}

func access(c page.ContextInfo) string {
	if c.ReadOnly {
		return "read-only"
	}
	return "read-write"
}

// marks says which context this console is on, and which one kdeck opens
// without arguments.
func marks(c page.ContextInfo, attached string) string {
	var marks []string
	if c.Name == attached {
		marks = append(marks, "attached")
	}
	if c.Current {
		marks = append(marks, "current")
	}
	return strings.Join(marks, ", ")
}

// Title is the page's part of the breadcrumb.
func (p *Page) Title() string { return "contexts" }

// Scope says which keys work here.
func (p *Page) Scope() keymap.Scope { return keymap.Contexts }

// Start reads the config file.
func (p *Page) Start(ctx context.Context) tea.Cmd { return p.poll.Start(ctx) }

// Typing reports whether the filter is being typed.
func (p *Page) Typing() bool { return p.list.Typing() }

// Freshness tells how old the list is, and why it could not be read.
func (p *Page) Freshness() (time.Time, error) { return p.poll.Freshness() }

// Do carries out an action: enter attaches.
func (p *Page) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Open:
		return true, p.open()
	case keymap.Refresh:
		return true, p.poll.Refresh()
	}
	return p.list.Do(a)
}

func (p *Page) open() tea.Cmd {
	c, ok := p.list.Selected()
	if !ok {
		return nil
	}
	return page.Ask(page.Attach{Target: c.Name})
}

// Update takes in the list, keys of the filter, and clicks.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	arrived, cmd := p.poll.Update(msg)
	if arrived {
		p.list.SetItems(p.poll.Value)
		return cmd
	}
	open, own := p.list.Update(msg)
	if open {
		return tea.Batch(cmd, own, p.open())
	}
	return tea.Batch(cmd, own)
}

// Resize sets the size that View fills.
func (p *Page) Resize(w, h int) {
	p.w, p.h = w, h
	p.list.Resize(w, h)
}

// View draws the contexts, or how to get some.
func (p *Page) View() string {
	switch {
	case !p.poll.Loaded() && p.poll.Err != nil:
		return p.list.View("the contexts could not be read; the line below says why")
	case !p.poll.Loaded():
		return p.list.View("reading the contexts …")
	}
	return p.list.View("No cluster is configured yet. Add one in a shell:\n\n" +
		"kdeck context add prod --bootstrap-server broker1:9092\n\n" +
		"or type " + p.env.Keys.Of(keymap.Palette).Label() + "attach to type bootstrap servers here.")
}
