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

// descriptions asks for members and lag of groups whose names are read, a few at first.
type descriptions struct {
	page.Poll[kafka.Snapshot[groups.Group]]
	read    func(ctx context.Context, groups []groups.Group) kafka.Snapshot[groups.Group]
	pending []groups.Group // in the order in which they are asked for
	// batches is how many come with the next questions; the question after those asks
	// for all the rest.
	batches []int
}

// The first question is about what is on the screen, the second one about four
// screens more, and the third one about all the rest.
const (
	secondBatch = 4
	leastBatch  = 20
)

func newDescriptions(read func(context.Context, []groups.Group) kafka.Snapshot[groups.Group]) descriptions {
	d := descriptions{read: read}
	d.Every, d.Timeout = -1, listTimeout
	return d
}

// describeVisible begins to ask about groups whose rows have nothing but names: those
// on the screen first.
func (p *List) describeVisible() tea.Cmd {
	visible := p.Visible()
	screen := max(leastBatch, len(visible))
	p.descriptions.batches, p.descriptions.pending = []int{screen, secondBatch * screen}, nil
	first := 0
	if len(visible) > 0 {
		first = slices.IndexFunc(p.Shown(), func(r row) bool { return r.Name == visible[0].Name })
	}
	// What a filter hides comes last.
	for _, r := range slices.Concat(nearestFirst(p.Shown(), first, len(visible)), p.filteredOut()) {
		p.descriptions.pending = append(p.descriptions.pending, r.Group)
	}
	return p.describeNext()
}

// describeNext asks about the next batch. The last question is the first of those for
// the whole list, which then goes on by itself.
func (p *List) describeNext() tea.Cmd {
	d := &p.descriptions
	next := d.pending
	if len(d.batches) > 0 {
		next, d.batches = d.pending[:min(d.batches[0], len(d.pending))], d.batches[1:]
	}
	d.pending = d.pending[len(next):]
	if len(d.pending) > 0 {
		d.Fetch = func(ctx context.Context) (kafka.Snapshot[groups.Group], error) { return d.read(ctx, next), nil }
		return d.Start(p.ctx)
	}
	var known []groups.Group
	for _, r := range p.rows {
		if !r.loading {
			known = append(known, r.Group)
		}
	}
	names := p.names.Value
	p.Poll.Fetch = func(ctx context.Context) (kafka.Snapshot[groups.Group], error) {
		rest := d.read(ctx, next)
		rest.Items = append(known, rest.Items...)
		slices.SortFunc(rest.Items, func(a, b groups.Group) int { return strings.Compare(a.Name, b.Name) })
		rest.Partial, rest.Hidden = cmp.Or(names.Partial, rest.Partial), names.Hidden
		return rest, nil
	}
	return p.Poll.Start(p.ctx)
}

// nearestFirst returns rows beginning with n of them from first on, and then those
// nearest to them, below and above in turn.
func nearestFirst(rows []row, first, n int) []row {
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
	for _, r := range p.Shown() {
		shown[r.Name] = true
	}
	return slices.DeleteFunc(slices.Clone(p.Items()), func(r row) bool { return shown[r.Name] })
}

// describe puts groups that were read into the rows that had only their names.
func describe(rows []row, read []groups.Group) []row {
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
