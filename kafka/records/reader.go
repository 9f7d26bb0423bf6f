// Package records reads the records of a topic: from a chosen place, to the end
// or for ever. It joins no group and commits nothing, so reading leaves no trace
// in the cluster.
//
// A Reader pulls batches at the speed of the client library, for pipes and
// searches. A Feed runs a Reader behind a bounded memory of the newest records,
// for a screen.
package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
)

const (
	// partitionBytes and fetchBytes are what one fetch brings at most, unless a
	// single batch is larger (KIP-74). One partition alone reaches full speed with
	// it; and since a client holds two fetches per broker, unpacked, more would
	// cost memory only.
	partitionBytes = 2 << 20
	fetchBytes     = 16 << 20
	// watchEvery is how often the reader asks where the log ends and whether
	// the topic is still there.
	watchEvery = 2 * time.Second
	// quiet is how long a reader that stops at the end waits for records before
	// it asks whether any are left.
	quiet = 250 * time.Millisecond
)

// Query says what to read.
type Query struct {
	Topic      string
	Partitions []int32 // none is all
	From       Start
	// Resume holds the next offset to read of partitions that were read before,
	// in place of From.
	Resume map[int32]int64
	// Follow waits for new records at the end. Otherwise reading stops where the
	// log ended when it began.
	Follow bool
	Max    int64 // stop after so many records; 0 is no limit
}

// Status is how reading goes.
type Status struct {
	// Lag is how many offsets are left between the records read and the ends of
	// their logs, or -1 while an end is not known. Transaction markers and
	// compacted records count, as they do in the lag of a group.
	Lag int64
	// At is when the cluster last answered.
	At time.Time
	// Problem says why nothing can be read now, in words; nil when all is well.
	// Reading goes on by itself when the cause is gone.
	Problem error
	// Note is the last thing that happened to the position, such as an offset
	// that was out of range; empty when nothing has.
	Note string
}

// Reader reads records. Next is for one goroutine; the other methods are for
// any. It reads uncommitted records too, and leaves transaction markers out.
type Reader struct {
	client *kafka.Client
	query  Query
	cancel context.CancelFunc
	wg     sync.WaitGroup
	left   int64 // records until Max, when there is one
	gather int64 // records to collect and put in order before the first are handed out

	mu       sync.Mutex
	consumer *kgo.Client // replaced when the topic was created anew
	log      kafka.TopicLog
	next     map[int32]int64 // the next offset to read, of partitions that are read
	stops    map[int32]int64 // where to stop; nil when following
	failure  error           // ended reading for good
	watchErr error           // of the last look at the topic
	fetchErr error           // of a recent fetch
	fetchAt  time.Time
	at       time.Time // when the cluster last answered
	note     string
}

// Open finds the place to read from and begins to read there. A partition whose
// leader does not answer is read as soon as it does when q follows, and is an
// error otherwise. The error for a topic that does not exist offers the names
// that come nearest.
func Open(ctx context.Context, client *kafka.Client, q Query) (*Reader, error) {
	log, err := client.TopicLog(ctx, q.Topic)
	if err != nil {
		return nil, explainTopic(ctx, client, q.Topic, err)
	}
	chosen, err := choose(q, len(log.Ends))
	if err != nil {
		return nil, err
	}
	at, err := resolve(ctx, client, q, log, chosen)
	if err != nil {
		return nil, err
	}
	missing := len(chosen) - len(at.starts)
	if missing > 0 && (!q.Follow || len(at.starts) == 0) {
		return nil, fmt.Errorf("read topic %s: %d of %d partitions: %w", q.Topic, missing, len(chosen), log.Partial)
	}
	var stops map[int32]int64
	if !q.Follow {
		stops = make(map[int32]int64, len(at.starts))
		for p := range at.starts {
			stops[p] = log.Ends[p]
		}
	}
	r, err := start(client, q, log, at.starts, stops)
	if err != nil {
		return nil, err
	}
	r.note = at.note
	if len(at.starts) > 1 {
		r.gather = at.count
	}
	return r, nil
}

// start begins to read at starts, up to stops when there are any.
func start(client *kafka.Client, q Query, log kafka.TopicLog, starts, stops map[int32]int64) (*Reader, error) {
	r := &Reader{client: client, query: q, left: q.Max, log: log, next: starts, stops: stops, watchErr: log.Partial, at: time.Now()}
	if err := r.consume(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.wg.Go(func() { r.watch(ctx) })
	return r, nil
}

// consume makes a consumer that stands at the reader's positions.
func (r *Reader) consume() error {
	at := make(map[int32]kgo.Offset, len(r.next))
	for p, offset := range r.next {
		if r.stops == nil || offset < r.stops[p] {
			at[p] = kgo.NewOffset().At(offset)
		}
	}
	consumer, err := r.client.NewConsumer(
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{r.query.Topic: at}),
		kgo.FetchMaxBytes(fetchBytes),
		kgo.FetchMaxPartitionBytes(partitionBytes),
		// The offsets of markers are needed to know that the end is reached.
		kgo.KeepControlRecords(),
	)
	if err == nil {
		r.consumer = consumer
	}
	return err
}

