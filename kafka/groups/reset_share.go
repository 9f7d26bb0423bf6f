package groups

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// shareStarts reads the start offsets of the share-partitions of share groups
// (DescribeShareGroupOffsets, KIP-932), which a reset moves in the place of
// commits: one request per coordinator. Every group is in the answer.
func (c *Client) shareStarts(ctx context.Context, groups []string) map[string]resetCommits {
	found := make(map[string]resetCommits, len(groups))
	if len(groups) == 0 {
		return found
	}
	req := kmsg.NewPtrDescribeShareGroupOffsetsRequest()
	for _, g := range groups {
		rg := kmsg.NewDescribeShareGroupOffsetsRequestGroup()
		rg.GroupID = g // no topics: all
		req.Groups = append(req.Groups, rg)
		found[g] = resetCommits{err: kafka.ErrLeftOut}
	}
	for _, shard := range c.conn.AskCoordinators(ctx, req) {
		if shard.Err != nil {
			for _, g := range shard.Req.(*kmsg.DescribeShareGroupOffsetsRequest).Groups {
				found[g.GroupID] = resetCommits{err: shard.Err}
			}
			continue
		}
		for _, g := range shard.Resp.(*kmsg.DescribeShareGroupOffsetsResponse).Groups {
			found[g.GroupID] = readShareStarts(&g)
		}
	}
	return found
}

func readShareStarts(g *kmsg.DescribeShareGroupOffsetsResponseGroup) resetCommits {
	if err := kerr.ErrorForCode(g.ErrorCode); err != nil {
		return resetCommits{err: err}
	}
	r := resetCommits{commits: make(map[model.TopicPartition]model.Commit), unstarted: make(map[model.TopicPartition]bool)}
	for _, t := range g.Topics {
		for _, p := range t.Partitions {
			tp := model.TopicPartition{Topic: t.Topic, Partition: p.Partition}
			switch err := kerr.ErrorForCode(p.ErrorCode); {
			case err != nil:
				return resetCommits{err: fmt.Errorf("%s: %w", tp, err)}
			case p.StartOffset < 0: // the leader has not chosen one yet
				r.unstarted[tp] = true
			default:
				// The epoch is that of the present leader, and none of the offset's.
				r.commits[tp] = model.Commit{Offset: p.StartOffset, LeaderEpoch: -1}
			}
		}
	}
	return r
}

// alterShareOffsets sends one AlterShareGroupOffsets, which the coordinator takes for
// a group that is empty. What members had begun to work on is delivered again.
func (c *Client) alterShareOffsets(ctx context.Context, group string, rows []reset.Row) (codes, error) {
	req := kmsg.NewPtrAlterShareGroupOffsetsRequest()
	req.GroupID = group
	for _, some := range byTopic(rows, topicOfRow) {
		rt := kmsg.NewAlterShareGroupOffsetsRequestTopic()
		rt.Topic = some[0].Topic
		for _, r := range some {
			rp := kmsg.NewAlterShareGroupOffsetsRequestTopicPartition()
			rp.Partition, rp.StartOffset = r.Partition, r.New
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
	answer := make(codes, len(rows))
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			answer[model.TopicPartition{Topic: t.Topic, Partition: p.Partition}] = p.ErrorCode
		}
	}
	return answer, nil
}
