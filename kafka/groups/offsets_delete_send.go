package groups

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
)

// deletions are the requests that delete what a group has committed on partitions,
// which are in order of their topics. A share group forgets whole topics.
func (c *Client) deletions(typ model.GroupType, group string, partitions []model.TopicPartition) []write {
	if len(partitions) == 0 {
		return nil
	}
	if typ == model.Share {
		return []write{{partitions, func(ctx context.Context) (codes, error) {
			return c.deleteShareOffsets(ctx, group, partitions)
		}}}
	}
	var writes []write
	// The coordinator writes a tombstone for each, which is as long as a commit.
	for _, some := range inBatches(partitions, func(tp model.TopicPartition) int { return len(group) + len(tp.Topic) + commitOverhead }) {
		writes = append(writes, write{some, func(ctx context.Context) (codes, error) {
			return c.deleteCommits(ctx, group, some)
		}})
	}
	return writes
}

// deleteCommits sends one OffsetDelete (KIP-496).
func (c *Client) deleteCommits(ctx context.Context, group string, partitions []model.TopicPartition) (codes, error) {
	req := kmsg.NewPtrOffsetDeleteRequest()
	req.Group = group
	for _, some := range byTopic(partitions, topicOf) {
		rt := kmsg.NewOffsetDeleteRequestTopic()
		rt.Topic = some[0].Topic
		for _, tp := range some {
			rp := kmsg.NewOffsetDeleteRequestTopicPartition()
			rp.Partition = tp.Partition
			rt.Partitions = append(rt.Partitions, rp)
		}
		req.Topics = append(req.Topics, rt)
	}
	resp, err := req.RequestWith(ctx, c.conn.Kgo())
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return nil, err
	}
	answer := make(codes, len(partitions))
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			answer[model.TopicPartition{Topic: t.Topic, Partition: p.Partition}] = p.ErrorCode
		}
	}
	return answer, nil
}

// deleteShareOffsets sends one DeleteShareGroupOffsets (KIP-932), which takes topics
// and answers for each.
func (c *Client) deleteShareOffsets(ctx context.Context, group string, partitions []model.TopicPartition) (codes, error) {
	req := kmsg.NewPtrDeleteShareGroupOffsetsRequest()
	req.GroupID = group
	topics := make(map[string][]model.TopicPartition)
	for _, some := range byTopic(partitions, topicOf) {
		rt := kmsg.NewDeleteShareGroupOffsetsRequestTopic()
		rt.Topic = some[0].Topic
		topics[rt.Topic] = some
		req.Topics = append(req.Topics, rt)
	}
	resp, err := req.RequestWith(ctx, c.conn.Kgo())
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return nil, err
	}
	answer := make(codes, len(partitions))
	for _, t := range resp.Topics {
		for _, tp := range topics[t.Topic] {
			answer[tp] = t.ErrorCode
		}
	}
	return answer, nil
}

// explain says in words why the coordinator did not delete an
// offset.
func (d offsetsDoomed) explain(tp model.TopicPartition, err error) error {
	what, needs := "delete the offset of "+tp.String(), "Delete on Group:"+d.group.Name
	if d.group.Type == model.Share {
		what = "delete the offsets of " + tp.Topic
	}
	var ke *kerr.Error
	if errors.As(err, &ke) {
		switch ke.Code {
		case kerr.GroupSubscribedToTopic.Code:
			return kafka.Worded(fmt.Sprintf("%s: a member of the group still subscribes to the topic (%s); stop the consumers that read it first", what, ke.Message), err)
		case kerr.NonEmptyGroup.Code:
			return kafka.Worded(fmt.Sprintf("%s: the group has members (%s); stop its consumers first", what, ke.Message), err)
		case kerr.UnknownTopicOrPartition.Code:
			return kafka.Worded(fmt.Sprintf("%s: the topic does not exist (%s), and Kafka forgets such an offset by itself; delete the group to be rid of it now", what, ke.Message), err)
		case kerr.TopicAuthorizationFailed.Code:
			needs = "Read on Topic:" + tp.Topic
		}
	}
	return kafka.Explain(what, needs, err)
}
