package redrive

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/topics"
)

func TestRanges(t *testing.T) {
	r := Of(map[int32][]int64{0: {7, 3, 4, 3}, 2: {100_000, 0}})
	if got := fmt.Sprint(r); got != "map[0:[{3 5} {7 8}] 2:[{0 1} {100000 100001}]]" {
		t.Errorf("ranges %s", got)
	}
	for _, tc := range []struct {
		partition int32
		offset    int64
		at        int
		in        bool
	}{{0, 2, 0, false}, {0, 3, 0, true}, {0, 4, 0, true}, {0, 5, 1, false}, {0, 7, 1, true}, {0, 8, 2, false}, {1, 0, 0, false}} {
		if at, in := r.find(tc.partition, tc.offset); in != tc.in || in && at != tc.at {
			t.Errorf("find(%d, %d): %d, %t", tc.partition, tc.offset, at, in)
		}
	}
	// What lies far apart is read one after the other.
	if got := fmt.Sprint(r.rounds()); got != "[map[0:{3 8} 2:{0 1}] map[2:{100000 100001}]]" {
		t.Errorf("rounds %s", got)
	}
	whole := Ranges{0: {{0, 10}, {20, 30}}, 1: {{5, 6}}}
	for _, tc := range []struct {
		less []int64
		want string
	}{
		{[]int64{0, 5, 9, 15, 29}, "[{1 5} {6 9} {20 29}]"},
		{[]int64{20, 21, 40}, "[{0 10} {22 30}]"},
		{nil, "[{0 10} {20 30}]"},
	} {
		if got := fmt.Sprint(whole.without(0, tc.less)[0]); got != tc.want {
			t.Errorf("without %v: %s, want %s", tc.less, got, tc.want)
		}
	}
	if got := whole.without(1, []int64{5}); len(got) != 1 {
		t.Errorf("a partition without anything left: %v", got)
	}
}

func rec(partition int32, offset int64, key, value string) *kgo.Record {
	r := &kgo.Record{Topic: "dlq", Partition: partition, Offset: offset, Value: []byte(value)}
	if key != "" {
		r.Key = []byte(key)
	}
	return r
}

// planOf counts some records, of which the range holds 0 to 99 of two partitions.
func planOf(t *testing.T, req Request, to topics.Destination, all ...*kgo.Record) *Plan {
	t.Helper()
	req.Query.Topic, req.To = "dlq", to.Topic
	req.Within = Ranges{0: {{0, 100}}, 1: {{0, 100}}}
	c := newCounter(req, produce.NewRehearsal(to, req.Options))
	for _, r := range all {
		if err := c.take(r); err != nil {
			t.Fatal(err)
		}
	}
	c.plan.TopicID = [16]byte{1}
	return c.finish(nil)
}

func ordersOf(partitions int) topics.Destination {
	return topics.Destination{Topic: "orders", Leaders: make([]int32, partitions), ISR: make([]int, partitions)}
}

