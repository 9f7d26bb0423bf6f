package records

import (
	"context"

	"github.com/kdeck/kdeck/kafka"
)

// Older finds where to read from to see up to n records more, which come before
// the offsets given: the youngest ones before them over all partitions together.
// It returns the offsets themselves, and more false, when there is nothing older.
func Older(ctx context.Context, client *kafka.Conn, q Query, before map[int32]int64, n int64) (starts map[int32]int64, more bool, err error) {
	log, err := client.TopicLog(ctx, q.Topic)
	if err != nil {
		return nil, false, err
	}
	var known []int32
	for p, offset := range before {
		if int(p) < len(log.Ends) && log.Starts[p] >= 0 && log.Ends[p] >= 0 {
			known = append(known, p)
			log.Ends[p] = min(max(offset, log.Starts[p]), log.Ends[p])
		}
	}
	q.From = Start{Kind: LastN, N: n}
	starts, count, err := lastN(ctx, client, q, log, known)
	return starts, count > 0, err
}

// Around finds where to read from to see a record among those about it: up to n
// records before it in its own partition, and what came at that time in others.
func Around(ctx context.Context, client *kafka.Conn, q Query, partition int32, offset, n int64) (map[int32]int64, error) {
	starts, _, err := Older(ctx, client, q, map[int32]int64{partition: offset}, n)
	if err != nil {
		return nil, err
	}
	first, err := At(ctx, client, q.Topic, partition, starts[partition])
	if err != nil {
		return nil, err
	}
	log, err := client.TopicLog(ctx, q.Topic)
	if err != nil {
		return nil, err
	}
	q.From = Start{Kind: AtTime, Time: first.Timestamp}
	chosen, err := choose(q, len(log.Ends))
	if err != nil {
		return nil, err
	}
	all, err := resolve(ctx, client, q, log, chosen)
	if err != nil {
		return nil, err
	}
	all.starts[partition] = starts[partition]
	return all.starts, nil
}

// Oldest returns the offset of the oldest record that the feed holds of each
// partition, or where it stands in those of which it holds none.
func (f *Feed) Oldest() map[int32]int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	oldest := make(map[int32]int64, len(f.next))
	for n := f.ring.first; n < f.ring.end && len(oldest) < len(f.next); n++ {
		rec := f.ring.at(n)
		if _, ok := oldest[rec.Partition]; !ok {
			oldest[rec.Partition] = rec.Offset
		}
	}
	for p, next := range f.next {
		if _, ok := oldest[p]; !ok {
			oldest[p] = next
		}
	}
	return oldest
}

// Find returns the number of the record that stands at a place in the log, when it
// is held.
func (f *Feed) Find(partition int32, offset int64) (number int64, held bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for n := f.ring.first; n < f.ring.end; n++ {
		if rec := f.ring.at(n); rec.Partition == partition && rec.Offset == offset {
			return n, true
		}
	}
	return 0, false
}
