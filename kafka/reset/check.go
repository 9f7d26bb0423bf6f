package reset

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kdeck/kdeck/kafka/model"
)

// Check compares a plan with newer facts, just before it is written. It returns
// *TypeError or *ActiveError when the group can no longer be reset, and a
// *MovedError when a commit changed, the start of a log moved, a topic was made
// anew, a partition became unusable, or the log no longer holds the planned
// offset. A log that merely grew is no reason to stop.
func (p Plan) Check(now Facts) error {
	if err := now.Ready(); err != nil {
		return err
	}
	var changes []string
	for _, r := range p.Rows {
		what := r.moved(&now)
		if what == "" && now.Pending[r.TopicPartition] {
			what = "a transaction has begun to commit there"
		}
		if what != "" {
			changes = append(changes, fmt.Sprintf("%s: %s", r.TopicPartition, what))
		}
	}
	if p.Strategy.Kind == UndoReset { // is about every commit of the group
		changes = append(changes, p.unplanned(&now)...)
	}
	if len(changes) > 0 {
		return &MovedError{p.Group, changes}
	}
	return nil
}

// unplanned are the commits that came to partitions which the plan does not know.
func (p Plan) unplanned(now *Facts) []string {
	known := make(map[model.TopicPartition]bool, len(p.Rows)+len(p.Alone))
	for _, r := range p.Rows {
		known[r.TopicPartition] = true
	}
	for _, a := range p.Alone {
		known[a.TopicPartition] = true
	}
	var changes []string
	for _, tp := range slices.SortedFunc(maps.Keys(now.Commits), model.TopicPartition.Compare) {
		if !known[tp] {
			changes = append(changes, fmt.Sprintf("%s: was without a commit, is at %d", tp, now.Commits[tp].Offset))
		}
	}
	return changes
}

// moved says how a partition is no longer what the plan was made from, or "".
func (r Row) moved(now *Facts) string {
	commit, has := now.Commits[r.TopicPartition]
	part, exists := now.Partition(r.TopicPartition)
	switch {
	case !exists:
		return "it is gone"
	case part.Problem != "":
		return part.Problem
	case part.TopicID != r.TopicID:
		return "the topic was deleted and made anew"
	case has != r.HasCurrent && has:
		return fmt.Sprintf("was without a commit, is at %d", commit.Offset)
	case has != r.HasCurrent:
		return fmt.Sprintf("was at %d, is without a commit", r.Current.Offset)
	case commit.Offset != r.Current.Offset:
		return fmt.Sprintf("was at %d, is at %d", r.Current.Offset, commit.Offset)
	case commit != r.Current:
		return fmt.Sprintf("was committed once more at %d", commit.Offset)
	case !r.Changes():
		return ""
	case part.LogStart == model.NoOffset || part.LogEnd == model.NoOffset:
		return "its leader did not tell its offsets"
	case part.LogStart != r.LogStart && r.Back == nil && !r.Deletes() && r.New < part.LogStart:
		return fmt.Sprintf("the log started at %d, starts at %d, beyond the new offset %d", r.LogStart, part.LogStart, r.New)
	case part.LogStart != r.LogStart:
		return fmt.Sprintf("the log started at %d, starts at %d", r.LogStart, part.LogStart)
	case part.LogEnd < min(r.New, r.LogEnd):
		return fmt.Sprintf("the log now ends at %d, before the new offset %d", part.LogEnd, r.New)
	}
	return ""
}
