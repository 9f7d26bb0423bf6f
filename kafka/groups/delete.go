package groups

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/audit"
	"github.com/kdeck/kdeck/kafka/model"
)

// Deletion is what became of a group that was to be deleted.
type Deletion struct {
	Group   string
	Outcome kafka.Outcome
	// Saved is the path of the file with the offsets that the group had; empty
	// when it had none, and for share groups, whose start offsets are in the
	// audit log alone.
	Saved string
	Err   error // why the outcome is Refused or Unknown
	// Unnoted is why the audit log does not tell the outcome, or nil.
	Unnoted error
}

// Delete deletes groups of any type that have no members (DeleteGroups,
// KIP-229), each by itself: one request to each coordinator, and a list of the
// groups before and after. It returns an error when nothing was tried: ErrReadOnly,
// or that the groups could not be looked at. Otherwise the answer tells for each
// group, in the order of names, what became of it.
//
// A group's offsets are saved to a file in SavedDir and noted in the audit log
// before the first group is deleted; from then on ctx stops nothing.
func (c *Client) Delete(ctx context.Context, names ...string) ([]Deletion, error) {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	what := "delete group " + strings.Join(names, ", ")
	if err := c.conn.MayChange(what); err != nil {
		return nil, err
	}
	doomed, err := c.lookAtDoomed(ctx, names)
	if err != nil {
		return nil, fmt.Errorf("%s: nothing was deleted: %w", what, err)
	}
	for i := range doomed {
		doomed[i].prepare(c)
	}
	ctx = context.WithoutCancel(ctx)
	c.sendDeletions(ctx, doomed)
	results := make([]Deletion, len(doomed))
	for i := range doomed {
		results[i] = doomed[i].end()
	}
	return results, nil
}

// doomedGroup is a group on its way to be deleted.
type doomedGroup struct {
	Deletion
	typ         model.GroupType
	coordinator int32
	commits     groupCommits
	change      *audit.Pending // nil when nothing was sent
	reply       error          // of the coordinator
}

func (d *doomedGroup) refuse(err error) { d.Outcome, d.Err = kafka.Refused, err }

// lookAtDoomed finds out what the groups are and what they have committed.
func (c *Client) lookAtDoomed(ctx context.Context, names []string) ([]doomedGroup, error) {
	all, err := c.List(ctx)
	if err != nil {
		return nil, err
	}
	doomed := make([]doomedGroup, len(names))
	var empty []Group
	for i, name := range names {
		d := &doomed[i]
		d.Group = name
		found, err := pickGroups(all, []string{name})
		if err != nil {
			d.refuse(err)
			continue
		}
		d.typ, d.coordinator = found[0].Type, found[0].Coordinator
		if state := found[0].State; state != model.StateEmpty && state != model.StateDead && state != "" {
			d.refuse(fmt.Errorf("delete group %s: it is %s, so it has members; stop its consumers first", name, state))
			continue
		}
		empty = append(empty, found[0])
	}
	positions := c.positions(ctx, empty)
	for i := range doomed {
		d := &doomed[i]
		if d.Err != nil {
			continue
		}
		pos := positions[d.Group]
		d.commits = pos.commits
		if pos.err != nil {
			d.refuse(kafka.Explain("delete group "+d.Group+": its offsets could not be saved first", "Describe on Group:"+d.Group, pos.err))
		}
	}
	return doomed, nil
}

// prepare saves the group's offsets and notes that it is about to be deleted.
func (d *doomedGroup) prepare(c *Client) {
	if d.Err != nil {
		return
	}
	state := c.stateOf(d.Group, d.typ, "delete-group", d.commits.flat())
	if len(state.Commits) > 0 && d.typ != model.Share {
		if d.Saved, d.Err = state.Write(c.conn.SavedDir()); d.Err != nil {
			d.Outcome = kafka.Refused
			return
		}
	}
	if d.change, d.Err = c.conn.Begin(audit.Change{Action: "delete-group", Target: d.Group, Details: state}); d.Err != nil {
		d.Outcome = kafka.Refused
	}
}

