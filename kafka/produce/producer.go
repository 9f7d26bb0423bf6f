package produce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/audit"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/topics"
)

const (
	// usualBatchBytes is Kafka's default of max.message.bytes, less what brokers of
	// any version count besides.
	usualBatchBytes = 1_000_012
	// slice is how long messages share one context with a deadline: one for each
	// would cost more than sending it.
	slice = 250 * time.Millisecond
	// mostBatchBytes is as much as a compressed batch may have been before.
	mostBatchBytes = 96 << 20
)

// cancel ends a context, which ends by itself at a time.
type cancel struct {
	end  context.CancelFunc
	ends time.Time
}

// Producer writes records to one topic. Send and Queue are for one goroutine at a
// time.
type Producer struct {
	to       topics.Destination
	opts     Options
	client   *kgo.Client
	noted    *audit.Pending
	batch    int // bytes of a batch that the topic takes
	buffered int // bytes since the last flush, when batches are compressed

	// The context of the messages of this slice of time, and whose child it is.
	parent, deadline context.Context
	sliceEnds        time.Time
	cancels          []cancel

	opened  time.Time
	wire    wire
	landing func(*kgo.Record, error) // land, made once

	ending func(Summary, error) any // what the caller adds to the audit log

	under sync.WaitGroup // messages that kgo has

	mu  sync.Mutex
	sum Summary
}

// Open prepares to write to a topic, which must exist: two requests, and one or two
// more with the first record for the id of an idempotent producer. action says in
// the audit log what is done, as in "produce" or "redrive"; details, which tell where
// the records come from, go there too, as "source".
// A read-only context refuses with an error that wraps kafka.ErrReadOnly. Finish
// ends what Open began.
func Open(ctx context.Context, client *kafka.Conn, topic string, opts Options, action string, details any) (*Producer, error) {
	to, err := destination(ctx, client, topic, opts)
	if err != nil {
		return nil, err
	}
	p := &Producer{to: to, opts: opts, batch: usualBatchBytes, opened: time.Now(), sum: Summary{Topic: topic, Places: make(map[int32]Span)}}
	if to.MaxMessageBytes > 0 {
		p.batch = max(512, min(to.MaxMessageBytes, mostBatchBytes)) // kgo takes no less
	}
	limit := p.batch
	if opts.compresses() {
		limit = mostBatchBytes // kgo counts before it compresses; Queue keeps batches small
	}
	p.wire.opened = p.opened
	p.landing = func(rec *kgo.Record, err error) { p.land(rec, err); p.under.Done() }
	p.client, p.noted, err = client.NewProducer("write to topic "+topic, audit.Change{
		Action: action, Target: topic, Details: map[string]any{"options": opts, "source": details},
	}, append(opts.client(int32(limit)), kgo.WithHooks(&p.wire))...)
	if err != nil {
		return nil, err
	}
	if opts.Transaction == "" {
		return p, nil
	}
	if err := p.client.BeginTransaction(); err != nil {
		err = p.explain(Message{}, AnyPartition, err)
		return nil, errors.Join(err, p.end(err))
	}
	return p, nil
}

// Destination is what Open found out about the topic.
func (p *Producer) Destination() topics.Destination { return p.to }

// Tell adds to the audit log, with what became of it all, what the caller makes of
// that within Finish, under the name "rest".
func (p *Producer) Tell(ending func(Summary, error) any) { p.ending = ending }

// Send writes a message and waits for its receipt, until ctx ends or the timeout
// of the options.
func (p *Producer) Send(ctx context.Context, m Message) Receipt {
	done := make(chan Receipt, 1)
	p.Queue(ctx, m, func(r Receipt) { done <- r })
	return <-done
}

// Queue writes a message and hands its receipt to done, from another goroutine
// unless the message was refused at once. It blocks while many are under way.
// Messages of one partition keep their order.
func (p *Producer) Queue(ctx context.Context, m Message, done func(Receipt)) {
	begun := time.Now()
	f := &flight{record: m.record(p.to.Topic), done: done, tag: m.Tag, chosen: m.Partition, begun: begun.Sub(p.opened)}
	rec := &f.record
	rec.Context = f // by which land finds it
	if m.Timestamp.IsZero() {
		rec.Timestamp = begun
	}
	f.Context = p.within(ctx, begun)
	if err := Check(p.to, p.opts, m); err != nil {
		p.land(rec, refusal{err})
		return
	}
	if err := p.makeRoom(f.Context, m.Size()+recordOverhead); err != nil {
		p.land(rec, notSent{err})
		return
	}
	f.sent = p.wire.requests.Load()
	p.under.Add(1)
	p.client.Produce(f.Context, rec, p.landing)
}

