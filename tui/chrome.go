package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

const (
	minWidth  = 60
	minHeight = 15
	// headLines and footLines stand above and below every page: the cluster and
	// the breadcrumb; the notice and the keys.
	headLines = 2
	footLines = 2
)

// staleAfter is how old data that cannot be refreshed may be before the header
// says so aloud: two missed polls.
const staleAfter = 12 * time.Second

// askedTime is how long the header says that fresh data was asked for, unless it
// comes; after that the age tells more.
const askedTime = 10 * time.Second

// From coarseFrom on the age goes in steps: data that is read that seldom is read
// seldom for its size, and a screen that changes every second is written every
// second.
const (
	coarseFrom = 10 * time.Second
	coarseStep = 5 * time.Second
)

func (a *App) bodySize() (w, h int) { return a.w, max(0, a.h-headLines-footLines) }

func (a *App) resize(w, h int) {
	a.w, a.h = w, h
	if top := a.stack.top(); top != nil {
		top.page.Resize(a.bodySize())
	}
}

func (a *App) tooSmall() bool { return a.w < minWidth || a.h < minHeight }

// View draws the whole screen.
func (a *App) View() tea.View {
	v := tea.NewView(a.screen())
	v.AltScreen = true
	if !a.noMouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	v.WindowTitle = "kdeck"
	if a.client != nil {
		v.WindowTitle = "kdeck – " + text.Clean(a.client.Name())
	}
	return v
}

func (a *App) screen() string {
	if a.w == 0 || a.stack.top() == nil {
		return ""
	}
	if a.tooSmall() {
		return widget.Center(fmt.Sprintf("kdeck needs %d×%d cells\nthis terminal has %d×%d", minWidth, minHeight, a.w, a.h), a.w, a.h)
	}
	w, h := a.bodySize()
	if a.body == nil {
		body := widget.Fill(a.stack.top().page.View(), w, h)
		a.body = &body
	}
	body := *a.body
	if a.overlay != nil {
		body = widget.Over(body, a.overlay.view(a, w, h), w, h)
	}
	notice := a.noticeLine()
	if more := len(notice) - 1; more > 0 {
		body = widget.Fill(body, w, h-more)
	}
	lines := append([]string{a.header(), a.breadcrumb(), body}, notice...)
	return strings.Join(append(lines, a.footer()), "\n")
}

// header is the line that tells which cluster this is and how it is. The name of
// the cluster, which may be a long list of servers, gets what the rest leaves.
func (a *App) header() string {
	th := a.theme
	badge := th.Badge.Render("kdeck") + th.Bar.Render("  ")
	if a.client == nil {
		return badge + th.Bar.Render(text.Fit("no cluster", a.w-lipgloss.Width(badge), false))
	}
	right := a.age()
	room := a.w - lipgloss.Width(badge) - lipgloss.Width(right) - 2
	rest := a.clusterState()
	style := th.Bar.Bold(true)
	if colour := a.colour(); colour != "" {
		style = th.Tag(colour)
	}
	width := max(shortestName, room-lipgloss.Width(rest)-style.GetHorizontalFrameSize())
	name := style.Render(text.Cut(text.Clean(a.client.Name()), width))
	left := text.Cut(name+rest, room)
	return badge + left + th.Bar.Render(strings.Repeat(" ", max(0, room-lipgloss.Width(left))+2)) + right
}

// colour is what the user chose for this cluster, or "".
func (a *App) colour() string {
	if a.opts.Colour == nil {
		return ""
	}
	return a.opts.Colour(a.client.Name())
}

// shortestName is what is left of the name of a cluster at least.
const shortestName = 12

// clusterState is what the header says of a cluster beside its name.
func (a *App) clusterState() string {
	th, gap := a.theme, a.theme.Bar.Render("  ")
	var b strings.Builder
	if a.warning != "" {
		b.WriteString(gap + th.Danger.Render(text.Clean(a.warning)))
	}
	if a.client.ReadOnly() {
		b.WriteString(gap + th.Danger.Render("READ-ONLY"))
	}
	switch c := a.cluster.Value; {
	case a.cluster.Loaded() && a.cluster.Err != nil: // what is known may not hold any more
		b.WriteString(gap + th.Danger.Render("NO ANSWER"))
	case a.cluster.Loaded():
		b.WriteString(gap + th.Bar.Render(plural(len(c.Up), "broker")+" up"))
		if line := controllerText(c.Controller); line != "" {
			b.WriteString(gap + th.Bar.Render(line))
		}
		if a.w >= 110 && c.ID != "" {
			b.WriteString(gap + th.Dim.Inherit(th.Bar).Render("id "+text.Cut(text.Clean(c.ID), 26)))
		}
	case a.cluster.Err == nil:
		b.WriteString(gap + th.Bar.Render("connecting …"))
	}
	return b.String()
}

// controllerText is empty when the controller could not be told.
func controllerText(c kafka.Controller) string {
	switch {
	case c.Why != nil:
		return ""
	case c.ID < 0:
		return "no controller"
	}
	return fmt.Sprintf("controller %d", c.ID)
}

// age tells how old the data on the screen is, and whether it should be newer.
func (a *App) age() string {
	th := a.theme
	at, problem := a.freshness()
	age := max(0, a.now.Sub(at)).Truncate(time.Second)
	failing := problem != nil && !page.IsPartial(problem)
	switch {
	case at.IsZero() && kafka.IsAuthorization(problem):
		return th.Bar.Render("not allowed ")
	case at.IsZero() && failing:
		return th.Danger.Render("NO DATA")
	case at.IsZero():
		return th.Bar.Render("loading … ")
	case failing && age >= staleAfter:
		return th.Danger.Render("STALE " + text.Duration(age))
	case at.Before(a.asked) && a.now.Sub(a.asked) < askedTime:
		return th.Bar.Render("refreshing … ")
	case age < time.Second:
		return th.Bar.Render("0s old ")
	case age >= coarseFrom && !failing:
		age = age.Truncate(coarseStep)
	}
	return th.Bar.Render(text.Duration(age) + " old ")
}

// freshness is that of the visible page, or of the header where the page shows
// nothing of the cluster.
func (a *App) freshness() (at time.Time, problem error) {
	if live, ok := a.stack.top().page.(page.Live); ok {
		return live.Freshness()
	}
	if a.cluster != nil {
		return a.cluster.Freshness()
	}
	return a.now, nil
}

// breadcrumb is the path of pages that esc goes back along; where it is too
// long, its beginning goes.
func (a *App) breadcrumb() string {
	th := a.theme
	last := len(a.stack.entries) - 1
	line := th.Accent.Render(text.Cut(text.Clean(a.stack.entries[last].page.Title()), a.w-8))
	for i := last - 1; i >= 0; i-- {
		longer := th.Dim.Render(text.Clean(a.stack.entries[i].page.Title())) + th.Border.Render(" › ") + line
		if lipgloss.Width(longer)+6 > a.w {
			line = th.Dim.Render("… › ") + line
			break
		}
		line = longer
	}
	return " " + line
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
