package groups

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/unpack"
)

// spot is an offset of a partition, from which on its leader is asked for a record.
type spot struct {
	model.TopicPartition
	topicID [16]byte
	leader  int32
	offset  int64
}

// nextRecord is what a leader told of the first record from a spot on.
type nextRecord struct {
	record *kgo.Record // nil when there was none in what came
	came   bool        // whether anything came
	empty  int64       // without a record, there is none below this offset
	end    int64       // high watermark
	err    error       // the leader's word against it
}

// nextRecords asks a leader for the first records at some spots with one Fetch:
// spots of one topic stand together, and no two are of one partition. A broker sends
// bytes of a partition at most, and leaves it out when its batch is larger, but for
// the first one of an answer. One that does not answer is not tried again.
func (c *Client) nextRecords(ctx context.Context, leader int32, spots []spot, bytes int32) (map[model.TopicPartition]nextRecord, error) {
	ctx, cancel := context.WithTimeout(ctx, c.conn.RequestTimeout())
	defer cancel()
	answer, err := c.conn.Kgo().Broker(int(leader)).RetriableRequest(ctx, fetchRequest(spots, bytes))
	if err != nil {
		return nil, err
	}
	resp := answer.(*kmsg.FetchResponse)
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return nil, err
	}
	asked := make(map[model.TopicPartition]spot, len(spots))
	names := make(map[[16]byte]string)
	for _, s := range spots {
		asked[s.TopicPartition], names[s.topicID] = s, s.Topic
	}
	found := make(map[model.TopicPartition]nextRecord, len(spots))
	for i := range resp.Topics {
		t := &resp.Topics[i]
		if t.Topic == "" {
			t.Topic = names[t.TopicID]
		}
		for j := range t.Partitions {
			if s, ok := asked[model.TopicPartition{Topic: t.Topic, Partition: t.Partitions[j].Partition}]; ok {
				found[s.TopicPartition] = s.read(&t.Partitions[j], c.conn.Unpack())
			}
		}
	}
	return found, nil
}

// fetchRequest asks for what stands at some spots now, whoever may read it: with
// isolation level 0 the records of an open transaction are records.
func fetchRequest(spots []spot, bytes int32) *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.MaxBytes = bytes * int32(len(spots))
	for _, some := range byTopic(spots, func(s spot) string { return s.Topic }) {
		rt := kmsg.NewFetchRequestTopic()
		rt.Topic, rt.TopicID = some[0].Topic, some[0].topicID // v13 takes the id, KIP-516
		for _, s := range some {
			rp := kmsg.NewFetchRequestTopicPartition()
			rp.Partition, rp.FetchOffset, rp.PartitionMaxBytes = s.Partition, s.offset, bytes
			rt.Partitions = append(rt.Partitions, rp)
		}
		req.Topics = append(req.Topics, rt)
	}
	return req
}

// read reads the answer about a spot. Of a batch that is too large to unpack it is the
// record that stands for it.
func (s spot) read(p *kmsg.FetchResponseTopicPartition, decompress *unpack.Decompressor) nextRecord {
	next := nextRecord{came: len(p.RecordBatches) > 0, empty: s.offset, end: p.HighWatermark, err: kerr.ErrorForCode(p.ErrorCode)}
	if !next.came || next.err != nil {
		return next
	}
	opts := kgo.ProcessFetchPartitionOpts{Offset: s.offset, Topic: s.Topic, Partition: s.Partition}
	fetched, upTo := decompress.First(opts, p) // without control records
	if len(fetched.Records) > 0 {
		next.record = fetched.Records[0]
		return next
	}
	next.empty = max(s.offset, upTo)
	var large *kgo.ErrDecompressTooLarge
	if errors.As(fetched.Err, &large) {
		next.record = unpack.Refused(p.RecordBatches, large, s.offset, unpack.Bound)
	}
	return next
}
