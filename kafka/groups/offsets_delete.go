package groups

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/audit"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// OffsetDeletion is what became of the commit of one partition that was to be
// deleted.
type OffsetDeletion struct {
	model.TopicPartition
	Was     int64 // the offset that was committed; reset.None when none was
	Outcome kafka.Outcome
	Err     error // why the outcome is Refused or Unknown
}

// OffsetsDeletion is what became of commits that were to be deleted.
type OffsetsDeletion struct {
	Group      string
	Partitions []OffsetDeletion // by topic and partition
	// Saved is the path of the file with everything that the group had
	// committed; empty for share groups, whose start offsets are in the audit log
	// alone.
	Saved string
	// Unnoted is why the audit log does not tell the outcome, or nil.
	Unnoted error
}

// Count returns how many partitions had an outcome.
func (d OffsetsDeletion) Count(o kafka.Outcome) int {
	n := 0
	for _, p := range d.Partitions {
		if p.Outcome == o {
			n++
		}
	}
	return n
}

// DeleteOffsets deletes what a group has committed on some partitions
// (OffsetDelete, KIP-496), which a coordinator does for topics that no member
// subscribes to. A share group forgets a topic whole, once it has no members
// (DeleteShareGroupOffsets, KIP-932), so all of its partitions must be named.
//
// It returns an error when nothing was tried: ErrReadOnly, *NoGroupError, or that
// the offsets could not be read or saved, which comes first. Otherwise the answer
// tells for each partition what became of it; from then on ctx stops nothing.
func (c *Client) DeleteOffsets(ctx context.Context, group string, partitions []model.TopicPartition) (OffsetsDeletion, error) {
	what := "delete offsets of " + group
	if err := c.conn.MayChange(what); err != nil {
		return OffsetsDeletion{}, err
	}
	found, _, err := c.findGroup(ctx, group)
	if err != nil {
		return OffsetsDeletion{}, fmt.Errorf("%s: nothing was deleted: %w", what, err)
	}
	d := offsetsDoomed{client: c, group: found}
	before, err := d.read(ctx)
	if err != nil {
		return OffsetsDeletion{}, fmt.Errorf("%s: nothing was deleted: %w", what, err)
	}
	send, result := d.choose(partitions, before)
	if len(send) == 0 {
		return result, nil
	}
	state := c.stateOf(group, found.Type, "delete-offsets", before)
	if found.Type != model.Share {
		if result.Saved, err = state.Write(c.conn.SavedDir()); err != nil {
			return OffsetsDeletion{}, err
		}
	}
	change, err := c.conn.Begin(audit.Change{Action: "delete-offsets", Target: group, Details: map[string]any{"partitions": send, "state": state}})
	if err != nil {
		return OffsetsDeletion{}, err
	}

	ctx = context.WithoutCancel(ctx)
	replies := c.sendWrites(ctx, c.deletions(found.Type, group, send), d.explain)
	reading, cancel := context.WithTimeout(ctx, readBackRequests*c.conn.RequestTimeout())
	defer cancel()
	after, readErr := d.read(reading)
	result.judge(replies, after, readErr)
	result.Unnoted = change.End(result.stage(), result.summary(), readErr)
	return result, nil
}

// offsetsDoomed is a group of which commits are deleted.
type offsetsDoomed struct {
	client *Client
	group  Group
}

// read is everything that the group has committed, or where a share group stands.
func (d offsetsDoomed) read(ctx context.Context) (map[model.TopicPartition]model.Commit, error) {
	var commits map[model.TopicPartition]model.Commit
	var err error
	if d.group.Type == model.Share {
		pos := d.client.sharePositions(ctx, []string{d.group.Name})[d.group.Name]
		if errors.Is(pos.err, kerr.GroupIDNotFound) { // it goes with the last of its offsets
			pos.err = nil
		}
		commits, err = pos.commits.flat(), pos.err
	} else {
		found := d.client.fetchCommits(ctx, map[string]int32{d.group.Name: d.group.Coordinator}, false)[d.group.Name]
		commits, err = found.commits, found.err
	}
	return commits, kafka.Explain("read the offsets of group "+d.group.Name, "Describe on Group:"+d.group.Name, err)
}

// choose sorts out what there is to delete.
func (d offsetsDoomed) choose(partitions []model.TopicPartition, before map[model.TopicPartition]model.Commit) (send []model.TopicPartition, result OffsetsDeletion) {
	partitions = slices.CompactFunc(slices.SortedFunc(slices.Values(partitions), model.TopicPartition.Compare),
		func(a, b model.TopicPartition) bool { return a == b })
	kept := make(map[string]bool) // topics of a share group of which partitions were not named
	for tp := range before {
		if _, named := slices.BinarySearchFunc(partitions, tp, model.TopicPartition.Compare); !named && d.group.Type == model.Share {
			kept[tp.Topic] = true
		}
	}
	result.Group = d.group.Name
	for _, tp := range partitions {
		row := OffsetDeletion{TopicPartition: tp, Was: model.NoOffset}
		commit, ok := before[tp]
		switch {
		case !ok:
			row.Outcome, row.Err = kafka.Refused, fmt.Errorf("delete the offset of %s: the group has none there", tp)
		case kept[tp.Topic]:
			row.Outcome, row.Err = kafka.Refused, fmt.Errorf("delete the offset of %s: a share group forgets all partitions of a topic or none", tp)
		default:
			send = append(send, tp)
		}
		if ok {
			row.Was = commit.Offset
		}
		result.Partitions = append(result.Partitions, row)
	}
	return send, result
}

// judge tells what became of each partition that was sent, from the reply and
// from what is committed afterwards, which counts more; readErr is why nothing
// could be read.
func (d *OffsetsDeletion) judge(replies map[model.TopicPartition]reset.Reply, after map[model.TopicPartition]model.Commit, readErr error) {
	for i := range d.Partitions {
		p := &d.Partitions[i]
		if p.Outcome != "" { // was not sent
			continue
		}
		reply := replies[p.TopicPartition]
		now, there := after[p.TopicPartition]
		switch {
		case readErr == nil && !there:
			p.Outcome = kafka.Done
		case reply.Lost:
			p.Outcome, p.Err = kafka.Unknown, fmt.Errorf("%w; it may be deleted yet", reply.Err)
		case reply.Err != nil:
			p.Outcome, p.Err = kafka.Refused, reply.Err
		case readErr != nil:
			p.Outcome, p.Err = kafka.Unknown, fmt.Errorf("the coordinator deleted it, but it could not be read back: %w", readErr)
		default:
			p.Outcome, p.Err = kafka.Unknown, fmt.Errorf("the coordinator deleted it, but %d is committed again: a consumer reads the topic", now.Offset)
		}
	}
}

func (d *OffsetsDeletion) stage() audit.Stage {
	outcomes := make([]kafka.Outcome, len(d.Partitions))
	for i, p := range d.Partitions {
		outcomes[i] = p.Outcome
	}
	return kafka.StageOf(outcomes...)
}

// summary is the outcome of each partition in a few words, for the audit log.
func (d *OffsetsDeletion) summary() []string {
	lines := make([]string, len(d.Partitions))
	for i, p := range d.Partitions {
		lines[i] = fmt.Sprintf("%s: %s, was %d", p.TopicPartition, p.Outcome, p.Was)
		if p.Err != nil {
			lines[i] += ": " + p.Err.Error()
		}
	}
	return lines
}