// Close stops reading.
func (r *Reader) Close() {
	r.cancel()
	r.wg.Wait()
	r.current().Close()
}

func (r *Reader) current() *kgo.Client {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.consumer
}

// Next waits for records and returns them, in the order of their offsets within
// each partition; the first records of LastN are in the order of their
// timestamps over all partitions. The error is io.EOF at the end, that of ctx
// when it ends, or why reading cannot go on. Not calling Next holds reading
// back, with at most two fetches of each broker in memory.
func (r *Reader) Next(ctx context.Context) ([]*kgo.Record, error) {
	if r.gather > 0 {
		return r.gathered(ctx)
	}
	for {
		if r.ended() {
			return nil, io.EOF
		}
		records, err := r.poll(ctx)
		if err != nil || len(records) > 0 {
			return records, err
		}
	}
}

// ended reports whether everything that was asked for has been read.
func (r *Reader) ended() bool {
	if r.query.Max > 0 && r.left == 0 {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for p, stop := range r.stops {
		if r.next[p] < stop {
			return false
		}
	}
	return r.stops != nil
}

// poll takes what the consumer has, or waits a while for it.
func (r *Reader) poll(ctx context.Context) ([]*kgo.Record, error) {
	wait := ctx
	if r.stops != nil {
		limited, cancel := context.WithTimeout(ctx, quiet)
		defer cancel()
		wait = limited
	}
	consumer := r.current()
	fetches := consumer.PollFetches(wait)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if fetches.IsClientClosed() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.failure == nil && r.consumer == consumer {
			return nil, kgo.ErrClientClosed
		}
		return nil, r.failure
	}
	if wait.Err() != nil && fetches.NumRecords() == 0 {
		return nil, r.probe(ctx, consumer)
	}
	records := r.take(fetches)
	if err := r.forbidden(); err != nil {
		return records, err
	}
	if len(records) == 0 && len(fetches.Errors()) > 0 {
		return nil, pause(ctx, quiet) // an error that is not retried comes back at once
	}
	return records, nil
}

// take moves the positions over what was fetched and returns the records that
// were asked for.
func (r *Reader) take(fetches kgo.Fetches) []*kgo.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	records := make([]*kgo.Record, 0, fetches.NumRecords())
	if len(records) < cap(records) {
		r.at = time.Now()
	}
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if p.Err != nil {
			r.failed(p.Partition, p.Err)
		}
		want, known := r.next[p.Partition]
		if len(p.Records) == 0 || !known {
			return
		}
		if p.LogStartOffset > want && p.Records[0].Offset > want {
			r.note = fmt.Sprintf("partition %d: offsets %d to %d were deleted before they could be read", p.Partition, want, p.LogStartOffset-1)
		}
		r.next[p.Partition] = p.Records[len(p.Records)-1].Offset + 1
		if p.HighWatermark > r.log.Ends[p.Partition] {
			r.log.Ends[p.Partition] = p.HighWatermark
		}
		stop, bounded := r.stops[p.Partition]
		for _, rec := range p.Records {
			if bounded && rec.Offset >= stop {
				break
			}
			if !rec.Attrs.IsControl() {
				records = append(records, rec)
			}
		}
	})
	if r.query.Max > 0 {
		records = records[:min(int64(len(records)), r.left)]
		r.left -= int64(len(records))
	}
	return records
}

// failed notes that a partition could not be fetched.
func (r *Reader) failed(partition int32, err error) {
	var lost *kgo.ErrDataLoss
	if errors.As(err, &lost) {
		r.note = fmt.Sprintf("partition %d: the cluster lost records: the log was cut back before offset %d; reading on from %d", lost.Partition, lost.ConsumedTo, lost.ResetTo)
		return
	}
	if kerr.IsRetriable(err) || errors.Is(err, context.DeadlineExceeded) {
		return // the watch tells what is behind it
	}
	what := fmt.Sprintf("read topic %s partition %d", r.query.Topic, partition)
	r.fetchErr, r.fetchAt = kafka.Explain(what, "Read on Topic:"+r.query.Topic, err), time.Now()
}

// forbidden is why a reader with an end will not come to it: the user may not read
// the topic. A reader that follows goes on trying.
func (r *Reader) forbidden() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stops == nil || !kafka.IsAuthorization(r.fetchErr) {
		return nil
	}
	return r.fetchErr
}

// Status tells how reading goes.
func (r *Reader) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Status{At: r.at, Note: r.note, Problem: r.watchErr}
	// A fetch that fails for good is tried again several times between two looks.
	if r.fetchErr != nil && time.Since(r.fetchAt) < 2*watchEvery {
		s.Problem = r.fetchErr
	}
	for p, next := range r.next {
		end := r.log.Ends[p]
		if end < 0 {
			s.Lag = -1
			return s
		}
		s.Lag += max(0, end-next)
	}
	return s
}

// Positions returns the next offset to read of each partition.
func (r *Reader) Positions() map[int32]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.next)
}
