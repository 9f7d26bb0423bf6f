package reset

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/kdeck/kdeck/kafka/model"
)

// ClusterError refuses a saved state of another cluster.
type ClusterError struct {
	Group      string
	Saved, Now string // what tells the clusters apart
}

func (e *ClusterError) Error() string {
	return fmt.Sprintf("undo the reset of %s: the state was saved of the cluster %s, and this is %s", e.Group, e.Saved, e.Now)
}

// Undo plans to put a group back to a saved state, whatever became of it since:
// every commit is as it was, with leader epoch and metadata, and where there was
// none there is none. Nothing is clamped, since a state that was out of range was
// so then. It refuses as Make does, and with a *ClusterError.
//
// What cannot be put back is left alone and listed: partitions that are gone, and
// those of a topic that was made anew, in which the old offsets mean nothing.
func Undo(f Facts, s Saved) (Plan, error) {
	if err := s.fits(&f); err != nil {
		return Plan{}, err
	}
	plan := Plan{Group: f.Group, Type: f.Type, Strategy: Strategy{Kind: UndoReset, At: s.At}, At: f.At}
	if f.State == model.StateDead { // has no type of its own
		plan.Type = cmp.Or(s.Type, model.Classic)
	}
	if s.ClusterID == "" {
		plan.Warnings = append(plan.Warnings, "the state was saved by an older kdeck, which did not note the id of the cluster")
	}
	saved := make(map[model.TopicPartition]model.Commit, len(s.Commits))
	for _, c := range s.Commits {
		saved[c.TopicPartition] = c.Commit
	}
	all := maps.Clone(saved)
	maps.Copy(all, f.Commits)
	kept, without := keptTopics(saved), make(map[model.TopicPartition]bool, len(s.Without))
	for _, tp := range s.Without {
		without[tp] = true
	}
	var check refusals
	for _, tp := range slices.SortedFunc(maps.Keys(all), model.TopicPartition.Compare) {
		p, ok := f.Partition(tp)
		if !ok {
			p = Partition{TopicPartition: tp, Problem: "it does not exist", Gone: true}
		}
		row := newRow(p, &f)
		row.putBack(saved, without)
		if s.Partial && row.Deletes() && !without[tp] { // was there perhaps, and could not be seen
			plan.Alone = append(plan.Alone, Alone{tp, "whether it had a commit is not known: the state was saved without the right to describe all topics"})
			continue
		}
		if why := cannotPutBack(row, p, s, kept); why != "" {
			plan.Alone = append(plan.Alone, Alone{tp, why})
			continue
		}
		check.add(p, &f)
		plan.Rows = append(plan.Rows, row)
	}
	if err := check.err(f.Group); err != nil {
		return Plan{}, err
	}
	if len(plan.Rows) == 0 {
		return Plan{}, &PartitionsError{f.Group, "the saved state has nothing that can be put back", scopeNames(plan.Alone)}
	}
	return plan, nil
}

// fits says why a state cannot be put back to the group that the facts are about.
func (s Saved) fits(f *Facts) error {
	switch {
	case s.Group != f.Group:
		return fmt.Errorf("undo the reset of %s: the state was saved of the group %s", f.Group, s.Group)
	case s.ClusterID != "" && f.ClusterID != "" && s.ClusterID != f.ClusterID:
		return &ClusterError{f.Group, fmt.Sprintf("%s (id %s)", s.Cluster, s.ClusterID), fmt.Sprintf("%s (id %s)", f.Cluster, f.ClusterID)}
	case s.ClusterID == "" && s.Cluster != f.Cluster: // the name is all there is
		return &ClusterError{f.Group, s.Cluster, f.Cluster}
	case (s.Type == model.Share) != (f.Type == model.Share) && f.State != model.StateDead:
		return fmt.Errorf("undo the reset of %s: the state was saved of a %s group, and now it is a %s group", f.Group, s.Type, f.Type)
	}
	return f.Ready()
}

// putBack aims a row at its saved commit, or at none.
func (r *Row) putBack(saved map[model.TopicPartition]model.Commit, without map[model.TopicPartition]bool) {
	back, ok := saved[r.TopicPartition]
	if !ok {
		r.New = model.NoOffset
		if !without[r.TopicPartition] {
			r.warnf("committed since, and not by the reset: there was no commit when the state was saved")
		}
		return
	}
	r.New, r.Back = back.Offset, &back
	switch {
	case r.LogStart == model.NoOffset || r.LogEnd == model.NoOffset:
	case back.Offset < r.LogStart:
		r.warnf("%d is below the log start %d: %d records are gone since", back.Offset, r.LogStart, r.LogStart-back.Offset)
	case back.Offset > r.LogEnd:
		r.warnf("%d is beyond the log end %d", back.Offset, r.LogEnd)
	}
}

// cannotPutBack says why a row is left alone, or "".
func cannotPutBack(r Row, p Partition, s Saved, kept map[string]bool) string {
	id := s.TopicIDs[p.Topic]
	switch {
	case p.Gone:
		return p.Problem
	case r.Back != nil && id != "" && p.TopicID != ([16]byte{}) && id != topicID(p.TopicID):
		return "the topic was deleted and made anew since; the old offset means nothing there"
	case s.Type == model.Share && r.Deletes() && kept[p.Topic]:
		return "a share group forgets a topic whole or not at all, and other partitions of this one are put back; it stays where it is"
	}
	return ""
}

// keptTopics are the topics on which a commit comes back.
func keptTopics(saved map[model.TopicPartition]model.Commit) map[string]bool {
	kept := make(map[string]bool)
	for tp := range saved {
		kept[tp.Topic] = true
	}
	return kept
}
