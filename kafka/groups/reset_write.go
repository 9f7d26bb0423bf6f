package groups

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// writeRows writes rows of a group's plan, in as few requests as the coordinator
// takes: commits first, then deletions.
func (c *Client) writeRows(ctx context.Context, group string, typ model.GroupType, rows []reset.Row) map[model.TopicPartition]model.Reply {
	var commits []reset.Row
	var deletions []model.TopicPartition
	deletes := make(map[model.TopicPartition]bool)
	for _, r := range rows {
		if r.Deletes() {
			deletions, deletes[r.TopicPartition] = append(deletions, r.TopicPartition), true
		} else {
			commits = append(commits, r)
		}
	}
	writes := append(c.commitWrites(group, typ, commits), c.deletions(typ, group, deletions)...)
	return c.sendWrites(ctx, writes, func(tp model.TopicPartition, err error) error {
		return explainWrite(group, tp, deletes[tp], err)
	})
}

// commitWrites are the requests that write rows of a plan.
func (c *Client) commitWrites(group string, typ model.GroupType, rows []reset.Row) []write {
	send := c.commitOffsets
	if typ == model.Share {
		send = c.alterShareOffsets
	}
	var writes []write
	for _, some := range inBatches(rows, func(r reset.Row) int {
		return len(group) + len(r.Topic) + len(r.Commit().Metadata) + commitOverhead
	}) {
		w := write{send: func(ctx context.Context) (answers, error) { return send(ctx, group, some) }}
		for _, r := range some {
			w.partitions = append(w.partitions, r.TopicPartition)
		}
		writes = append(writes, w)
	}
	return writes
}

// commitOffsets sends one OffsetCommit as nobody's member (generation -1), which
// the coordinator takes from outside of a group that is empty. kadm looks the ids of
// the topics up first, and sends nothing for a topic that it does not find; then it is
// said why not.
func (c *Client) commitOffsets(ctx context.Context, group string, rows []reset.Row) (answers, error) {
	offsets := make(kadm.Offsets)
	topics := make(map[string]bool)
	for _, r := range rows {
		commit := r.Commit()
		offsets.Add(kadm.Offset{Topic: r.Topic, Partition: r.Partition, At: commit.Offset, LeaderEpoch: commit.LeaderEpoch, Metadata: commit.Metadata})
		topics[r.Topic] = true
	}
	// kadm would take metadata that could not be read for topics that do not exist.
	if _, err := c.conn.Metadata(ctx, slices.Sorted(maps.Keys(topics))...); err != nil {
		return nil, notSent{err}
	}
	committed, err := c.conn.Admin().CommitOffsets(ctx, group, offsets)
	answer := make(answers, len(rows))
	committed.Each(func(o kadm.OffsetResponse) {
		if o.Err == nil || !kafka.Unanswered(o.Err) { // else the coordinator left it out
			answer[model.TopicPartition{Topic: o.Topic, Partition: o.Partition}] = o.Err
		}
	})
	return answer, err
}

// explainWrite says in words why the coordinator did not commit an offset of a plan,
// or did not delete it.
func explainWrite(group string, tp model.TopicPartition, deletes bool, err error) error {
	what, needs := "commit "+tp.String(), "Read on Topic:"+tp.Topic
	right := "Read"
	if deletes {
		what, right = "delete the commit of "+tp.String(), "Delete"
	}
	var ke *kerr.Error
	if errors.As(err, &ke) {
		switch ke.Code {
		case kerr.UnknownMemberID.Code, kerr.IllegalGeneration.Code, kerr.StaleMemberEpoch.Code, kerr.RebalanceInProgress.Code,
			kerr.NonEmptyGroup.Code, kerr.GroupSubscribedToTopic.Code:
			return kafka.Worded(fmt.Sprintf("%s: a consumer has joined the group meanwhile (%s); stop it and make a new plan", what, ke.Message), err)
		case kerr.GroupAuthorizationFailed.Code:
			needs = right + " on Group:" + group
		}
	}
	return kafka.Explain(what, needs, err)
}
