package reset

import (
	"cmp"
	"context"
	"path/filepath"
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

// preview is the third step: every partition before and after. What it shows is
// the plan that is written, to the letter.
type preview struct {
	step
	poll  *page.Poll[planned]
	how   reset.Strategy
	plan  reset.Plan
	sums  reset.Totals
	err   error // why there is no plan
	times times
	tabs  *page.Tabs
	rows  *rowsTab // the first of the tabs
}

// planned is a plan, or why there is none: a refusal is an answer too, and stands
// until the user asks again.
type planned struct {
	plan reset.Plan
	err  error
}

func rowKey(r reset.Row) string { return r.String() }

func newPreview(w *wizard) *preview {
	p := &preview{step: step{wizard: w, title: "preview"}, poll: &page.Poll[planned]{}}
	p.rows = newRowsTab(p)
	p.tabs = page.NewTabs(w.env, p.rows)
	return p
}

// Scope is that of the preview.
func (p *preview) Scope() keymap.Scope { return keymap.ResetPreview }

// Start asks again where there is no plan yet.
func (p *preview) Start(ctx context.Context) tea.Cmd { return p.poll.Start(ctx) }

// Freshness is that of the plan; its problems stand in the body.
func (p *preview) Freshness() (time.Time, error) { return p.poll.At, nil }

// Typing reports whether a filter is being typed.
func (p *preview) Typing() bool { return p.tabs.Typing() }

// Refuses says why the plan cannot be confirmed.
func (p *preview) Refuses(a keymap.Action) string {
	if a != keymap.Open {
		return ""
	}
	switch {
	case p.err != nil:
		return reason(p.err, p.wizard.group)
	case len(p.plan.Rows) == 0:
		return "the plan is not made yet"
	case p.sums.Changed == 0:
		return "every partition is there already; there is nothing to write"
	}
	return ""
}

// Do carries out an action: enter goes on to the confirmation.
func (p *preview) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	if handled, cmd = p.tabs.Do(a); handled {
		return handled, tea.Batch(cmd, p.lookAtRecords())
	}
	switch a {
	case keymap.Open:
		return true, p.wizard.To(p.wizard.confirm)
	case keymap.Refresh:
		return true, p.poll.Refresh()
	}
	return false, nil
}

// Update takes keys of the filter, and the mouse.
func (p *preview) Update(msg tea.Msg) tea.Cmd {
	msg, ok := inside(msg, len(p.head()))
	if !ok {
		return nil
	}
	return tea.Batch(p.tabs.Update(msg), p.lookAtRecords())
}

// lookAtRecords asks when the records at the new offsets of the rows on the screen
// were written.
func (p *preview) lookAtRecords() tea.Cmd {
	if p.wizard.Step() != page.Page(p) || p.tabs.Shown() != page.Page(p.rows) {
		return nil
	}
	p.wizard.Layout()
	return p.times.look(p.wizard.ctx, p.wizard.env.Client, p.rows.Visible())
}

// topicColumn and partColumn are the first columns of every table of partitions.
func topicColumn[T any](of func(T) model.TopicPartition) widget.Column[T] {
	return widget.Column[T]{
		Title: "topic", Min: 8, Flex: 2,
		Cell: func(item T) string { return of(item).Topic },
		Cmp:  func(a, b T) int { return of(a).Compare(of(b)) },
	}
}

func partColumn[T any](of func(T) model.TopicPartition) widget.Column[T] {
	return widget.Column[T]{
		Title: "part", Right: true,
		Cell: func(item T) string { return text.Count(of(item).Partition) },
		Cmp:  func(a, b T) int { return cmp.Compare(of(a).Partition, of(b).Partition) },
	}
}

func before(r reset.Row) int64 {
	if !r.HasCurrent {
		return model.NoOffset
	}
	return r.Current.Offset
}

// distance is how many offsets are replayed (positive) or skipped (negative).
func distance(r reset.Row) int64 { return r.Replays() - r.Skips() }

func delta(r reset.Row) string {
	switch d := distance(r); {
	case !r.Changes():
		return "unchanged"
	case r.Deletes():
		return "deletes it"
	case !r.HasCurrent:
		return "new commit"
	case d > 0:
		return "replays " + text.Count(d)
	case d < 0:
		return "skips " + text.Count(-d)
	}
	return "no records"
}

func deltaStyle(th *theme.Theme, r reset.Row) lipgloss.Style {
	switch {
	case !r.Changes():
		return th.Dim
	case r.Skips() > 0:
		return th.Warn
	}
	return th.Text
}

// ask asks for a new plan.
func (p *preview) ask(how reset.Strategy, fetch func(context.Context) (reset.Plan, error)) tea.Cmd {
	p.how = how
	p.show(planned{})
	p.poll = &page.Poll[planned]{
		Every: -1, // the plan stands until the user asks for another
		Fetch: func(ctx context.Context) (planned, error) {
			plan, err := fetch(ctx)
			return planned{plan, err}, nil
		},
	}
	return p.poll.Start(p.wizard.ctx)
}

