package reset

import (
	"cmp"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// previewTab is one of the tables of the preview: the partitions, the sums of the
// topics, and what is left alone, when anything is.
type previewTab struct {
	table
	title string
	foot  func(th *theme.Theme, w int) []string // nil on the first
}

// table is what page.List does for any kind of row.
type table interface {
	Do(a keymap.Action) (handled bool, cmd tea.Cmd)
	Update(msg tea.Msg) (open bool, cmd tea.Cmd)
	Typing() bool
	Resize(w, h int)
	View(empty string) string
}

// setTabs makes the tabs of the plan.
func (p *preview) setTabs() {
	topics := p.topicList()
	p.tabs = []previewTab{
		{table: p.list, title: "partitions (" + text.Count(len(p.plan.Rows)) + ")"},
		{table: topics, title: "topics (" + text.Count(p.sums.Topics) + ")", foot: func(th *theme.Theme, w int) []string {
			t, ok := topics.Selected()
			if !ok {
				return []string{""}
			}
			return wrap(th.Dim, t.Topic+": "+plural(t.Partitions, "partition")+", "+plural(t.Changed, "offset")+" written, "+plural(t.Warned, "partition")+" with warnings", w)
		}},
	}
	if len(p.plan.Alone) > 0 {
		alone := p.aloneList()
		p.tabs = append(p.tabs, previewTab{table: alone, title: "left alone (" + text.Count(len(p.plan.Alone)) + ")", foot: func(th *theme.Theme, w int) []string {
			a, ok := alone.Selected()
			if !ok {
				return []string{""}
			}
			return wrap(th.Warn, a.String()+": "+a.Why, w)
		}})
	}
	p.tab = min(p.tab, len(p.tabs)-1)
}

// nextTab shows the next table.
func (p *preview) nextTab() { p.tab = (p.tab + 1) % len(p.tabs) }

func (p *preview) tabLine(th *theme.Theme) string {
	titles := make([]string, len(p.tabs))
	for i, t := range p.tabs {
		titles[i] = t.title
	}
	return " " + widget.Tabs(th, titles, p.tab)
}

func (p *preview) resize(w, h int) {
	for _, t := range p.tabs {
		t.Resize(w, h)
	}
}

// topicList is the sums of every topic.
func (p *preview) topicList() *page.List[reset.TopicTotals] {
	number := func(title string, drop int, of func(reset.TopicTotals) int64) widget.Column[reset.TopicTotals] {
		return widget.Column[reset.TopicTotals]{
			Title: title, Min: 9, Right: true, Drop: drop, Descending: true,
			Cell: func(t reset.TopicTotals) string { return text.Count(of(t)) },
			Cmp:  func(a, b reset.TopicTotals) int { return cmp.Compare(of(a), of(b)) },
		}
	}
	key := func(t reset.TopicTotals) string { return t.Topic }
	list := page.NewList(p.env, widget.NewTable(p.env.Theme, key,
		widget.Column[reset.TopicTotals]{
			Title: "topic", Min: 8, Flex: 1, Cell: key,
			Cmp: func(a, b reset.TopicTotals) int { return cmp.Compare(a.Topic, b.Topic) },
		},
		number("parts", 0, func(t reset.TopicTotals) int64 { return int64(t.Partitions) }),
		number("replays", 0, func(t reset.TopicTotals) int64 { return t.Replays }),
		number("skips", 0, func(t reset.TopicTotals) int64 { return t.Skips }),
		number("lag before", 2, func(t reset.TopicTotals) int64 { return t.LagBefore }),
		number("lag after", 1, func(t reset.TopicTotals) int64 { return t.LagAfter }),
	), key)
	list.SetItems(p.plan.ByTopic())
	return list
}

// aloneList is the partitions that stay as they are.
func (p *preview) aloneList() *page.List[reset.Alone] {
	key := func(a reset.Alone) string { return a.String() }
	list := page.NewList(p.env, widget.NewTable(p.env.Theme, key,
		topicColumn(func(a reset.Alone) model.TopicPartition { return a.TopicPartition }),
		partColumn(func(a reset.Alone) model.TopicPartition { return a.TopicPartition }),
		widget.Column[reset.Alone]{
			Title: "why", Min: 20, Flex: 3, Cell: func(a reset.Alone) string { return a.Why },
			Style: func(reset.Alone) lipgloss.Style { return p.env.Theme.Warn },
		},
	), key)
	list.SetItems(p.plan.Alone)
	return list
}
