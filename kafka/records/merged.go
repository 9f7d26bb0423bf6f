package records

import (
	"context"
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// merged is Next for a query that is Merged. The filter looks at records after
// they are in order, so that a partition without a match holds back none.
func (r *Reader) merged(ctx context.Context) ([]*kgo.Record, error) {
	for {
		ready := r.wanted(r.ready(time.Now()))
		r.holdBack()
		if len(ready) > 0 {
			return ready, nil
		}
		if r.ended() {
			return nil, io.EOF
		}
		if _, err := r.poll(ctx); err != nil {
			return nil, err
		}
	}
}

// mergeOptions let a consumer bring each partition in parts that fit its share, and
// return soon to one whose fetches were held back.
func (r *Reader) mergeOptions() []kgo.Opt {
	return []kgo.Opt{kgo.FetchMaxPartitionBytes(min(int32(r.share()), r.fetch)), kgo.FetchMaxWait(quiet)}
}

// holding reports whether records wait for their turn.
func (r *Reader) holding() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.merge.holding()
}

// ready returns the records whose turn it is.
func (r *Reader) ready(now time.Time) []*kgo.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.merge.take(nil, now, func() standing { return r.lacking(now) })
}

// lacking is what is to be expected of the partitions that the merge holds nothing
// of. A reader with an end waits for all of them, as it must read them anyway.
func (r *Reader) lacking(now time.Time) standing {
	worst := exhausted
	for p, next := range r.next {
		if n, _ := r.merge.waiting(p); n > 0 {
			continue
		}
		switch stop, bounded := r.stops[p]; {
		case bounded && next < stop:
			return behind
		case bounded:
		case next < r.log.Ends[p] && now.Sub(r.merge.front(p, now).heard) < patience:
			return behind
		default:
			worst = caughtUp
		}
	}
	return worst
}

// holdBack lets the consumer fetch partitions as far as there is room for them.
func (r *Reader) holdBack() {
	r.mu.Lock()
	defer r.mu.Unlock()
	pause, resume := r.merge.full(r.share())
	topic := r.query.Topic
	if len(pause) > 0 {
		r.consumer.PauseFetchPartitions(map[string][]int32{topic: pause})
	}
	if len(resume) > 0 {
		r.consumer.ResumeFetchPartitions(map[string][]int32{topic: resume})
	}
}

// share is what a merge may hold of a partition.
func (r *Reader) share() int64 {
	return max(leastShare, min(partitionBytes, mergeBytes/int64(max(1, len(r.next)))))
}
