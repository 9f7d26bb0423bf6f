package redrive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/topics"
)

// Report is what became of a run.
type Report struct {
	Summary produce.Summary
	Stored  int64 // of the plan's matches; a transaction that was aborted stores none
	Failed  int64 // refused, or sent without an answer
	Unknown int64 // of the failed, those without an answer: they may be stored
	// Unsent is how many of the counted matches were not sent: the run was stopped
	// before them. Missing is how many were no longer there at a run that was not,
	// since compaction or retention took them.
	Unsent, Missing int64
	Failures        []Failure // the first of them
	// Stopped is why the run ended early, in words, or nil.
	Stopped error
	// Left are the offsets within which the rest stands, and State the file that a
	// later run goes on from; empty when nothing is left.
	Left  Ranges
	State string
	Notes []string // what is worth knowing besides, one sentence each
	Took  time.Duration
}

// Complete reports whether every match was stored.
func (r Report) Complete() bool { return r.Failed+r.Unsent+r.Missing == 0 && r.Stopped == nil }

// finishTime bounds the end of a run, besides the time that records may take: the
// end of a transaction.
const finishTime = 20 * time.Second

// errFailed stops a run at the first failure.
var errFailed = errors.New("a record could not be stored")

// Run sends what was counted, after a last look at the topics. Its error says why
// nothing was sent: *MovedError, kafka.ErrReadOnly, or that the place to go on from
// could not be kept. Once the sending has begun the report tells what became of it.
// When ctx ends, no more records are read; those under way get their answers.
//
// failed, unless it is nil, is told every failure as it comes, from other
// goroutines. meter may be read meanwhile.
func Run(ctx context.Context, client *kafka.Conn, plan *Plan, meter *Meter, failed func(Failure)) (Report, error) {
	what := fmt.Sprintf("redrive %s to %s", plan.Query.Topic, plan.To)
	if plan.Matches == 0 && plan.State != "" {
		return Report{}, os.Remove(plan.State) // all was stored before
	}
	if plan.Matches == 0 {
		return Report{}, fmt.Errorf("%s: nothing matches; there is nothing to send", what)
	}
	if err := client.MayChange(what); err != nil {
		return Report{}, err
	}
	began := time.Now()
	state, err := prepare(ctx, client, plan)
	if err != nil {
		return Report{}, err
	}
	producer, err := produce.Open(ctx, client, plan.To, plan.Options, "redrive", plan.note(state.path))
	if err != nil {
		return Report{}, errors.Join(err, state.undo())
	}
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	t := newTransfer(plan, producer, meter, failed, stop)
	producer.Tell(t.ended(state.path))
	stopSaving := state.keep(t.left)
	r := &reader{client: client, query: plan.Query, meter: meter, take: t.take(reading), passed: t.book.passed}
	err = r.within(reading, plan.Left)
	if reading.Err() != nil {
		err = context.Cause(reading)
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), plan.Options.Timeout+finishTime)
	defer cancel()
	sum, endErr := producer.Finish(end, err == nil)
	stopSaving()
	report := t.report(sum, err, endErr)
	report.Notes, report.Took = r.notes, time.Since(began)
	if report.State, err = state.end(report); err != nil {
		report.Notes = append(report.Notes, err.Error())
	}
	return report, nil
}

// prepare looks at the topics for the last time, and keeps what is to be sent.
func prepare(ctx context.Context, client *kafka.Conn, plan *Plan) (*State, error) {
	wrap := func(err error) error {
		return fmt.Errorf("redrive %s to %s: nothing was sent: %w", plan.Query.Topic, plan.To, err)
	}
	from, err := client.TopicLog(ctx, plan.Query.Topic)
	if err != nil {
		return nil, wrap(err)
	}
	to, err := topics.New(client).Destination(ctx, plan.To)
	if err != nil {
		return nil, wrap(err)
	}
	if err := plan.Check(from, to); err != nil {
		return nil, err
	}
	ends, err := client.TopicLog(ctx, plan.To)
	if err != nil {
		return nil, wrap(err)
	}
	state := newState(client, plan, ends)
	state.Open = true
	if err := state.save(plan.Left, true); err != nil {
		return nil, wrap(err)
	}
	return state, nil
}

