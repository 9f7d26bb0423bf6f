package embedbroker_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ledger is what producers were told and what consumers have read, by partition.
type ledger struct {
	mu    sync.Mutex
	acked map[int32]map[int64]string // by offset
	read  map[int32]map[int64]string
}

// TestRideThrough produces and consumes while brokers are stopped, slowed down and
// cut off at random, one at a time, and compares: every acknowledged record is
// read at its offset, nothing is read twice, and offsets are in order.
func TestRideThrough(t *testing.T) {
	const partitions = 4
	cfg := quick()
	cfg["leader.imbalance.check.interval.seconds"] = "2"
	l := startLab(t, embedbroker.Config{Brokers: 3, Settings: cfg})
	l.topic("t", partitions, 3, 2)
	book := &ledger{acked: make(map[int32]map[int64]string), read: make(map[int32]map[int64]string)}
	for p := range int32(partitions) {
		book.acked[p], book.read[p] = make(map[int64]string), make(map[int64]string)
	}

	running, end := context.WithCancel(l.ctx)
	defer end()
	var work sync.WaitGroup
	options := []kgo.Opt{kgo.RequestTimeoutOverhead(time.Second), kgo.RetryTimeout(30 * time.Second)}
	producer := client(t, l.Cluster, append(options, kgo.DefaultProduceTopic("t"), kgo.ProduceRequestTimeout(5*time.Second))...)
	work.Go(func() { book.produce(running, t, producer) })
	reader := client(t, l.Cluster, append(options, kgo.ConsumeTopics("t"), kgo.ConsumerGroup("readers"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.SessionTimeout(20*time.Second))...)
	work.Go(func() { book.consume(running, t, reader) })

	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 6 {
		broker := int32(rng.IntN(3))
		before := book.count()
		var undo func(int32) error
		switch rng.IntN(3) {
		case 0:
			l.do(l.StopBroker(broker))
			undo = l.StartBroker
		case 1:
			l.do(l.SlowBroker(broker, 5))
			undo = l.HealBroker
		default:
			l.do(l.IsolateBroker(broker))
			undo = l.HealBroker
		}
		l.until("true", func() string { return strconv.FormatBool(book.count() > before+50) }) // they go on
		l.do(undo(broker))
		l.until("true", func() string { return strconv.FormatBool(inSync(l.Replicas(100, "t"))) })
	}
	end()
	l.do(producer.Flush(l.ctx))
	book.waitRead(l)
	work.Wait()
	for p, acked := range book.acked {
		for offset, value := range acked {
			if got := book.read[p][offset]; got != value {
				t.Errorf("partition %d offset %d: acknowledged %q, read %q", p, offset, value, got)
			}
		}
	}
}

func (b *ledger) produce(ctx context.Context, t *testing.T, cl *kgo.Client) {
	for i := 0; ctx.Err() == nil; i++ {
		r := kgo.StringRecord(strconv.Itoa(i))
		cl.Produce(context.Background(), r, func(r *kgo.Record, err error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if err != nil {
				t.Errorf("produce %s: %v", r.Value, err)
				return
			}
			b.acked[r.Partition][r.Offset] = string(r.Value)
		})
		if i%20 == 19 {
			_ = cl.Flush(ctx) // not more than they can take; the end cuts it short
		}
	}
}

// consume reads until everything acknowledged was read.
func (b *ledger) consume(running context.Context, t *testing.T, cl *kgo.Client) {
	last := make(map[int32]int64)
	values := make(map[string]string)
	for running.Err() == nil || !b.complete() {
		poll, cancel := context.WithTimeout(context.Background(), time.Second)
		fetches := cl.PollFetches(poll)
		cancel()
		b.mu.Lock()
		fetches.EachRecord(func(r *kgo.Record) {
			at := fmt.Sprintf("%d:%d", r.Partition, r.Offset)
			if old, twice := values[string(r.Value)]; twice && old != at {
				t.Errorf("record %s is at %s and at %s", r.Value, old, at)
			}
			if before, ok := last[r.Partition]; ok && r.Offset <= before {
				t.Errorf("partition %d: offset %d after %d", r.Partition, r.Offset, before)
			}
			values[string(r.Value)], last[r.Partition] = at, r.Offset
			b.read[r.Partition][r.Offset] = string(r.Value)
		})
		b.mu.Unlock()
	}
}

func (b *ledger) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, acked := range b.acked {
		n += len(acked)
	}
	return n
}

func (b *ledger) complete() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for p, acked := range b.acked {
		for offset := range acked {
			if _, ok := b.read[p][offset]; !ok {
				return false
			}
		}
	}
	return true
}

// waitRead waits until all that was acknowledged has been read.
func (b *ledger) waitRead(l *lab) {
	l.Helper()
	l.until("true", func() string { return strconv.FormatBool(b.complete()) })
}
