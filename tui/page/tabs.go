package page

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// Tabs shows one of several pages under the line of their titles. Only the page that
// shows asks the cluster; what it has under way ends when another takes its place.
type Tabs struct {
	// Right, when set, is what stands at the right end of the line, the longest way to
	// say it first; the first that has room is taken.
	Right func() []string

	env   Env
	pages []Page
	at    int
	ctx   context.Context // of the page that the tabs are on; nil before Start
	leave context.CancelFunc
	w, h  int
}

// tabLines is the height of the line of titles.
const tabLines = 1

// NewTabs returns tabs of which the first shows.
func NewTabs(env Env, pages ...Page) *Tabs {
	return &Tabs{env: env, pages: pages, leave: func() {}}
}

// Shown is the page that shows.
func (t *Tabs) Shown() Page { return t.pages[t.at] }

// Set replaces the pages; the tab that shows stays where it can.
func (t *Tabs) Set(pages ...Page) {
	t.pages = pages
	t.at = min(t.at, len(pages)-1)
	t.resize()
}

// Start starts the page that shows.
func (t *Tabs) Start(ctx context.Context) tea.Cmd {
	t.ctx = ctx
	return t.turnTo(t.at)
}

func (t *Tabs) turnTo(tab int) tea.Cmd {
	t.leave()
	t.at = tab
	t.resize()
	if t.ctx == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(t.ctx)
	t.leave = cancel
	return t.pages[tab].Start(ctx)
}

// Freshness is that of the page that shows; zero and nil when it has none.
func (t *Tabs) Freshness() (time.Time, error) { return freshness(t.Shown()) }

// Typing reports whether a text field of the page that shows has the focus.
func (t *Tabs) Typing() bool { return typing(t.Shown()) }

// Refuses says what does not apply to the page that shows.
func (t *Tabs) Refuses(a keymap.Action) string { return refuses(t.Shown(), a) }

// Do turns to another tab, or hands the action to the page that shows.
func (t *Tabs) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	n := len(t.pages)
	switch a {
	case keymap.NextTab:
		return true, t.turnTo((t.at + 1) % n)
	case keymap.PrevTab:
		return true, t.turnTo((t.at + n - 1) % n)
	}
	return t.Shown().Do(a)
}

// Update turns to the tab whose title was clicked, and hands everything else to the
// page that shows.
func (t *Tabs) Update(msg tea.Msg) tea.Cmd {
	if click, ok := msg.(Click); ok {
		if click.Y < tabLines {
			if tab := widget.TabAt(t.titles(), click.X-1); click.Y >= 0 && tab >= 0 && tab != t.at {
				return t.turnTo(tab)
			}
			return nil
		}
		click.Y -= tabLines
		msg = click
	}
	return t.Shown().Update(msg)
}

func (t *Tabs) titles() []string {
	titles := make([]string, len(t.pages))
	for i, p := range t.pages {
		titles[i] = p.Title()
	}
	return titles
}

// Resize sets the size that View fills.
func (t *Tabs) Resize(w, h int) {
	t.w, t.h = w, h
	t.resize()
}

func (t *Tabs) resize() { t.Shown().Resize(t.w, max(0, t.h-tabLines)) }

// View draws the titles and the page that shows.
func (t *Tabs) View() string { return t.line() + "\n" + t.Shown().View() }

func (t *Tabs) line() string {
	line := " " + widget.Tabs(t.env.Theme, t.titles(), t.at)
	if t.Right == nil {
		return text.Cut(line, t.w)
	}
	room := t.w - text.Width(line) - 3
	for _, right := range t.Right() {
		if w := text.Width(right); w <= room {
			return line + strings.Repeat(" ", 2+room-w) + right + " "
		}
	}
	return text.Cut(line, t.w)
}

func freshness(p Page) (time.Time, error) {
	if live, ok := p.(Live); ok {
		return live.Freshness()
	}
	return time.Time{}, nil
}

func typing(p Page) bool {
	typist, ok := p.(Typist)
	return ok && typist.Typing()
}

func refuses(p Page, a keymap.Action) string {
	if picky, ok := p.(Picky); ok {
		return picky.Refuses(a)
	}
	return ""
}