// flight is a message under way, in one piece of memory: there are many thousand at
// a time, and some hundred thousand a second.
type flight struct {
	context.Context
	record kgo.Record
	done   func(Receipt)
	tag    int64
	begun  time.Duration // since the producer was opened
	sent   int64         // requests that had left before
	chosen int32         // the partition, or AnyPartition
}

// land tells what became of a message.
func (p *Producer) land(rec *kgo.Record, err error) {
	f := rec.Context.(*flight)
	r := Receipt{
		Message: Message{Partition: f.chosen, Key: rec.Key, Value: rec.Value, Headers: rec.Headers, Timestamp: rec.Timestamp, Tag: f.tag},
		Outcome: model.Done, Partition: rec.Partition, Offset: rec.Offset, Timestamp: rec.Timestamp,
		Took: p.wire.answered() - f.begun,
	}
	if err != nil || r.Took < 0 { // it has no answer
		r.Took = time.Since(p.opened) - f.begun
	}
	switch {
	case err != nil:
		if rec.Partition == AnyPartition || p.wire.silentSince(f.sent) { // it has not even got a partition
			err = notSent{err}
		}
		r.Offset, r.Outcome = -1, outcome(err)
		r.Err = p.explain(r.Message, rec.Partition, err)
	case p.opts.Acks == None:
		r.Offset = -1
	}
	p.count(&r)
	f.done(r)
}

// within is ctx with the deadline of a message that begins now.
func (p *Producer) within(ctx context.Context, now time.Time) context.Context {
	if ctx != p.parent || now.After(p.sliceEnds) {
		var end context.CancelFunc
		p.parent, p.sliceEnds = ctx, now.Add(slice)
		ends := p.sliceEnds.Add(p.opts.timeout())
		p.deadline, end = context.WithDeadline(ctx, ends)
		p.cancels = append(slices.DeleteFunc(p.cancels, func(c cancel) bool {
			if now.After(c.ends) {
				c.end()
				return true
			}
			return false
		}), cancel{end, ends})
	}
	return p.deadline
}

// makeRoom keeps compressed batches as small as the topic takes uncompressed ones:
// how much smaller they become is not known before.
func (p *Producer) makeRoom(ctx context.Context, size int) error {
	if !p.opts.compresses() {
		return nil
	}
	if p.buffered += size; p.buffered <= p.batch {
		return nil
	}
	p.buffered = size
	return p.client.Flush(ctx)
}

// Sums is what became of the messages so far.
func (p *Producer) Sums() Summary {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sum.clone()
}

func (p *Producer) count(r *Receipt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sum.add(r)
}

// Finish waits for what is under way, ends the transaction, if there is one, and
// notes in the audit log what became of it all. A transaction is committed when
// keep is true and every message was stored, and is aborted otherwise, which is an
// error when keep was true. ctx should not be one that has ended: pending
// messages then become Unknown.
func (p *Producer) Finish(ctx context.Context, keep bool) (Summary, error) {
	err := p.client.Flush(ctx)
	if p.opts.Transaction != "" {
		err = errors.Join(err, p.endTransaction(ctx, keep && err == nil, keep))
	}
	err = errors.Join(err, p.end(err))
	return p.Sums(), err
}

// endTransaction commits or aborts; wanted is whether the caller wanted to commit.
func (p *Producer) endTransaction(ctx context.Context, commit, wanted bool) error {
	sum := p.Sums()
	commit = commit && sum.Refused == 0 && sum.Unknown == 0
	if !commit {
		if err := p.client.AbortBufferedRecords(ctx); err != nil {
			return fmt.Errorf("abort the transaction: %w", err)
		}
	}
	err := p.client.EndTransaction(ctx, kgo.TransactionEndTry(commit))
	p.mu.Lock()
	p.sum.Aborted = !commit
	p.mu.Unlock()
	switch {
	case err != nil && commit:
		return fmt.Errorf("commit the transaction: %w", explainTransaction(p.opts.Transaction, err))
	case err != nil:
		return fmt.Errorf("abort the transaction: %w", explainTransaction(p.opts.Transaction, err))
	case wanted && !commit:
		return errors.New("the transaction was aborted, since not every record could be written: read_committed consumers see none of them")
	}
	return nil
}

// end notes what became of it all; what has no answer yet gets none.
func (p *Producer) end(why error) error {
	p.client.Close()
	p.under.Wait() // Close lets every message land, and does not wait for that
	for _, c := range p.cancels {
		c.end()
	}
	sum := p.Sums()
	if p.ending != nil {
		sum.Details = p.ending(sum, why)
	}
	stage := sum.stage()
	switch {
	case why != nil && sum.Messages() == 0:
		stage = audit.Refused
	case why != nil && stage == audit.Done:
		stage = audit.Partly // as when nobody knows whether the transaction was committed
	}
	return p.noted.End(stage, sum, why)
}
