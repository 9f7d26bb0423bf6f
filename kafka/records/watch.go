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

// watchEvery is how often the reader asks where the log ends and whether the
// topic is still there.
const watchEvery = 2 * time.Second

// watch looks at the topic now and then until ctx ends.
func (r *Reader) watch(ctx context.Context) {
	for pause(ctx, watchEvery) == nil {
		log, err := r.client.TopicLog(ctx, r.query.Topic)
		if ctx.Err() == nil {
			r.saw(log, err)
		}
	}
}

// saw takes in a look at the topic: where it ends, partitions that are new or
// back, and whether it has gone or was created anew.
func (r *Reader) saw(log kafka.TopicLog, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// Brokers before 2.8 have no ids, but a topic never loses partitions.
	anew := log.ID != r.log.ID || len(log.Ends) < len(r.log.Ends)
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition) && r.stops != nil:
		r.fail(fmt.Errorf("read topic %s: it was deleted meanwhile", r.query.Topic))
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		r.watchErr = fmt.Errorf("topic %s was deleted; reading goes on when it is created again", r.query.Topic)
	case err != nil:
		r.watchErr = err
	case !anew:
		r.watchErr = log.Partial
		if log.Partial == nil {
			r.at = time.Now()
		}
		r.extend(log)
	case r.stops != nil:
		r.fail(fmt.Errorf("read topic %s: it was deleted and created again meanwhile", r.query.Topic))
	default:
		r.renew(log)
	}
}

// fail ends reading for good.
func (r *Reader) fail(err error) {
	r.failure = err
	go r.consumer.Close() // wakes Next; it may take as long as a request
}

// renew begins again at the start of a topic that was deleted and created anew.
func (r *Reader) renew(log kafka.TopicLog) {
	if log.Partial != nil {
		r.watchErr = log.Partial
		return // the next look will know all starts
	}
	chosen, err := choose(r.query, len(log.Ends))
	if err != nil {
		r.watchErr = err
		return
	}
	old := r.consumer
	r.log, r.next = log, make(map[int32]int64)
	for _, p := range chosen {
		r.next[p] = log.Starts[p]
	}
	if r.merge != nil {
		r.merge = newMerge()
	}
	r.watchErr = r.consume()
	r.note = "the topic was deleted and created again; reading from its start"
	go old.Close()
}

// extend takes over the ends, and begins to read partitions that are new, or
// whose leader did not answer when reading began, from their start.
func (r *Reader) extend(log kafka.TopicLog) {
	added := make(map[int32]kgo.Offset)
	for p, end := range log.Ends {
		partition := int32(p)
		if _, reading := r.next[partition]; reading {
			if end < 0 {
				log.Ends[p] = r.log.Ends[p]
			}
			continue
		}
		if end < 0 || log.Starts[p] < 0 || r.stops != nil || !wants(r.query, partition) {
			continue
		}
		at := log.Starts[p]
		if p < len(r.log.Ends) { // it was there, and did not answer
			at = place(r.query.From, log.Starts[p], end)
		}
		r.next[partition] = at
		added[partition] = kgo.NewOffset().At(at)
	}
	r.log = log
	r.consumer.AddConsumePartitions(map[string]map[int32]kgo.Offset{r.query.Topic: added})
}

// pause waits, or returns the error of ctx when it ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
