package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/reset"
)

// deleteCommits deletes commits, which are in order of their topics, in as few
// requests as the coordinator takes. After a request without an answer the rest
// is not sent.
func (c *Client) deleteCommits(ctx context.Context, group string, partitions []reset.TopicPartition) map[reset.TopicPartition]reset.Reply {
	replies := make(map[reset.TopicPartition]reset.Reply, len(partitions))
	var broken error
	// The coordinator writes a tombstone for each, which is as long as a commit.
	for _, batch := range inBatches(partitions, func(tp reset.TopicPartition) int { return len(group) + len(tp.Topic) + commitOverhead }) {
		if broken != nil {
			answerAll(replies, batch, reset.Reply{Err: fmt.Errorf("not sent, because an earlier request failed: %w", broken)})
			continue
		}
		broken = c.deleteBatch(ctx, group, batch, replies)
	}
	return replies
}

// deleteBatch sends one OffsetDelete. It notes the reply for every partition and
// returns why there was no answer, or nil.
func (c *Client) deleteBatch(ctx context.Context, group string, batch []reset.TopicPartition, replies map[reset.TopicPartition]reset.Reply) error {
	resp, err := offsetDelete(group, batch).RequestWith(ctx, c.kgo)
	refusal := err
	if err == nil {
		refusal = kerr.ErrorForCode(resp.ErrorCode)
	}
	if refusal != nil {
		for _, tp := range batch {
			replies[tp] = reset.Reply{Err: explainOffsetDeletion(group, tp.String(), tp.Topic, refusal), Lost: unanswered(refusal)}
		}
		return err
	}
	answerAll(replies, batch, reset.Reply{Err: errLeftOut, Lost: true})
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			tp := reset.TopicPartition{Topic: t.Topic, Partition: p.Partition}
			replies[tp] = reset.Reply{Err: explainOffsetDeletion(group, tp.String(), t.Topic, kerr.ErrorForCode(p.ErrorCode))}
		}
	}
	return nil
}

// offsetDelete is the request (KIP-496) for partitions in order of their topics.
func offsetDelete(group string, partitions []reset.TopicPartition) *kmsg.OffsetDeleteRequest {
	req := kmsg.NewPtrOffsetDeleteRequest()
	req.Group = group
	for _, tp := range partitions {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != tp.Topic {
			rt := kmsg.NewOffsetDeleteRequestTopic()
			rt.Topic = tp.Topic
			req.Topics = append(req.Topics, rt)
		}
		rp := kmsg.NewOffsetDeleteRequestTopicPartition()
		rp.Partition = tp.Partition
		rt := &req.Topics[len(req.Topics)-1]
		rt.Partitions = append(rt.Partitions, rp)
	}
	return req
}

// deleteShareOffsets makes a share group forget the topics of some partitions:
// the API takes topics, and answers for each.
func (c *Client) deleteShareOffsets(ctx context.Context, group string, partitions []reset.TopicPartition) map[reset.TopicPartition]reset.Reply {
	replies := make(map[reset.TopicPartition]reset.Reply, len(partitions))
	byTopic := make(map[string][]reset.TopicPartition)
	req := kmsg.NewPtrDeleteShareGroupOffsetsRequest()
	req.GroupID = group
	for _, tp := range partitions {
		if byTopic[tp.Topic] == nil {
			rt := kmsg.NewDeleteShareGroupOffsetsRequestTopic()
			rt.Topic = tp.Topic
			req.Topics = append(req.Topics, rt)
		}
		byTopic[tp.Topic] = append(byTopic[tp.Topic], tp)
	}
	resp, err := req.RequestWith(ctx, c.kgo)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		for topic, tps := range byTopic {
			answerAll(replies, tps, reset.Reply{Err: explainOffsetDeletion(group, topic, topic, err), Lost: unanswered(err)})
		}
		return replies
	}
	answerAll(replies, partitions, reset.Reply{Err: errLeftOut, Lost: true})
	for _, t := range resp.Topics {
		err := explainOffsetDeletion(group, t.Topic, t.Topic, kerr.ErrorForCode(t.ErrorCode))
		answerAll(replies, byTopic[t.Topic], reset.Reply{Err: err})
	}
	return replies
}

func answerAll(replies map[reset.TopicPartition]reset.Reply, partitions []reset.TopicPartition, reply reset.Reply) {
	for _, tp := range partitions {
		replies[tp] = reply
	}
}

// explainOffsetDeletion says in words why the coordinator did not delete an
// offset.
func explainOffsetDeletion(group, of, topic string, err error) error {
	what, needs := "delete the offset of "+of, "Delete on Group:"+group
	var ke *kerr.Error
	if errors.As(err, &ke) {
		switch ke.Code {
		case kerr.GroupSubscribedToTopic.Code:
			return explained{fmt.Sprintf("%s: a member of the group still subscribes to the topic (%s); stop the consumers that read it first", what, ke.Message), err}
		case kerr.NonEmptyGroup.Code:
			return explained{fmt.Sprintf("%s: the group has members (%s); stop its consumers first", what, ke.Message), err}
		case kerr.UnknownTopicOrPartition.Code:
			return explained{fmt.Sprintf("%s: the topic does not exist (%s), and Kafka forgets such an offset by itself; delete the group to be rid of it now", what, ke.Message), err}
		case kerr.TopicAuthorizationFailed.Code:
			needs = "Read on Topic:" + topic
		}
	}
	return Explain(what, needs, err)
}
