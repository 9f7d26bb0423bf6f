package groups

import (
	"cmp"
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/tui/page"
)

// fill asks for members and lag of groups whose names are read, a few at first.
type fill struct {
	page.Poll[kafka.Snapshot[groups.Group]]
	read func(ctx context.Context, groups []groups.Group) kafka.Snapshot[groups.Group]
	left []groups.Group // in the order in which they are to be asked for
	// due is how many come with the next questions; after those, all the rest.
	due []int
}

// The first question is about what is on the screen, the second one about four
// screens more, and the third one about all the rest.
const (
	outward   = 4
	leastFill = 20
)

func newFill(read func(context.Context, []groups.Group) kafka.Snapshot[groups.Group]) fill {
	f := fill{read: read}
	f.Every, f.Timeout = -1, listTimeout
	return f
}

// fillScreen asks for the groups on the screen, whose rows have nothing but names.
func (p *List) fillScreen() tea.Cmd {
	visible := p.list.Visible()
	screen := max(leastFill, len(visible))
	p.fill.due, p.fill.left = []int{screen, outward * screen}, nil
	first := 0
	if len(visible) > 0 {
		first = slices.IndexFunc(p.list.Shown(), func(r row) bool { return r.Name == visible[0].Name })
	}
	// What a filter hides comes last.
	for _, r := range slices.Concat(outwardFrom(p.list.Shown(), first, len(visible)), p.filteredOut()) {
		p.fill.left = append(p.fill.left, r.Group)
	}
	return p.fillNext()
}

// fillNext asks for as many groups as are due. The last question is the first of
// those for the whole list, which then goes on by itself.
func (p *List) fillNext() tea.Cmd {
	f := &p.fill
	next := f.left
	if len(f.due) > 0 {
		next, f.due = f.left[:min(f.due[0], len(f.left))], f.due[1:]
	}
	f.left = f.left[len(next):]
	if len(f.left) > 0 {
		f.Fetch = func(ctx context.Context) (kafka.Snapshot[groups.Group], error) { return f.read(ctx, next), nil }
		return f.Start(p.ctx)
	}
	var known []groups.Group
	for _, r := range p.rows {
		if !r.loading {
			known = append(known, r.Group)
		}
	}
	names := p.names.Value
	p.whole.Fetch = func(ctx context.Context) (kafka.Snapshot[groups.Group], error) {
		rest := f.read(ctx, next)
		rest.Items = append(known, rest.Items...)
		slices.SortFunc(rest.Items, func(a, b groups.Group) int { return strings.Compare(a.Name, b.Name) })
		rest.Partial, rest.Hidden = cmp.Or(names.Partial, rest.Partial), names.Hidden
		return rest, nil
	}
	return p.whole.Start(p.ctx)
}

// outwardFrom returns rows beginning with n of them from first on, and then those
// nearest to them, below and above in turn.
func outwardFrom(rows []row, first, n int) []row {
	ordered := slices.Clone(rows[first : first+n])
	for up, down := first-1, first+n; up >= 0 || down < len(rows); up, down = up-1, down+1 {
		if down < len(rows) {
			ordered = append(ordered, rows[down])
		}
		if up >= 0 {
			ordered = append(ordered, rows[up])
		}
	}
	return ordered
}

// filteredOut returns the rows that the filter does not let through.
func (p *List) filteredOut() []row {
	shown := make(map[string]bool)
	for _, r := range p.list.Shown() {
		shown[r.Name] = true
	}
	return slices.DeleteFunc(slices.Clone(p.list.Items()), func(r row) bool { return shown[r.Name] })
}

// update puts groups that were read into the rows that had only their names.
func update(rows []row, read []groups.Group) []row {
	byName := make(map[string]groups.Group, len(read))
	for _, g := range read {
		byName[g.Name] = g
	}
	rows = slices.Clone(rows)
	for i := range rows {
		if g, ok := byName[rows[i].Name]; ok {
			rows[i] = row{Group: g}
		}
	}
	return rows
}
