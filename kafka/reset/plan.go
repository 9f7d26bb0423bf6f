package reset

import (
	"fmt"
	"time"

	"github.com/kdeck/kdeck/kafka/model"
)

// Plan is where every partition of a scope goes. It is what the user sees and
// exactly what is written.
type Plan struct {
	Group    string
	Type     model.GroupType // says by which API the group is written
	Strategy Strategy
	Rows     []Row // by topic and partition
	// Alone are the partitions of the scope that stay as they are, with the reason.
	Alone []Alone
	// Warnings are about the plan as a whole, one sentence each.
	Warnings []string
	At       time.Time // when its facts were read
}

// Alone is a partition that a plan leaves as it is.
type Alone struct {
	model.TopicPartition
	Why string // as in "the file says nothing of it"
}

// Scope is the scope of exactly the rows of the plan.
func (p Plan) Scope() Scope {
	tps := make([]model.TopicPartition, len(p.Rows))
	for i, r := range p.Rows {
		tps[i] = r.TopicPartition
	}
	return Of(tps)
}

// Make plans a reset, or refuses it: *TypeError, *ActiveError, or a
// *PartitionsError that names the partitions which do not exist, have no leader,
// lie in an open transaction or have nothing to shift. A refused plan touches no
// partition at all.
func Make(f Facts, scope Scope, s Strategy) (Plan, error) {
	if err := f.Ready(); err != nil {
		return Plan{}, err
	}
	if !s.Kind.Suits(f.Type) {
		return Plan{}, &TypeError{f.Group, f.Type, s.Kind}
	}
	partitions := scope.resolve(&f)
	if len(partitions) == 0 {
		return Plan{}, fmt.Errorf("reset offsets of %s: the scope holds no partition; the group has committed nothing there, so name topics", f.Group)
	}
	plan := Plan{Group: f.Group, Type: f.Type, Strategy: s, At: f.At, Rows: make([]Row, 0, len(partitions))}
	var check refusals
	for _, p := range partitions {
		row := newRow(p, &f)
		alone, err := row.aim(p, s, &f)
		switch {
		case err != nil:
			return Plan{}, fmt.Errorf("reset offsets of %s: %w", f.Group, err)
		case alone != "":
			plan.Alone = append(plan.Alone, Alone{p.TopicPartition, alone})
			continue
		}
		check.add(p, &f)
		if s.Kind == ShiftBy && !row.HasCurrent {
			check.bare = append(check.bare, p.TopicPartition)
		}
		row.warn(p)
		plan.Rows = append(plan.Rows, row)
	}
	if err := check.err(f.Group); err != nil {
		return Plan{}, err
	}
	if len(plan.Rows) == 0 {
		return Plan{}, &PartitionsError{f.Group, "no partition of the scope has an offset in " + s.String(), scopeNames(plan.Alone)}
	}
	plan.noteUnused()
	return plan, nil
}

func newRow(p Partition, f *Facts) Row {
	row := Row{TopicPartition: p.TopicPartition, TopicID: p.TopicID, LogStart: p.LogStart, LogEnd: p.LogEnd}
	row.Current, row.HasCurrent = f.Commits[p.TopicPartition]
	return row
}

// noteUnused warns of what a file says about partitions outside of the scope.
func (p *Plan) noteUnused() {
	if unused := len(p.Strategy.Offsets) - len(p.Rows); p.Strategy.Kind == FromFile && unused > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("the file also has offsets of %s that are not in the scope", plural(unused, "partition")))
	}
}

func scopeNames(alone []Alone) []model.TopicPartition {
	names := make([]model.TopicPartition, len(alone))
	for i, a := range alone {
		names[i] = a.TopicPartition
	}
	return names
}

// refusals is what stands against the partitions of a plan.
type refusals struct {
	broken        []string
	pending, bare []model.TopicPartition
}

func (r *refusals) add(p Partition, f *Facts) {
	switch {
	case p.Problem != "":
		r.broken = append(r.broken, fmt.Sprintf("%s: %s", p.TopicPartition, p.Problem))
	case p.LogStart == model.NoOffset || p.LogEnd == model.NoOffset:
		r.broken = append(r.broken, fmt.Sprintf("%s: its leader did not tell its offsets", p.TopicPartition))
	case f.Pending[p.TopicPartition]:
		r.pending = append(r.pending, p.TopicPartition)
	}
}

func (r *refusals) err(group string) error {
	switch {
	case len(r.broken) > 0:
		return fmt.Errorf("reset offsets of %s: nothing was written: %s", group, some(r.broken))
	case len(r.pending) > 0:
		return &PartitionsError{group, "an open transaction holds a commit that would overwrite the reset; wait until it ends", r.pending}
	case len(r.bare) > 0:
		return &PartitionsError{group, "shift-by needs a commit to start from, and these partitions have none", r.bare}
	}
	return nil
}
