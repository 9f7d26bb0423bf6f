package overview

import (
	"cmp"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/health"
	"github.com/kdeck/kdeck/kafka/topics"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/lagtext"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// panel is one of the tables of the overview.
type panel interface {
	Do(keymap.Action) (handled bool, cmd tea.Cmd)
	Update(tea.Msg) (open bool, cmd tea.Cmd)
	Resize(w, h int)
	View(empty string) string
	Typing() bool
	SetFocus(bool)
	// hasRows reports whether the cursor can stand in the panel.
	hasRows() bool
	// open opens what is under the cursor.
	open() tea.Cmd
}

// list is a panel of typed rows.
type list[T any] struct {
	*page.List[T]
	look func(T) page.Go
}

func (l list[T]) hasRows() bool { return len(l.Items()) > 0 }

func (l list[T]) open() tea.Cmd {
	item, ok := l.Selected()
	if !ok {
		return nil
	}
	if target := l.look(item); target.Screen != "" {
		return page.Ask(target)
	}
	return nil
}

func newProblems(env page.Env) list[health.Finding] {
	table := widget.NewTable(env.Theme, problemKey,
		widget.Column[health.Finding]{
			Title: "What is wrong, worst first", Flex: 1,
			Cell: func(f health.Finding) string { return sign(f.Severity) + " " + f.Sentence },
			Style: func(f health.Finding) lipgloss.Style {
				return severityStyle(env.Theme, f.Severity, env.Theme.Good)
			},
		})
	return list[health.Finding]{page.NewList(env, table, func(f health.Finding) string { return f.Sentence }), look}
}

// sign tells a severity without colour.
func sign(s health.Severity) string {
	switch s {
	case health.Error:
		return "✗"
	case health.Warning:
		return "!"
	case health.Good:
	}
	return "✓"
}

func byLag(a, b groups.Group) int { return cmp.Compare(a.Lag.Total(), b.Lag.Total()) }

func newGroups(env page.Env) list[groups.Group] {
	table := widget.NewTable(env.Theme, func(g groups.Group) string { return g.Name },
		widget.Column[groups.Group]{
			Title: "Most lag", Min: 12, Flex: 1,
			Cell: func(g groups.Group) string { return g.Name },
		},
		widget.Column[groups.Group]{
			Title: "members", Right: true, Drop: 2,
			Cell: func(g groups.Group) string { return text.Count(g.Members) },
			Cmp:  func(a, b groups.Group) int { return cmp.Compare(a.Members, b.Members) }, Descending: true,
		},
		widget.Column[groups.Group]{
			Title: "state", Min: 8, Drop: 1,
			Cell: func(g groups.Group) string { return g.State },
			Style: func(g groups.Group) lipgloss.Style {
				if g.Err == nil && (g.Unread() || g.Rebalancing()) {
					return env.Theme.Warn
				}
				return env.Theme.Dim
			},
		},
		widget.Column[groups.Group]{
			Title: "behind", Min: 8, Right: true, Drop: 3,
			Cell: func(g groups.Group) string { return lagtext.Delay(g.Watched.Delay) },
			Cmp:  func(a, b groups.Group) int { return cmp.Compare(a.Watched.Delay.Time, b.Watched.Delay.Time) }, Descending: true,
		},
		widget.Column[groups.Group]{
			Title: "lag", Min: 10, Right: true,
			Cell:  func(g groups.Group) string { return text.Count(g.Lag.Total()) },
			Style: func(g groups.Group) lipgloss.Style { return lagStyle(env, g) },
			Cmp:   byLag, Descending: true,
		})
	table.SortBy(4, true)
	return list[groups.Group]{
		page.NewList(env, table, func(g groups.Group) string { return g.Name }),
		func(g groups.Group) page.Go { return page.Go{Screen: "group", Args: []string{g.Name}} },
	}
}

// lagStyle colours by verdict where that is bad, and else by the threshold.
func lagStyle(env page.Env, g groups.Group) lipgloss.Style {
	if v := g.Watched.Worst.Verdict; v.Bad() {
		return lagtext.VerdictStyle(env.Theme, v)
	}
	return lagtext.Style(env.Theme, g.Lag.Total(), env.LagThreshold)
}

func newTopics(env page.Env) list[topics.TopicRate] {
	table := widget.NewTable(env.Theme, func(t topics.TopicRate) string { return t.Topic },
		widget.Column[topics.TopicRate]{
			Title: "Busiest topics", Flex: 2,
			Cell: func(t topics.TopicRate) string { return t.Topic },
		},
		widget.Column[topics.TopicRate]{
			Title: "trend", Min: 8, Flex: 1, Drop: 1, Right: true,
			Draw:  func(t topics.TopicRate, width int) string { return widget.Sparkline(t.History, width) },
			Style: func(topics.TopicRate) lipgloss.Style { return env.Theme.Graph },
		},
		widget.Column[topics.TopicRate]{
			Title: "rec/s", Min: 8, Right: true,
			Cell: func(t topics.TopicRate) string { return text.Rate(t.PerSecond) },
			Cmp:  func(a, b topics.TopicRate) int { return cmp.Compare(a.PerSecond, b.PerSecond) }, Descending: true,
		})
	table.SortBy(2, true)
	return list[topics.TopicRate]{
		page.NewList(env, table, func(t topics.TopicRate) string { return t.Topic }),
		func(t topics.TopicRate) page.Go { return page.Go{Screen: "topic", Args: []string{t.Topic}} },
	}
}

// brokerRow is a broker with what the partitions and earlier rounds tell of it.
type brokerRow struct {
	brokers.Broker
	leaders, replicas int // -1 until the partitions are read
	latencies         []float64
}

func newBrokers(env page.Env) list[brokerRow] {
	table := widget.NewTable(env.Theme, func(b brokerRow) string { return strconv.Itoa(int(b.ID)) },
		widget.Column[brokerRow]{
			Title: "Brokers", Right: true,
			Cell: func(b brokerRow) string { return strconv.Itoa(int(b.ID)) },
			Cmp:  func(a, b brokerRow) int { return cmp.Compare(a.ID, b.ID) },
		},
		widget.Column[brokerRow]{
			Title: "state", Min: 9,
			Cell: func(b brokerRow) string { return b.State.String() },
			Style: func(b brokerRow) lipgloss.Style {
				return severityStyle(env.Theme, brokerSeverity(b.Broker), env.Theme.Good)
			},
		},
		widget.Column[brokerRow]{
			Title: "address", Min: 15, Flex: 1, Drop: 2,
			Cell:  func(b brokerRow) string { return b.Address() },
			Style: func(brokerRow) lipgloss.Style { return env.Theme.Dim },
		},
		widget.Column[brokerRow]{
			Title: "leaders", Right: true, Drop: 4, Descending: true,
			Cell: func(b brokerRow) string { return text.Count(b.leaders) },
			Cmp:  func(a, b brokerRow) int { return cmp.Compare(a.leaders, b.leaders) },
		},
		widget.Column[brokerRow]{
			Title: "replicas", Right: true, Drop: 3, Descending: true,
			Cell: func(b brokerRow) string { return text.Count(b.replicas) },
			Cmp:  func(a, b brokerRow) int { return cmp.Compare(a.replicas, b.replicas) },
		},
		widget.Column[brokerRow]{
			Title: "trend", Min: 8, Flex: 1, Drop: 5, Right: true,
			Draw:  func(b brokerRow, width int) string { return widget.Sparkline(b.latencies, width) },
			Style: func(brokerRow) lipgloss.Style { return env.Theme.Graph },
		},
		widget.Column[brokerRow]{
			Title: "latency", Min: 8, Right: true, Drop: 1, Descending: true,
			Cell: func(b brokerRow) string { return text.Duration(b.Latency) },
			Cmp:  func(a, b brokerRow) int { return cmp.Compare(a.Latency, b.Latency) },
			Style: func(b brokerRow) lipgloss.Style {
				if b.Latency >= slow {
					return env.Theme.Warn
				}
				return env.Theme.Text
			},
		})
	return list[brokerRow]{
		page.NewList(env, table, func(b brokerRow) string { return b.Address() }),
		func(b brokerRow) page.Go { return page.Go{Screen: "broker", Args: []string{strconv.Itoa(int(b.ID))}} },
	}
}

// slow is the round trip time from which a broker is coloured: far more than a
// link around the world takes.
const slow = 500 * time.Millisecond

func brokerSeverity(b brokers.Broker) health.Severity {
	if b.State == brokers.Up {
		return health.Good
	}
	return health.Error
}
