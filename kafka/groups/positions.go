package groups

import (
	"context"
	"iter"
	"maps"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
)

// position is where a group stands, or why that could not be read.
type position struct {
	commits groupCommits // of a share group, the start offsets
	share   bool
	// reported is the lag of a share group as its coordinator counts it (KIP-1226);
	// noOffset where it does not.
	reported map[model.TopicPartition]int64
	err      error
}

// lag joins where the group stands on a partition with the partition's log.
func (p position) lag(topic string, partition int32, logs logs) lag.Partition {
	return p.join(model.TopicPartition{Topic: topic, Partition: partition}, p.commits.at(topic, partition), logs.of(topic, partition))
}

func (p position) join(id model.TopicPartition, at int64, log lag.Log) lag.Partition {
	switch {
	case p.err != nil:
		log.State = lag.Unread
	case p.share:
		return lag.OfShare(at, p.reported[id], log)
	}
	return lag.Of(at, log)
}

// partitions goes through what the group has to do with, in no order: the
// partitions that it committed on, and those that its members read.
func (p position) partitions(members []model.Member, logs logs) iter.Seq2[model.TopicPartition, lag.Partition] {
	return func(yield func(model.TopicPartition, lag.Partition) bool) {
		for topic, commits := range p.commits {
			log := logs.topic(topic)
			for partition, commit := range commits {
				id := model.TopicPartition{Topic: topic, Partition: partition}
				if !yield(id, p.join(id, commit.Offset, log.of(partition))) {
					return
				}
			}
		}
		for id := range readersOf(members) {
			if p.commits.at(id.Topic, id.Partition) == model.NoOffset && !yield(id, p.lag(id.Topic, id.Partition, logs)) {
				return
			}
		}
	}
}

// positions reads where groups of any type stand: one request per coordinator,
// and another one per coordinator of share groups.
func (c *Client) positions(ctx context.Context, groups []Group) map[string]position {
	var committing []Group
	var sharing []string
	for i := range groups {
		if groups[i].Type == model.Share {
			sharing = append(sharing, groups[i].Name)
		} else {
			committing = append(committing, groups[i])
		}
	}
	var ofShares map[string]position
	var wg sync.WaitGroup
	wg.Go(func() { ofShares = c.sharePositions(ctx, sharing) })
	all := make(map[string]position, len(groups))
	commits, failed := c.committed(ctx, committing)
	for g, c := range commits {
		all[g] = position{commits: c}
	}
	for g, err := range failed {
		all[g] = position{err: err}
	}
	wg.Wait()
	maps.Copy(all, ofShares)
	return all
}

// sharePositions reads the start offsets of the share-partitions of share groups,
// which stand in the place of commits: everything before them is done
// (DescribeShareGroupOffsets, KIP-932). One request per coordinator. Every group
// is in the answer, with an error where need be.
func (c *Client) sharePositions(ctx context.Context, groups []string) map[string]position {
	found := make(map[string]position, len(groups))
	if len(groups) == 0 {
		return found
	}
	req := kmsg.NewPtrDescribeShareGroupOffsetsRequest()
	for _, g := range groups {
		rg := kmsg.NewDescribeShareGroupOffsetsRequestGroup()
		rg.GroupID = g
		req.Groups = append(req.Groups, rg)
		found[g] = position{err: kafka.ErrLeftOut}
	}
	for _, shard := range c.conn.AskCoordinators(ctx, req) {
		if shard.Err != nil {
			for _, g := range shard.Req.(*kmsg.DescribeShareGroupOffsetsRequest).Groups {
				found[g.GroupID] = position{err: shard.Err}
			}
			continue
		}
		for i := range shard.Resp.(*kmsg.DescribeShareGroupOffsetsResponse).Groups {
			g := &shard.Resp.(*kmsg.DescribeShareGroupOffsetsResponse).Groups[i]
			if err := kerr.ErrorForCode(g.ErrorCode); err != nil {
				found[g.GroupID] = position{err: err}
				continue
			}
			found[g.GroupID] = readSharePosition(g.Topics)
		}
	}
	return found
}

func readSharePosition(topics []kmsg.DescribeShareGroupOffsetsResponseGroupTopic) position {
	pos := position{share: true, commits: make(groupCommits, len(topics)), reported: make(map[model.TopicPartition]int64)}
	for _, t := range topics {
		starts := make(map[int32]model.Commit, len(t.Partitions))
		for _, p := range t.Partitions {
			if p.ErrorCode != 0 || p.StartOffset < 0 { // -1: not initialised yet
				continue
			}
			starts[p.Partition] = model.Commit{Offset: p.StartOffset, LeaderEpoch: p.LeaderEpoch}
			pos.reported[model.TopicPartition{Topic: t.Topic, Partition: p.Partition}] = p.Lag
		}
		if len(starts) > 0 {
			pos.commits[t.Topic] = starts
		}
	}
	return pos
}
