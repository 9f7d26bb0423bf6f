package reset

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Plan is where every partition of a scope goes. It is what the user sees and
// exactly what is written.
type Plan struct {
	Group    string
	Strategy Strategy
	Rows     []Row     // by topic and partition
	At       time.Time // when its facts were read
}

// Row is the plan for one partition.
type Row struct {
	TopicPartition
	TopicID    [16]byte
	Current    Commit // valid when HasCurrent
	HasCurrent bool
	LogStart   int64
	LogEnd     int64
	New        int64    // what is committed
	Warnings   []string // one sentence each
}

// Changes reports whether the row needs a write. A commit that is where it
// should be is left alone, with its leader epoch and metadata.
func (r Row) Changes() bool { return !r.HasCurrent || r.Current.Offset != r.New }

// Commit is what is written: the leader epoch is -1, since that of the old
// commit belongs to another record, and a consumer would take a wrong one for a
// truncated log (KIP-320).
func (r Row) Commit() Commit { return Commit{Offset: r.New, LeaderEpoch: -1} }

// position is where the group stands in the log as it is: a commit outside of
// the log counts as the end that it is beyond.
func (r Row) position() int64 { return min(max(r.Current.Offset, r.LogStart), r.LogEnd) }

// Replays is how many offsets the group reads once more; markers of transactions
// and compacted records count. 0 where there was no commit.
func (r Row) Replays() int64 {
	if !r.HasCurrent {
		return 0
	}
	return max(0, r.position()-r.New)
}

// Skips is how many offsets the group never reads; 0 where there was no commit.
func (r Row) Skips() int64 {
	if !r.HasCurrent {
		return 0
	}
	return max(0, r.New-r.position())
}

// LagBefore is the lag of the present commit; None without one.
func (r Row) LagBefore() int64 {
	if !r.HasCurrent {
		return None
	}
	return r.LogEnd - r.position()
}

// LagAfter is the lag after the reset, as of the facts of the plan.
func (r Row) LagAfter() int64 { return max(0, r.LogEnd-max(r.New, r.LogStart)) }

// Totals are sums over the rows of a plan.
type Totals struct {
	Partitions, Topics int
	Changed            int // rows that are written
	Created            int // of these: rows without a commit before
	Warned             int // rows with a warning
	Replays, Skips     int64
	LagBefore          int64 // of the partitions with a commit
	LagAfter           int64
}

// Totals adds up the rows.
func (p Plan) Totals() Totals {
	t := Totals{Partitions: len(p.Rows)}
	for i, r := range p.Rows {
		if i == 0 || r.Topic != p.Rows[i-1].Topic {
			t.Topics++
		}
		if r.Changes() {
			t.Changed++
		}
		if !r.HasCurrent {
			t.Created++
		}
		if len(r.Warnings) > 0 {
			t.Warned++
		}
		t.Replays += r.Replays()
		t.Skips += r.Skips()
		t.LagBefore += max(0, r.LagBefore())
		t.LagAfter += r.LagAfter()
	}
	return t
}

// Scope is the scope of exactly the rows of the plan.
func (p Plan) Scope() Scope {
	tps := make([]TopicPartition, len(p.Rows))
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
	partitions := scope.resolve(&f)
	if len(partitions) == 0 {
		return Plan{}, fmt.Errorf("reset offsets of %s: the scope holds no partition; the group has committed nothing there, so name topics", f.Group)
	}
	if err := refusePartitions(&f, partitions, s); err != nil {
		return Plan{}, err
	}
	plan := Plan{Group: f.Group, Strategy: s, At: f.At, Rows: make([]Row, len(partitions))}
	for i, p := range partitions {
		row := Row{TopicPartition: p.TopicPartition, TopicID: p.TopicID, LogStart: p.LogStart, LogEnd: p.LogEnd}
		row.Current, row.HasCurrent = f.Commits[p.TopicPartition]
		if err := row.aim(p, s); err != nil {
			return Plan{}, fmt.Errorf("reset offsets of %s: %w", f.Group, err)
		}
		row.warn(p)
		plan.Rows[i] = row
	}
	return plan, nil
}

func refusePartitions(f *Facts, partitions []Partition, s Strategy) error {
	var broken []string
	var pending, bare []TopicPartition
	for _, p := range partitions {
		switch {
		case p.Problem != "":
			broken = append(broken, fmt.Sprintf("%s: %s", p.TopicPartition, p.Problem))
		case p.LogStart == None || p.LogEnd == None:
			broken = append(broken, fmt.Sprintf("%s: its leader did not tell its offsets", p.TopicPartition))
		case f.Pending[p.TopicPartition]:
			pending = append(pending, p.TopicPartition)
		}
		if _, ok := f.Commits[p.TopicPartition]; !ok {
			bare = append(bare, p.TopicPartition)
		}
	}
	switch {
	case len(broken) > 0:
		return fmt.Errorf("reset offsets of %s: nothing was written: %s", f.Group, some(broken))
	case len(pending) > 0:
		return &PartitionsError{f.Group, "an open transaction holds a commit that would overwrite the reset; wait until it ends", pending}
	case s.Kind == ShiftBy && len(bare) > 0:
		return &PartitionsError{f.Group, "shift-by needs a commit to start from, and these partitions have none", bare}
	}
	return nil
}

// aim sets the new offset.
func (r *Row) aim(p Partition, s Strategy) error {
	switch s.Kind {
	case ToEarliest:
		r.New = p.LogStart
	case ToLatest:
		r.New = p.LogEnd
	case ToCurrent:
		r.New = r.Current.Offset
		if !r.HasCurrent {
			r.New = p.LogEnd
			r.warnf("no commit: goes to the log end")
		}
	case ToOffset:
		r.clamp(s.N)
	case ShiftBy:
		r.clamp(addSaturated(r.Current.Offset, s.N))
	case ToDatetime:
		if p.AtTime == None {
			r.New = p.LogEnd
			r.warnf("no record at or after %s: goes to the log end", FormatTime(s.At))
			return nil
		}
		r.clamp(p.AtTime)
	case "":
		return errors.New("no strategy chosen")
	default:
		return fmt.Errorf("there is no strategy %q", s.Kind)
	}
	return nil
}

// clamp sets the new offset within the log.
func (r *Row) clamp(want int64) {
	r.New = min(max(want, r.LogStart), r.LogEnd)
	switch {
	case want < r.LogStart:
		r.warnf("%d is below the log start: clamped to %d", want, r.New)
	case want > r.LogEnd:
		r.warnf("%d is beyond the log end: clamped to %d", want, r.New)
	}
}

// warn adds what is worth knowing whatever the strategy.
func (r *Row) warn(p Partition) {
	switch {
	case r.HasCurrent && r.Current.Offset < p.LogStart:
		r.warnf("the commit %d is below the log start %d: %d records are gone already", r.Current.Offset, p.LogStart, p.LogStart-r.Current.Offset)
	case r.HasCurrent && r.Current.Offset > p.LogEnd:
		r.warnf("the commit %d is beyond the log end %d: was the topic made anew?", r.Current.Offset, p.LogEnd)
	}
	if p.LastStable != None && r.Changes() && r.New > p.LastStable {
		r.warnf("past the last stable offset %d: read-committed consumers will miss what open transactions hold before %d", p.LastStable, r.New)
	}
	if r.HasCurrent && r.Changes() && r.Current.Metadata != "" {
		r.warnf("the metadata %q of the old commit is dropped", r.Current.Metadata)
	}
}

func (r *Row) warnf(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// addSaturated is a + b, held within the range of offsets.
func addSaturated(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b // a is 0 or more, so that a negative b cannot overflow
}
