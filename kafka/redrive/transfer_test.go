package redrive

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/topics"
)

// world is two topics without a cluster: what is read, and what is written by a
// producer whose answers come when the test says so.
type world struct {
	source  []*kgo.Record // the matches, by partition and offset
	stored  []*kgo.Record
	pending [destinations][]sent // by the partition that they are sent to
	refuses func() bool
}

const destinations = 3

type sent struct {
	message produce.Message
	done    func(produce.Receipt)
}

// Queue is part of sender.
func (w *world) Queue(_ context.Context, m produce.Message, done func(produce.Receipt)) {
	to := produce.PartitionOf(m.Key, destinations)
	w.pending[to] = append(w.pending[to], sent{m, done})
}

// answer stores or refuses the oldest records of a partition, and tells unless the
// producer has died.
func (w *world) answer(partition, n int, tell bool) {
	for range min(n, len(w.pending[partition])) {
		s := w.pending[partition][0]
		w.pending[partition] = w.pending[partition][1:]
		r := produce.Receipt{Message: s.message, Outcome: model.Done}
		if tell && w.refuses() {
			r.Outcome, r.Err = model.Refused, errors.New("refused")
		} else {
			w.stored = append(w.stored, &kgo.Record{Partition: int32(partition), Key: s.message.Key, Value: s.message.Value, Headers: s.message.Headers})
		}
		if tell {
			s.done(r)
		}
	}
}

func (w *world) flush() {
	for p := range w.pending {
		w.answer(p, len(w.pending[p]), true)
	}
}

// die ends the producer: some of what is under way is stored, and nobody learns it.
func (w *world) die(t *rapid.T) {
	for p := range w.pending {
		w.answer(p, rapid.IntRange(0, len(w.pending[p])).Draw(t, "stored in silence"), false)
		w.pending[p] = nil
	}
}

// count makes the plan of what is left, as Count does.
func (w *world) count(t *rapid.T, left Ranges) *Plan {
	c := newCounter(Request{Query: records.Query{Topic: "dlq", Committed: true}, Within: left, To: "orders"},
		produce.NewRehearsal(topics.Destination{Topic: "orders", Leaders: make([]int32, destinations), ISR: make([]int, destinations)}, produce.Options{}))
	for _, rec := range w.source {
		if _, ok := left.find(rec.Partition, rec.Offset); ok {
			if err := c.take(rec); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c.finish(nil)
}

// run sends what is planned until it is stopped or dies, and returns what is left.
func (w *world) run(t *rapid.T, plan *Plan) Ranges {
	ctx, stop := context.WithCancelCause(t.Context())
	defer stop(nil)
	tr := newTransfer(plan, w, &Meter{}, nil, stop)
	take := tr.take(ctx)
	lanes := make(map[int32][]*kgo.Record)
	for _, rec := range w.source {
		if _, ok := plan.Left.find(rec.Partition, rec.Offset); ok {
			lanes[rec.Partition] = append(lanes[rec.Partition], rec)
		}
	}
	saved := plan.Left
	for len(lanes) > 0 {
		p := rapid.SampledFrom(slices.Sorted(maps.Keys(lanes))).Draw(t, "partition")
		if err := take(lanes[p][0]); err != nil {
			t.Fatal(err)
		}
		if lanes[p] = lanes[p][1:]; len(lanes[p]) == 0 {
			of := plan.Left[p]
			tr.book.passed(map[int32]int64{p: of[len(of)-1].To})
			delete(lanes, p)
		}
		switch rapid.IntRange(0, 40).Draw(t, "then") {
		case 0: // it dies
			w.die(t)
			return w.settle(saved)
		case 1: // it is stopped
			w.flush()
			return tr.left()
		case 2, 3, 4, 5:
			saved = tr.left()
		default:
			w.answer(rapid.IntRange(0, destinations-1).Draw(t, "answers"), rapid.IntRange(0, 3).Draw(t, "so many"), true)
		}
	}
	w.flush()
	return tr.left()
}

// settle takes out of what is left what the destination holds, as Resume does.
func (w *world) settle(left Ranges) Ranges {
	there := make(map[int32][]int64)
	for _, rec := range w.stored {
		p, offset, ok := cameFrom("dlq", rec)
		if _, in := left.find(p, offset); ok && in {
			there[p] = append(there[p], offset)
		}
	}
	for p, offsets := range there {
		slices.Sort(offsets)
		left = left.without(p, offsets)
	}
	return left
}

// TestEachMatchIsSentOnce stops and kills runs at any point, and goes on with them.
func TestEachMatchIsSentOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{}
		left := make(Ranges)
		for p := range int32(rapid.IntRange(1, 3).Draw(t, "partitions")) {
			at := int64(0)
			for range rapid.IntRange(1, 25).Draw(t, "records") {
				at += rapid.Int64Range(1, 3).Draw(t, "gap") // others, and holes
				key := fmt.Append(nil, "k", p, "-", rapid.IntRange(0, 3).Draw(t, "key"))
				w.source = append(w.source, &kgo.Record{Topic: "dlq", Partition: p, Offset: at, Key: key, Value: fmt.Append(nil, at)})
			}
			left[p] = []Range{{0, at + 1}}
		}
		broken := rapid.Bool().Draw(t, "some are refused")
		w.refuses = func() bool { return broken && rapid.IntRange(0, 4).Draw(t, "refused") == 0 }
		for runs := 0; len(left) > 0; runs++ {
			if broken = broken && runs < 20; runs > 500 {
				t.Fatal("it never ends")
			}
			plan := w.count(t, left)
			if plan.Matches == 0 {
				break
			}
			left = w.run(t, plan)
		}
		want := make(map[string]bool, len(w.source))
		for _, rec := range w.source {
			want[string(appendOrigin(nil, rec))] = true
		}
		for _, rec := range w.stored {
			from := string(rec.Headers[0].Value)
			if !want[from] {
				t.Fatalf("%s was sent twice, or should not have been", from)
			}
			delete(want, from)
		}
		if len(want) > 0 {
			t.Fatalf("%v were not sent", slices.Collect(maps.Keys(want)))
		}
	})
}

// TestKeysKeepTheirOrder is the same without failures, which alone may change it.
func TestKeysKeepTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{refuses: func() bool { return false }}
		left := make(Ranges)
		for p := range int32(2) {
			n := int64(rapid.IntRange(1, 40).Draw(t, "records"))
			for at := range n {
				w.source = append(w.source, &kgo.Record{Topic: "dlq", Partition: p, Offset: at, Key: fmt.Append(nil, p, "-", at%3)})
			}
			left[p] = []Range{{0, n}}
		}
		for len(left) > 0 {
			plan := w.count(t, left)
			if plan.Matches == 0 {
				break
			}
			left = w.run(t, plan)
		}
		last := make(map[string]int64)
		for _, rec := range w.stored {
			_, offset, _ := cameFrom("dlq", rec)
			if before, ok := last[string(rec.Key)]; ok && offset <= before {
				t.Fatalf("key %s: offset %d after %d", rec.Key, offset, before)
			}
			last[string(rec.Key)] = offset
		}
	})
}
