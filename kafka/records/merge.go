package records

import (
	"container/heap"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	// HoldBack is how long a merge of what is being written holds a record back: an
	// older one of another partition may take so long to arrive.
	HoldBack = time.Second
	// patience is how long a merge that follows waits for a partition that has records
	// and hands out none: a broker that does not answer must not hold back the others.
	patience = 2 * time.Second
	// mergeBytes bounds what a merge holds of all partitions, about: each has a share,
	// and fetching is held back where that is full.
	mergeBytes = 64 << 20
	// leastShare is the least share of a partition: a few batches.
	leastShare = 64 << 10
)

// standing tells what is to be expected of the partitions that a merge holds
// nothing of.
type standing int

const (
	exhausted standing = iota // nothing more
	caughtUp                  // what is yet to be written
	behind                    // records that are in the log and have not come
)

// merge puts the records of several partitions into the order of their timestamps,
// without changing the order within a partition, where timestamps may go back. It
// holds the front of each partition alone.
type merge struct {
	fronts map[int32]*front
	heads  heads // the fronts that are not empty
}

// front is what has come of a partition and not been handed out.
type front struct {
	partition int32
	records   []arrival
	bytes     int64
	heard     time.Time // when records came last
	paused    bool      // fetching is held back
}

// arrival is a record and when it came.
type arrival struct {
	*kgo.Record
	came time.Time
}

func newMerge() *merge { return &merge{fronts: make(map[int32]*front)} }

// front returns that of a partition.
func (m *merge) front(partition int32, now time.Time) *front {
	f := m.fronts[partition]
	if f == nil {
		f = &front{partition: partition, heard: now}
		m.fronts[partition] = f
	}
	return f
}

// add takes in the next record of its partition.
func (m *merge) add(rec *kgo.Record, now time.Time) {
	f := m.front(rec.Partition, now)
	f.records = append(f.records, arrival{rec, now})
	f.bytes += recordSize(rec)
	f.heard = now
	if len(f.records) == 1 {
		heap.Push(&m.heads, f)
	}
}

// take appends the records whose turn it is to ready. lacking tells the worst
// standing of the partitions whose fronts are empty; it is asked again whenever a
// front has become so.
func (m *merge) take(ready []*kgo.Record, now time.Time, lacking func() standing) []*kgo.Record {
	worst := lacking()
	for len(m.heads) > 0 && worst != behind {
		f := m.heads[0]
		head := f.records[0]
		if worst == caughtUp && now.Sub(head.Timestamp) < HoldBack && now.Sub(head.came) < HoldBack {
			break
		}
		ready = append(ready, head.Record)
		f.records[0] = arrival{} // lets go of its memory
		f.records = f.records[1:]
		f.bytes -= recordSize(head.Record)
		if len(f.records) > 0 {
			heap.Fix(&m.heads, 0)
			continue
		}
		f.records = nil
		heap.Pop(&m.heads)
		worst = lacking()
	}
	return ready
}

// holding reports whether there are records that wait for their turn.
func (m *merge) holding() bool { return m != nil && len(m.heads) > 0 }

// waiting is how many records of a partition wait, and the offset of the first.
func (m *merge) waiting(partition int32) (n int, first int64) {
	if m == nil || m.fronts[partition] == nil || len(m.fronts[partition].records) == 0 {
		return 0, 0
	}
	f := m.fronts[partition]
	return len(f.records), f.records[0].Offset
}

// full returns the partitions to hold back and those to fetch again, so that each
// has a share of the memory.
func (m *merge) full(share int64) (pause, resume []int32) {
	for p, f := range m.fronts {
		switch {
		case !f.paused && f.bytes >= share:
			f.paused, pause = true, append(pause, p)
		case f.paused && f.bytes < share/2:
			f.paused, resume = false, append(resume, p)
		}
	}
	return pause, resume
}

// heads is a heap of fronts, the one with the oldest first record on top.
type heads []*front

func (h heads) Len() int { return len(h) }
func (h heads) Less(i, j int) bool {
	a, b := h[i].records[0], h[j].records[0]
	if a.Timestamp.Equal(b.Timestamp) {
		return a.Partition < b.Partition
	}
	return a.Timestamp.Before(b.Timestamp)
}
func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push is part of heap.Interface.
func (h *heads) Push(x any) { *h = append(*h, x.(*front)) }

// Pop takes the last front out, for package heap.
func (h *heads) Pop() any {
	last := len(*h) - 1
	f := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return f
}

// resumed notes that another consumer fetches, which holds back nothing.
func (m *merge) resumed() {
	if m == nil {
		return
	}
	for _, f := range m.fronts {
		f.paused = false
	}
}
