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
func (c *Conn) TopicLog(ctx context.Context, topic string) (TopicLog, error) {
	md, err := c.Metadata(ctx, topic)
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
	log := TopicLog{ID: t.TopicID, Leaders: LeadersOf(t.Partitions)}
	counts := map[string]int{topic: len(t.Partitions)}
	starts, err := c.listOffsets(ctx, counts, LogStart)
	ends, endErr := c.listOffsets(ctx, counts, LogEnd)
	log.Starts, log.Ends, log.Partial = starts[topic], ends[topic], FirstError(err, endErr)
	return log, nil
}

// OffsetsAfter returns, for each of a topic's partitions, the offset of the
// first record with a timestamp at or after a time, or -1 where there is none:
// one ListOffsets request per broker that leads any of them. Timestamps are
// those of the records, which need not grow with the offset.
func (c *Conn) OffsetsAfter(ctx context.Context, topic string, partitions int, at time.Time) ([]int64, error) {
	offsets, err := c.listOffsets(ctx, map[string]int{topic: partitions}, OffsetAfter(max(0, at.UnixMilli())))
	return offsets[topic], err
}

// StableEnds returns the last stable offset of each of a topic's partitions, the
// end for who reads committed records alone (KIP-98), or -1 where the cluster did
// not say: one ListOffsets request per broker that leads any of them.
func (c *Conn) StableEnds(ctx context.Context, topic string, partitions int) ([]int64, error) {
	ends, err := c.listOffsets(ctx, map[string]int{topic: partitions}, LastStable)
	return ends[topic], err
}
