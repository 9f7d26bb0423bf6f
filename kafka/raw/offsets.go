package raw

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// remoteTime is what a broker may take to look a time up in remote storage
// (ListOffsets v10, KIP-1075). Where a log starts and ends it knows at once. kgo
// adds this to the time that it waits for a broker, and everything else that the
// same broker is asked waits as long: by default, 30 seconds.
const remoteTime = time.Second

// ListOffsets asks one leader where the logs of its partitions begin, end or pass a
// time. It is built with Add.
//
// Not kadm.ListEndOffsets and its like: they ask for the metadata once more for each kind
// of offset, and make a map of maps of what the caller has slices for. Of 10,000 topics of
// 10 partitions this takes 180 MB for their 340, the metadata included (BenchmarkRaw).
type ListOffsets struct {
	req       *kmsg.ListOffsetsRequest
	timestamp int64
	all       []kmsg.ListOffsetsRequestTopicPartition // of all topics, one after the other
}

// NewListOffsets makes a request with room for so many topics and partitions: for
// 100,000 partitions, slices that grow cost three times the memory. A timestamp of -1
// and -2 is the end and the start of a log; with readCommitted the end is the last
// stable offset (KIP-98).
func NewListOffsets(timestamp int64, readCommitted bool, topics, partitions int) *ListOffsets {
	req := kmsg.NewPtrListOffsetsRequest()
	req.TimeoutMillis = 0
	if timestamp >= 0 {
		req.TimeoutMillis = int32(remoteTime.Milliseconds())
	}
	if readCommitted {
		req.IsolationLevel = 1
	}
	req.Topics = make([]kmsg.ListOffsetsRequestTopic, 0, topics)
	return &ListOffsets{req: req, timestamp: timestamp, all: make([]kmsg.ListOffsetsRequestTopicPartition, 0, partitions)}
}

// Add asks for a partition of a topic; partitions of one topic must come one after
// the other, and no more of them than there is room for.
func (l *ListOffsets) Add(topic string, partition int32) {
	if n := len(l.req.Topics); n == 0 || l.req.Topics[n-1].Topic != topic {
		rt := kmsg.NewListOffsetsRequestTopic()
		rt.Topic, rt.Partitions = topic, l.all[len(l.all):]
		l.req.Topics = append(l.req.Topics, rt)
	}
	rp := kmsg.NewListOffsetsRequestTopicPartition()
	rp.Partition, rp.Timestamp = partition, l.timestamp
	l.all = append(l.all, rp)
	rt := &l.req.Topics[len(l.req.Topics)-1]
	rt.Partitions = rt.Partitions[:len(rt.Partitions)+1]
}

// Ask sends the request to a leader, and hands on what it says of each partition.
func (l *ListOffsets) Ask(ctx context.Context, cl *kgo.Client, leader int32, each func(topic string, partition int32, offset int64, err error)) error {
	resp, err := askBroker[*kmsg.ListOffsetsResponse](ctx, cl, leader, l.req)
	if err != nil {
		return err
	}
	for i := range resp.Topics {
		for _, p := range resp.Topics[i].Partitions {
			each(resp.Topics[i].Topic, p.Partition, p.Offset, kerr.ErrorForCode(p.ErrorCode))
		}
	}
	return nil
}
