package check

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Names of what the clients use.
const (
	writesTopic = "check-writes"
	txnsTopic   = "check-txns"
	partitions  = 3
)

// clients are those that use the cluster while it is broken.
type clients struct {
	cfg     Config
	history *History
}

// client makes a client that looks for a cluster that comes and goes.
func (c *clients) client(opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(c.cfg.Addrs()...),
		kgo.Dialer(c.cfg.Network.dial),
		kgo.MetadataMinAge(50 * time.Millisecond),
		kgo.RetryTimeout(10 * time.Second),
		kgo.RequestTimeoutOverhead(5 * time.Second),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }),
		kgo.UnknownTopicRetries(-1),
	}, opts...)...)
}

// inFlight bounds the records of a producer without an answer.
const inFlight = 200

// write produces records with growing numbers until ctx ends, then waits for the
// answers. It writes a few thousand each second, so that a small disk lasts.
func (c *clients) write(ctx context.Context, id int) error {
	producer, number := "w"+strconv.Itoa(id), 0
	for ctx.Err() == nil {
		cl, err := c.client(kgo.ProducerLinger(time.Millisecond))
		if err != nil {
			return err
		}
		number = c.writeWith(ctx, cl, producer, int32(id%partitions), number)
	}
	return nil
}

// writeWith produces with one client as long as it is of use, and closes it. It
// returns the number of the next record.
func (c *clients) writeWith(ctx context.Context, cl *kgo.Client, producer string, partition int32, number int) int {
	room := make(chan struct{}, inFlight)
	var failed atomic.Bool
	var answers sync.WaitGroup
	pace := time.NewTicker(10 * time.Millisecond)
	defer pace.Stop()
	for ctx.Err() == nil && !failed.Load() {
		for range 20 {
			select {
			case room <- struct{}{}:
			case <-time.After(c.cfg.Patience): // no answer comes any more
				failed.Store(true)
			case <-ctx.Done():
			}
			if failed.Load() || ctx.Err() != nil {
				break
			}
			n := number
			number++
			answers.Add(1)
			cl.Produce(context.Background(), &kgo.Record{Topic: writesTopic, Partition: partition, Value: []byte(writeValue(producer, n))}, func(r *kgo.Record, err error) {
				defer answers.Done()
				<-room
				w := Write{Producer: producer, Number: n}
				if err == nil {
					w.Outcome, w.At = Done, Place{r.Topic, r.Partition, r.Offset}
				} else {
					failed.Store(true) // the client may not be of use any more
				}
				c.history.write(w)
			})
		}
		<-pace.C
	}
	within, cancel := context.WithTimeout(context.Background(), c.cfg.Patience)
	defer cancel()
	_ = cl.Flush(within) // who gets no answer has an unknown outcome
	cl.Close()
	answered := make(chan struct{})
	go func() {
		answers.Wait()
		close(answered)
	}()
	select {
	case <-answered:
	case <-time.After(c.cfg.Patience): // as above
	}
	return number
}

// transact runs one transaction after the other until ctx ends. Each writes to all
// partitions and commits its own number as an offset of the group of its id.
func (c *clients) transact(ctx context.Context, id int) error {
	txid, number := "x"+strconv.Itoa(id), 1
	for ctx.Err() == nil {
		cl, err := c.client(kgo.TransactionalID(txid), kgo.TransactionTimeout(30*time.Second))
		if err != nil {
			return err
		}
		for ctx.Err() == nil {
			outcome, err := c.transaction(cl, txid, number)
			c.history.txn(Txn{ID: txid, Number: number, Records: 2 * partitions, Outcome: outcome})
			number++
			if err != nil {
				break // with a new client, as an application that is started again
			}
		}
		cl.Close()
	}
	// Whoever comes next aborts what the last one has left open.
	cl, err := c.client(kgo.TransactionalID(txid))
	if err != nil {
		return err
	}
	defer cl.Close()
	within, cancel := context.WithTimeout(context.Background(), c.cfg.Patience)
	defer cancel()
	if _, _, err := cl.ProducerID(within); err != nil {
		return fmt.Errorf("take over the transactions of %s: %w", txid, err)
	}
	return nil
}

