package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// noOffset stands where the cluster named no offset.
const noOffset = int64(-1)

// partitionOffsets holds one offset per partition of a topic, by topic and then
// by partition number; noOffset where the cluster did not say.
type partitionOffsets map[string][]int64

// at returns the offset of one partition, or noOffset.
func (o partitionOffsets) at(topic string, partition int32) int64 {
	if ps := o[topic]; int(partition) < len(ps) && partition >= 0 {
		return ps[partition]
	}
	return noOffset
}

// offsetKind is a place in the log that ListOffsets can find.
type offsetKind struct {
	timestamp int64
	isolation int8
}

// The places in a log that kdeck asks for. Timestamps -1 and -2 are the
// ListOffsets API's own; with isolation level 1 (read committed, KIP-98) the
// end is the last stable offset.
var (
	logStart         = offsetKind{timestamp: -2}
	logEnd           = offsetKind{timestamp: -1}
	lastStableOffset = offsetKind{timestamp: -1, isolation: 1}
)

// offsetAt is the offset of the first record at or after a time in milliseconds
// since 1970; the cluster answers noOffset when there is none.
func offsetAt(millis int64) offsetKind { return offsetKind{timestamp: millis} }

// listOffsets asks the leaders for one kind of offset of every partition of
// every topic in counts (topic to number of partitions): one request per broker
// that leads any of them. Partitions without an answer hold noOffset, and the
// error then says, in one line, how many and why; the rest of the answer is
// true all the same.
func (c *Client) listOffsets(ctx context.Context, counts map[string]int, kind offsetKind) (partitionOffsets, error) {
	offsets := make(partitionOffsets, len(counts))
	req := kmsg.NewPtrListOffsetsRequest()
	req.IsolationLevel = kind.isolation
	req.Topics = make([]kmsg.ListOffsetsRequestTopic, 0, len(counts))
	asked := 0
	for topic, n := range counts {
		rt := kmsg.NewListOffsetsRequestTopic()
		rt.Topic = topic
		rt.Partitions = make([]kmsg.ListOffsetsRequestTopicPartition, n)
		ps := make([]int64, n)
		for p := range n {
			rp := kmsg.NewListOffsetsRequestTopicPartition()
			rp.Partition, rp.Timestamp = int32(p), kind.timestamp
			rt.Partitions[p] = rp
			ps[p] = noOffset
		}
		asked += n
		offsets[topic] = ps
		req.Topics = append(req.Topics, rt)
	}
	if asked == 0 {
		return offsets, nil
	}

	answered := 0
	var first error
	for _, shard := range c.kgo.RequestSharded(ctx, req) {
		if shard.Err != nil {
			first = firstError(first, shard.Err)
			continue
		}
		for _, t := range shard.Resp.(*kmsg.ListOffsetsResponse).Topics {
			ps := offsets[t.Topic]
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					first = firstError(first, err)
					continue
				}
				if int(p.Partition) < len(ps) {
					ps[p.Partition] = p.Offset
					answered++
				}
			}
		}
	}
	if missing := asked - answered; missing > 0 {
		if first == nil {
			first = errors.New("the brokers left them out of their answer")
		}
		return offsets, Explain(fmt.Sprintf("list offsets: %d of %d partitions", missing, asked), "Describe on Topic", first)
	}
	return offsets, nil
}

// firstError keeps the first of several errors of the same kind: one is shown,
// with the count of what is missing.
func firstError(first, err error) error {
	if first != nil {
		return first
	}
	return err
}
