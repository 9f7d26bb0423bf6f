package records

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/unpack"
)

const (
	// partitionBytes and fetchBytes are what one fetch brings at most, unless a
	// single batch is larger (KIP-74). Parts of 2 MiB made reading a topic some percent
	// slower; and since a client holds two fetches per broker, unpacked, they would
	// cost memory too.
	partitionBytes = 1 << 20
	fetchBytes     = 16 << 20
	// unpackedBytes is what a consumer holds at most that is unpacked and was not
	// taken; a batch, of each broker, may come on top of it.
	unpackedBytes = 64 << 20
	// leastFetch is how small fetches become when that is exceeded.
	leastFetch = 256 << 10
	// quiet is how long a reader that stops at the end waits for records before
	// it asks whether any are left.
	quiet = 250 * time.Millisecond
)

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
	r.budget = unpack.NewBudget(unpackedBytes)
	opts := []kgo.Opt{
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{r.query.Topic: at}),
		kgo.FetchMaxBytes(r.fetch),
		kgo.FetchMaxPartitionBytes(min(partitionBytes, r.fetch)),
		kgo.WithDecompressor(r.unpack.Within(r.budget)),
		kgo.WithHooks(r.budget),
		kgo.FetchIsolationLevel(r.query.isolation()),
		// The offsets of markers are needed to know that the end is reached.
		kgo.KeepControlRecords(),
	}
	if r.query.Merged {
		opts = append(opts, r.mergeOptions()...)
	}
	consumer, err := r.client.NewConsumer(opts...)
	if err == nil {
		r.consumer = consumer
	}
	return err
}

func (r *Reader) current() *kgo.Client {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.consumer
}

// poll takes what the consumer has, or waits a while for it.
func (r *Reader) poll(ctx context.Context) ([]*kgo.Record, error) {
	wait := ctx
	if r.stops != nil || r.holding() {
		limited, cancel := context.WithTimeout(ctx, quiet)
		defer cancel()
		wait = limited
	}
	consumer := r.current()
	fetches := consumer.PollFetches(wait)
	large := refused(fetches)
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
	if wait.Err() != nil && fetches.NumRecords() == 0 && len(large) == 0 {
		if r.stops == nil {
			return nil, nil // those that are held back may have their turn now
		}
		return nil, r.probe(ctx, consumer)
	}
	taken := r.take(fetches)
	for _, e := range large {
		taken = append(taken, r.pass(ctx, consumer, e)...)
	}
	records := r.wanted(taken)
	if err := r.forbidden(); err != nil {
		return records, err
	}
	if noRoom(fetches) && r.shrink() {
		return records, nil
	}
	if len(records) == 0 && len(large) == 0 && len(fetches.Errors()) > 0 {
		return nil, pause(ctx, quiet) // an error that is not retried comes back at once
	}
	return records, nil
}

// take moves the positions over what was fetched and returns what lies in the range
// that was asked for, or gives it to the merge.
func (r *Reader) take(fetches kgo.Fetches) []*kgo.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	records := make([]*kgo.Record, 0, fetches.NumRecords())
	if len(records) < cap(records) {
		r.at = time.Now()
	}
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		r.budget.Taken(p.Partition)
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
		fresh := p.Records
		if stop, bounded := r.stops[p.Partition]; bounded {
			fresh = fresh[:sort.Search(len(fresh), func(i int) bool { return fresh[i].Offset >= stop })]
		}
		if r.merge == nil {
			records = append(records, fresh...) // at once: pointers one by one cost the collector
			return
		}
		for _, rec := range fresh {
			r.merge.add(rec, r.at)
		}
	})
	return records
}

// wanted returns those of the records that were asked for. The lock is not held
// meanwhile: a filter may wait for a schema.
func (r *Reader) wanted(records []*kgo.Record) []*kgo.Record {
	kept, looked := 0, int64(0)
	for i, rec := range records {
		wanted := r.query.Markers
		if !rec.Attrs.IsControl() {
			looked += count(rec)
			wanted = r.match == nil || r.match.wantsRecord(rec)
		}
		if !wanted {
			continue
		}
		if kept < i { // mostly all are wanted, and stay where they are
			records[kept] = rec
		}
		kept++
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looked += looked
	if r.match != nil {
		r.missed.add(r.match.unlike())
	}
	return r.limited(records[:kept])
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
	if errors.Is(err, kgo.ErrMaxDecompress) || errors.Is(err, unpack.ErrNoRoom) {
		return // they become records, and come again
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
