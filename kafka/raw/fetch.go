package raw

import (
	"context"
	"errors"

	"github.com/kdeck/kdeck/kafka/unpack"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Spot is an offset of a partition, from which on its leader is asked for a record.
type Spot struct {
	Topic     string
	TopicID   [16]byte
	Partition int32
	Offset    int64
}

// Next is what a leader told of the first record from a spot on.
type Next struct {
	Record *kgo.Record // nil when there was none in what came
	Came   bool        // whether anything came
	Empty  int64       // without a record, there is none below this offset
	End    int64       // high watermark
	Err    error       // the leader's word against it
}

// Fetch asks a leader for the first records at some spots in one request: spots of one
// topic stand together, and no two are of one partition. A broker sends bytes of a
// partition at most, and leaves it out when its batch is larger, but for the first one
// of an answer. found is called with each spot that the answer mentions, by its index.
//
// kadm reads no records, and a consumer would begin to follow the partitions.
func Fetch(ctx context.Context, cl *kgo.Client, leader int32, spots []Spot, bytes int32, decompress *unpack.Decompressor, found func(spot int, next Next)) error {
	resp, err := askBroker[*kmsg.FetchResponse](ctx, cl, leader, fetchRequest(spots, bytes))
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return err
	}
	type place struct {
		topic     string
		partition int32
	}
	asked := make(map[place]int, len(spots))
	names := make(map[[16]byte]string)
	for i, s := range spots {
		asked[place{s.Topic, s.Partition}], names[s.TopicID] = i, s.Topic
	}
	for i := range resp.Topics {
		t := &resp.Topics[i]
		if t.Topic == "" {
			t.Topic = names[t.TopicID]
		}
		for j := range t.Partitions {
			if spot, ok := asked[place{t.Topic, t.Partitions[j].Partition}]; ok {
				found(spot, spots[spot].read(&t.Partitions[j], decompress))
			}
		}
	}
	return nil
}

// fetchRequest asks for what stands at some spots now, whoever may read it: with
// isolation level 0 the records of an open transaction are records.
func fetchRequest(spots []Spot, bytes int32) *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.MaxBytes = bytes * int32(len(spots))
	for _, s := range spots {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != s.Topic {
			rt := kmsg.NewFetchRequestTopic()
			rt.Topic, rt.TopicID = s.Topic, s.TopicID // v13 takes the id, KIP-516
			req.Topics = append(req.Topics, rt)
		}
		rp := kmsg.NewFetchRequestTopicPartition()
		rp.Partition, rp.FetchOffset, rp.PartitionMaxBytes = s.Partition, s.Offset, bytes
		rt := &req.Topics[len(req.Topics)-1]
		rt.Partitions = append(rt.Partitions, rp)
	}
	return req
}

// read reads the answer about a spot. Of a batch that is too large to unpack it is the
// record that stands for it.
func (s Spot) read(p *kmsg.FetchResponseTopicPartition, decompress *unpack.Decompressor) Next {
	next := Next{Came: len(p.RecordBatches) > 0, Empty: s.Offset, End: p.HighWatermark, Err: kerr.ErrorForCode(p.ErrorCode)}
	if !next.Came || next.Err != nil {
		return next
	}
	opts := kgo.ProcessFetchPartitionOpts{Offset: s.Offset, Topic: s.Topic, Partition: s.Partition}
	fetched, upTo := decompress.First(opts, p) // without control records
	if len(fetched.Records) > 0 {
		next.Record = fetched.Records[0]
		return next
	}
	next.Empty = max(s.Offset, upTo)
	var large *kgo.ErrDecompressTooLarge
	if errors.As(fetched.Err, &large) {
		next.Record = unpack.Refused(p.RecordBatches, large, s.Offset, unpack.Bound)
	}
	return next
}