// flat is the commits as package reset knows them.
func (c groupCommits) flat() map[model.TopicPartition]model.Commit {
	flat := make(map[model.TopicPartition]model.Commit)
	for topic, partitions := range c {
		for p, commit := range partitions {
			flat[model.TopicPartition{Topic: topic, Partition: p}] = commit
		}
	}
	return flat
}

// sendDeletions deletes the groups that nothing is against, and looks which of
// them are there afterwards.
func (c *Client) sendDeletions(ctx context.Context, doomed []doomedGroup) {
	req := kmsg.NewPtrDeleteGroupsRequest()
	byName := make(map[string]*doomedGroup)
	for i := range doomed {
		if d := &doomed[i]; d.Err == nil {
			req.Groups = append(req.Groups, d.Group)
			byName[d.Group] = d
			d.reply = kafka.ErrLeftOut
		}
	}
	if len(byName) == 0 {
		return
	}
	writing, cancel := context.WithTimeout(ctx, writeRequests*c.conn.RequestTimeout())
	defer cancel()
	for _, shard := range c.conn.AskCoordinators(writing, req) {
		if shard.Err != nil {
			for _, name := range shard.Req.(*kmsg.DeleteGroupsRequest).Groups {
				byName[name].reply = shard.Err
			}
			continue
		}
		for _, g := range shard.Resp.(*kmsg.DeleteGroupsResponse).Groups {
			if d := byName[g.Group]; d != nil {
				d.reply = kerr.ErrorForCode(g.ErrorCode)
			}
		}
	}

	reading, cancel := context.WithTimeout(ctx, readBackRequests*c.conn.RequestTimeout())
	defer cancel()
	after, err := c.listGroups(reading)
	for _, d := range byName {
		d.judge(after, err)
	}
}

// judge tells what became of the group from its coordinator's reply and from the
// list of groups afterwards, which counts more.
func (d *doomedGroup) judge(after []listedGroup, listErr error) {
	what := "delete group " + d.Group
	listed := slices.ContainsFunc(after, func(g listedGroup) bool { return g.name == d.Group })
	var unlisted *UnlistedError
	seen := listErr == nil || errors.As(listErr, &unlisted) && !slices.Contains(unlisted.Brokers, d.coordinator)
	answered := d.reply == nil || !kafka.Unanswered(d.reply)
	switch {
	case answered && d.reply != nil && !errors.Is(d.reply, kerr.GroupIDNotFound):
		d.refuse(explainGroupDeletion(d.Group, len(d.commits.flat()), d.reply))
	case seen && !listed:
		d.Outcome = kafka.Done
	case !answered:
		d.Outcome, d.Err = kafka.Unknown, fmt.Errorf("%w; it may be deleted yet", kafka.Explain(what, "", d.reply))
	case listed:
		d.Outcome, d.Err = kafka.Unknown, fmt.Errorf("%s: the coordinator deleted it, but it is listed again: a consumer may have made it anew", what)
	default:
		d.Outcome, d.Err = kafka.Unknown, fmt.Errorf("%s: the coordinator deleted it, but the groups could not be listed again: %w", what, listErr)
	}
}

// explainGroupDeletion says in words why the coordinator did not delete a group. It
// writes a tombstone for every commit, all in one batch, and calls it an unexpected
// error when __consumer_offsets does not take a batch of that size.
func explainGroupDeletion(group string, commits int, err error) error {
	what := "delete group " + group
	var ke *kerr.Error
	if errors.As(err, &ke) {
		switch ke.Code {
		case kerr.NonEmptyGroup.Code:
			return kafka.Worded(what+": it has members (NON_EMPTY_GROUP); stop its consumers first", err)
		case kerr.UnknownServerError.Code, kerr.MessageTooLarge.Code, kerr.RecordListTooLarge.Code:
			if commits > 1 {
				return kafka.Worded(fmt.Sprintf("%s: the coordinator failed (%s), perhaps since its %d commits are too many for one batch; delete its offsets topic by topic first", what, ke.Message, commits), err)
			}
		}
	}
	return kafka.Explain(what, "Delete on Group:"+group, err)
}

// end notes what became of the group.
func (d *doomedGroup) end() Deletion {
	if d.change != nil {
		d.Unnoted = d.change.End(kafka.StageOf(d.Outcome), nil, d.Err)
	}
	return d.Deletion
}
