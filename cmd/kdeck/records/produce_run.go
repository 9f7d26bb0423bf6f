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

	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/model"
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

// mostLatency is the longest latency in a report; a longer one counts as it.
const mostLatency = time.Hour

// mostReported is how many failures are reported in full.
const mostReported = 20

// errGivenUp ends a transaction that cannot be committed any more.
var errGivenUp = errors.New("a record of the transaction could not be written")

// do reads and writes.
func (r *produceRun) do(ctx context.Context, connect target.Connector) error {
	f := r.flags
	opts, err := f.write.options()
	if err != nil {
		return err
	}
	key, value, err := f.encode.specs()
	if err != nil {
		return err
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
	r.failures.Most = mostReported
	r.latencies = hdrhistogram.New(1, mostLatency.Microseconds(), 2)
	if f.dryRun {
		return r.rehearse(ctx, client, stream, opts)
	}
	return r.produce(ctx, client, stream, opts)
}

// begin notes what a user may not expect. It finds out the forms of keys and values
// that no line names.
func (r *produceRun) begin(ctx context.Context, s *serde.Serde, e *produce.Encoder) error {
	for side, flag := range [2]string{serde.Key: "key-as", serde.Value: "as"} {
		side := serde.Side(side)
		if side == serde.Key && !r.flags.source.keyed() {
			continue
		}
		note, err := formNote(ctx, s, e, r.topic, side, flag, r.flags)
		if err != nil {
			return fmt.Errorf("%w: --%s text writes it as it is", err, flag)
		}
		if note != "" && !r.flags.quiet {
			fmt.Fprintln(r.notes, "kdeck: "+text.Clean(note))
		}
	}
	if r.typed() && !r.flags.quiet {
		fmt.Fprintf(r.notes, "kdeck: reading %s from the terminal; ctrl+d ends it\n", &r.flags.source.input)
	}
	return nil
}

// formNote says in which form a side is written, where that is not plain from what the
// user has said.
func formNote(ctx context.Context, s *serde.Serde, e *produce.Encoder, topic string, side serde.Side, flag string, f *produceFlags) (string, error) {
	if f.source.given(flag) {
		form, err := e.Form(ctx, side)
		if err != nil || form == serde.Framed {
			return "", err
		}
		if has, _ := s.HasSchema(ctx, topic, side); !has { // or nobody tells
			return "", nil
		}
		return fmt.Sprintf("the registry has a schema for the %s of %s, and every %s is written as %s: readers that expect the schema cannot read it", side, topic, side, form), nil
	}
	if e.NamesSchema(side) || f.source.input.Is("jsonl") && !f.source.given("value") {
		return "", nil // its lines say
	}
	form, err := e.Form(ctx, side)
	if err != nil || form == serde.Text {
		return "", err
	}
	why := "as set in the context or on the tail screen"
	if form == serde.Framed && s.Choice(topic, side) == serde.Auto {
		why = "as the registry has a schema for it"
	}
	return fmt.Sprintf("every %s is encoded as %s, %s; --%s text writes it unchanged", side, form, why, flag), nil
}

// typed reports whether someone types what is written.
func (r *produceRun) typed() bool {
	file, ok := r.in.(term.File)
	return ok && r.flags.source.fromStdin() && term.IsTerminal(file.Fd())
}

// produce writes what the stream has.
func (r *produceRun) produce(ctx context.Context, client *admin.Client, stream produce.Stream, opts produce.Options) error {
	if err := r.begin(ctx, client.Serde(), stream.Encode); err != nil {
		return err
	}
	p, err := produce.Open(ctx, client.Conn, r.topic, opts, "produce", r.details())
	if err != nil {
		return err
	}
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
			r.fail(item.Line, model.Refused, item.Err)
			return
		}
		p.Queue(writing, item.Message, r.receipt)
	})
	if errors.Is(readErr, errGivenUp) {
		readErr = nil // the failure has been reported
	}
	finishing, cancel := context.WithTimeout(writing, 2*opts.Timeout+finishWithin)
	defer cancel()
	sum, err := p.Finish(finishing, readErr == nil && r.failed() == 0)
	stop()
	report := r.report(read, sum, time.Since(began))
	if printed := r.print(report, opts.Acks); printed != nil && !errors.Is(printed, exit.ErrNoReader) {
		err = errors.Join(err, fmt.Errorf("print the report: %w", printed))
	}
	return r.verdict(interrupted(ctx), sum, readErr, err)
}

// finishWithin is how long a cluster may take to end a transaction, or to refuse what
// was sent.
const finishWithin = 30 * time.Second

// details describe the input in the audit log, without its content.
func (r *produceRun) details() any {
	s := r.flags.source
	from := s.name()
	if s.given("value") {
		from = "--value"
	}
	return map[string]any{"from": from, "input": s.input.String(), "encode": r.flags.encode.value.String(), "encodeKey": r.flags.encode.key.String()}
}

// receipt counts the outcome of a message.
func (r *produceRun) receipt(receipt produce.Receipt) {
	if receipt.Err != nil {
		r.fail(receipt.Message.Tag, receipt.Outcome, receipt.Err)
		return
	}
	r.mu.Lock()
	_ = r.latencies.RecordValue(min(receipt.Took, mostLatency).Microseconds()) // it is in the range
	r.mu.Unlock()
}

// fail counts a line that was not written, and reports the first ones.
func (r *produceRun) fail(line int64, outcome model.Outcome, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.giveUp != nil {
		r.giveUp(errGivenUp)
	}
	if !r.failures.Add(line, outcome, err) {
		return
	}
	what := "is not stored"
	if outcome == model.Unknown {
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
	t := tally{done: sum.Stored, refused: r.failures.Refused, unknown: r.failures.Unknown}
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
	case err != nil: // the outcome of the transaction, or of other records, is not known
		return exit.With(exit.InPart, errors.New(why))
	case readErr != nil && t.done+t.unknown == 0 && !stopped:
		return readErr
	case readErr != nil:
		return exit.Partly("%w; %s stored", readErr, words.Plural(t.done, "record"))
	}
	return t.err("write to topic "+r.topic, true)
}

// rehearse does everything but write.
func (r *produceRun) rehearse(ctx context.Context, client *admin.Client, stream produce.Stream, opts produce.Options) error {
	rehearsal, err := produce.Rehearse(ctx, client.Conn, r.topic, opts)
	if err != nil {
		return err
	}
	if err := r.begin(ctx, client.Serde(), stream.Encode); err != nil {
		return err
	}
	_, readErr := stream.Run(ctx, func(item *produce.Item) {
		if item.Err == nil {
			item.Err = rehearsal.Add(item.Message)
		}
		if item.Err != nil {
			r.fail(item.Line, model.Refused, item.Err)
		}
	})
	printed := r.printPlan(rehearsal.Plan, client.ReadOnly())
	if readErr != nil {
		return exit.Both(fmt.Errorf("read %s: %w", r.flags.source.name(), readErr), printed)
	}
	t := tally{done: rehearsal.Messages, refused: r.failures.Total()}
	return exit.Both(t.err("write to topic "+r.topic, false), printed)
}
