package reset

import (
	"errors"
	"fmt"

	"github.com/kdeck/kdeck/kafka/model"
)

// Outcome is what became of one partition.
type Outcome string

// The outcomes.
const (
	Applied   Outcome = "applied"   // read back, and it is the new offset
	Unchanged Outcome = "unchanged" // was there before; nothing was written
	Failed    Outcome = "failed"    // the old commit stands, or somebody else's
	Unknown   Outcome = "unknown"   // written or not: no answer tells
)

// Reply is how the coordinator answered the commit of one partition. The zero
// value is that it accepted.
type Reply struct {
	Err error // why not, in words
	// Lost marks that the commit was sent and no answer came, so that it may
	// take effect yet.
	Lost bool
}

// RowResult is a row of a plan with what became of it.
type RowResult struct {
	Row
	Outcome Outcome
	Found   int64 // the offset that was read back; None when there is none or it was not read
	Err     error // why the outcome is Failed or Unknown
}

// Result is what became of a plan.
type Result struct {
	Plan  Plan
	Rows  []RowResult
	Saved string // path of the file with the offsets from before
	// Unnoted is why the audit log does not tell the result, or nil.
	Unnoted error
	// ReadBack is why the offsets could not be read back, or nil.
	ReadBack error
}

// Count returns how many partitions had an outcome.
func (r Result) Count(o Outcome) int {
	n := 0
	for _, row := range r.Rows {
		if row.Outcome == o {
			n++
		}
	}
	return n
}

// Summary is the result of each partition in a few words, for the audit log.
func (r Result) Summary() []string {
	lines := make([]string, len(r.Rows))
	for i, row := range r.Rows {
		lines[i] = fmt.Sprintf("%s: %s, at %s", row.TopicPartition, row.Outcome, offsetText(row.Found))
		if row.Err != nil {
			lines[i] += ": " + row.Err.Error()
		}
	}
	return lines
}

// Left is how many partitions are not where the plan wanted them.
func (r Result) Left() int { return len(r.Rows) - r.Count(Applied) - r.Count(Unchanged) }

// Complete reports whether every partition is where the plan wanted it.
func (r Result) Complete() bool { return r.Left() == 0 }

// Judge tells what became of a plan from the replies to its commits and from the
// commits that were read back afterwards. What was read back counts more than
// any reply; readErr is why nothing could be.
func Judge(p Plan, replies map[model.TopicPartition]Reply, found map[model.TopicPartition]model.Commit, readErr error) Result {
	result := Result{Plan: p, ReadBack: readErr, Rows: make([]RowResult, len(p.Rows))}
	for i, row := range p.Rows {
		rr := RowResult{Row: row, Found: model.NoOffset}
		commit, ok := found[row.TopicPartition]
		if ok && readErr == nil {
			rr.Found = commit.Offset
		}
		rr.judge(replies[row.TopicPartition], readErr == nil && row.holds(commit, ok), readErr)
		result.Rows[i] = rr
	}
	return result
}

// judge sets the outcome. there is that the commit was read back and is what the
// row wants.
func (r *RowResult) judge(reply Reply, there bool, readErr error) {
	switch {
	case !r.Changes() && (there || readErr != nil):
		r.Outcome = Unchanged
	case there:
		r.Outcome = Applied
	case reply.Lost && readErr == nil:
		r.Outcome, r.Err = Unknown, fmt.Errorf("%w; the offset is %s now, but the write may still arrive", reply.Err, offsetText(r.Found))
	case reply.Lost:
		r.Outcome, r.Err = Unknown, fmt.Errorf("%w; whether it was written is not known", reply.Err)
	case reply.Err != nil:
		r.Outcome, r.Err = Failed, reply.Err
	case readErr != nil:
		r.Outcome, r.Err = Unknown, errors.New("the coordinator accepted it, but it could not be read back")
	case r.Found == r.New:
		r.Outcome, r.Err = Failed, fmt.Errorf("the offset is %s, but with another leader epoch or metadata", offsetText(r.Found))
	default:
		r.Outcome, r.Err = Failed, fmt.Errorf("the offset is %s now: somebody else has written it meanwhile", offsetText(r.Found))
	}
}

func offsetText(offset int64) string {
	if offset == model.NoOffset {
		return "not set"
	}
	return fmt.Sprint(offset)
}
