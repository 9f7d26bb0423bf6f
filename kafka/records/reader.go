// Package records reads the records of a topic: from a chosen place, to the end
// or for ever. It joins no group and commits nothing, so reading leaves no trace
// in the cluster.
//
// A Reader pulls batches at the speed of the client library, for pipes; with a
// Filter it scans what is there already without taking every record apart. A Feed
// runs a Reader behind a bounded memory of the newest records, for a screen.
package records

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/unpack"
)

// Reader reads records. Next is for one goroutine; the other methods are for
// any.
type Reader struct {
	client     *kafka.Conn
	query      Query
	cancel     context.CancelFunc
	wg         sync.WaitGroup
	watchTopic func()   // begins to look at the topic now and then
	left       int64    // records until Max, when there is one
	match      *matcher // of the filter, for what comes later; nil when there is none
	merge      *merge   // of the partitions by time, or nil; mu guards it
	gather     int64    // records to collect and put in order before the first are handed out
	unpack     *unpack.Decompressor

	mu       sync.Mutex
	scan     *scan          // of what is there already, for a filter; nil when there is none
	consumer *kgo.Client    // nil during the scan; replaced when the topic was created anew, or fetch shrinks
	budget   *unpack.Budget // of the consumer
	fetch    int32          // bytes of one fetch of the consumer, at most
	log      kafka.TopicLog
	next     map[int32]int64 // the next offset to read, of partitions that are read
	stops    map[int32]int64 // where to stop; nil when following
	failure  error           // ended reading for good
	watchErr error           // of the last look at the topic
	fetchErr error           // of a recent fetch
	fetchAt  time.Time
	at       time.Time // when the cluster last answered
	note     string
	looked   int64  // records
	missed   missed // of what was looked at
}

// Open finds the place to read from and begins to read there. A partition whose
// leader does not answer is read as soon as it does when q follows, and is an
// error otherwise. The error for a topic that does not exist offers the names
// that come nearest.
func Open(ctx context.Context, client *kafka.Conn, q Query) (*Reader, error) {
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
	if len(at.starts) > 1 && !q.Merged && q.From.Kind == LastN && q.Filter == nil && q.Until.Kind == Latest {
		r.gather = at.count
	}
	return r, nil
}

// start begins to read at starts, up to stops when there are any.
func start(client *kafka.Conn, q Query, log kafka.TopicLog, starts, stops map[int32]int64) (*Reader, error) {
	bounded, err := unpack.New(q.batchBytes())
	if err != nil {
		return nil, err
	}
	r := &Reader{
		client: client, query: q, left: q.Max, log: log, next: starts, stops: stops, watchErr: log.Partial, at: time.Now(),
		unpack: bounded, fetch: fetchBytes,
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.watchTopic = func() { r.wg.Go(func() { r.watch(ctx) }) }
	if q.Filter != nil {
		r.match = q.Filter.matcher(maskingOf(ctx, client, q.Topic))
	}
	if q.Merged {
		r.merge = newMerge()
	} else if q.Filter != nil {
		return r, r.beginScan()
	}
	return r, r.follow()
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

// Next waits for records and returns them, in the order of their offsets within
// each partition; the first records of LastN, and all of Merged, are in the order
// of their timestamps over all partitions. The error is io.EOF at the end, that of ctx
// when it ends, or why reading cannot go on. Not calling Next holds reading
// back, with at most two fetches of each broker in memory.
func (r *Reader) Next(ctx context.Context) ([]*kgo.Record, error) {
	switch {
	case r.query.Merged:
		return r.merged(ctx)
	case r.gather > 0:
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
	return r.stops != nil && !r.merge.holding()
}

// TopicID is the id of the topic that is read; zero before Kafka 2.8 (KIP-516).
func (r *Reader) TopicID() [16]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.ID
}

// Stops returns the offset before which reading stops in each partition, or nil
// when it follows.
func (r *Reader) Stops() map[int32]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.stops)
}

// Ends returns where the logs of the partitions that are read ended when last seen.
func (r *Reader) Ends() map[int32]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	ends := make(map[int32]int64, len(r.next))
	for p := range r.next {
		ends[p] = r.log.Ends[p]
	}
	return ends
}

// Positions returns the offset of each partition from which on nothing has been
// handed out.
func (r *Reader) Positions() map[int32]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	positions := maps.Clone(r.next)
	for p := range positions {
		if n, first := r.merge.waiting(p); n > 0 {
			positions[p] = first
		}
	}
	return positions
}
