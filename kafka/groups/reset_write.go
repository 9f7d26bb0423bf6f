package groups

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// writePlan writes the rows that change, in as few requests as the coordinator
// takes: commits first, then deletions.
func (c *Client) writePlan(ctx context.Context, plan reset.Plan) map[model.TopicPartition]reset.Reply {
	var commits []reset.Row
	var deletions []model.TopicPartition
	deletes := make(map[model.TopicPartition]bool)
	for _, r := range plan.Rows {
		switch {
		case !r.Changes():
		case r.Deletes():
			deletions, deletes[r.TopicPartition] = append(deletions, r.TopicPartition), true
		default:
			commits = append(commits, r)
		}
	}
	writes := append(c.commits(plan, commits), c.deletions(plan.Type, plan.Group, deletions)...)
	return c.sendWrites(ctx, writes, func(tp model.TopicPartition, err error) error {
		return explainWrite(plan.Group, tp, deletes[tp], err)
	})
}

// commits are the requests that write rows of a plan.
func (c *Client) commits(plan reset.Plan, rows []reset.Row) []write {
	send := c.commitOffsets
	if plan.Type == model.Share {
		send = c.alterShareOffsets
	}
	var writes []write
	for _, some := range inBatches(rows, func(r reset.Row) int {
		return len(plan.Group) + len(r.Topic) + len(r.Commit().Metadata) + commitOverhead
	}) {
		w := write{send: func(ctx context.Context) (codes, error) { return send(ctx, plan.Group, some) }}
		for _, r := range some {
			w.partitions = append(w.partitions, r.TopicPartition)
		}
		writes = append(writes, w)
	}
	return writes
}

// commitOffsets sends one OffsetCommit as nobody's member (generation -1), which
// the coordinator takes from outside of a group that is empty.
func (c *Client) commitOffsets(ctx context.Context, group string, rows []reset.Row) (codes, error) {
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group = group
	names := make(map[[16]byte]string)
	for _, some := range byTopic(rows, topicOfRow) {
		rt := kmsg.NewOffsetCommitRequestTopic()
		rt.Topic, rt.TopicID = some[0].Topic, some[0].TopicID // v10 uses the id
		names[rt.TopicID] = rt.Topic
		for _, r := range some {
			commit := r.Commit()
			rp := kmsg.NewOffsetCommitRequestTopicPartition()
			rp.Partition, rp.Offset, rp.LeaderEpoch, rp.Metadata = r.Partition, commit.Offset, commit.LeaderEpoch, kmsg.StringPtr(commit.Metadata)
			rt.Partitions = append(rt.Partitions, rp)
		}
		req.Topics = append(req.Topics, rt)
	}
	resp, err := req.RequestWith(ctx, c.conn.Kgo())
	if err != nil {
		return nil, err
	}
	answer := make(codes, len(rows))
	for _, t := range resp.Topics {
		if t.Topic == "" {
			t.Topic = names[t.TopicID]
		}
		for _, p := range t.Partitions {
			answer[model.TopicPartition{Topic: t.Topic, Partition: p.Partition}] = p.ErrorCode
		}
	}
	return answer, nil
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
