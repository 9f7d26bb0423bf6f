package produce_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/topics"
)

// outcomes are what became of messages, by their tags.
type outcomes struct {
	mu sync.Mutex
	of map[int64]model.Outcome
}

func (o *outcomes) add(r produce.Receipt) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if before, twice := o.of[r.Message.Tag]; twice {
		o.of[r.Message.Tag] = model.Outcome(fmt.Sprintf("%s, then %s", before, r.Outcome))
		return
	}
	o.of[r.Message.Tag] = r.Outcome
}

// queueMany writes n messages with a few keys. It calls half when half of them are
// queued and some are stored, and all when all are queued.
func queueMany(t *testing.T, p *produce.Producer, n int64, half, all func()) (*outcomes, produce.Summary) {
	t.Helper()
	o := &outcomes{of: make(map[int64]model.Outcome)}
	for tag := range n {
		if tag == n/2 {
			for until := time.Now().Add(patience); p.Sums().Stored == 0 && time.Now().Before(until); {
				<-time.After(time.Millisecond)
			}
			half()
		}
		p.Queue(t.Context(), produce.Message{Partition: produce.AnyPartition, Key: fmt.Append(nil, tag%50), Value: fmt.Append(nil, tag), Tag: tag}, o.add)
	}
	all()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	sum, err := p.Finish(ctx, true)
	if err != nil {
		t.Error(err)
	}
	return o, sum
}

// compare holds the receipts against what is there: everything that is done once and
// in the order of its key, nothing that was refused.
func (c *cluster) compare(t *testing.T, o *outcomes, sum produce.Summary) {
	t.Helper()
	stored, last := make(map[int64]int), make(map[string]int64)
	for _, rec := range c.read(t, false) {
		var tag int64
		if _, err := fmt.Sscan(string(rec.Value), &tag); err != nil {
			t.Fatal(err)
		}
		if before, ok := last[string(rec.Key)]; ok && before >= tag {
			t.Errorf("key %s has %d after %d", rec.Key, tag, before)
		}
		last[string(rec.Key)] = tag
		stored[tag]++
	}
	counts := make(map[model.Outcome]int64)
	for tag, outcome := range o.of {
		counts[outcome]++
		switch n := stored[tag]; {
		case n > 1, n == 0 && outcome == model.Done, n > 0 && outcome == model.Refused:
			t.Errorf("message %d is %s, and stored %d times", tag, outcome, n)
		}
	}
	t.Logf("%v, %d stored", counts, len(stored))
	if counts[model.Done] != sum.Stored || counts[model.Refused] != sum.Refused || counts[model.Unknown] != sum.Unknown || sum.Messages() != int64(len(o.of)) {
		t.Errorf("the receipts are %v, the sums %+v", counts, sum)
	}
}

// TestABrokerIsKilled while there are replicas: another one takes over, and nothing is
// lost, stored twice or told as failed.
func TestABrokerIsKilled(t *testing.T) {
	c := start(t, kafkatest.Config{Own: true})
	two := "2"
	c.Create(6, 3, map[string]*string{"min.insync.replicas": &two}, "orders")
	opts := produce.Defaults()
	opts.Timeout = time.Minute
	o, sum := queueMany(t, c.open(t, "orders", opts), 20_000, func() { c.Nodes.Kill(1) }, func() {})
	c.compare(t, o, sum)
	if sum.Stored != 20_000 {
		t.Errorf("%+v", sum)
	}
}

// TestTheOnlyReplicaIsKilled: what is told as stored is there when it is back, and
// what is told as refused is not.
func TestTheOnlyReplicaIsKilled(t *testing.T) {
	c := start(t, kafkatest.Config{Own: true})
	c.Create(6, 1, nil, "orders")
	opts := produce.Defaults()
	opts.Timeout = 6 * time.Second
	o, sum := queueMany(t, c.open(t, "orders", opts), 20_000, func() { c.Nodes.Kill(1) }, func() {})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := c.Nodes.Restart(ctx, 1); err != nil {
		t.Fatal(err)
	}
	for d := (topics.Destination{Leaders: []int32{-1}}); ; { // the cluster learns of it a little later
		lacks := false
		for _, leader := range d.Leaders {
			lacks = lacks || leader < 0
		}
		if !lacks {
			break
		}
		var err error
		if d, err = topics.New(c.client).Destination(ctx, "orders"); err != nil {
			t.Fatal(err)
		}
	}
	c.compare(t, o, sum)
	if sum.Stored == 0 || sum.Refused+sum.Unknown == 0 {
		t.Errorf("%+v", sum)
	}
}

// TestConnectionsAreCut all the time: the producer tries again, and nothing is lost,
// stored twice or out of order.
func TestConnectionsAreCut(t *testing.T) {
	c := start(t, kafkatest.Config{Faults: true})
	c.Create(6, 1, nil, "orders")
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	cut := func() {
		wg.Go(func() {
			for broker := int32(0); ctx.Err() == nil; broker = (broker + 1) % 3 {
				c.Embedded.Cut(broker, true)
				<-time.After(20 * time.Millisecond)
				c.Embedded.Cut(broker, false)
				<-time.After(20 * time.Millisecond)
			}
		})
	}
	opts := produce.Defaults()
	opts.Timeout = time.Minute
	o, sum := queueMany(t, c.open(t, "orders", opts), 100_000, cut, func() { cancel(); wg.Wait() })
	c.compare(t, o, sum)
}

// TestADeadBroker stores nothing, which is certain: nothing was sent.
func TestADeadBroker(t *testing.T) {
	c := start(t, kafkatest.Config{Faults: true, Brokers: 1})
	c.Create(1, 1, nil, "orders")
	for _, acks := range []produce.Acks{produce.All, produce.None} {
		p := c.open(t, "orders", produce.Options{Acks: acks, Timeout: 2 * time.Second})
		c.Embedded.Cut(0, true)
		r := p.Send(t.Context(), produce.Message{Partition: produce.AnyPartition, Value: []byte("v")})
		c.Embedded.Cut(0, false)
		if r.Err == nil || r.Outcome != model.Refused {
			t.Errorf("acks %s: %s, %v", acks, r.Outcome, r.Err)
		}
		if sum, err := finish(t, p, true); err != nil || sum.Refused != 1 {
			t.Errorf("acks %s: %+v, %v", acks, sum, err)
		}
	}
	if got := c.read(t, false); len(got) != 0 {
		t.Errorf("%d records are stored", len(got))
	}
}