// sender is what a transfer needs of a producer.
type sender interface {
	Queue(ctx context.Context, m produce.Message, done func(produce.Receipt))
}

// transfer hands the matches that are read to a producer.
type transfer struct {
	plan      *Plan
	to        sender
	book      *book
	failed    func(Failure)
	stop      context.CancelCauseFunc // of the reading
	committed atomic.Bool             // the transaction was
}

func newTransfer(plan *Plan, to sender, meter *Meter, failed func(Failure), stop context.CancelCauseFunc) *transfer {
	b := newBook(plan.Left)
	meter.note(func(p *Progress) { p.Of, meter.book = plan.Matches, b })
	return &transfer{plan: plan, to: to, book: b, failed: failed, stop: stop}
}

// take returns what sends each match that it is given, in that order, until ctx
// ends.
func (t *transfer) take(ctx context.Context) func(*kgo.Record) error {
	sending := context.WithoutCancel(ctx) // what is under way then is to get its answer
	pace := produce.NewPace(t.plan.Rate)
	var memory slab
	return func(rec *kgo.Record) error {
		if err := t.book.wait(ctx); err != nil {
			return err
		}
		if err := pace.Wait(ctx); err != nil {
			return err
		}
		m := t.plan.message(rec, &memory)
		part, _ := t.plan.Left.find(rec.Partition, rec.Offset)
		e := t.book.sends(rec.Partition, part, rec.Offset, m.Size())
		t.to.Queue(sending, m, func(r produce.Receipt) { t.told(e, r) })
		return nil
	}
}

// told takes in what became of a record.
func (t *transfer) told(e *entry, r produce.Receipt) {
	failure := t.book.told(e, r)
	if failure == nil {
		return
	}
	if t.failed != nil {
		t.failed(*failure)
	}
	if t.plan.StopOnError || t.plan.allOrNothing() {
		t.stop(errFailed)
	}
}

// left is what is left to send. Of a transaction all is left until it is committed.
func (t *transfer) left() Ranges {
	if t.plan.allOrNothing() && !t.committed.Load() {
		return t.plan.Left
	}
	return t.book.left()
}

// ended returns what is noted in the audit log at the end.
func (t *transfer) ended(resume string) func(produce.Summary, error) any {
	return func(sum produce.Summary, err error) any {
		t.committed.Store(t.plan.allOrNothing() && err == nil && !sum.Aborted)
		left := t.left()
		if len(left) == 0 {
			return nil
		}
		return map[string]any{"left": left, "resume": resume}
	}
}

// report tells what became of it all: readErr is why the reading ended early, and
// endErr what went wrong after it.
func (t *transfer) report(sum produce.Summary, readErr, endErr error) Report {
	left, b := t.left(), t.book
	b.mu.Lock()
	defer b.mu.Unlock()
	r := Report{Summary: sum, Stored: b.stored, Failed: b.failed, Unknown: b.unknown, Failures: b.failures, Left: left}
	rest := max(0, t.plan.Matches-b.stored-b.failed)
	switch {
	case t.plan.allOrNothing() && !t.committed.Load():
		r.Stored, r.Unsent = 0, t.plan.Matches-b.failed
	case readErr == nil:
		r.Missing = rest
	default:
		r.Unsent = rest
	}
	switch {
	case errors.Is(readErr, errFailed):
		r.Stopped = fmt.Errorf("stopped at the first failure: %w", b.first)
	case errors.Is(readErr, context.Canceled):
		r.Stopped = errors.New("it was stopped")
	default:
		r.Stopped = readErr
	}
	r.Stopped = errors.Join(r.Stopped, endErr)
	return r
}

// note is the plan in the audit log.
func (p *Plan) note(resume string) any {
	return map[string]any{
		"from": p.Query.Topic, "expression": p.Query.Filter.String(), "committed": p.Query.Committed, "ranges": p.Left,
		"keepPartition": p.KeepPartition, "keepTimestamp": p.KeepTimestamp, "origin": !p.NoOrigin, "rate": p.Rate,
		"stopOnError": p.StopOnError, "matches": p.Matches, "bytes": p.Bytes, "source": p.Source, "destination": p.Destination,
		"wouldBeRefused": p.Refused, "resume": resume,
	}
}
