package reset

import (
	"github.com/kdeck/kdeck/kafka/model"
)

// Row is the plan for one partition.
type Row struct {
	model.TopicPartition
	TopicID    [16]byte
	Current    model.Commit // valid when HasCurrent
	HasCurrent bool
	LogStart   int64
	LogEnd     int64
	New        int64 // what is committed; None where the commit is deleted
	// Back is the commit that an undo puts back as it was; nil in a reset, and where
	// the commit is deleted.
	Back     *model.Commit
	Warnings []string // one sentence each
}

// Deletes reports whether the row's commit is deleted: an undo does that where
// there was none before.
func (r Row) Deletes() bool { return r.New == model.NoOffset }

// Changes reports whether the row needs a write. A reset leaves a commit that is
// where it should be alone, with its leader epoch and metadata; an undo puts those
// back as well.
func (r Row) Changes() bool { return !r.holds(r.Current, r.HasCurrent) }

// holds reports whether a commit, or that there is none, is what the row wants.
func (r Row) holds(found model.Commit, committed bool) bool {
	switch {
	case r.Deletes():
		return !committed
	case r.Back != nil:
		return committed && found == *r.Back
	}
	return committed && found.Offset == r.New
}

// Commit is what is written. In a reset the leader epoch is -1, since that of the
// old commit belongs to another record, and a consumer would take a wrong one for
// a truncated log (KIP-320).
func (r Row) Commit() model.Commit {
	if r.Back != nil {
		return *r.Back
	}
	return model.Commit{Offset: r.New, LeaderEpoch: -1}
}

// position is where the group stands in the log as it is: a commit outside of
// the log counts as the end that it is beyond.
func (r Row) position() int64 { return min(max(r.Current.Offset, r.LogStart), r.LogEnd) }

// target is where the group will stand.
func (r Row) target() int64 { return min(max(r.New, r.LogStart), r.LogEnd) }

// Replays is how many offsets the group reads once more; markers of transactions
// and compacted records count. 0 where there is no commit before or after.
func (r Row) Replays() int64 {
	if !r.HasCurrent || r.Deletes() {
		return 0
	}
	return max(0, r.position()-r.target())
}

// Skips is how many offsets the group never reads; 0 where there is no commit
// before or after.
func (r Row) Skips() int64 {
	if !r.HasCurrent || r.Deletes() {
		return 0
	}
	return max(0, r.target()-r.position())
}

// LostMetadata is the metadata of the present commit that the new one does not
// have. That is no warning: many clients write their member id there, which means
// nothing afterwards.
func (r Row) LostMetadata() string {
	if !r.HasCurrent || !r.Changes() || !r.Deletes() && r.Commit().Metadata == r.Current.Metadata {
		return ""
	}
	return r.Current.Metadata
}

// LagBefore is the lag of the present commit; None without one.
func (r Row) LagBefore() int64 {
	if !r.HasCurrent {
		return model.NoOffset
	}
	return r.LogEnd - r.position()
}

// LagAfter is the lag after the reset, as of the facts of the plan; None where no
// commit is left.
func (r Row) LagAfter() int64 {
	if r.Deletes() {
		return model.NoOffset
	}
	return r.LogEnd - r.target()
}

// AtEnd reports whether there is no record yet at the new offset.
func (r Row) AtEnd() bool { return r.New >= r.LogEnd }
