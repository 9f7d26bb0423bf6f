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
)

// Detail is the screen of one group: what it is and how its lag moves, and two
// tables, of its partitions and of its members.
type Detail struct {
	*page.Detail[groups.Detail]
	env        page.Env
	group      string
	partitions *partitions
	w          int
}

// aboutLines tell of one row all that its columns have no room for at 80 columns.
const aboutLines = 3

// NewDetail returns the screen of a group, by its name.
func NewDetail(env page.Env, group string) *Detail {
	p := &Detail{env: env, group: group, partitions: newPartitions(env)}
	members := newMembers(env)
	p.Detail = page.NewDetail(env, page.DetailSpec[groups.Detail]{
		Title: group, What: "group " + group, Scope: keymap.Group,
		Fetch:   p.question(),
		Missing: func() []error { return []error{p.Poll.Value.Partial} },
		Show: func(d groups.Detail) {
			p.partitions.show(d)
			members.show(d)
		},
		Head: func() []string { return []string{p.summaryLine()} }, HeadLines: 1,
	}, p.partitions, members)
	p.Tabs.Right = p.going
	p.Poll.Timeout, p.Poll.Pace = listTimeout, detailPace
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
	client, group, shown := p.env.Client, p.group, p.partitions.onScreen()
	return func(ctx context.Context) (groups.Detail, error) { return client.Groups.Detail(ctx, group, shown...) }
}

// Refuses says what does not apply to the group, or to what is under the cursor.
func (p *Detail) Refuses(a keymap.Action) string {
	group := p.Poll.Value.Group
	switch a {
	case keymap.ResetOffsets, keymap.UndoReset, keymap.DeleteGroup, keymap.Remove:
		if !p.Poll.Loaded() {
			return "the group has not been read yet"
		}
	}
	switch a {
	case keymap.ResetOffsets, keymap.UndoReset:
		return refuseReset(group.Type)
	case keymap.DeleteGroup:
		return why(groups.RefuseDeletion(group))
	}
	return p.Detail.Refuses(a)
}

// Do carries out an action on the group; the tab that shows does the rest.
func (p *Detail) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.ResetOffsets:
		return true, page.Open("reset", p.group)
	case keymap.UndoReset:
		return true, page.Open("undo-reset", p.group)
	case keymap.DeleteGroup:
		return true, page.Ask(page.Show{Page: deletion(p.env, []string{p.group})})
	}
	return p.Detail.Do(a)
}

// Update takes in answers. The next question is about the partitions that are on the
// screen then.
func (p *Detail) Update(msg tea.Msg) tea.Cmd {
	if p.Poll.Loaded() {
		p.Poll.Fetch = p.question()
	}
	return p.Detail.Update(msg)
}

// Resize sets the size of the page.
func (p *Detail) Resize(w, h int) {
	p.w = w
	p.Detail.Resize(w, h)
}

// going is where the lag is going, the longest way to say it first.
func (p *Detail) going() []string {
	th, watched := p.env.Theme, p.Poll.Value.Group.Watched
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
	long := p.summary(stateSentence(p.Poll.Value, "rebalance in progress: "+text.Clean(p.Poll.Value.Group.State)))
	if lipgloss.Width(long) < p.w {
		return long
	}
	return p.summary(stateSentence(p.Poll.Value, "rebalancing"))
}

func (p *Detail) summary(state string) string {
	th, d := p.env.Theme, p.Poll.Value
	g := d.Group
	var gone *groups.NoGroupError
	parts := []string{th.Strong.Render(string(g.Type))}
	if errors.As(p.Poll.Err, &gone) {
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
