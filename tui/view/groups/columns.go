package groups

import (
	"cmp"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/tui/lagtext"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

func listColumns(env page.Env) []widget.Column[row] {
	th := env.Theme
	fresh := func(style lipgloss.Style) func(row) lipgloss.Style {
		return func(r row) lipgloss.Style { return r.style(th, style) }
	}
	return []widget.Column[row]{
		{Title: "group", Min: 22, Flex: 1, Cell: func(r row) string { return r.Name }, Style: fresh(th.Strong),
			Cmp: func(a, b row) int { return strings.Compare(a.Name, b.Name) }},
		{Title: "type", Min: 8, Drop: 4, Cell: func(r row) string { return string(r.Type) }, Style: fresh(th.Dim),
			Cmp: func(a, b row) int { return cmp.Compare(a.Type, b.Type) }},
		{Title: "state", Min: 13, Cell: row.stateText,
			Cmp:   func(a, b row) int { return strings.Compare(a.stateText(), b.stateText()) },
			Style: func(r row) lipgloss.Style { return r.stateStyle(th) }},
		{Title: "members", Right: true, Drop: 3, Cell: func(r row) string { return r.number(int64(r.Members)) }, Style: fresh(th.Text),
			Cmp: func(a, b row) int { return cmp.Compare(a.Members, b.Members) }, Descending: true},
		{Title: "topics", Right: true, Drop: 7, Cell: func(r row) string { return r.number(r.topicCount()) }, Style: fresh(th.Text),
			Cmp: func(a, b row) int { return cmp.Compare(a.topicCount(), b.topicCount()) }, Descending: true},
		{Title: "lag", Min: 12, Right: true, Cell: row.lagText,
			Cmp: func(a, b row) int { return cmp.Compare(a.Lag.Total(), b.Lag.Total()) }, Descending: true,
			Style: func(r row) lipgloss.Style {
				return r.style(th, lagtext.Style(th, r.Lag.Total(), env.LagThreshold))
			}},
		{Title: "behind", Min: 8, Right: true, Drop: 1, Cell: func(r row) string { return r.measured(lagtext.Delay(r.Watched.Delay)) }, Style: fresh(th.Text),
			Cmp: func(a, b row) int { return cmp.Compare(a.Watched.Delay.Time, b.Watched.Delay.Time) }, Descending: true},
		{Title: "drain", Min: 7, Right: true, Drop: 2, Cell: func(r row) string { return r.measured(lagtext.Drain(r.Watched.Slowest())) },
			Cmp: func(a, b row) int { return cmp.Compare(a.Watched.Slowest(), b.Watched.Slowest()) }, Descending: true,
			Style: func(r row) lipgloss.Style { return r.style(th, lagtext.DrainStyle(th, r.Watched.Slowest())) }},
		{Title: "verdict", Min: 9, Cell: func(r row) string { return r.measured(lagtext.Verdict(r.verdict())) },
			Cmp: func(a, b row) int { return cmp.Compare(a.verdict(), b.verdict()) }, Descending: true,
			Style: func(r row) lipgloss.Style { return r.style(th, lagtext.FindingStyle(th, r.Watched.Worst)) }},
		{Title: "history", Min: sparkWidth, Drop: 6, Style: fresh(th.Graph),
			Draw: func(r row, width int) string { return lagtext.Sparkline(r.Watched.History, width) }},
		{Title: "trend", Min: 26, Drop: 5, Cell: func(r row) string { return r.words() },
			Cmp: func(a, b row) int { return cmp.Compare(a.Watched.Rate, b.Watched.Rate) }, Descending: true,
			Style: func(r row) lipgloss.Style { return r.style(th, lagtext.TrendStyle(th, r.Watched.Trend)) }},
		{Title: "coordinator", Right: true, Drop: 8, Cell: func(r row) string { return text.Count(r.Coordinator) }, Style: fresh(th.Dim),
			Cmp: func(a, b row) int { return cmp.Compare(a.Coordinator, b.Coordinator) }},
	}
}

// sparkWidth is one cell for each of the last samples.
const sparkWidth = 12

func (r row) style(th *theme.Theme, fresh lipgloss.Style) lipgloss.Style {
	if r.stale {
		return th.Dim
	}
	return fresh
}

func (r row) number(n int64) string { return r.measured(text.Count(n)) }

// measured is what a row tells once more than its name has been read.
func (r row) measured(s string) string {
	if r.loading {
		return "…"
	}
	return s
}

func (r row) lagText() string { return r.measured(lagtext.Sum(r.Lag) + " " + r.Watched.Arrow()) }

func (r row) words() string {
	if r.stale {
		return ""
	}
	return lagtext.Trend(r.Watched.Trend)
}
