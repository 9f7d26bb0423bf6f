package records

import (
	"context"
	"errors"
	"fmt"
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

func (r *Reader) current() *kgo.Client {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.consumer
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
