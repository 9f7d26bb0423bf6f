package widget

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// topic is a row as wide as the widest of the console.
type topic struct {
	name       string
	partitions int
	records    int64
	size       int64
	rate       float64
}

func manyTopics(n int) []topic {
	items := make([]topic, n)
	for i := range items {
		items[i] = topic{fmt.Sprintf("team-%02d.topic-%06d", i%37, i), i%12 + 1, int64(i) * 7919 % 1_000_003, int64(i) * 104_729, float64(i % 997)}
	}
	return items
}

func topicTable(th *theme.Theme) *Table[topic] {
	t := NewTable(th, func(t topic) string { return t.name },
		Column[topic]{Title: "topic", Min: 20, Flex: 1, Cell: func(t topic) string { return t.name }, Cmp: func(a, b topic) int { return cmp.Compare(a.name, b.name) }},
		Column[topic]{Title: "partitions", Right: true, Cell: func(t topic) string { return strconv.Itoa(t.partitions) }, Cmp: func(a, b topic) int { return cmp.Compare(a.partitions, b.partitions) }},
		Column[topic]{Title: "records", Min: 10, Right: true, Cell: func(t topic) string { return text.Count(t.records) }, Cmp: func(a, b topic) int { return cmp.Compare(a.records, b.records) }},
		Column[topic]{Title: "size", Min: 10, Right: true, Cell: func(t topic) string { return text.Bytes(t.size) }, Cmp: func(a, b topic) int { return cmp.Compare(a.size, b.size) }},
		Column[topic]{Title: "records/s", Min: 8, Right: true, Cell: func(t topic) string { return text.Rate(t.rate) }, Cmp: func(a, b topic) int { return cmp.Compare(a.rate, b.rate) }},
	)
	t.Resize(160, 44)
	return t
}

// BenchmarkKeyToView moves the cursor by a row and draws: what a key press costs
// before the terminal has it. The budget is 16 ms at the 99th percentile.
func BenchmarkKeyToView(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(text.Count(n), func(b *testing.B) {
			t := topicTable(theme.New(true))
			t.SetItems(manyTopics(n))
			took := make([]time.Duration, 0, 1<<16)
			for b.Loop() {
				began := time.Now()
				t.Move(1)
				_ = t.View()
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// BenchmarkSetItems replaces all items by ones that a poll would bring: the same
// in another order. The floor is the sorting of a copy alone.
func BenchmarkSetItems(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		for _, column := range []string{"topic", "size"} {
			b.Run(text.Count(n)+"/by "+column, func(b *testing.B) {
				items := manyTopics(n)
				t := topicTable(theme.New(true))
				for t.SortedBy() != column {
					t.SortNext()
				}
				t.SetItems(items)
				t.Last()
				var own, floor time.Duration
				for b.Loop() {
					began := time.Now()
					t.SetItems(items)
					own += time.Since(began)
					began = time.Now()
					bare := slices.Clone(items)
					slices.SortFunc(bare, t.compare)
					floor += time.Since(began)
				}
				b.ReportMetric(float64(own)/float64(floor), "×floor")
			})
		}
	}
}

// BenchmarkTypeFilter types a filter of four letters, one after the other; the
// time is that of all four.
func BenchmarkTypeFilter(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(text.Count(n), func(b *testing.B) {
			t := topicTable(theme.New(true))
			items := manyTopics(n)
			var worst time.Duration
			for b.Loop() {
				b.StopTimer()
				t.SetFilter("")
				t.SetItems(items)
				b.StartTimer()
				for _, s := range []string{"0", "00", "001", "0012"} {
					began := time.Now()
					t.SetFilter(s)
					worst = max(worst, time.Since(began))
				}
			}
			b.ReportMetric(float64(worst.Microseconds())/1000, "worst-key-ms")
		})
	}
}
