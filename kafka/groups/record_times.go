package groups

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
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
func (c *Client) RecordTimes(ctx context.Context, offsets map[model.TopicPartition]int64) (map[model.TopicPartition]time.Time, error) {
	found := make(map[model.TopicPartition]time.Time, len(offsets))
	if len(offsets) == 0 {
		return found, nil
	}
	topics := make(map[string]bool)
	for tp := range offsets {
		topics[tp.Topic] = true
	}
	md, err := c.conn.Metadata(ctx, slices.Sorted(maps.Keys(topics))...)
	if err != nil {
		return found, err
	}
	q := timesQuestion{client: c, offsets: offsets, found: found}
	var wg sync.WaitGroup
	for leader, spots := range q.spots(md) {
		wg.Go(func() { q.askLeader(ctx, leader, spots) })
	}
	wg.Wait()
	return found, kafka.Explain("read the times of records", "Read on Topic", q.err)
}

// timesQuestion is the question for the times of records, and what is known of
// the answer.
type timesQuestion struct {
	client  *Client
	offsets map[model.TopicPartition]int64

	mu    sync.Mutex
	found map[model.TopicPartition]time.Time
	err   error // the first one
}

// spots are the places to look at, by leader and in order of their topics.
func (q *timesQuestion) spots(md kafka.Metadata) map[int32][]spot {
	byLeader := make(map[int32][]spot)
	for i := range md.Topics {
		t := &md.Topics[i]
		if t.Topic == nil {
			continue
		}
		for _, p := range t.Partitions {
			offset, asked := q.offsets[model.TopicPartition{Topic: *t.Topic, Partition: p.Partition}]
			if asked && p.Leader >= 0 {
				byLeader[p.Leader] = append(byLeader[p.Leader], spot{model.TopicPartition{Topic: *t.Topic, Partition: p.Partition}, t.TopicID, p.Leader, offset})
			}
		}
	}
	return byLeader
}

func (q *timesQuestion) askLeader(ctx context.Context, leader int32, spots []spot) {
	var large []spot
	for some := range slices.Chunk(spots, timesTogether) {
		left, ok := q.ask(ctx, leader, some)
		if !ok {
			return // a leader that does not answer is not asked again
		}
		large = append(large, left...)
	}
	for _, s := range large { // the first partition of a request gets its batch, however large
		if _, ok := q.ask(ctx, leader, []spot{s}); !ok {
			return
		}
	}
}

// ask asks for records, and returns the spots after which some are that did not
// come; ok is false when there was no answer.
func (q *timesQuestion) ask(ctx context.Context, leader int32, spots []spot) (left []spot, ok bool) {
	found, err := q.client.nextRecords(ctx, leader, spots, timeBytes)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.err = kafka.FirstError(q.err, err)
	for _, s := range spots {
		next, told := found[s.TopicPartition]
		switch {
		case !told:
		case next.Err != nil:
			q.err = kafka.FirstError(q.err, next.Err)
		case next.Record != nil:
			q.found[model.TopicPartition{Topic: s.Topic, Partition: s.Partition}] = next.Record.Timestamp
		case !next.Came && next.End > s.offset:
			left = append(left, s)
		}
	}
	return left, err == nil
}
