package kafka

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// TopicLog is where the log of each partition of a topic begins and ends: what
// one needs to know before reading it. The slices are indexed by partition.
type TopicLog struct {
	ID      [16]byte // changes when the topic is deleted and created again (KIP-516); zero before Kafka 2.8
	Leaders []int32  // node id of the leader, -1 when the partition has none
	Starts  []int64  // the log start offset; -1 when the cluster did not say
	Ends    []int64  // the high watermark, the offset of the next record; -1 when the cluster did not say
	// Partial says why some offsets are missing; nil when all are there.
	Partial error
}

// TopicLog asks for the log of one topic: one Metadata request and two
// ListOffsets requests per broker that leads any of its partitions. A topic that
// does not exist is an error that wraps kerr.UnknownTopicOrPartition.
func (c *Client) TopicLog(ctx context.Context, topic string) (TopicLog, error) {
	md, err := c.metadata(ctx, topic)
	if err != nil {
		return TopicLog{}, err
	}
	if len(md.Topics) != 1 {
		return TopicLog{}, Explain("read topic "+topic, "", kerr.UnknownTopicOrPartition)
	}
	t := &md.Topics[0]
	if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
		return TopicLog{}, Explain("read topic "+topic, "Describe on Topic:"+topic, err)
	}
	log := TopicLog{ID: t.TopicID, Leaders: leadersOf(t.Partitions)}
	counts := map[string]int{topic: len(t.Partitions)}
	starts, err := c.listOffsets(ctx, counts, logStart)
	ends, endErr := c.listOffsets(ctx, counts, logEnd)
	log.Starts, log.Ends, log.Partial = starts[topic], ends[topic], firstError(err, endErr)
	return log, nil
}

// OffsetsAfter returns, for each of a topic's partitions, the offset of the
// first record with a timestamp at or after a time, or -1 where there is none:
// one ListOffsets request per broker that leads any of them. Timestamps are
// those of the records, which need not grow with the offset.
func (c *Client) OffsetsAfter(ctx context.Context, topic string, partitions int, at time.Time) ([]int64, error) {
	offsets, err := c.listOffsets(ctx, map[string]int{topic: partitions}, offsetAt(max(0, at.UnixMilli())))
	return offsets[topic], err
}

// StableEnds returns the last stable offset of each of a topic's partitions, the
// end for who reads committed records alone (KIP-98), or -1 where the cluster did
// not say: one ListOffsets request per broker that leads any of them.
func (c *Client) StableEnds(ctx context.Context, topic string, partitions int) ([]int64, error) {
	ends, err := c.listOffsets(ctx, map[string]int{topic: partitions}, lastStableOffset)
	return ends[topic], err
}

// GroupOffsets returns what a group has committed on a topic: the next offset that
// it would read, by partition. Partitions without a commit are left out, and a
// group that does not exist has none. It takes an OffsetFetch request to the
// coordinator, once that is found.
func (c *Client) GroupOffsets(ctx context.Context, group, topic string) (map[int32]int64, error) {
	found := c.fetchCommits(ctx, map[string]int32{group: -1}, false)[group]
	if found.err != nil {
		return nil, Explain("read where group "+group+" stands", "Describe on Group:"+group, found.err)
	}
	offsets := make(map[int32]int64)
	for tp, commit := range found.commits {
		if tp.Topic == topic {
			offsets[tp.Partition] = commit.Offset
		}
	}
	return offsets, nil
}
