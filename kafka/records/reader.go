// Package records reads the records of a topic: from a chosen place, to the end
// or for ever. It joins no group and commits nothing, so reading leaves no trace
// in the cluster.
//
// A Reader pulls batches at the speed of the client library, for pipes; with a
// Filter it scans what is there already without taking every record apart. A Feed runs a Reader behind a bounded memory of the newest records,
// for a screen.
package records

import (
	"cmp"
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
	// Follow waits for new records at the end. Otherwise reading stops before
	// Until, or where the log ended when it began, whichever comes first.
	Follow bool
	Until  Start // Latest (the end as of now), AtOffset or AtTime
	Max    int64 // stop after so many records; 0 is no limit
	// Filter leaves out the records that it does not want; nil wants all. What is
	// there already is then scanned at several times the speed of a consumer, and
	// the order between partitions is any.
	Filter *Filter
	// Committed leaves out records of aborted transactions, and ends before the
	// first transaction that is still open (isolation.level read_committed).
	Committed bool
	// Markers hands out the markers that end transactions too: records with
	// Attrs.IsControl.
	Markers bool
}

// Status is how reading goes.
type Status struct {
	// Lag is how many offsets are left between the records read and where reading
	// stops, or the ends of their logs when it follows; -1 while an end is not known. Transaction markers and
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
	// Looked is how many records were looked at, wanted or not.
	Looked int64
	// Failed is how many of them the filter could not compare, as when a text
	// stands where it expects a number, and WhyFailed what was wrong with the first.
	Failed    int64
	WhyFailed error
}

// Reader reads records. Next is for one goroutine; the other methods are for
// any.
type Reader struct {
	client     *kafka.Client
	query      Query
	cancel     context.CancelFunc
	wg         sync.WaitGroup
	watchTopic func()   // begins to look at the topic now and then
	left       int64    // records until Max, when there is one
	match      *matcher // of the filter, for what comes later; nil when there is none
	gather     int64    // records to collect and put in order before the first are handed out

	mu        sync.Mutex
	scan      *scan       // of what is there already, for a filter; nil when there is none
	consumer  *kgo.Client // nil during the scan; replaced when the topic was created anew
	log       kafka.TopicLog
	next      map[int32]int64 // the next offset to read, of partitions that are read
	stops     map[int32]int64 // where to stop; nil when following
	failure   error           // ended reading for good
	watchErr  error           // of the last look at the topic
	fetchErr  error           // of a recent fetch
	fetchAt   time.Time
	at        time.Time // when the cluster last answered
	note      string
	looked    int64 // records
	unlike    int64 // of the scanned ones, those that the filter could not compare
	whyUnlike error // why, of the first
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
	if q.Committed {
		if log.Ends, err = client.StableEnds(ctx, q.Topic, len(log.Ends)); err != nil {
			log.Partial = cmp.Or(log.Partial, err)
		}
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
		if stops, err = until(ctx, client, q, log, at.starts); err != nil {
			return nil, err
		}
	}
	r, err := start(client, q, log, at.starts, stops)
	if err != nil {
		return nil, err
	}
	r.note = at.note
	if len(at.starts) > 1 && q.From.Kind == LastN && q.Filter == nil && q.Until.Kind == Latest {
		r.gather = at.count
	}
	return r, nil
}

// start begins to read at starts, up to stops when there are any.
func start(client *kafka.Client, q Query, log kafka.TopicLog, starts, stops map[int32]int64) (*Reader, error) {
	r := &Reader{client: client, query: q, left: q.Max, log: log, next: starts, stops: stops, watchErr: log.Partial, at: time.Now()}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.watchTopic = func() { r.wg.Go(func() { r.watch(ctx) }) }
	if q.Filter != nil {
		return r, r.beginScan()
	}
	return r, r.follow()
}

// follow begins to read by a consumer.
func (r *Reader) follow() error {
	if err := r.consume(); err != nil {
		r.cancel()
		return err
	}
	r.watchTopic()
	return nil
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
		kgo.FetchIsolationLevel(r.query.isolation()),
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
	if consumer := r.current(); consumer != nil {
		consumer.Close()
	}
	if r.scan != nil {
		r.scan.close()
	}
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
		next := r.poll
		if r.scan != nil {
			next = r.scanned
		}
		records, err := next(ctx)
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
			if r.wants(rec) {
				records = append(records, rec)
			}
		}
	})
	return r.limited(records)
}

// wants reports whether a record was asked for.
func (r *Reader) wants(rec *kgo.Record) bool {
	if rec.Attrs.IsControl() {
		return r.query.Markers
	}
	r.looked++
	return r.match == nil || r.match.wantsRecord(rec)
}

// limited returns as many of the records as there may be yet.
func (r *Reader) limited(records []*kgo.Record) []*kgo.Record {
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
	s := Status{At: r.at, Note: r.note, Problem: r.watchErr, Looked: r.looked, Failed: r.unlike, WhyFailed: r.whyUnlike}
	if r.match != nil {
		s.Failed, s.WhyFailed = s.Failed+r.match.failed, cmp.Or(s.WhyFailed, r.match.err)
	}
	if r.scan != nil {
		s.At, s.Problem = r.scan.status()
	}
	// A fetch that fails for good is tried again several times between two looks.
	if r.fetchErr != nil && time.Since(r.fetchAt) < 2*watchEvery {
		s.Problem = r.fetchErr
	}
	for p, next := range r.next {
		end := r.log.Ends[p]
		if stop, ok := r.stops[p]; ok {
			end = stop
		}
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
