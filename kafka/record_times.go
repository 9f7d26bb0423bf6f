package kafka

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/reset"
)

const (
	// timeBytes is how much of a log is fetched to learn when one record was
	// written: a batch as producers make it (16 KiB unless told otherwise), with
	// room. A broker leaves a partition out whose batch is larger.
	timeBytes = 64 << 10
	// timesTogether is how many partitions one request asks for.
	timesTogether = 64
)

// RecordTimes reads the timestamp of the first record at or after an offset of each
// partition: one request for metadata, and one to each leader for every 64
// partitions; a batch that is larger than usual costs one of its own. A partition
// that has no such record is left out of the answer, and so is one whose leader
// does not answer: the error then says why.
func (c *Client) RecordTimes(ctx context.Context, offsets map[reset.TopicPartition]int64) (map[reset.TopicPartition]time.Time, error) {
	found := make(map[reset.TopicPartition]time.Time, len(offsets))
	if len(offsets) == 0 {
		return found, nil
	}
	topics := make(map[string]bool)
	for tp := range offsets {
		topics[tp.Topic] = true
	}
	md, err := c.metadata(ctx, slices.Sorted(maps.Keys(topics))...)
	if err != nil {
		return found, err
	}
	q := timesQuestion{client: c, offsets: offsets, ids: make(map[string][16]byte), names: make(map[[16]byte]string), found: found}
	byLeader := q.takeLeaders(md)
	var wg sync.WaitGroup
	for leader, tps := range byLeader {
		wg.Go(func() { q.askLeader(ctx, leader, tps) })
	}
	wg.Wait()
	return found, Explain("read the times of records", "Read on Topic", q.err)
}

// timesQuestion is the question for the times of records, and what is known of
// the answer.
type timesQuestion struct {
	client  *Client
	offsets map[reset.TopicPartition]int64
	ids     map[string][16]byte
	names   map[[16]byte]string

	mu    sync.Mutex
	found map[reset.TopicPartition]time.Time
	err   error // the first one
}

func (q *timesQuestion) takeLeaders(md metadata) map[int32][]reset.TopicPartition {
	byLeader := make(map[int32][]reset.TopicPartition)
	for i := range md.Topics {
		t := &md.Topics[i]
		if t.Topic == nil {
			continue
		}
		q.ids[*t.Topic], q.names[t.TopicID] = t.TopicID, *t.Topic
		for _, p := range t.Partitions {
			tp := reset.TopicPartition{Topic: *t.Topic, Partition: p.Partition}
			if _, asked := q.offsets[tp]; asked && p.Leader >= 0 {
				byLeader[p.Leader] = append(byLeader[p.Leader], tp)
			}
		}
	}
	return byLeader
}

func (q *timesQuestion) askLeader(ctx context.Context, leader int32, tps []reset.TopicPartition) {
	var large []reset.TopicPartition
	for some := range slices.Chunk(tps, timesTogether) {
		left, err := q.fetch(ctx, leader, some)
		if err != nil {
			return // a leader that does not answer is not asked again
		}
		large = append(large, left...)
	}
	for _, tp := range large { // the first partition of a request gets its batch, however large
		if _, err := q.fetch(ctx, leader, []reset.TopicPartition{tp}); err != nil {
			return
		}
	}
}

// fetch asks for records, and returns the partitions that have some but told none.
func (q *timesQuestion) fetch(ctx context.Context, leader int32, tps []reset.TopicPartition) (left []reset.TopicPartition, err error) {
	ctx, cancel := context.WithTimeout(ctx, q.client.cfg.RequestTimeout) // no second try at a leader that does not answer
	defer cancel()
	resp, err := q.client.kgo.Broker(int(leader)).RetriableRequest(ctx, q.request(tps))
	q.mu.Lock()
	defer q.mu.Unlock()
	if err == nil {
		err = kerr.ErrorForCode(resp.(*kmsg.FetchResponse).ErrorCode)
	}
	if err != nil {
		q.err = firstError(q.err, err)
		return nil, err
	}
	for _, t := range resp.(*kmsg.FetchResponse).Topics {
		if t.Topic == "" { // v13 uses the id, KIP-516
			t.Topic = q.names[t.TopicID]
		}
		for i := range t.Partitions {
			tp := reset.TopicPartition{Topic: t.Topic, Partition: t.Partitions[i].Partition}
			if q.take(tp, &t.Partitions[i]) {
				left = append(left, tp)
			}
		}
	}
	return left, nil
}

func (q *timesQuestion) request(tps []reset.TopicPartition) *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.MaxBytes = timeBytes * timesTogether
	for _, tp := range tps {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != tp.Topic {
			rt := kmsg.NewFetchRequestTopic()
			rt.Topic, rt.TopicID = tp.Topic, q.ids[tp.Topic]
			req.Topics = append(req.Topics, rt)
		}
		rp := kmsg.NewFetchRequestTopicPartition()
		rp.Partition, rp.FetchOffset, rp.PartitionMaxBytes = tp.Partition, q.offsets[tp], timeBytes
		rt := &req.Topics[len(req.Topics)-1]
		rt.Partitions = append(rt.Partitions, rp)
	}
	return req
}

// take takes in what was fetched of a partition. more reports that it has records
// that did not come.
func (q *timesQuestion) take(tp reset.TopicPartition, p *kmsg.FetchResponseTopicPartition) (more bool) {
	offset := q.offsets[tp]
	switch err := kerr.ErrorForCode(p.ErrorCode); {
	case err != nil:
		q.err = firstError(q.err, err)
		return false
	case len(p.RecordBatches) == 0:
		return p.HighWatermark > offset
	}
	fetched, _ := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{Offset: offset, Topic: tp.Topic, Partition: tp.Partition},
		p, kgo.DefaultDecompressor(), nil)
	if len(fetched.Records) > 0 {
		q.found[tp] = fetched.Records[0].Timestamp
	}
	return false
}
