package records

import (
	"context"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	// gatherBytes bounds what is collected to be put in order, and gatherTime
	// how long: a broker that does not answer must not hold back the others.
	gatherBytes = 32 << 20
	gatherTime  = 2 * time.Second
)

// gathered collects the first records of LastN from all partitions and returns
// them by time. What exceeds the bounds follows as it comes.
func (r *Reader) gathered(ctx context.Context) ([]*kgo.Record, error) {
	want := r.gather
	r.gather = 0
	limited, cancel := context.WithTimeout(ctx, gatherTime)
	defer cancel()
	var all []*kgo.Record
	for size := 0; int64(len(all)) < want && size < gatherBytes; {
		batch, err := r.Next(limited)
		if err != nil {
			break // the next call meets it again
		}
		for _, rec := range batch {
			size += len(rec.Key) + len(rec.Value)
		}
		all = append(all, batch...)
	}
	if len(all) == 0 {
		return r.Next(ctx)
	}
	return byTime(all), nil
}

// byTime puts records into the order of their timestamps without changing the
// order within a partition, where timestamps may go back.
func byTime(records []*kgo.Record) []*kgo.Record {
	type stamped struct {
		rec *kgo.Record
		at  time.Time // never before that of an earlier record of the partition
	}
	latest := make(map[int32]time.Time)
	order := make([]stamped, len(records))
	for i, rec := range records {
		at := rec.Timestamp
		if last := latest[rec.Partition]; at.Before(last) {
			at = last
		}
		latest[rec.Partition] = at
		order[i] = stamped{rec, at}
	}
	slices.SortStableFunc(order, func(a, b stamped) int {
		return a.at.Compare(b.at)
	})
	for i := range order {
		records[i] = order[i].rec
	}
	return records
}
