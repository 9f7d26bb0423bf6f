package reset

import (
	"cmp"
	"context"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// footLines is how many lines the warnings of one row may take.
const footLines = 3

// preview is the third step: every partition before and after. What it shows is
// the plan that is written, to the letter.
type preview struct {
	env   page.Env
	group string
	poll  *page.Poll[planned]
	how   reset.Strategy
	plan  reset.Plan
	sums  reset.Totals
	err   error // why there is no plan
	list  *page.List[reset.Row]
	times times
	tabs  []previewTab // list is the first of them
	tab   int
}

// planned is a plan, or why there is none: a refusal is an answer too, and stands
// until the user asks again.
type planned struct {
	plan reset.Plan
	err  error
}

func rowKey(r reset.Row) string { return r.String() }

func (p *preview) init(env page.Env, group string) {
	p.env, p.group = env, group
	p.poll = &page.Poll[planned]{}
	number := func(title string, drop int, of func(reset.Row) int64) widget.Column[reset.Row] {
		return widget.Column[reset.Row]{
			Title: title, Min: 9, Right: true, Drop: drop, Descending: true,
			Cell: func(r reset.Row) string { return text.Count(of(r)) },
			Cmp:  func(a, b reset.Row) int { return cmp.Compare(of(a), of(b)) },
		}
	}
	table := widget.NewTable(env.Theme, rowKey,
		topicColumn(func(r reset.Row) model.TopicPartition { return r.TopicPartition }),
		partColumn(func(r reset.Row) model.TopicPartition { return r.TopicPartition }),
		number("before", 0, before),
		number("after", 0, func(r reset.Row) int64 { return r.New }),
		widget.Column[reset.Row]{
			Title: "delta", Min: 15, Right: true, Descending: true,
			Cell:  delta,
			Cmp:   func(a, b reset.Row) int { return cmp.Compare(distance(a), distance(b)) },
			Style: func(r reset.Row) lipgloss.Style { return deltaStyle(env.Theme, r) },
		},
		number("lag after", 2, reset.Row.LagAfter),
		widget.Column[reset.Row]{
			Title: "record of (UTC)", Min: 19, Drop: 3,
			Cell: p.times.text, Cmp: p.times.compare,
			Style: func(reset.Row) lipgloss.Style { return env.Theme.Dim },
		},
		widget.Column[reset.Row]{
			Title: "!", Min: 1, Descending: true,
			Cell:  func(r reset.Row) string { return strings.Repeat("!", min(1, len(r.Warnings))) },
			Cmp:   func(a, b reset.Row) int { return cmp.Compare(len(a.Warnings), len(b.Warnings)) },
			Style: func(reset.Row) lipgloss.Style { return env.Theme.Warn },
		},
		widget.Column[reset.Row]{
			Title: "warning", Min: 20, Flex: 6, Drop: 4,
			Cell:  func(r reset.Row) string { return strings.Join(r.Warnings, "; ") },
			Style: func(reset.Row) lipgloss.Style { return env.Theme.Warn },
		},
	)
	p.list = page.NewList(env, table, rowKey)
	p.setTabs()
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
func (p *preview) ask(ctx context.Context, how reset.Strategy, fetch func(context.Context) (reset.Plan, error)) tea.Cmd {
	p.how = how
	p.show(planned{})
	p.poll = &page.Poll[planned]{
		Every: -1, // the plan stands until the user asks for another
		Fetch: func(ctx context.Context) (planned, error) {
			plan, err := fetch(ctx)
			return planned{plan, err}, nil
		},
	}
	return p.poll.Start(ctx)
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
	p.list.SetItems(p.plan.Rows)
	p.setTabs()
}

func (p *preview) refusesNext() string {
	switch {
	case p.err != nil:
		return reason(p.err, p.group)
	case len(p.plan.Rows) == 0:
		return "the plan is not made yet"
	case p.sums.Changed == 0:
		return "every partition is there already; there is nothing to write"
	}
	return ""
}

// head is the sums, and the tabs.
func (p *preview) head(th *theme.Theme, w int) []string {
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
	return append(lines, p.tabLine(th))
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
func (p *preview) foot(th *theme.Theme, w int) []string {
	if p.tab != 0 {
		return p.tabs[p.tab].foot(th, w)
	}
	r, ok := p.list.Selected()
	if !ok {
		return []string{""}
	}
	if len(r.Warnings) > 0 {
		return wrap(th.Warn, "! "+rowKey(r)+": "+strings.Join(r.Warnings, "; ")+p.record(r), w)
	}
	line := rowKey(r) + ": log " + text.Count(r.LogStart) + " to " + text.Count(r.LogEnd) + p.record(r)
	if lost := r.LostMetadata(); lost != "" {
		line += "; the metadata of the old commit is dropped: " + lost
	}
	return wrap(th.Dim, line, w)
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

// wrap breaks a text into a few lines.
func wrap(style lipgloss.Style, s string, w int) []string {
	lines := strings.Split(lipgloss.NewStyle().Width(max(10, w-2)).Render(text.Clean(s)), "\n")
	for i, line := range lines {
		lines[i] = " " + style.Render(strings.TrimRight(line, " "))
	}
	return lines[:min(len(lines), footLines)]
}

func (p *preview) view(th *theme.Theme, w, h int) string {
	switch {
	case p.err != nil:
		return widget.Center(th.Bad.Render("✗ no plan")+"\n\n"+th.Text.Render(text.CleanLines(reason(p.err, p.group)))+
			"\n\n"+th.Dim.Render("esc goes back, r tries again"), w, h)
	case len(p.plan.Rows) == 0:
		return widget.Center(th.Dim.Render("looking up the offsets …"), w, h)
	}
	return p.tabs[p.tab].View("")
}
