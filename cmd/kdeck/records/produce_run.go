package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/charmbracelet/x/term"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/change"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/words"
	"github.com/kdeck/kdeck/tui/text"
)

// produceRun is a run of "kdeck produce".
type produceRun struct {
	flags      *produceFlags
	topic      string
	in         io.Reader
	out, notes io.Writer

	mu        sync.Mutex // receipts come from another goroutine
	failures  produce.Failures
	latencies *hdrhistogram.Histogram // in microseconds
	giveUp    context.CancelCauseFunc // nil unless one failure ends it all
	drawn     bool                    // progress stands on the line of the cursor
}

// mostLatency is the longest latency that a report tells, with two digits like all.
const mostLatency = time.Hour

// mostTold is how many failures are reported in full.
const mostTold = 20

// errGivenUp ends a transaction that cannot be committed any more.
var errGivenUp = errors.New("a record of the transaction could not be written")

// do reads and writes.
func (r *produceRun) do(ctx context.Context, connect target.Connector) error {
	f := r.flags
	opts, err := f.write.options()
	if err != nil {
		return err
	}
	key, err := serde.ParseForm(f.encodeKey)
	if err != nil {
		return fmt.Errorf("--encode-key: %w", err)
	}
	value, err := serde.ParseForm(f.encode)
	if err != nil {
		return fmt.Errorf("--encode: %w", err)
	}
	stream, input, err := f.source.stream(r.in)
	if err != nil {
		return err
	}
	defer func() { _ = input.Close() }() // only read
	client, err := connect(ctx, &f.target)
	if err != nil {
		return err
	}
	defer client.Close()
	stream.Encode = produce.NewEncoder(client.Serde(), r.topic, key, value)
	r.failures.Most = mostTold
	r.latencies = hdrhistogram.New(1, mostLatency.Microseconds(), 2)
	if f.dryRun {
		return r.rehearse(ctx, client, stream, opts)
	}
	return r.produce(ctx, client, stream, opts)
}

// begin notes what a user may not expect.
func (r *produceRun) begin(e *produce.Encoder) {
	if r.flags.quiet {
		return
	}
	source := &r.flags.source
	for side, flag := range [2]string{serde.Key: "encode-key", serde.Value: "encode"} {
		side := serde.Side(side)
		form := e.Form(side)
		if form == serde.Text || side == serde.Key && !source.keyed() || source.given(flag) {
			continue
		}
		fmt.Fprintf(r.notes, "kdeck: every %s is encoded as %s, as set in the context or on the tail screen; --%s text writes it unchanged\n", side, form, flag)
	}
	if r.typed() {
		fmt.Fprintf(r.notes, "kdeck: reading %s from the terminal; ctrl+d ends it\n", &source.input)
	}
}

// typed reports whether someone types what is written.
func (r *produceRun) typed() bool {
	file, ok := r.in.(term.File)
	return ok && r.flags.source.fromStdin() && term.IsTerminal(file.Fd())
}

// produce writes what the stream has.
func (r *produceRun) produce(ctx context.Context, client *admin.Client, stream produce.Stream, opts produce.Options) error {
	p, err := produce.Open(ctx, client.Conn, r.topic, opts, "produce", r.details())
	if err != nil {
		return err
	}
	r.begin(stream.Encode)
	began := time.Now()
	reading, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	if opts.Transaction != "" {
		r.giveUp = giveUp
	}
	// What is under way is waited for when reading is interrupted.
	writing := context.WithoutCancel(ctx)
	stop := r.showProgress(p)
	read, readErr := stream.Run(reading, func(item *produce.Item) {
		if item.Err != nil {
			r.fail(item.Line, kafka.Refused, item.Err)
			return
		}
		p.Queue(writing, item.Message, r.receipt)
	})
	if errors.Is(readErr, errGivenUp) {
		readErr = nil // the failure has been told
	}
	finishing, cancel := context.WithTimeout(writing, 2*opts.Timeout+finishWithin)
	defer cancel()
	sum, err := p.Finish(finishing, readErr == nil && r.failed() == 0)
	stop()
	report := r.report(read, sum, time.Since(began))
	if told := r.print(report, opts.Acks); told != nil && !errors.Is(told, exit.ErrNoReader) {
		err = errors.Join(err, fmt.Errorf("print the report: %w", told))
	}
	return r.verdict(interrupted(ctx), sum, readErr, err)
}