// arrived takes an answer over.
func (p *preview) arrived() {
	if p.poll.Err != nil {
		p.show(planned{err: p.poll.Err})
		return
	}
	p.show(p.poll.Value)
}

func (p *preview) show(answer planned) {
	p.plan, p.err = answer.plan, answer.err
	if p.err != nil {
		p.plan = reset.Plan{}
	}
	p.sums = p.plan.Totals()
	p.times.start(p.plan)
	p.rows.SetItems(p.plan.Rows)
	p.setTabs()
}

// head is the sums, and what there is to say of the whole plan.
func (p *preview) head() []string {
	th, w := p.wizard.env.Theme, p.w
	if len(p.plan.Rows) == 0 {
		return []string{" " + th.Dim.Render(howText(p.how))}
	}
	s := p.sums
	parts := []string{"lag " + text.Count(s.LagBefore) + " → " + text.Count(s.LagAfter)}
	if s.Created > 0 {
		parts = append(parts, plural(s.Created, "new commit"))
	}
	if same := s.Partitions - s.Changed; same > 0 {
		parts = append(parts, text.Count(same)+" unchanged")
	}
	if s.Deleted > 0 {
		parts = append(parts, plural(s.Deleted, "commit")+" deleted")
	}
	if s.LostMetadata > 0 {
		parts = append(parts, text.Count(s.LostMetadata)+" without their metadata")
	}
	second := " " + th.Text.Render(strings.Join(parts, ", "))
	if s.Warned > 0 {
		second += th.Warn.Render("   ! " + plural(s.Warned, "partition") + " with warnings")
	}
	lines := append(planLines(th, p.how, s, w), second)
	for _, warning := range p.plan.Warnings {
		lines = append(lines, wrap(th.Warn, "! "+warning, w)...)
	}
	return lines
}

// howText is a strategy for the head of a page, where a path has no room.
func howText(s reset.Strategy) string {
	if s.Kind == reset.FromFile {
		s.From = filepath.Base(s.From)
	}
	return text.Clean(s.String())
}

// planLines is what a plan does on one line, or on two where that has no room for
// the numbers.
func planLines(th *theme.Theme, how reset.Strategy, s reset.Totals, w int) []string {
	first, second := " "+th.Strong.Render(howText(how)), sumText(th, s)
	if line := first + th.Dim.Render(": ") + second; lipgloss.Width(line) <= w {
		return []string{line}
	}
	return []string{text.Cut(first, w), "   " + second}
}

// sumText says what a plan does to the records of all its partitions.
func sumText(th *theme.Theme, s reset.Totals) string {
	var parts []string
	if s.Replays > 0 {
		parts = append(parts, th.Text.Render("replays "+plural(s.Replays, "record")))
	}
	if s.Skips > 0 {
		parts = append(parts, th.Warn.Render("skips "+plural(s.Skips, "record")))
	}
	if len(parts) == 0 {
		parts = append(parts, th.Text.Render("replays and skips nothing"))
	}
	return strings.Join(parts, th.Dim.Render(", ")) +
		th.Dim.Render(" on "+plural(s.Partitions, "partition")+" of "+plural(s.Topics, "topic"))
}

// foot is what the table has no room for, about the row under the cursor.
func (p *preview) foot() []string {
	return p.tabs.Shown().(previewTab).about(p.w)
}

// Resize sets the size of the step.
func (p *preview) Resize(w, h int) {
	p.w, p.h = w, h
	p.tabs.Resize(w, p.room(p.head(), p.foot()))
}

// View draws the sums, and the tables of the plan.
func (p *preview) View() string {
	th, head, foot := p.wizard.env.Theme, p.head(), p.foot()
	room := p.room(head, foot)
	switch {
	case p.err != nil:
		why := th.Bad.Render("✗ no plan") + "\n\n" + th.Text.Render(text.CleanLines(reason(p.err, p.wizard.group))) +
			"\n\n" + th.Dim.Render("esc goes back, r tries again")
		return p.frame(head, widget.Center(why, p.w, room), foot)
	case len(p.plan.Rows) == 0:
		return p.frame(head, page.Waiting(p.wizard.env, "offsets", nil, p.w, room), foot)
	}
	return p.frame(head, p.tabs.View(), foot)
}

// record tells when the record at the new offset was written.
func (p *preview) record(r reset.Row) string {
	switch at := p.times.text(r); {
	case r.Deletes():
		return ""
	case r.AtEnd():
		return "; there is no record at " + text.Count(r.New) + " yet"
	default:
		return "; the record at " + text.Count(r.New) + " is of " + at
	}
}
