package reset

import (
	"cmp"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// previewTab is one of the tables of the preview: the partitions, the sums of the
// topics, and what is left alone, when anything is.
type previewTab interface {
	page.Page
	// about is what there is to say of the row under the cursor, in lines of w cells.
	about(w int) []string
}

// tab is a table of items of the plan.
type tab[T any] struct {
	*page.TablePage[reset.Plan, T]
	describe func(item T, w int) []string
}

func (t tab[T]) about(w int) []string {
	item, ok := t.Selected()
	if !ok {
		return []string{""}
	}
	return t.describe(item, w)
}

// rowsTab is the partitions.
type rowsTab = tab[reset.Row]

func newTab[T any](env page.Env, title string, key func(T) string, columns []widget.Column[T], describe func(T, int) []string) *tab[T] {
	return &tab[T]{page.NewTablePage(env, page.TableSpec[reset.Plan, T]{
		Title: title, Counted: true, Scope: keymap.ResetPreview, Columns: columns, Key: key,
	}), describe}
}

// setTabs makes the tabs of the plan.
func (p *preview) setTabs() {
	topics := p.newTopicsTab()
	topics.SetItems(p.plan.ByTopic())
	tabs := []page.Page{p.rows, topics}
	if len(p.plan.Alone) > 0 {
		alone := p.newAloneTab()
		alone.SetItems(p.plan.Alone)
		tabs = append(tabs, alone)
	}
	p.tabs.Set(tabs...)
}

func newRowsTab(p *preview) *rowsTab {
	env := p.wizard.env
	number := func(title string, drop int, of func(reset.Row) int64) widget.Column[reset.Row] {
		return widget.Column[reset.Row]{
			Title: title, Min: 9, Right: true, Drop: drop, Descending: true,
			Cell: func(r reset.Row) string { return text.Count(of(r)) },
			Cmp:  func(a, b reset.Row) int { return cmp.Compare(of(a), of(b)) },
		}
	}
	return newTab(env, "partitions", rowKey, []widget.Column[reset.Row]{
		topicColumn(func(r reset.Row) model.TopicPartition { return r.TopicPartition }),
		partColumn(func(r reset.Row) model.TopicPartition { return r.TopicPartition }),
		number("before", 0, before),
		number("after", 0, func(r reset.Row) int64 { return r.New }),
		{
			Title: "delta", Min: 15, Right: true, Descending: true,
			Cell:  delta,
			Cmp:   func(a, b reset.Row) int { return cmp.Compare(distance(a), distance(b)) },
			Style: func(r reset.Row) lipgloss.Style { return deltaStyle(env.Theme, r) },
		},
		number("lag after", 2, reset.Row.LagAfter),
		{
			Title: "record of (UTC)", Min: 19, Drop: 3,
			Cell: p.times.text, Cmp: p.times.compare,
			Style: func(reset.Row) lipgloss.Style { return env.Theme.Dim },
		},
		{
			Title: "!", Min: 1, Descending: true,
			Cell:  func(r reset.Row) string { return strings.Repeat("!", min(1, len(r.Warnings))) },
			Cmp:   func(a, b reset.Row) int { return cmp.Compare(len(a.Warnings), len(b.Warnings)) },
			Style: func(reset.Row) lipgloss.Style { return env.Theme.Warn },
		},
		{
			Title: "warning", Min: 20, Flex: 6, Drop: 4,
			Cell:  func(r reset.Row) string { return strings.Join(r.Warnings, "; ") },
			Style: func(reset.Row) lipgloss.Style { return env.Theme.Warn },
		},
	}, p.aboutRow)
}

// aboutRow is the warnings of a row, or where its log begins and ends.
func (p *preview) aboutRow(r reset.Row, w int) []string {
	th := p.wizard.env.Theme
	if len(r.Warnings) > 0 {
		return wrap(th.Warn, "! "+rowKey(r)+": "+strings.Join(r.Warnings, "; ")+p.record(r), w)
	}
	line := rowKey(r) + ": log " + text.Count(r.LogStart) + " to " + text.Count(r.LogEnd) + p.record(r)
	if lost := r.LostMetadata(); lost != "" {
		line += "; the metadata of the old commit is dropped: " + lost
	}
	return wrap(th.Dim, line, w)
}

// newTopicsTab returns the sums of every topic.
func (p *preview) newTopicsTab() *tab[reset.TopicTotals] {
	number := func(title string, drop int, of func(reset.TopicTotals) int64) widget.Column[reset.TopicTotals] {
		return widget.Column[reset.TopicTotals]{
			Title: title, Min: 9, Right: true, Drop: drop, Descending: true,
			Cell: func(t reset.TopicTotals) string { return text.Count(of(t)) },
			Cmp:  func(a, b reset.TopicTotals) int { return cmp.Compare(of(a), of(b)) },
		}
	}
	key := func(t reset.TopicTotals) string { return t.Topic }
	return newTab(p.wizard.env, "topics", key, []widget.Column[reset.TopicTotals]{
		{
			Title: "topic", Min: 8, Flex: 1, Cell: key,
			Cmp: func(a, b reset.TopicTotals) int { return cmp.Compare(a.Topic, b.Topic) },
		},
		number("parts", 0, func(t reset.TopicTotals) int64 { return int64(t.Partitions) }),
		number("replays", 0, func(t reset.TopicTotals) int64 { return t.Replays }),
		number("skips", 0, func(t reset.TopicTotals) int64 { return t.Skips }),
		number("lag before", 2, func(t reset.TopicTotals) int64 { return t.LagBefore }),
		number("lag after", 1, func(t reset.TopicTotals) int64 { return t.LagAfter }),
	}, func(t reset.TopicTotals, w int) []string {
		return wrap(p.wizard.env.Theme.Dim, t.Topic+": "+plural(t.Partitions, "partition")+", "+plural(t.Changed, "offset")+" written, "+plural(t.Warned, "partition")+" with warnings", w)
	})
}

// newAloneTab returns the partitions that stay as they are.
func (p *preview) newAloneTab() *tab[reset.Alone] {
	warn := p.wizard.env.Theme.Warn
	key := func(a reset.Alone) string { return a.String() }
	return newTab(p.wizard.env, "left alone", key, []widget.Column[reset.Alone]{
		topicColumn(func(a reset.Alone) model.TopicPartition { return a.TopicPartition }),
		partColumn(func(a reset.Alone) model.TopicPartition { return a.TopicPartition }),
		{
			Title: "why", Min: 20, Flex: 3, Cell: func(a reset.Alone) string { return a.Why },
			Style: func(reset.Alone) lipgloss.Style { return warn },
		},
	}, func(a reset.Alone, w int) []string { return wrap(warn, a.String()+": "+a.Why, w) })
}
