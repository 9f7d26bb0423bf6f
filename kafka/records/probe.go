package records

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	probeBytes = 1 << 20
	// probeTime bounds one probe: the broker is asked not to wait.
	probeTime = 5 * time.Second
)

// probe asks whether there are records left before the stops. A compacted log
// can end in a hole, which the consumer passes in silence: without this, a
// reader that stops at the end would wait for a record that does not exist.
func (r *Reader) probe(ctx context.Context, consumer *kgo.Client) error {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	r.mu.Lock()
	byLeader := make(map[int32][]kmsg.FetchRequestTopicPartition)
	for p, stop := range r.stops {
		if next := r.next[p]; next < stop {
			rp := kmsg.NewFetchRequestTopicPartition()
			rp.Partition, rp.FetchOffset, rp.PartitionMaxBytes = p, next, probeBytes
			byLeader[r.log.Leaders[p]] = append(byLeader[r.log.Leaders[p]], rp)
		}
	}
	id := r.log.ID
	r.mu.Unlock()
	isolation := int8(0)
	if r.query.Committed {
		isolation = 1
	}
	for leader, partitions := range byLeader {
		if leader < 0 {
			continue
		}
		req := kmsg.NewPtrFetchRequest()
		req.MaxBytes, req.IsolationLevel = fetchBytes, isolation
		t := kmsg.NewFetchRequestTopic()
		t.Topic, t.TopicID, t.Partitions = r.query.Topic, id, partitions
		req.Topics = append(req.Topics, t)
		resp, err := consumer.Broker(int(leader)).Request(ctx, req)
		if err != nil {
			continue // the watch tells about brokers that do not answer
		}
		for _, rt := range resp.(*kmsg.FetchResponse).Topics {
			for i := range rt.Partitions {
				r.probed(partitions, &rt.Partitions[i])
			}
		}
	}
	return nil
}

// probed moves the position over a hole, if there is nothing but a hole.
func (r *Reader) probed(asked []kmsg.FetchRequestTopicPartition, p *kmsg.FetchResponseTopicPartition) {
	slices.SortFunc(asked, func(a, b kmsg.FetchRequestTopicPartition) int { return cmp.Compare(a.Partition, b.Partition) })
	i, ok := slices.BinarySearchFunc(asked, p.Partition, func(a kmsg.FetchRequestTopicPartition, want int32) int {
		return cmp.Compare(a.Partition, want)
	})
	if !ok || kerr.ErrorForCode(p.ErrorCode) != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(p.RecordBatches) == 0 {
		if r.query.readable(p) >= r.stops[p.Partition] {
			r.next[p.Partition] = r.stops[p.Partition]
		}
		return
	}
	found, after := r.unpack.First(kgo.ProcessFetchPartitionOpts{
		KeepControlRecords: true,
		IsolationLevel:     r.query.isolation(),
		Offset:             asked[i].FetchOffset,
		Topic:              r.query.Topic,
		Partition:          p.Partition,
	}, p)
	if len(found.Records) == 0 {
		r.next[p.Partition] = max(r.next[p.Partition], after)
	}
}
