package groups

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/lagtext"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// Detail is the screen of one group: what it is and how its lag moves, and two
// tables, of its partitions and of its members.
type Detail struct {
	env   page.Env
	group string
	poll  page.Poll[groups.Detail]
	parts *partitions
	tabs  []tab
	tab   int
	w, h  int
}

// tab is one of the tables.
type tab interface {
	table
	// title is what stands on the tab.
	title() string
	// show takes in a fresh answer.
	show(d groups.Detail)
	// about is the sentence on what is under the cursor.
	about() string
	// act carries out an action on what is under the cursor.
	act(a keymap.Action) tea.Cmd
	// refuses says why an action does not apply, or "".
	refuses(a keymap.Action) string
	// removal is the page that asks before what is under the cursor is removed.
	removal(env page.Env, d groups.Detail) page.Page
	// refusesRemoval says why that cannot be, or "".
	refusesRemoval(d groups.Detail) string
	// empty says why there are no rows.
	empty(d groups.Detail) string
}

// table is what page.List does for any kind of row.
type table interface {
	Do(a keymap.Action) (handled bool, cmd tea.Cmd)
	Update(msg tea.Msg) (open bool, cmd tea.Cmd)
	Typing() bool
	Resize(w, h int)
	View(empty string) string
}

var (
	_ page.Page   = (*Detail)(nil)
	_ page.Live   = (*Detail)(nil)
	_ page.Typist = (*Detail)(nil)
	_ page.Picky  = (*Detail)(nil)
)

// detailHead is the lines above the tables of a group: what it is, and the tabs.
// storyLines is those below, which tell of one partition all that the columns have
// no room for at 80 columns.
const (
	detailHead = 2
	storyLines = 3
)

// NewDetail returns the screen of a group, by its name.
func NewDetail(env page.Env, group string) *Detail {
	p := &Detail{env: env, group: group, parts: newPartitions(env)}
	p.tabs = []tab{p.parts, newMembers(env)}
	p.poll.Fetch = p.question()
	p.poll.Timeout, p.poll.Pace = listTimeout, detailPace
	return p
}

// rebalancePace is the time between two looks at a group that rebalances, which
// takes a few seconds.
const rebalancePace = time.Second

func detailPace(d groups.Detail, took time.Duration) time.Duration {
	if d.Group.Rebalancing() {
		return max(rebalancePace, 2*took)
	}
	return max(leastPace, 2*took)
}

// question asks for the group, with the next records of the partitions that are on
// the screen now.
func (p *Detail) question() func(context.Context) (groups.Detail, error) {
	client, group, shown := p.env.Client, p.group, p.parts.onScreen()
	return func(ctx context.Context) (groups.Detail, error) { return client.Groups.Detail(ctx, group, shown...) }
}

// Title is the page's part of the breadcrumb.
func (p *Detail) Title() string { return p.group }

// Scope says which key bindings hold.
func (p *Detail) Scope() keymap.Scope { return keymap.Group }

// Start asks for the group.
func (p *Detail) Start(ctx context.Context) tea.Cmd { return p.poll.Start(ctx) }

// Freshness is that of the group.
func (p *Detail) Freshness() (time.Time, error) {
	return p.poll.Freshness(p.poll.Value.Partial)
}

// Typing reports whether a filter is being typed.
func (p *Detail) Typing() bool { return p.tabs[p.tab].Typing() }

// Refuses says what does not apply to what is under the cursor.
func (p *Detail) Refuses(a keymap.Action) string {
	d := p.poll.Value
	switch a {
	case keymap.ResetOffsets, keymap.UndoReset, keymap.DeleteGroup, keymap.Remove:
		if !p.poll.Loaded() {
			return "the group has not been read yet"
		}
	}
	switch a {
	case keymap.ResetOffsets, keymap.UndoReset:
		return refuseReset(d.Group.Type)
	case keymap.DeleteGroup:
		return refuseDeletion(d.Group)
	case keymap.Remove:
		return p.tabs[p.tab].refusesRemoval(d)
	}
	return p.tabs[p.tab].refuses(a)
}

// Do carries out an action: the page turns tabs and starts the reset, and the
// shown table does the rest.
func (p *Detail) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.NextTab, keymap.PrevTab:
		p.tab = (p.tab + 1) % len(p.tabs) // of two tabs, the next is the previous
		return true, nil
	case keymap.Refresh:
		return true, p.poll.Refresh()
	case keymap.ResetOffsets:
		return true, page.Open("reset", p.group)
	case keymap.UndoReset:
		return true, page.Open("undo-reset", p.group)
	case keymap.DeleteGroup:
		return true, page.Ask(page.Show{Page: deletion(p.env, []string{p.group})})
	case keymap.Remove:
		return true, page.Ask(page.Show{Page: p.tabs[p.tab].removal(p.env, p.poll.Value)})
	case keymap.Open, keymap.TailTopic:
		return true, p.tabs[p.tab].act(a)
	}
	return p.tabs[p.tab].Do(a)
}

// Update takes in answers, and hands everything else to the shown table.
func (p *Detail) Update(msg tea.Msg) tea.Cmd {
	if p.poll.Loaded() {
		p.poll.Fetch = p.question()
	}
	arrived, cmd := p.poll.Update(msg)
	if arrived && p.poll.Err == nil {
		for _, t := range p.tabs {
			t.show(p.poll.Value)
		}
	}
	if click, ok := msg.(page.Click); ok {
		if click.Y == detailHead-1 {
			if i := widget.TabAt(p.titles(), click.X-1); i >= 0 {
				p.tab = i
			}
			return cmd
		}
		click.Y -= detailHead
		msg = click
	}
	open, own := p.tabs[p.tab].Update(msg)
	if open && p.Refuses(keymap.Open) == "" {
		own = p.tabs[p.tab].act(keymap.Open)
	}
	return tea.Batch(cmd, own)
}

