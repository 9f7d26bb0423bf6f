package records

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
)

// askedAtOnce is how many partitions one fetch asks for: a few fill it.
const askedAtOnce = 64

// leaderScan scans the partitions of one leader: it fetches while what was fetched
// before is sifted.
type leaderScan struct {
	*scan
	leader int32
	queue  []int32 // the partitions to ask for; the first is sure to be answered (KIP-74)
	back   []int32 // those that this leader could not read
	empty  map[int32]bool
	fetch  int32 // bytes
}

// scanLeader scans partitions of one leader and returns those that it could not
// read.
func (s *scan) scanLeader(ctx context.Context, leader int32, partitions []int32) (back []int32) {
	if leader < 0 {
		return partitions
	}
	l := &leaderScan{scan: s, leader: leader, queue: partitions, empty: make(map[int32]bool), fetch: s.fetchSize()}
	fetched := make(chan []*chunk)
	var sifting sync.WaitGroup
	defer sifting.Wait()
	sifting.Go(func() {
		for chunks := range fetched {
			if !s.sift(ctx, chunks) {
				return
			}
		}
	})
	defer close(fetched)
	for len(l.queue) > 0 && ctx.Err() == nil {
		chunks := l.ask(ctx)
		if len(chunks) == 0 {
			continue
		}
		select {
		case fetched <- chunks:
		case <-ctx.Done():
		}
	}
	return l.back
}

// fetchSize is what one fetch may bring: three of each leader are in memory.
func (s *scan) fetchSize() int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	leaders := make(map[int32]bool)
	for p := range s.next {
		leaders[s.log.Leaders[p]] = true
	}
	return int32(max(1<<20, min(scanFetch, scanBytes/(3*len(leaders)))))
}

// ask fetches once and returns what has come.
func (l *leaderScan) ask(ctx context.Context) []*chunk {
	req := kmsg.NewPtrFetchRequest()
	req.MaxBytes, req.MaxWaitMillis, req.MinBytes = l.fetch, 0, 1
	topic := kmsg.NewFetchRequestTopic()
	l.mu.Lock()
	topic.Topic, topic.TopicID = l.query.Topic, l.log.ID
	asked := l.queue[:min(askedAtOnce, len(l.queue))]
	for _, p := range asked {
		rp := kmsg.NewFetchRequestTopicPartition()
		rp.Partition, rp.FetchOffset, rp.PartitionMaxBytes = p, l.next[p], l.fetch
		topic.Partitions = append(topic.Partitions, rp)
	}
	l.mu.Unlock()
	if l.query.Committed {
		req.IsolationLevel = 1
	}
	req.Topics = append(req.Topics, topic)
	resp, err := l.conn.Broker(int(l.leader)).RetriableRequest(ctx, req)
	if err == nil {
		err = kerr.ErrorForCode(resp.(*kmsg.FetchResponse).ErrorCode)
	}
	if err != nil {
		l.giveUp(ctx, err)
		return nil
	}
	return l.answered(ctx, asked, resp.(*kmsg.FetchResponse))
}

// giveUp hands all partitions back.
func (l *leaderScan) giveUp(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.problems[l.leader] = kafka.Explain(fmt.Sprintf("read topic %s from broker %d", l.query.Topic, l.leader), "Read on Topic:"+l.query.Topic, err)
	l.back, l.queue = append(l.back, l.queue...), nil
}

