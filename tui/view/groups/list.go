// Package groups is the screens of consumer groups: the list of all groups with
// their lag, and one group with its partitions and members.
package groups

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/lagtext"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

const (
	// listTimeout lets a broker that hangs cost a full request timeout in each of
	// the three steps of the whole answer, and the rest of it still arrive.
	listTimeout = 25 * time.Second
	// leastPace and mostPace bound the time between two whole answers; between
	// them it is such that the questions take at most a twentieth of the time.
	leastPace = 5 * time.Second
	mostPace  = time.Minute
	paceShare = 20
)

// List is the screen of all groups. Their names come first, from one question to
// every broker; members and lag follow from the rows on the screen outward, and from
// then on in whole answers.
type List struct {
	env   page.Env
	names page.Poll[kafka.Snapshot[groups.Group]]
	fill  fill
	whole page.Poll[kafka.Snapshot[groups.Group]]
	rows  []row
	list  *page.List[row]
	// moved is set when the user has moved the cursor. Until then it stays at the
	// top, whatever comes there.
	moved bool
	ctx   context.Context
	w, h  int
}

var (
	_ page.Page   = (*List)(nil)
	_ page.Live   = (*List)(nil)
	_ page.Typist = (*List)(nil)
	_ page.Picky  = (*List)(nil)
)

// NewList returns the screen of all groups.
func NewList(env page.Env) *List {
	p := &List{env: env}
	p.names.Every = -1 // the whole answer lists them too
	p.names.Fetch = func(ctx context.Context) (kafka.Snapshot[groups.Group], error) { return env.Client.Groups.List(ctx) }
	p.fill = newFill(env.Client.Groups.Fill)
	p.whole.Timeout, p.whole.Pace = listTimeout, pace
	table := widget.NewTable(env.Theme, func(r row) string { return r.Name }, listColumns(env)...)
	table.SortBy(lagColumn, true)
	p.list = page.NewList(env, table, func(r row) string { return r.Name })
	return p
}

func pace(answer kafka.Snapshot[groups.Group], took time.Duration) time.Duration {
	if answer.Partial != nil { // that took long for a broker that hangs, not for its size
		return leastPace
	}
	return min(max(leastPace, paceShare*took), mostPace)
}

// Title is the page's part of the breadcrumb.
func (p *List) Title() string { return "groups" }

// Scope says which key bindings hold.
func (p *List) Scope() keymap.Scope { return keymap.Groups }

// Start asks for the groups, first for their names.
func (p *List) Start(ctx context.Context) tea.Cmd {
	p.ctx = ctx
	if p.whole.Loaded() {
		return p.whole.Start(ctx)
	}
	return p.names.Start(ctx)
}

// Freshness is that of the whole answer, or of the names before it.
func (p *List) Freshness() (time.Time, error) {
	if !p.whole.Loaded() {
		return p.names.At, cmp.Or(p.whole.Err, p.names.Err, page.Partial(p.names.Value.Partial))
	}
	return p.whole.Freshness(p.whole.Value.Partial)
}

// Typing reports whether the filter is being typed.
func (p *List) Typing() bool { return p.list.Typing() }

// Refuses says what does not apply to the group under the cursor.
func (p *List) Refuses(a keymap.Action) string {
	selected, ok := p.list.Selected()
	switch {
	case a == keymap.Open && !ok:
		return "there is no group under the cursor"
	case (a == keymap.ResetOffsets || a == keymap.UndoReset) && !ok:
		return "there is no group under the cursor"
	case a == keymap.ResetOffsets || a == keymap.UndoReset:
		return refuseReset(selected.Type)
	case a == keymap.DeleteGroup:
		return p.refusesDeletion()
	}
	return ""
}

// Do carries out an action.
func (p *List) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	selected, ok := p.list.Selected()
	switch {
	case a == keymap.Refresh && !p.whole.Loaded():
		return true, p.names.Refresh()
	case a == keymap.Refresh:
		return true, p.whole.Refresh()
	case a == keymap.Open && ok:
		return true, page.Open("group", selected.Name)
	case a == keymap.ResetOffsets && ok:
		return true, page.Open("reset", selected.Name)
	case a == keymap.UndoReset && ok:
		return true, page.Open("undo-reset", selected.Name)
	case a == keymap.DeleteGroup && p.refusesDeletion() == "":
		return true, page.Ask(page.Show{Page: deletion(p.env, groupNames(p.chosen()))})
	}
	handled, cmd = p.list.Do(a)
	p.moved = p.moved || handled
	return handled, cmd
}