func TestCounting(t *testing.T) {
	compacted, small, headless := ordersOf(3), ordersOf(3), ordersOf(3)
	compacted.Compacted = true
	small.MaxMessageBytes = 150
	headless.Leaders[1] = -1
	committed := records.Query{Committed: true}
	all := []*kgo.Record{rec(0, 5, "a", "v"), rec(0, 9, "", "v"), rec(1, 3, "a", strings.Repeat("x", 200)), rec(1, 8, "b", "v")}
	a, b := produce.PartitionOf([]byte("a"), 3), produce.PartitionOf([]byte("b"), 3)
	for _, tc := range []struct {
		name    string
		req     Request
		to      topics.Destination
		sends   map[int32]int64 // by destination
		refused []string        // places, and a part of why
		warns   string
	}{
		{"by key", Request{Query: committed}, ordersOf(3), map[int32]int64{-1: 1, a: 2, b: 1}, nil, ""},
		{"to the same partitions", Request{Query: committed, KeepPartition: true}, ordersOf(3), map[int32]int64{0: 2, 1: 2}, nil, ""},
		{"to fewer partitions", Request{Query: committed, KeepPartition: true}, ordersOf(1), map[int32]int64{0: 2}, []string{"1@3 no partition 1", "1@8 no partition 1"}, ""},
		{"compacted", Request{Query: committed}, compacted, map[int32]int64{a: 2, b: 1}, []string{"0@9 needs a key"}, ""},
		{"too large", Request{Query: committed, NoOrigin: true}, small, map[int32]int64{-1: 1, a: 1, b: 1}, []string{"1@3 too large"}, ""},
		{"no leader", Request{Query: committed, KeepPartition: true}, headless, map[int32]int64{0: 2}, []string{"1@3 has no leader", "1@8 has no leader"}, ""},
		{"uncommitted", Request{}, ordersOf(3), map[int32]int64{-1: 1, a: 2, b: 1}, nil, "aborted"},
		{"a transaction", Request{Query: committed, Options: produce.Options{Transaction: "t"}}, compacted, map[int32]int64{a: 2, b: 1}, []string{"0@9 needs a key"}, "would be aborted"},
	} {
		if a == b {
			t.Fatal("the keys choose one partition")
		}
		p := planOf(t, tc.req, tc.to, all...)
		if p.Matches != 4 || p.Source[0].Matches != 2 || p.Source[1].Matches != 2 || p.Source[0].Bytes+p.Source[1].Bytes != p.Bytes {
			t.Errorf("%s: read %+v, %d matches, %d bytes", tc.name, p.Source, p.Matches, p.Bytes)
		}
		if got := fmt.Sprint(p.Left); got != "map[0:[{5 10}] 1:[{3 9}]]" {
			t.Errorf("%s: the range is %s", tc.name, got)
		}
		got := make(map[int32]int64)
		for to, part := range p.Destination {
			got[to] = part.Matches
		}
		if fmt.Sprint(got) != fmt.Sprint(tc.sends) {
			t.Errorf("%s: sends %v, want %v", tc.name, got, tc.sends)
		}
		if int(p.Refused) != len(tc.refused) || len(p.Refusals) != len(tc.refused) {
			t.Fatalf("%s: refused %+v", tc.name, p.Refusals)
		}
		for i, f := range p.Refusals {
			place, why, _ := strings.Cut(tc.refused[i], " ")
			if fmt.Sprintf("%d@%d", f.Partition, f.Offset) != place || !strings.Contains(f.Err.Error(), why) {
				t.Errorf("%s: refused %+v, want %s", tc.name, f, tc.refused[i])
			}
		}
		if tc.warns == "" && len(p.Warnings) > 0 || !strings.Contains(strings.Join(p.Warnings, "\n"), tc.warns) {
			t.Errorf("%s: warns %q", tc.name, p.Warnings)
		}
	}
}

func TestCheckFindsWhatHasMoved(t *testing.T) {
	p := planOf(t, Request{}, ordersOf(3), rec(0, 5, "a", "v"), rec(1, 3, "b", "v"))
	for _, tc := range []struct {
		name         string
		id           byte
		starts, ends []int64
		partitions   int
		want         string // a part of the error
	}{
		{"as it was", 1, []int64{0, 0}, []int64{6, 4}, 3, ""},
		{"others have gone and come", 1, []int64{5, 3}, []int64{60, 40}, 3, ""},
		{"retention", 1, []int64{6, 3}, []int64{60, 40}, 3, "partition 0 of dlq begins at offset 6 now, and a match stood at 5"},
		{"cut back", 1, []int64{0, 0}, []int64{6, 3}, 3, "partition 1 of dlq ends at offset 3 now, and a match stood at 3"},
		{"another topic", 2, []int64{0, 0}, []int64{6, 4}, 3, "deleted and created again"},
		{"more partitions to send to", 1, []int64{0, 0}, []int64{6, 4}, 5, "topic orders has 5 partitions now, and had 3"},
		{"fewer partitions", 1, []int64{0}, []int64{6}, 3, "partition 1 of dlq is gone"},
	} {
		err := p.Check(kafka.TopicLog{ID: [16]byte{tc.id}, Starts: tc.starts, Ends: tc.ends}, ordersOf(tc.partitions))
		var moved *MovedError
		if tc.want == "" && err != nil || tc.want != "" && (!errors.As(err, &moved) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "nothing was sent")) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
	if err := p.Check(kafka.TopicLog{ID: [16]byte{1}, Starts: []int64{0, -1}, Ends: []int64{6, 4}, Partial: errors.New("silent")}, ordersOf(3)); err == nil || !strings.Contains(err.Error(), "silent") {
		t.Errorf("an unknown log: %v", err)
	}
}

func TestOrigin(t *testing.T) {
	r := rec(3, 17, "k", "v")
	r.Headers = []kgo.RecordHeader{{Key: Origin, Value: []byte("older/1@2")}, {Key: "h"}}
	m := Request{}.message(r, &slab{})
	if len(m.Headers) != 3 || string(m.Headers[2].Value) != "dlq/3@17" || len(r.Headers) != 2 {
		t.Errorf("headers %v, and of what was read %v", m.Headers, r.Headers)
	}
	if kept := (Request{NoOrigin: true}).message(r, &slab{}); len(kept.Headers) != 2 {
		t.Errorf("without origin %v", kept.Headers)
	}
	again := &kgo.Record{Headers: m.Headers}
	if p, offset, ok := cameFrom("dlq", again); p != 3 || offset != 17 || !ok {
		t.Errorf("came from %d@%d, %t", p, offset, ok)
	}
	if _, _, ok := cameFrom("older", again); ok {
		t.Error("an earlier origin counts")
	}
}