// answered takes a fetch in: partitions that are not done go to the end of the
// queue, and those without an answer to its front.
func (l *leaderScan) answered(ctx context.Context, asked []int32, resp *kmsg.FetchResponse) (chunks []*chunk) {
	l.mu.Lock()
	l.at = time.Now()
	delete(l.problems, l.leader)
	l.mu.Unlock()
	answers := make(map[int32]*kmsg.FetchResponseTopicPartition, len(asked))
	for i := range resp.Topics {
		for j := range resp.Topics[i].Partitions {
			p := &resp.Topics[i].Partitions[j]
			answers[p.Partition] = p
		}
	}
	var front, rear []int32
	for i, p := range asked {
		answer := answers[p]
		if answer == nil {
			front = append(front, p)
			continue
		}
		c, done, err := l.progress(answer, i == 0)
		switch {
		case err != nil:
			l.failed(ctx, p, err)
		case c != nil:
			chunks = append(chunks, c)
			fallthrough
		default:
			if done {
				continue
			}
			if c == nil {
				front = append(front, p)
			} else {
				rear = append(rear, p)
			}
		}
	}
	l.queue = append(append(front, l.queue[len(asked):]...), rear...)
	if len(chunks) == 0 && len(l.queue) > 0 {
		_ = pause(ctx, scanRetry/10) // nothing has come; the caller looks at ctx
	}
	return chunks
}

// progress moves the position of a partition over what was fetched. surely says
// that the answer would hold a batch if there were one.
func (l *leaderScan) progress(answer *kmsg.FetchResponseTopicPartition, surely bool) (c *chunk, done bool, err error) {
	if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
		return nil, false, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p := answer.Partition
	c = &chunk{topic: l.query.Topic, committed: l.query.Committed, from: l.next[p], end: l.stops[p], answer: answer, unpack: l.large.unpack}
	next, err := c.next()
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", errBatches, err)
	}
	if next == c.from {
		// The log holds nothing from here to where it ends: a hole of compaction.
		if !surely || len(answer.RecordBatches) > 0 || l.query.readable(answer) < c.end {
			return nil, false, nil
		}
		next = c.end
	}
	l.next[p] = next
	return c, next >= c.end, nil
}

var errBatches = errors.New("what the broker sent is no record batch")

// failed hands a partition back, or ends the scan where waiting does not help.
func (l *leaderScan) failed(ctx context.Context, partition int32, err error) {
	what := fmt.Sprintf("read topic %s partition %d", l.query.Topic, partition)
	explained := kafka.Explain(what, "Read on Topic:"+l.query.Topic, err)
	switch {
	case errors.Is(err, kerr.OffsetOutOfRange):
		l.outOfRange(ctx, partition)
	case kerr.IsRetriable(err):
		l.mu.Lock()
		l.problems[l.leader] = explained
		l.mu.Unlock()
		l.back = append(l.back, partition)
	default:
		l.send(ctx, sifted{unreadable: explained})
	}
}

// outOfRange goes on where the log starts, when records were deleted under the
// scan; or ends the partition where its log was cut back.
func (l *leaderScan) outOfRange(ctx context.Context, partition int32) {
	if l.look(ctx) != nil { // it was deleted, as whoever asks next is told
		l.back = append(l.back, partition)
		return
	}
	l.mu.Lock()
	at, start, end, stop := l.next[partition], l.log.Starts[partition], l.log.Ends[partition], l.stops[partition]
	note := ""
	switch {
	case start > at:
		note = fmt.Sprintf("partition %d: offsets %d to %d were deleted before they could be read", partition, at, start-1)
		l.next[partition] = start
	case end >= 0 && end < at:
		note = fmt.Sprintf("partition %d: the cluster lost records: the log was cut back before offset %d, to %d", partition, at, end)
		l.next[partition] = stop
	}
	left := l.next[partition] < stop
	l.mu.Unlock()
	if left {
		l.back = append(l.back, partition)
	}
	if note != "" {
		l.send(ctx, sifted{partition: partition, note: note})
	}
}

// sift looks at what one fetch has brought, several partitions at a time, and
// hands on what it finds.
func (s *scan) sift(ctx context.Context, chunks []*chunk) bool {
	var wg sync.WaitGroup
	for _, c := range chunks {
		worker := <-s.sifters
		wg.Go(func() {
			worker.part(c, func(part sifted) bool { return s.send(ctx, part) })
			s.sifters <- worker
		})
	}
	wg.Wait()
	return ctx.Err() == nil
}
