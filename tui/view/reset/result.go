package reset

import (
	"cmp"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// result is the last step: what became of each partition.
type result struct {
	step
	value written
	at    time.Time
	list  *page.List[resultRow]
}

// resultRow is what became of one partition.
type resultRow = change.Item[groups.ResetRow]

func resultKey(r resultRow) string { return r.Row.Subject() }

func newResult(w *wizard) *result {
	r, env := &result{step: step{wizard: w, title: "result"}}, w.env
	table := widget.NewTable(env.Theme, resultKey,
		topicColumn(func(r resultRow) model.TopicPartition { return r.Row.TopicPartition }),
		partColumn(func(r resultRow) model.TopicPartition { return r.Row.TopicPartition }),
		widget.Column[resultRow]{
			Title: "before", Min: 9, Right: true, Drop: 2,
			Cell: func(r resultRow) string { return text.Count(before(r.Row.Row)) },
			Cmp:  func(a, b resultRow) int { return cmp.Compare(before(a.Row.Row), before(b.Row.Row)) },
		},
		widget.Column[resultRow]{
			Title: "wanted", Min: 9, Right: true, Drop: 1,
			Cell: func(r resultRow) string { return text.Count(r.Row.New) },
			Cmp:  func(a, b resultRow) int { return cmp.Compare(a.Row.New, b.Row.New) },
		},
		widget.Column[resultRow]{
			Title: "read back", Min: 9, Right: true,
			Cell: func(r resultRow) string { return text.Count(r.Row.Found) },
			Cmp:  func(a, b resultRow) int { return cmp.Compare(a.Row.Found, b.Row.Found) },
		},
		widget.Column[resultRow]{
			Title: "outcome", Min: 11,
			Cell:  func(r resultRow) string { return sign(r.Outcome) + " " + string(r.Outcome) },
			Cmp:   func(a, b resultRow) int { return cmp.Compare(severity(a.Outcome), severity(b.Outcome)) },
			Style: func(r resultRow) lipgloss.Style { return outcomeStyle(env.Theme, r.Outcome) },
		},
		widget.Column[resultRow]{
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
	if a == keymap.Retry && r.complete() {
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

func why(r resultRow) string {
	if r.Err == nil {
		return ""
	}
	return r.Err.Error()
}

func sign(o model.Outcome) string {
	switch o {
	case model.Done:
		return "✓"
	case model.Unchanged:
		return "="
	case model.Unknown:
		return "?"
	}
	return "✗"
}

// severity sorts what needs a look to the top.
func severity(o model.Outcome) int {
	switch o {
	case model.Refused:
		return 0
	case model.Unknown:
		return 1
	case model.Done:
		return 2
	}
	return 3
}

func outcomeStyle(th *theme.Theme, o model.Outcome) lipgloss.Style {
	switch o {
	case model.Done:
		return th.Good
	case model.Unchanged:
		return th.Dim
	case model.Unknown:
		return th.Warn
	}
	return th.Bad
}

// outcomeColumn is where set sorts an incomplete result, so that what failed
// stands first.
const outcomeColumn = 5

func (r *result) set(value written) {
	r.value, r.at = value, time.Now()
	r.list.SetItems(value.Items())
	if r.complete() {
		r.list.SortBy(0, false)
	} else {
		r.list.SortBy(outcomeColumn, false)
	}
	r.list.First()
}

// complete reports whether every partition is where the plan wanted it.
func (r *result) complete() bool { return r.value.Tally().Left() == 0 }

// unmoved is the partitions that are not where the plan wanted them.
func (r *result) unmoved() []model.TopicPartition {
	var tps []model.TopicPartition
	for _, row := range r.value.Items() {
		if row.Outcome == model.Refused || row.Outcome == model.Unknown {
			tps = append(tps, row.Row.TopicPartition)
		}
	}
	return tps
}

// head counts the outcomes, and says where the old offsets are.
func (r *result) head() []string {
	th, w := r.wizard.env.Theme, r.w
	var parts []string
	t := r.value.Tally()
	for _, count := range []struct {
		of model.Outcome
		n  int
	}{{model.Refused, t.Refused}, {model.Unknown, t.Unknown}, {model.Done, t.Done}, {model.Unchanged, t.Unchanged}} {
		if count.n > 0 {
			parts = append(parts, outcomeStyle(th, count.of).Render(sign(count.of)+" "+text.Count(count.n)+" "+string(count.of)))
		}
	}
	lines := []string{" " + strings.Join(parts, th.Dim.Render("   "))}
	for _, part := range r.value.Parts {
		if part.Unnoted != nil {
			lines = append(lines, wrap(th.Warn, part.Unnoted.Error(), w)...)
		}
		lines = append(lines, wrap(th.Dim, "old offsets: "+part.Saved, w)...)
	}
	if !r.complete() {
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
