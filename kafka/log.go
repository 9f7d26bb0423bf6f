package kafka

import (
	"context"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka/model"
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
	n := len(t.Partitions)
	var startErr, endErr error
	log.Starts, startErr = c.listOffsets(ctx, topic, n, func(ctx context.Context, adm *kadm.Client) (kadm.ListedOffsets, error) {
		return adm.ListStartOffsets(ctx, topic)
	})
	log.Ends, endErr = c.listOffsets(ctx, topic, n, func(ctx context.Context, adm *kadm.Client) (kadm.ListedOffsets, error) {
		return adm.ListEndOffsets(ctx, topic)
	})
	log.Partial = FirstError(startErr, endErr)
	return log, nil
}

// OffsetsAfter returns, for each of a topic's partitions, the offset of the
// first record with a timestamp at or after a time, or -1 where there is none:
// one ListOffsets request per broker that leads any of them, and one more where there
// is none. Timestamps are those of the records, which need not grow with the offset.
func (c *Conn) OffsetsAfter(ctx context.Context, topic string, partitions int, at time.Time) ([]int64, error) {
	return c.listOffsets(ctx, topic, partitions, func(ctx context.Context, adm *kadm.Client) (kadm.ListedOffsets, error) {
		listed, err := adm.ListOffsetsAfterMilli(ctx, max(0, at.UnixMilli()), topic)
		for _, partitions := range listed {
			for p, o := range partitions {
				if o.Timestamp < 0 { // no record: kadm answers with the end
					o.Offset = model.NoOffset
					partitions[p] = o
				}
			}
		}
		return listed, err
	})
}

// StableEnds returns the last stable offset of each of a topic's partitions, the
// end for who reads committed records alone (KIP-98), or -1 where the cluster did
// not say: one ListOffsets request per broker that leads any of them.
func (c *Conn) StableEnds(ctx context.Context, topic string, partitions int) ([]int64, error) {
	return c.listOffsets(ctx, topic, partitions, func(ctx context.Context, adm *kadm.Client) (kadm.ListedOffsets, error) {
		return adm.ListCommittedOffsets(ctx, topic)
	})
}

// remoteTime is what a broker may take to look a time up in remote storage
// (ListOffsets v10, KIP-1075). Where a log starts and ends it knows at once. kgo
// adds this to the time that it waits for a broker, and everything else that the
// same broker is asked waits as long: by default, 15 seconds.
const remoteTime = time.Second

// listOffsets asks the leaders of a topic's partitions for one kind of offset. What it
// returns has one for each partition, NoOffset where the cluster did not say; the error
// then says, in one line, of how many and why.
func (c *Conn) listOffsets(ctx context.Context, topic string, partitions int, list func(context.Context, *kadm.Client) (kadm.ListedOffsets, error)) ([]int64, error) {
	offsets := Offsets{topic: slices.Repeat([]int64{model.NoOffset}, partitions)}
	if partitions == 0 {
		return offsets[topic], nil
	}
	adm := kadm.NewClient(c.kgo)
	adm.SetTimeoutMillis(int32(remoteTime.Milliseconds()))
	var listed kadm.ListedOffsets
	err := c.again(ctx, func() (err error) {
		listed, err = list(ctx, adm)
		return err
	})
	tally := offsetTally{first: shardError(err)}
	listed.Each(func(o kadm.ListedOffset) { tally.take(offsets, o.Topic, o.Partition, o.Offset, o.Err) })
	return offsets[topic], tally.err(partitions)
}
