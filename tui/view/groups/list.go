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

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/lagtext"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
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
// then on in whole answers, which are those of the page's own poll.
type List struct {
	*page.TablePage[kafka.Snapshot[groups.Group], row]
	env          page.Env
	names        page.Poll[kafka.Snapshot[groups.Group]]
	descriptions descriptions
	rows         []row
	ctx          context.Context
}

// NewList returns the screen of all groups.
func NewList(env page.Env) *List {
	p := &List{env: env}
	open := func(screen string) func(row) tea.Cmd {
		return func(r row) tea.Cmd { return page.Open(screen, r.Name) }
	}
	p.TablePage = page.NewTablePage(env, page.TableSpec[kafka.Snapshot[groups.Group], row]{
		Title: "groups", Scope: keymap.Groups, Row: "group",
		Fetch: env.Client.Groups.WithLag,
		Rows: func(answer kafka.Snapshot[groups.Group]) []row {
			p.rows, p.Poll.Fetch = merge(p.rows, answer), env.Client.Groups.WithLag
			return p.rows
		},
		Fresh:   p.freshness,
		Ready:   func() bool { return p.names.Loaded() || p.Poll.Loaded() },
		Columns: listColumns(env), Key: func(r row) string { return r.Name },
		Sort: "lag", Top: true, // what is furthest behind comes first
		Open:    open("group"),
		Actions: map[keymap.Action]func(row) tea.Cmd{keymap.ResetOffsets: open("reset"), keymap.UndoReset: open("undo-reset")},
		Refuse: func(a keymap.Action, r row) string {
			if a == keymap.ResetOffsets || a == keymap.UndoReset {
				return refuseReset(r.Type)
			}
			return ""
		},
		Head: p.sums, Empty: p.empty,
		About: row.about, AboutLines: 2, // sentences must not be cut at 80 columns
	})
	p.names.Every = -1 // the whole answer lists them too
	p.names.Fetch = func(ctx context.Context) (kafka.Snapshot[groups.Group], error) { return env.Client.Groups.List(ctx) }
	p.descriptions = newDescriptions(env.Client.Groups.Fill)
	p.Poll.Timeout, p.Poll.Pace = listTimeout, pace
	return p
}

func pace(answer kafka.Snapshot[groups.Group], took time.Duration) time.Duration {
	if answer.Partial != nil { // that took long for a broker that hangs, not for its size
		return leastPace
	}
	return min(max(leastPace, paceShare*took), mostPace)
}

// Start asks for the groups, first for their names.
func (p *List) Start(ctx context.Context) tea.Cmd {
	p.ctx = ctx
	if p.Poll.Loaded() {
		return p.TablePage.Start(ctx)
	}
	return p.names.Start(ctx)
}

// freshness is that of the whole answer, or of the names before it.
func (p *List) freshness() (time.Time, error) {
	if !p.Poll.Loaded() {
		return p.names.At, cmp.Or(p.Poll.Err, p.names.Err, page.Partial(p.names.Value.Partial))
	}
	return p.Poll.Freshness(p.Poll.Value.Partial)
}

// Refuses says what does not apply to the group under the cursor, or to the marked
// ones.
func (p *List) Refuses(a keymap.Action) string {
	if a == keymap.DeleteGroup {
		return p.refusesDeletion()
	}
	return p.TablePage.Refuses(a)
}

// Do carries out an action.
func (p *List) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch {
	case a == keymap.Refresh && !p.Poll.Loaded():
		return true, p.names.Refresh()
	case a == keymap.DeleteGroup && p.refusesDeletion() == "":
		return true, page.Ask(page.Show{Page: deletion(p.env, groupNames(p.Chosen()))})
	}
	return p.TablePage.Do(a)
}

// Update takes in names and descriptions, and hands everything else to the table.
func (p *List) Update(msg tea.Msg) tea.Cmd {
	named, namesCmd := p.names.Update(msg)
	described, cmd := p.descriptions.Update(msg)
	switch {
	case named && p.names.Err == nil && !p.Poll.Loaded():
		p.show(listed(p.names.Value.Items))
		cmd = p.describeVisible()
	case described:
		p.show(describe(p.rows, p.descriptions.Value.Items))
		cmd = p.describeNext()
	}
	return tea.Batch(namesCmd, cmd, p.TablePage.Update(msg))
}

func (p *List) show(rows []row) {
	p.rows = rows
	p.SetItems(rows)
}

func (p *List) empty() string {
	if _, problem := p.freshness(); problem != nil {
		return problem.Error()
	}
	if p.hidden() {
		return "no groups that you may describe\nneeds Describe on Group or Cluster"
	}
	return "no groups: nobody consumes from this cluster with a group yet,\nor you may describe none (needs Describe on Cluster or on the group)"
}

// hidden reports whether there may be groups that the user may not describe.
func (p *List) hidden() bool {
	return p.Poll.Value.Hidden != nil || p.names.Value.Hidden != nil
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
		{p.MarkedCount(), "marked", th.Mark},
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