func (c *clients) transaction(cl *kgo.Client, txid string, number int) (Outcome, error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.cfg.Patience)
	defer cancel()
	if err := cl.BeginTransaction(); err != nil {
		return Undone, err
	}
	var records []*kgo.Record
	for i := range 2 * partitions {
		records = append(records, &kgo.Record{Topic: txnsTopic, Partition: int32(i % partitions), Value: []byte(txnValue(txid, number, i))})
	}
	var produced error
	if number%2 == 0 { // the offset comes first in every other one
		produced = c.stage(ctx, cl, txid, int64(number))
	}
	if produced == nil {
		produced = cl.ProduceSync(ctx, records...).FirstErr()
	}
	if produced == nil && number%2 != 0 {
		produced = c.stage(ctx, cl, txid, int64(number))
	}
	if produced != nil || number%5 == 0 {
		if err := cl.EndTransaction(ctx, kgo.TryAbort); err != nil {
			return Unknown, err // perhaps another client with the id has aborted it
		}
		return Undone, produced
	}
	if err := cl.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return Unknown, err
	}
	return Done, nil
}

// stage commits an offset in the transaction.
func (c *clients) stage(ctx context.Context, cl *kgo.Client, txid string, offset int64) error {
	pid, epoch, err := cl.ProducerID(ctx)
	if err != nil {
		return err
	}
	return stageOffset(ctx, cl, txid, pid, epoch, txnsTopic, offset)
}

// commit commits growing offsets of a group of its own until ctx ends.
func (c *clients) commit(ctx context.Context) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	for n := int64(1); ctx.Err() == nil; n++ {
		offsets := make(kadm.Offsets)
		offsets.AddOffset(writesTopic, 0, n, -1)
		within, cancel := context.WithTimeout(context.Background(), c.cfg.Patience)
		responses, err := adm.CommitOffsets(within, "commits", offsets)
		cancel()
		if err == nil {
			err = responses.Error()
		}
		c.history.commit(Commit{"commits", n, outcomeOf(err)})
		pause(ctx, 5*time.Millisecond)
	}
	return nil
}

// topics creates and deletes topics until ctx ends.
func (c *clients) topics(ctx context.Context) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	for n := 0; ctx.Err() == nil; n++ {
		name := fmt.Sprintf("check-made-%d", n)
		within, cancel := context.WithTimeout(context.Background(), c.cfg.Patience)
		_, err := adm.CreateTopic(within, int32(1+n%3), 1, nil, name)
		t := Topic{Name: name, Partitions: 1 + n%3, Outcome: outcomeOf(err)}
		if errors.Is(err, kerr.TopicAlreadyExists) { // by the try before, whose answer was lost
			t.Outcome = Done
		}
		c.history.topic(t)
		if t.Outcome == Done && n%3 == 0 {
			_, err := adm.DeleteTopic(within, name)
			t.Delete, t.Outcome = true, outcomeOf(err)
			if errors.Is(err, kerr.UnknownTopicOrPartition) {
				t.Outcome = Done
			}
			c.history.topic(t)
		}
		cancel()
		pause(ctx, 50*time.Millisecond)
	}
	return nil
}

// read follows the records of the producers until ctx ends, and notes what it sees.
func (c *clients) read(ctx context.Context) error {
	for ctx.Err() == nil {
		cl, err := c.client(kgo.ConsumeTopics(writesTopic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(200*time.Millisecond))
		if err != nil {
			return err
		}
		for ctx.Err() == nil {
			fetches := cl.PollFetches(ctx)
			fetches.EachRecord(func(r *kgo.Record) {
				c.history.read(Place{r.Topic, r.Partition, r.Offset}, string(r.Value))
			})
		}
		cl.Close()
	}
	return nil
}

// outcomeOf is the outcome of a request that failed with err: whether it was done is
// known only of one that was refused as it stands.
func outcomeOf(err error) Outcome {
	if err == nil {
		return Done
	}
	return Unknown
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