// Update takes in answers, and hands everything else to the table.
func (p *List) Update(msg tea.Msg) tea.Cmd {
	named, namesCmd := p.names.Update(msg)
	filled, fillCmd := p.fill.Update(msg)
	described, wholeCmd := p.whole.Update(msg)
	switch {
	case named && p.names.Err == nil && !p.whole.Loaded():
		p.show(listed(p.names.Value.Items))
		fillCmd = p.fillScreen()
	case filled:
		p.show(update(p.rows, p.fill.Value.Items))
		fillCmd = p.fillNext()
	case described && p.whole.Err == nil:
		p.show(merge(p.rows, p.whole.Value))
		p.whole.Fetch = p.env.Client.Groups.WithLag
	}
	switch m := msg.(type) {
	case page.Click:
		m.Y -= headLines
		msg, p.moved = m, true
	case page.Wheel:
		p.moved = true
	}
	open, listCmd := p.list.Update(msg)
	if open {
		_, listCmd = p.Do(keymap.Open)
	}
	return tea.Batch(namesCmd, fillCmd, wholeCmd, listCmd)
}

func (p *List) show(rows []row) {
	p.rows = rows
	p.list.SetItems(rows)
	if !p.moved {
		p.list.First()
	}
}

// headLines stands above the table of the list, and footLines below: two, since
// sentences must not be cut at 80 columns.
const (
	headLines = 1
	footLines = 2
)

// foot is the sentence below a table.
func foot(th *theme.Theme, sentence string, w, lines int) string {
	wrapped := ansi.Wrap(text.Clean(sentence), max(1, w-2), "")
	return th.Dim.MarginLeft(1).Render(widget.Fill(wrapped, w-1, lines))
}

// Resize sets the size of the page.
func (p *List) Resize(w, h int) {
	p.w, p.h = w, h
	p.list.Resize(w, h-headLines-footLines)
}

// View draws the sums, the table, and what there is to say about the group under
// the cursor.
func (p *List) View() string {
	th := p.env.Theme
	if _, problem := p.Freshness(); len(p.rows) == 0 && problem != nil {
		return widget.Center(th.Bad.Render(text.Clean(problem.Error())), p.w, p.h)
	}
	about := ""
	if selected, ok := p.list.Selected(); ok {
		about = selected.about()
	}
	return strings.Join([]string{
		text.Cut(" "+p.sums(), p.w),
		p.list.View(p.empty()),
		foot(th, about, p.w, footLines),
	}, "\n")
}

func (p *List) empty() string {
	if !p.names.Loaded() && !p.whole.Loaded() {
		return "loading groups …"
	}
	if p.hidden() {
		return "no groups that you may describe\nneeds Describe on Group or Cluster"
	}
	return "no groups: nobody consumes from this cluster with a group yet,\nor you may describe none (needs Describe on Cluster or on the group)"
}

// hidden reports whether there may be groups that the user may not describe.
func (p *List) hidden() bool {
	return p.whole.Value.Hidden != nil || p.names.Value.Hidden != nil
}

// sums is the line above the table: how many groups, in what state, and their lag.
func (p *List) sums() string {
	th := p.env.Theme
	if len(p.rows) == 0 {
		return ""
	}
	var total lag.Sum
	unread, rebalancing, silent, stuck, loading := 0, 0, 0, 0, 0
	for _, r := range p.rows {
		total.Merge(r.Lag)
		switch {
		case r.loading:
			loading++
		case r.stale:
			silent++
		case r.Unread():
			unread++
		case r.Watched.Worst.Verdict.Bad():
			stuck++
		case r.Rebalancing():
			rebalancing++
		}
	}
	parts := []string{th.Strong.Render(text.Plural(len(p.rows), "group"))}
	if loading > 0 {
		return parts[0] + th.Dim.Render("  loading members and lag of "+text.Count(loading)+" …")
	}
	parts = append(parts, th.Dim.Render("total lag ")+th.Strong.Render(lagtext.Sum(total)))
	for _, part := range []struct {
		n     int
		what  string
		style lipgloss.Style
	}{
		{silent, "without answer", th.Bad},
		{stuck, "stuck", th.Bad},
		{unread, "empty with lag", th.Warn},
		{rebalancing, "rebalancing", th.Warn},
		{p.list.MarkedCount(), "marked", th.Mark},
	} {
		if part.n > 0 {
			parts = append(parts, part.style.Render(fmt.Sprintf("%d %s", part.n, part.what)))
		}
	}
	if p.hidden() {
		parts = append(parts, th.Dim.Render("only what you may describe"))
	}
	return strings.Join(parts, th.Border.Render(" · "))
}
