package records

import (
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"
)

// TestMergeIsAPermutationInOrder merges partitions whose records come in any
// portions. Nothing is lost, offsets stay in order within a partition, and where the
// timestamps of each partition are in order, so are all.
func TestMergeIsAPermutationInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sorted := rapid.Bool().Draw(t, "sorted")
		var parts [][]*kgo.Record
		total := 0
		for p := range rapid.IntRange(1, 5).Draw(t, "partitions") {
			stamps := rapid.SliceOfN(rapid.IntRange(0, 30), 0, 20).Draw(t, "stamps")
			if sorted {
				slices.Sort(stamps)
			}
			var part []*kgo.Record
			for i, at := range stamps {
				part = append(part, &kgo.Record{Partition: int32(p), Offset: int64(i), Timestamp: second(at)})
			}
			parts = append(parts, part)
			total += len(part)
		}
		m := newMerge()
		lacking := func() standing {
			for p, part := range parts {
				if n, _ := m.waiting(int32(p)); n == 0 && len(part) > 0 {
					return behind
				}
			}
			return exhausted
		}
		var merged []*kgo.Record
		for read := 0; read < total; {
			p := rapid.IntRange(0, len(parts)-1).Draw(t, "from")
			n := rapid.IntRange(0, len(parts[p])).Draw(t, "portion")
			for _, rec := range parts[p][:n] {
				m.add(rec, second(0))
			}
			parts[p] = parts[p][n:]
			read += n
			merged = m.take(merged, second(0), lacking)
		}
		if len(merged) != total || m.holding() {
			t.Fatalf("merged %d of %d records", len(merged), total)
		}
		next := make(map[int32]int64)
		for _, rec := range merged {
			if rec.Offset != next[rec.Partition] {
				t.Fatalf("partition %d goes on at %d, not %d", rec.Partition, rec.Offset, next[rec.Partition])
			}
			next[rec.Partition]++
		}
		if sorted && !slices.IsSortedFunc(merged, func(a, b *kgo.Record) int { return a.Timestamp.Compare(b.Timestamp) }) {
			t.Fatal("the timestamps are not in order")
		}
	})
}

// TestAMergeHoldsBackWhatIsNew waits for other partitions that something may yet be
// written to, but not for ever, whatever clock the producer has.
func TestAMergeHoldsBackWhatIsNew(t *testing.T) {
	now := second(100)
	for _, tc := range []struct {
		name  string
		stamp time.Time
		after time.Duration
		want  int
	}{
		{"new", now, HoldBack / 2, 0},
		{"a second later", now, HoldBack, 1},
		{"history", now.Add(-time.Hour), 0, 1},
		{"a clock that is ahead", now.Add(time.Hour), HoldBack / 2, 0},
		{"a clock that is ahead, later", now.Add(time.Hour), HoldBack, 1},
	} {
		m := newMerge()
		m.add(&kgo.Record{Timestamp: tc.stamp}, now)
		got := m.take(nil, now.Add(tc.after), func() standing { return caughtUp })
		if len(got) != tc.want {
			t.Errorf("%s: %d records, want %d", tc.name, len(got), tc.want)
		}
	}
}

func TestAMergeBoundsItsMemory(t *testing.T) {
	m := newMerge()
	for i := range 10 {
		m.add(&kgo.Record{Partition: 1, Offset: int64(i), Value: make([]byte, 1000), Timestamp: second(i)}, second(0))
	}
	m.add(&kgo.Record{Partition: 2, Timestamp: second(0)}, second(0))
	if pause, resume := m.full(5000); !slices.Equal(pause, []int32{1}) || resume != nil {
		t.Errorf("holds back %v and resumes %v", pause, resume)
	}
	if pause, _ := m.full(5000); pause != nil {
		t.Errorf("holds back %v again", pause)
	}
	m.take(nil, second(0), func() standing { return exhausted })
	if _, resume := m.full(5000); !slices.Equal(resume, []int32{1}) {
		t.Errorf("resumes %v", resume)
	}
}
