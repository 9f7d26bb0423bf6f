package records

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/unpack"
)

// count is how many records one stands for.
func count(rec *kgo.Record) int64 {
	if large := unpack.Of(rec); large != nil {
		return max(1, large.Records)
	}
	return 1
}

// refused returns why partitions of a fetch stand still: a batch is above the bound.
// The client library does not go on after it by itself.
func refused(fetches kgo.Fetches) (large []*kgo.ErrDecompressTooLarge) {
	fetches.EachError(func(_ string, _ int32, err error) {
		var e *kgo.ErrDecompressTooLarge
		if errors.As(err, &e) {
			large = append(large, e)
		}
	})
	return large
}

func noRoom(fetches kgo.Fetches) (found bool) {
	fetches.EachError(func(_ string, _ int32, err error) {
		found = found || errors.Is(err, unpack.ErrNoRoom)
	})
	return found
}

// pass goes on after a batch that is above the bound. It returns the record that
// stands for it, or gives that to the merge.
func (r *Reader) pass(ctx context.Context, consumer *kgo.Client, e *kgo.ErrDecompressTooLarge) []*kgo.Record {
	rec := r.standIn(ctx, consumer, e)
	r.mu.Lock()
	defer r.mu.Unlock()
	next, known := r.next[e.Partition]
	if !known || consumer != r.consumer || next >= e.NextOffset {
		return nil
	}
	r.next[e.Partition] = e.NextOffset
	consumer.SetOffsets(map[string]map[int32]kgo.EpochOffset{e.Topic: {e.Partition: {Epoch: -1, Offset: e.NextOffset}}})
	if stop, bounded := r.stops[e.Partition]; rec == nil || bounded && rec.Offset >= stop {
		return nil
	}
	if r.merge != nil {
		r.merge.add(rec, time.Now())
		return nil
	}
	return []*kgo.Record{rec}
}

// standIn asks for a batch once more, for what stands at its beginning: how many
// records it holds, and since when. It is nil for one of a transaction that was
// aborted, where those are left out.
func (r *Reader) standIn(ctx context.Context, consumer *kgo.Client, e *kgo.ErrDecompressTooLarge) *kgo.Record {
	r.mu.Lock()
	leader, id, at := r.log.Leaders[e.Partition], r.log.ID, r.next[e.Partition]
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	req := kmsg.NewPtrFetchRequest()
	req.MaxBytes = fetchBytes
	if r.query.Committed {
		req.IsolationLevel = 1
	}
	topic, partition := kmsg.NewFetchRequestTopic(), kmsg.NewFetchRequestTopicPartition()
	partition.Partition, partition.FetchOffset, partition.PartitionMaxBytes = e.Partition, e.Offset, 1 // and one batch (KIP-74)
	topic.Topic, topic.TopicID, topic.Partitions = r.query.Topic, id, append(topic.Partitions, partition)
	req.Topics = append(req.Topics, topic)
	resp, err := consumer.Broker(int(leader)).Request(ctx, req)
	var answer kmsg.FetchResponseTopicPartition
	if err == nil {
		for _, t := range resp.(*kmsg.FetchResponse).Topics {
			for i := range t.Partitions {
				answer = t.Partitions[i]
			}
		}
	}
	c := chunk{topic: r.query.Topic, committed: r.query.Committed, answer: &answer}
	for b, err := range batches(answer.RecordBatches) {
		if err == nil && b.first() == e.Offset && abortedOf(&c).holds(b) {
			return nil
		}
		break
	}
	return unpack.Refused(answer.RecordBatches, e, at, int64(r.query.batchBytes()))
}

// shrink makes fetches smaller, once what one brings does not fit unpacked. It tells
// whether that helps.
func (r *Reader) shrink() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fetch <= leastFetch || r.failure != nil {
		return false
	}
	old, before := r.consumer, r.fetch
	r.fetch = max(leastFetch, r.fetch/8)
	if r.consume() != nil {
		r.fetch = before // the old one is as good
		return false
	}
	r.merge.resumed()
	go old.Close()
	return true
}
