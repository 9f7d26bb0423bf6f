package records

import (
	"container/heap"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
)

// tailPart is the end of one partition, as far back as it has been looked at.
type tailPart struct {
	partition  int32
	start, end int64
	from       int64  // looked at from here to end
	marks      []mark // the records there, by offset
	untaken    int    // marks[:untaken] are not among the last n
	deeper     bool   // older records may be among the last n
}

// mark is a record's place, in the log and in time (milliseconds since 1970).
type mark struct{ offset, millis int64 }

// lastN finds the offsets from which the last n records of the known partitions
// begin: of each of them for LastEach, or over all of them together, walking back from the ends to whichever
// record is the youngest. Holes of compaction and transaction markers are not
// records, so it looks back further until there are n, or the starts are
// reached. count is how many records there are from the offsets on.
func lastN(ctx context.Context, client *kafka.Conn, q Query, log kafka.TopicLog, known []int32) (starts map[int32]int64, count int64, err error) {
	n := int(q.From.N)
	parts := make([]*tailPart, len(known))
	for i, p := range known {
		parts[i] = &tailPart{partition: p, start: log.Starts[p], end: log.Ends[p], from: log.Ends[p], deeper: true}
	}
	each := q.From.Kind == LastEach
	depth := int64(n)
	if len(parts) > 1 && !each {
		depth = min(depth, 2*depth/int64(len(parts))+8)
	}
	for ; slices.ContainsFunc(parts, func(t *tailPart) bool { return t.deeper }); depth *= 2 {
		if err := lookBack(ctx, client, q, log, parts, depth); err != nil {
			return nil, 0, err
		}
		if each {
			takeEach(parts, n)
		} else {
			takeLast(parts, n)
		}
	}
	starts = make(map[int32]int64, len(parts))
	for _, t := range parts {
		count += int64(len(t.marks) - t.untaken)
		starts[t.partition] = t.end
		if t.untaken < len(t.marks) {
			starts[t.partition] = t.marks[t.untaken].offset
		}
	}
	return starts, count, nil
}

// lookBack reads where records are in the next depth offsets of the parts that
// must be looked at deeper.
func lookBack(ctx context.Context, client *kafka.Conn, q Query, log kafka.TopicLog, parts []*tailPart, depth int64) error {
	starts, stops := make(map[int32]int64), make(map[int32]int64)
	found := make(map[int32][]mark)
	for _, t := range parts {
		if t.deeper && t.from > t.start {
			stops[t.partition] = t.from
			t.from = max(t.start, t.from-depth)
			starts[t.partition] = t.from
		}
	}
	if len(starts) == 0 {
		return nil
	}
	log.Ends = slices.Clone(log.Ends) // a reader moves the ends of its own
	r, err := start(client, Query{Topic: q.Topic, Committed: q.Committed}, log, starts, stops)
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		var batch []*kgo.Record
		batch, err = r.Next(ctx)
		for _, rec := range batch {
			found[rec.Partition] = append(found[rec.Partition], mark{rec.Offset, rec.Timestamp.UnixMilli()})
		}
		if err != nil {
			break
		}
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	for _, t := range parts {
		t.marks = append(found[t.partition], t.marks...)
	}
	return nil
}

// takeLast takes the youngest records from the ends of the parts until there are
// n, and tells which parts ran out of records before their start was reached.
func takeLast(parts []*tailPart, n int) {
	var ends youngest
	for _, t := range parts {
		t.untaken, t.deeper = len(t.marks), len(t.marks) == 0 && t.from > t.start
		if t.untaken > 0 {
			ends = append(ends, t)
		}
	}
	heap.Init(&ends)
	for ; n > 0 && len(ends) > 0; n-- {
		t := ends[0]
		t.untaken--
		if t.untaken > 0 {
			heap.Fix(&ends, 0)
			continue
		}
		heap.Pop(&ends)
		t.deeper = n > 1 && t.from > t.start
	}
}

// takeEach takes the last n records of each part.
func takeEach(parts []*tailPart, n int) {
	for _, t := range parts {
		t.untaken = max(0, len(t.marks)-n)
		t.deeper = len(t.marks) < n && t.from > t.start
	}
}

// youngest is a heap of parts with the youngest untaken record on top.
type youngest []*tailPart

func (y youngest) Len() int { return len(y) }
func (y youngest) Less(i, j int) bool {
	a, b := y[i], y[j]
	return a.marks[a.untaken-1].millis > b.marks[b.untaken-1].millis
}
func (y youngest) Swap(i, j int) { y[i], y[j] = y[j], y[i] }

// Push is part of heap.Interface and never used: parts only leave.
func (y *youngest) Push(x any) { *y = append(*y, x.(*tailPart)) }

// Pop takes the last part out, for package heap.
func (y *youngest) Pop() any {
	last := len(*y) - 1
	t := (*y)[last]
	*y = (*y)[:last]
	return t
}
