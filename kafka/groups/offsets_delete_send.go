package groups

import (
	"context"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/kdeck/kdeck/kafka/model"
)

// deletions are the requests that delete what a group has committed on partitions,
// which are in order of their topics. A share group forgets whole topics.
func (c *Client) deletions(typ model.GroupType, group string, partitions []model.TopicPartition) []write {
	if len(partitions) == 0 {
		return nil
	}
	if typ == model.Share {
		return []write{{partitions, func(ctx context.Context) (answers, error) {
			return c.deleteShareOffsets(ctx, group, partitions)
		}}}
	}
	var writes []write
	// The coordinator writes a tombstone for each, which is as long as a commit.
	for _, some := range inBatches(partitions, func(tp model.TopicPartition) int { return len(group) + len(tp.Topic) + commitOverhead }) {
		writes = append(writes, write{some, func(ctx context.Context) (answers, error) {
			return c.deleteCommits(ctx, group, some)
		}})
	}
	return writes
}

// deleteCommits sends one OffsetDelete (KIP-496).
func (c *Client) deleteCommits(ctx context.Context, group string, partitions []model.TopicPartition) (answers, error) {
	offsets := make(kadm.TopicsSet)
	for _, tp := range partitions {
		offsets.Add(tp.Topic, tp.Partition)
	}
	deleted, err := c.conn.Admin().DeleteOffsets(ctx, group, offsets)
	return answersOf(deleted), err
}

// deleteShareOffsets sends one DeleteShareGroupOffsets (KIP-932), which takes topics
// and answers for each.
func (c *Client) deleteShareOffsets(ctx context.Context, group string, partitions []model.TopicPartition) (answers, error) {
	topics := make(map[string]bool)
	for _, tp := range partitions {
		topics[tp.Topic] = true
	}
	deleted, err := c.conn.Admin().DeleteShareGroupOffsets(ctx, group, slices.Sorted(maps.Keys(topics))...)
	answer := make(answers, len(partitions))
	for _, tp := range partitions {
		if reply, ok := deleted[tp.Topic]; ok {
			answer[tp] = reply
		}
	}
	return answer, err
}

// answersOf is what kadm tells of each partition.
func answersOf[M ~map[string]map[int32]error](replies M) answers {
	answer := make(answers)
	for topic, partitions := range replies {
		for p, err := range partitions {
			answer[model.TopicPartition{Topic: topic, Partition: p}] = err
		}
	}
	return answer
}