// finishWithin is how long a cluster may take to end a transaction, or to refuse what
// was sent.
const finishWithin = 30 * time.Second

// details are what the audit log tells of the input: nothing of what is in it.
func (r *produceRun) details() any {
	s := r.flags.source
	from := s.name()
	if s.given("value") {
		from = "--value"
	}
	return map[string]any{"from": from, "input": s.input.String(), "encode": r.flags.encode, "encodeKey": r.flags.encodeKey}
}

// receipt takes in what became of a message.
func (r *produceRun) receipt(receipt produce.Receipt) {
	if receipt.Err != nil {
		r.fail(receipt.Message.Tag, receipt.Outcome, receipt.Err)
		return
	}
	r.mu.Lock()
	_ = r.latencies.RecordValue(min(receipt.Took, mostLatency).Microseconds()) // it is in the range
	r.mu.Unlock()
}

// fail takes in a line that was not written, and tells the first ones.
func (r *produceRun) fail(line int64, outcome kafka.Outcome, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.giveUp != nil {
		r.giveUp(errGivenUp)
	}
	if !r.failures.Add(line, outcome, err) {
		return
	}
	what := "is not stored"
	if outcome == kafka.Unknown {
		what = "may or may not be stored"
	}
	r.clear()
	fmt.Fprintf(r.notes, "kdeck: %s %d %s: %s\n", r.flags.source.unit(), line, what, text.Clean(err.Error()))
}

func (r *produceRun) failed() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failures.Total()
}

// verdict is the error of the whole run, with its exit code.
func (r *produceRun) verdict(stopped bool, sum produce.Summary, readErr, err error) error {
	stopped = stopped && readErr != nil // before the end
	t := change.Tally{Done: int(sum.Stored), Refused: int(r.failures.Refused), Unknown: int(r.failures.Unknown)}
	switch {
	case stopped:
		readErr = errors.New("interrupted before the end of the input")
	case readErr != nil:
		readErr = fmt.Errorf("read %s: %w", r.flags.source.name(), readErr)
	}
	why := strings.ReplaceAll(fmt.Sprint(errors.Join(readErr, err)), "\n", "; ")
	switch {
	case sum.Aborted && readErr == nil && err == nil:
		return fmt.Errorf("%w; the transaction was aborted; read_committed consumers see none of its records", errGivenUp)
	case sum.Aborted:
		return fmt.Errorf("%s; the transaction was aborted; read_committed consumers see none of its records", why)
	case err != nil: // nobody knows what became of the transaction, or of the rest
		return exit.With(exit.InPart, errors.New(why))
	case readErr != nil && t.Done+t.Unknown == 0 && !stopped:
		return readErr
	case readErr != nil:
		return exit.Partly("%w; %s stored", readErr, words.Plural(t.Done, "record"))
	}
	return t.Err("write to topic "+r.topic, true)
}

// rehearse does everything but write.
func (r *produceRun) rehearse(ctx context.Context, client *admin.Client, stream produce.Stream, opts produce.Options) error {
	rehearsal, err := produce.Rehearse(ctx, client.Conn, r.topic, opts)
	if err != nil {
		return err
	}
	r.begin(stream.Encode)
	_, readErr := stream.Run(ctx, func(item *produce.Item) {
		if item.Err == nil {
			item.Err = rehearsal.Add(item.Message)
		}
		if item.Err != nil {
			r.fail(item.Line, kafka.Refused, item.Err)
		}
	})
	printed := r.printPlan(rehearsal.Plan, client.ReadOnly())
	if readErr != nil {
		return exit.Both(fmt.Errorf("read %s: %w", r.flags.source.name(), readErr), printed)
	}
	t := change.Tally{Done: int(rehearsal.Messages), Refused: int(r.failures.Total())}
	return exit.Both(t.Err("write to topic "+r.topic, false), printed)
}