// Resize sets the size of the page.
func (p *Detail) Resize(w, h int) {
	p.w, p.h = w, h
	for _, t := range p.tabs {
		t.Resize(w, h-detailHead-storyLines)
	}
}

// View draws the group.
func (p *Detail) View() string {
	th := p.env.Theme
	if !p.poll.Loaded() {
		if p.poll.Err != nil {
			return widget.Center(th.Bad.Render(text.Clean(p.poll.Err.Error())), p.w, p.h)
		}
		return widget.Center(th.Dim.Render("loading group "+text.Clean(p.group)+" …"), p.w, p.h)
	}
	shown := p.tabs[p.tab]
	return strings.Join([]string{
		p.summaryLine(),
		p.tabLine(),
		shown.View(text.Clean(shown.empty(p.poll.Value))),
		foot(th, shown.about(), p.w, storyLines),
	}, "\n")
}

func (p *Detail) titles() []string {
	titles := make([]string, len(p.tabs))
	for i, t := range p.tabs {
		titles[i] = t.title()
	}
	return titles
}

// tabLine is the tabs, and on the right where the lag is going, once that can be
// told: in as many words as there is room for.
func (p *Detail) tabLine() string {
	tabs := " " + widget.Tabs(p.env.Theme, p.titles(), p.tab)
	room := p.w - lipgloss.Width(tabs) - 3
	for _, going := range p.going() {
		if w := lipgloss.Width(going); w <= room {
			return tabs + strings.Repeat(" ", 2+room-w) + going + " "
		}
	}
	return text.Cut(tabs, p.w)
}

// going is where the lag is going, the longest way to say it first.
func (p *Detail) going() []string {
	th, watched := p.env.Theme, p.poll.Value.Group.Watched
	if watched.Direction == lag.Undecided {
		return nil
	}
	trend := lagtext.TrendStyle(th, watched.Trend).Render(watched.Arrow() + " " + lagtext.Trend(watched.Trend))
	long := trend
	if drain := watched.Slowest(); drain > 0 {
		long += th.Dim.Render(", drain " + lagtext.Drain(drain))
	}
	spark := lagtext.Sparkline(watched.History, sparkWidth)
	if spark == "" {
		spark = "measuring …"
	}
	return []string{th.Graph.Render(spark) + " " + long, long, trend}
}

// summaryLine says what the group is, how it is, and how far behind: the state in
// few words where many would leave no room for the rest.
func (p *Detail) summaryLine() string {
	long := " " + p.summary(stateSentence(p.poll.Value, "rebalance in progress: "+text.Clean(p.poll.Value.Group.State)))
	if lipgloss.Width(long) <= p.w {
		return long
	}
	return text.Cut(" "+p.summary(stateSentence(p.poll.Value, "rebalancing")), p.w)
}

func (p *Detail) summary(state string) string {
	th, d := p.env.Theme, p.poll.Value
	g := d.Group
	var gone *groups.NoGroupError
	parts := []string{th.Strong.Render(string(g.Type))}
	if errors.As(p.poll.Err, &gone) {
		parts = append(parts, th.Danger.Render("DELETED"))
	} else {
		parts = append(parts, stateStyle(th, g).Render(state))
	}
	if v := g.Watched.Worst.Verdict; v > lag.Measuring {
		parts = append(parts, lagtext.VerdictStyle(th, v).Render(v.String()))
	}
	parts = append(parts, th.Dim.Render("lag ")+lagtext.Style(th, g.Lag.Total(), p.env.LagThreshold).Render(lagtext.Sum(g.Lag))+th.Dim.Render(lagNote(g.Lag)))
	if d.Hidden != nil {
		parts[len(parts)-1] += th.Dim.Render(" on topics you may describe")
	}
	if g.Members >= 0 {
		parts = append(parts, th.Text.Render(text.Plural(g.Members, "member")))
	}
	parts = append(parts, th.Dim.Render(fmt.Sprintf("coordinator %d", g.Coordinator)))
	if d.Assignor != "" {
		parts = append(parts, th.Dim.Render(text.Clean(d.Assignor)))
	}
	if d.Epoch >= 0 {
		parts = append(parts, th.Dim.Render(epochText(d)))
	}
	return strings.Join(parts, th.Border.Render(" · "))
}

func stateSentence(d groups.Detail, rebalancing string) string {
	g := d.Group
	switch {
	case g.Rebalancing():
		return rebalancing + pendingSentence(d)
	case g.Unread():
		return "Empty, nobody reads"
	case g.State == "":
		return "state unknown"
	}
	return text.Clean(g.State)
}

// pendingSentence says how far a rebalance has come.
func pendingSentence(d groups.Detail) string {
	members, partitions := d.Pending()
	switch {
	case members == 0:
		return ""
	case partitions == 0:
		return fmt.Sprintf(", %d of %d wait", members, len(d.Members))
	}
	return fmt.Sprintf(", %d of %d wait for %s", members, len(d.Members), text.Plural(partitions, "partition"))
}

// lagNote says how many partitions are missing from a total.
func lagNote(s lag.Sum) string {
	if s.Unknown == 0 {
		return ""
	}
	return " (" + text.Count(s.Unknown) + " unknown)"
}

// epochText is the epochs of a KIP-848 or KIP-932 group: they differ while the
// assignment has not followed the group yet.
func epochText(d groups.Detail) string {
	if d.AssignmentEpoch != d.Epoch {
		return fmt.Sprintf("epoch %d, assignment %d", d.Epoch, d.AssignmentEpoch)
	}
	return fmt.Sprintf("epoch %d", d.Epoch)
}
