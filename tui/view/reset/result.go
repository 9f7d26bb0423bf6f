package reset

import (
	"cmp"
	"strings"
	"time"

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

// result is the last step: what became of each partition.
type result struct {
	step
	value reset.Result
	at    time.Time
	list  *page.List[reset.RowResult]
}

func resultKey(r reset.RowResult) string { return r.String() }

func newResult(w *wizard) *result {
	r, env := &result{step: step{wizard: w, title: "result"}}, w.env
	table := widget.NewTable(env.Theme, resultKey,
		topicColumn(func(r reset.RowResult) model.TopicPartition { return r.TopicPartition }),
		partColumn(func(r reset.RowResult) model.TopicPartition { return r.TopicPartition }),
		widget.Column[reset.RowResult]{
			Title: "before", Min: 9, Right: true, Drop: 2,
			Cell: func(r reset.RowResult) string { return text.Count(before(r.Row)) },
			Cmp:  func(a, b reset.RowResult) int { return cmp.Compare(before(a.Row), before(b.Row)) },
		},
		widget.Column[reset.RowResult]{
			Title: "wanted", Min: 9, Right: true, Drop: 1,
			Cell: func(r reset.RowResult) string { return text.Count(r.New) },
			Cmp:  func(a, b reset.RowResult) int { return cmp.Compare(a.New, b.New) },
		},
		widget.Column[reset.RowResult]{
			Title: "read back", Min: 9, Right: true,
			Cell: func(r reset.RowResult) string { return text.Count(r.Found) },
			Cmp:  func(a, b reset.RowResult) int { return cmp.Compare(a.Found, b.Found) },
		},
		widget.Column[reset.RowResult]{
			Title: "outcome", Min: 11,
			Cell:  func(r reset.RowResult) string { return sign(r.Outcome) + " " + string(r.Outcome) },
			Cmp:   func(a, b reset.RowResult) int { return cmp.Compare(severity(a.Outcome), severity(b.Outcome)) },
			Style: func(r reset.RowResult) lipgloss.Style { return outcomeStyle(env.Theme, r.Outcome) },
		},
		widget.Column[reset.RowResult]{
			Title: "why", Min: 20, Flex: 3, Drop: 3,
			Cell: why,
		},
	)
	r.list = page.NewList(env, table, resultKey)
	return r
}

// Scope is that of the result.
func (r *result) Scope() keymap.Scope { return keymap.ResetResult }

// Freshness is when it was over.
func (r *result) Freshness() (time.Time, error) { return r.at, nil }

// Typing reports whether the filter is being typed.
func (r *result) Typing() bool { return r.list.Typing() }

// Refuses says why there is nothing to try again.
func (r *result) Refuses(a keymap.Action) string {
	if a == keymap.Retry && r.value.Complete() {
		return "every partition is where it should be"
	}
	return ""
}

// Do carries out an action.
func (r *result) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	if handled, cmd = r.list.Do(a); handled {
		return handled, cmd
	}
	p := r.wizard
	switch a {
	case keymap.Open, keymap.Back:
		return true, page.Ask(page.Back{})
	case keymap.Retry:
		if !p.undo { // an undo is about all that is not as it was
			p.partitions.choose(r.unmoved())
			p.choice = p.partitions.chosen()
		}
		return true, p.look()
	case keymap.UndoReset:
		return true, page.Ask(page.Show{Page: NewUndo(p.env, p.group)}) // over this one, which may be an undo too
	}
	return false, nil
}

// Update takes keys of the filter, and the mouse.
func (r *result) Update(msg tea.Msg) tea.Cmd {
	msg, ok := inside(msg, len(r.head()))
	if !ok {
		return nil
	}
	_, cmd := r.list.Update(msg)
	return cmd
}

// Resize sets the size of the step.
func (r *result) Resize(w, h int) {
	r.w, r.h = w, h
	r.list.Resize(w, r.room(r.head(), r.foot()))
}

// View draws the outcomes.
func (r *result) View() string { return r.frame(r.head(), r.list.View(""), r.foot()) }

func why(r reset.RowResult) string {
	if r.Err == nil {
		return ""
	}
	return r.Err.Error()
}

func sign(o reset.Outcome) string {
	switch o {
	case reset.Applied:
		return "✓"
	case reset.Unchanged:
		return "="
	case reset.Unknown:
		return "?"
	}
	return "✗"
}

// severity sorts what needs a look to the top.
func severity(o reset.Outcome) int {
	switch o {
	case reset.Failed:
		return 0
	case reset.Unknown:
		return 1
	case reset.Applied:
		return 2
	}
	return 3
}

func outcomeStyle(th *theme.Theme, o reset.Outcome) lipgloss.Style {
	switch o {
	case reset.Applied:
		return th.Good
	case reset.Unchanged:
		return th.Dim
	case reset.Unknown:
		return th.Warn
	}
	return th.Bad
}

// outcomeColumn is where set sorts an incomplete result, so that what failed
// stands first.
const outcomeColumn = 5

func (r *result) set(value reset.Result) {
	r.value, r.at = value, time.Now()
	r.list.SetItems(value.Rows)
	if value.Complete() {
		r.list.SortBy(0, false)
	} else {
		r.list.SortBy(outcomeColumn, false)
	}
	r.list.First()
}

// unmoved is the partitions that are not where the plan wanted them.
func (r *result) unmoved() []model.TopicPartition {
	var tps []model.TopicPartition
	for _, row := range r.value.Rows {
		if row.Outcome == reset.Failed || row.Outcome == reset.Unknown {
			tps = append(tps, row.TopicPartition)
		}
	}
	return tps
}

// head counts the outcomes, and says where the old offsets are.
func (r *result) head() []string {
	th, w := r.wizard.env.Theme, r.w
	var parts []string
	for _, o := range []reset.Outcome{reset.Failed, reset.Unknown, reset.Applied, reset.Unchanged} {
		if n := r.value.Count(o); n > 0 {
			parts = append(parts, outcomeStyle(th, o).Render(sign(o)+" "+text.Count(n)+" "+string(o)))
		}
	}
	lines := []string{" " + strings.Join(parts, th.Dim.Render("   "))}
	if r.value.Unnoted != nil {
		lines = append(lines, wrap(th.Warn, r.value.Unnoted.Error(), w)...)
	}
	if r.value.ReadBack != nil {
		lines = append(lines, wrap(th.Bad, "could not be read back: "+r.value.ReadBack.Error(), w)...)
	}
	lines = append(lines, wrap(th.Dim, "old offsets: "+r.value.Saved, w)...)
	if !r.value.Complete() {
		lines = append(lines, " "+th.Key.Render("n")+th.Text.Render(" goes on with the rest, ")+th.Key.Render("u")+th.Text.Render(" goes back to the old offsets"))
	}
	return lines
}

// foot is why the row under the cursor is as it is, whole.
func (r *result) foot() []string {
	row, ok := r.list.Selected()
	if !ok || row.Err == nil {
		return []string{""}
	}
	return wrap(r.wizard.env.Theme.Bad, resultKey(row)+": "+row.Err.Error(), r.w)
}
