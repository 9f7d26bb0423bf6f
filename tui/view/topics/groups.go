package topics

import (
	"cmp"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/lagtext"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// newGroups returns the tab with the groups that read a topic.
func newGroups(env page.Env, topic string) page.Page {
	var g *page.TablePage[kafka.Snapshot[groups.Group], groups.Reader]
	g = page.NewTablePage(env, page.TableSpec[kafka.Snapshot[groups.Group], groups.Reader]{
		Title: "Groups", What: "groups", Scope: keymap.Topic, Row: "group",
		Fetch:   env.Client.Groups.WithLag,
		Rows:    func(s kafka.Snapshot[groups.Group]) []groups.Reader { return groups.ReadersByTopic(s.Items)[topic] },
		Missing: func() []error { return []error{g.Poll.Value.Partial} },
		Columns: groupColumns(env), Key: func(r groups.Reader) string { return r.Group.Name },
		Open: func(r groups.Reader) tea.Cmd { return page.Open("group", r.Group.Name) },
		Empty: func() string {
			if g.Poll.Value.Hidden != nil {
				return "no group that you may describe reads this topic\nneeds Describe on Group or Cluster"
			}
			return "no group has committed offsets on this topic or has a member that reads it"
		},
	})
	g.Poll.Timeout = slowTimeout
	return g
}

func groupColumns(env page.Env) []widget.Column[groups.Reader] {
	th := env.Theme
	verdict := func(r groups.Reader) lag.Verdict { return r.Watched.Worst.Verdict }
	return []widget.Column[groups.Reader]{
		{Title: "group", Min: 18, Flex: 1,
			Style: func(groups.Reader) lipgloss.Style { return th.Link },
			Cell:  func(r groups.Reader) string { return r.Group.Name },
			Cmp:   func(a, b groups.Reader) int { return strings.Compare(a.Group.Name, b.Group.Name) }},
		{Title: "type", Min: 8, Drop: 1,
			Cell: func(r groups.Reader) string { return string(r.Group.Type) },
			Cmp:  func(a, b groups.Reader) int { return cmp.Compare(a.Group.Type, b.Group.Type) }},
		{Title: "state", Min: 12,
			Cell:  func(r groups.Reader) string { return cmp.Or(r.Group.State, text.Unknown) },
			Style: func(r groups.Reader) lipgloss.Style { return groupStyle(th, r.Group) },
			Cmp:   func(a, b groups.Reader) int { return strings.Compare(a.Group.State, b.Group.State) }},
		{Title: "members", Right: true, Drop: 2, Descending: true,
			Cell: func(r groups.Reader) string { return text.Count(r.Group.Members) },
			Cmp:  func(a, b groups.Reader) int { return cmp.Compare(a.Group.Members, b.Group.Members) }},
		{Title: "lag here", Min: 10, Right: true, Descending: true,
			Cell:  func(r groups.Reader) string { return lagtext.Sum(r.Lag) },
			Style: func(r groups.Reader) lipgloss.Style { return lagtext.Style(th, r.Lag.Total(), env.LagThreshold) },
			Cmp:   func(a, b groups.Reader) int { return cmp.Compare(a.Lag.Total(), b.Lag.Total()) }},
		{Title: "behind", Min: 8, Right: true, Drop: 3, Descending: true,
			Cell: func(r groups.Reader) string { return lagtext.Delay(r.Watched.Delay) },
			Cmp:  func(a, b groups.Reader) int { return cmp.Compare(a.Watched.Delay.Time, b.Watched.Delay.Time) }},
		{Title: "drain", Min: 7, Right: true, Drop: 4, Descending: true,
			Cell:  func(r groups.Reader) string { return lagtext.Drain(r.Watched.Slowest()) },
			Style: func(r groups.Reader) lipgloss.Style { return lagtext.DrainStyle(th, r.Watched.Slowest()) },
			Cmp:   func(a, b groups.Reader) int { return cmp.Compare(a.Watched.Slowest(), b.Watched.Slowest()) }},
		{Title: "verdict", Min: 9, Descending: true,
			Cell:  func(r groups.Reader) string { return lagtext.Verdict(verdict(r)) },
			Style: func(r groups.Reader) lipgloss.Style { return lagtext.FindingStyle(th, r.Watched.Worst) },
			Cmp:   func(a, b groups.Reader) int { return cmp.Compare(verdict(a), verdict(b)) }},
		{Title: "why", Min: 30, Flex: 2, Drop: 5,
			Cell:  func(r groups.Reader) string { return r.Watched.Worst.Reason() },
			Style: func(groups.Reader) lipgloss.Style { return th.Dim }},
	}
}

// groupStyle colours a group's state: reading, changing hands, or left alone with
// records to read.
func groupStyle(th *theme.Theme, g groups.Group) lipgloss.Style {
	switch {
	case g.Unread(), g.Rebalancing():
		return th.Warn
	case g.State == model.StateStable:
		return th.Good
	}
	return th.Dim
}
