package records

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
)

func byTimestamp(a, b *kgo.Record) int { return a.Timestamp.Compare(b.Timestamp) }

// TestMergedByTimestamp reads partitions of which one holds what is older than all
// of the others, more than a merge holds of one, and others alternate.
func TestMergedByTimestamp(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 4)
	const old, each = 4000, 300
	ctx := t.Context()
	for i := range old { // about 4 MiB: twice the share of a partition
		c.producer.Produce(ctx, &kgo.Record{Topic: "orders", Timestamp: second(i % 1000), Value: fmt.Appendf(nil, "%01000d", i)}, nil)
		c.producer.Produce(ctx, &kgo.Record{Topic: "orders", Partition: 3, Timestamp: second(10_000 + i), Value: fmt.Appendf(nil, "%01000d", i)}, nil)
	}
	for i := range each {
		c.write(t, &kgo.Record{Topic: "orders", Partition: int32(1 + i%2), Timestamp: second(i), Value: fmt.Append(nil, i)})
	}
	if err := c.producer.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		query Query
		want  int
	}{
		{"sorted partitions", Query{Partitions: []int32{1, 2, 3}}, old + each},
		{"all", Query{}, 2*old + each},
		{"the last", Query{Partitions: []int32{1, 2}, From: Start{Kind: LastN, N: 50}}, 50},
		{"wanted by a filter", Query{Partitions: []int32{1, 2, 3}, Filter: filterOf(t, "partition == 1 or offset < 10")}, each/2 + 20},
		{"a few", Query{Partitions: []int32{1, 2, 3}, Max: 7}, 7},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := tc.query
			q.Topic, q.Merged = "orders", true
			if q.From.Kind == Latest {
				q.From.Kind = Earliest
			}
			got, status := readAll(t, c.client, q)
			if len(got) != tc.want || q.Max == 0 && status.Lag != 0 {
				t.Errorf("read %d records with %d left, want %d", len(got), status.Lag, tc.want)
			}
			if len(q.Partitions) > 0 && !slices.IsSortedFunc(got, byTimestamp) {
				t.Error("they are not in the order of time")
			}
			next := make(map[int32]int64)
			for _, rec := range got {
				if rec.Offset < next[rec.Partition] {
					t.Errorf("partition %d: %d comes after %d", rec.Partition, rec.Offset, next[rec.Partition])
				}
				next[rec.Partition] = rec.Offset + 1
			}
		})
	}
}

// TestAMergedFeedLosesNothing leaves and comes back while records are held back.
func TestAMergedFeedLosesNothing(t *testing.T) {
	const total = 300
	c := startCluster(t)
	c.create(t, "orders", 3)
	f := NewFeed(c.client, Query{Follow: true, Merged: true, Topic: "orders", From: Start{Kind: Earliest}}, Limits{})
	stop := runFeed(t, f)
	for i := range total {
		c.write(t, &kgo.Record{Topic: "orders", Partition: int32(i * 7 % 3), Value: fmt.Append(nil, i)})
		if i%100 == 99 {
			read := f.Status().Read
			stop()
			stop = runFeed(t, f)
			eventually(t, "more records", func() bool { return f.Status().Read > read })
		}
	}
	eventually(t, "all records", func() bool { return f.Status().Read >= total })
	first, end := f.Bounds()
	seen := make(map[string]bool)
	for _, held := range f.Window(first, int(end-first)) {
		seen[string(held.Value)] = true
	}
	if len(seen) != total || end-first != total {
		t.Errorf("holds %d records, %d of them different", end-first, len(seen))
	}
}

// TestWhatAMergeLacks waits for what is in the log, but following not for a partition
// that hands out nothing for long: its broker may not answer.
func TestWhatAMergeLacks(t *testing.T) {
	start := second(0)
	log := kafka.TopicLog{Ends: []int64{5, 5}}
	for _, tc := range []struct {
		name  string
		next  int64 // of partition 1
		stops map[int32]int64
		after time.Duration
		want  standing
	}{
		{"records in the log", 3, nil, 0, behind},
		{"records that do not come", 3, nil, patience, caughtUp},
		{"nothing more yet", 5, nil, 0, caughtUp},
		{"before the end", 3, map[int32]int64{0: 5, 1: 4}, time.Hour, behind},
		{"the end", 4, map[int32]int64{0: 5, 1: 4}, 0, exhausted},
	} {
		r := &Reader{merge: newMerge(), log: log, next: map[int32]int64{0: 5, 1: tc.next}, stops: tc.stops}
		r.merge.add(&kgo.Record{}, start)
		r.lacking(start)
		if got := r.lacking(start.Add(tc.after)); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}
