// Package contexts is the screen of the configured clusters.
package contexts

import (
	"cmp"
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// New returns the screen of the contexts that read returns; nil reads none.
func New(env page.Env, read func() ([]page.ContextInfo, error)) page.Page {
	attached := ""
	if env.Client != nil {
		attached = env.Client.Name()
	}
	p := page.NewTablePage(env, page.TableSpec[[]page.ContextInfo, page.ContextInfo]{
		Title: "contexts", Scope: keymap.Contexts, Row: "context",
		Fetch: func(context.Context) ([]page.ContextInfo, error) {
			if read == nil {
				return nil, nil
			}
			return read()
		},
		Rows:    func(all []page.ContextInfo) []page.ContextInfo { return all },
		Columns: columns(env.Theme, attached), Key: func(c page.ContextInfo) string { return c.Name },
		Open: func(c page.ContextInfo) tea.Cmd { return page.Ask(page.Attach{Target: c.Name}) },
		Empty: func() string {
			return "No cluster is configured yet. Add one in a shell:\n\n" +
				"kdeck context add prod --bootstrap-server broker1:9092\n\n" +
				"or type " + env.Keys.Of(keymap.Palette).Label() + "attach to type bootstrap servers here."
		},
	})
	// The file is small and changes by the user's own hand: it is read when the screen
	// opens, and on demand.
	p.Poll.Every = -1
	return p
}

func columns(th *theme.Theme, attached string) []widget.Column[page.ContextInfo] {
	return []widget.Column[page.ContextInfo]{
		{
			Title: "context", Min: 14, Flex: 2, Cell: func(c page.ContextInfo) string { return c.Name },
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
