package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/redrive"
	"github.com/kdeck/kdeck/tui/text"
)

// redriveFlags are the flags of "kdeck redrive".
type redriveFlags struct {
	records recordFlags // target, and which records
	all     bool
	resume  string
	request redrive.Request
	write   producerFlags
	execute bool
	dryRun  bool
	output  string
}

// newRedriveCommand returns "kdeck redrive".
func newRedriveCommand(connect connector) *cobra.Command {
	flags := redriveFlags{records: recordFlags{from: "earliest", isolation: "read_committed"}}
	cmd := &cobra.Command{
		Use:   "redrive TOPIC [EXPRESSION] --to TOPIC",
		Short: "Send every match of a search to another topic, as out of a dead-letter queue",
		Long: `Look through a topic and send every record that is wanted to another one again:
key, value and headers byte for byte. Without --execute nothing is sent: the
matches are counted, by the partitions that they are read from and sent to, with
what the destination would refuse. --execute counts as well, and sends exactly what
was counted: the range ends where the log ended then, so a topic can be sent to
itself. When matches have gone meanwhile, as by retention, it stops before the
first write.

EXPRESSION is one of these; --all sends every record of the range:
` + filterHelp + `

Where masking rules hold it looks at what they leave; what is sent is as it was
written, and nothing of it is shown.

--from says where to begin:
` + fromHelp + `

--until says where to stop:
` + untilHelp + `

--isolation is read_committed unless told otherwise, so that records of aborted
transactions are not brought back to life.

Every record gets a header kdeck.redriven.from with the place that it stood at, as
in orders.dlq/3@17, unless --no-origin is given. Its key chooses the partition, as
with Kafka's own producers, unless --keep-partition is given. Records of one
partition, and so of one key, keep their order. What cannot be stored is told
with its place, and the rest goes on unless --stop-on-error is given; sent again
later, it comes after the rest.

A run that was stopped keeps the rest in a file, whose path is told and in the
audit log. --resume FILE counts the rest, and sends it with --execute. What was
confirmed is not sent again, even when kdeck has died or a broker did not answer:
the headers tell what the destination holds already. With --no-origin, what a run
that has died had sent in its last second may be there twice.

--transaction sends all in one transaction: read_committed consumers see all of it or
nothing. It may be open for --transaction-timeout.

Exit codes: 0 all done, 1 refused, or nothing matches, and nothing was sent, 2 sent
in part.`,
		Example: `  kdeck redrive orders.dlq 'headers["error"] == "timeout"' --to orders
  kdeck redrive orders.dlq 'headers["error"] == "timeout"' --to orders --execute --rate 500
  kdeck redrive orders.dlq 'value.customer.id == 4711' --to orders --from 2h\ ago
  kdeck redrive orders.dlq --all --to orders --max 10 --execute
  kdeck redrive --resume ~/.local/state/kdeck/redrives/20260301T120000.json --execute`,
		Args: flags.check,
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.run(cmd.Context(), connect, cmd, args)
		},
	}
	flags.register(cmd)
	return cmd
}

func (f *redriveFlags) register(cmd *cobra.Command) {
	f.records.registerRange(cmd)
	f.write.register(cmd)
	f.write.timeout = redrive.Defaults().Timeout
	cmd.Flags().Lookup("timeout").DefValue = f.write.timeout.String()
	r, flags := &f.request, cmd.Flags()
	flags.StringVar(&r.To, "to", "", "send to TOPIC")
	flags.BoolVar(&f.all, "all", false, "send every record of the range")
	flags.BoolVar(&r.KeepPartition, "keep-partition", false, "send to the partition of the same number")
	flags.BoolVar(&r.KeepTimestamp, "keep-timestamp", false, "keep the timestamps (default: the time of sending)")
	flags.BoolVar(&r.NoOrigin, "no-origin", false, "add no header that says where a record came from")
	flags.Float64Var(&r.Rate, "rate", 0, "send N records per second at most (default: no limit)")
	flags.BoolVar(&r.StopOnError, "stop-on-error", false, "stop at the first record that cannot be stored")
	flags.StringVar(&f.resume, "resume", "", "go on with what a run has left in FILE")
	flags.BoolVar(&f.execute, "execute", false, "send what was counted")
	flags.BoolVar(&f.dryRun, "dry-run", false, "count and send nothing (default)")
	outputFlag(cmd, &f.output, "text", "json")
	cmd.MarkFlagsMutuallyExclusive("execute", "dry-run")
	cmd.MarkFlagsOneRequired("to", "resume")
	for _, other := range []string{
		"to", "all", "from", "until", "partition", "isolation", "max", "keep-partition", "keep-timestamp", "no-origin",
		"stop-on-error", "acks", "compression", "idempotent", "transaction", "transaction-timeout", "timeout",
	} {
		cmd.MarkFlagsMutuallyExclusive("resume", other)
	}
	completeFlag(cmd, "to", cobra.NoFileCompletions)
}

// check looks at the arguments.
func (f *redriveFlags) check(cmd *cobra.Command, args []string) error {
	switch {
	case f.resume != "" && len(args) > 0:
		return errors.New("--resume knows the topic and the expression; give no arguments")
	case f.resume != "":
		return nil
	case len(args) == 0 || len(args) > 2:
		return wrongArguments(cmd, "a TOPIC and an EXPRESSION", len(args))
	case f.all && len(args) == 2:
		return errors.New("give an EXPRESSION or --all, not both")
	case !f.all && (len(args) == 1 || args[1] == ""):
		return errors.New("give an EXPRESSION, or --all to send every record of the range")
	}
	return nil
}

func (f *redriveFlags) run(ctx context.Context, connect connector, cmd *cobra.Command, args []string) error {
	if err := checkFormat(f.output, "text", "json"); err != nil {
		return err
	}
	f.write.chosen = cmd.Flags().Changed("idempotent")
	if err := f.complete(args); err != nil {
		return err
	}
	client, err := connect(ctx, &f.records.target)
	if err != nil {
		return err
	}
	defer client.Close()
	notes := &syncWriter{w: cmd.ErrOrStderr()}
	req := f.request
	if f.resume != "" {
		if req, err = resumed(ctx, client, f.resume, notes); err != nil {
			return err
		}
		if cmd.Flags().Changed("rate") {
			req.Rate = f.request.Rate
		}
	}
	boundMemory(req.Query.BatchBytes)
	plan, err := counting(ctx, client, req, notes)
	if ctx.Err() != nil {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	notePlanned(notes, plan)
	return f.carryOut(ctx, client, plan, cmd.OutOrStdout(), notes)
}

// complete makes the request of the flags.
func (f *redriveFlags) complete(args []string) error {
	if f.resume != "" {
		return nil
	}
	if len(args) == 2 {
		f.records.filter = args[1]
	}
	var err error
	if f.request.Query, err = f.records.query(args[0], time.Now()); err != nil {
		return err
	}
	f.request.Options, err = f.write.options()
	return err
}

// resumed is what a run has left.
func resumed(ctx context.Context, client *kafka.Client, path string, notes io.Writer) (redrive.Request, error) {
	state, err := redrive.Load(path)
	if err != nil {
		return redrive.Request{}, err
	}
	_, _ = fmt.Fprintf(notes, "going on with: %s\n", text.Clean(state.String()))
	req, warnings, err := state.Resume(ctx, client)
	for _, w := range warnings {
		noteWarning(notes, errors.New(w))
	}
	return req, err
}

// carryOut prints the plan, or runs it and prints what became of it.
func (f *redriveFlags) carryOut(ctx context.Context, client *kafka.Client, plan *redrive.Plan, out, notes io.Writer) error {
	what := fmt.Sprintf("redrive %s to %s", text.Clean(plan.Query.Topic), text.Clean(plan.To))
	t := tally{done: int(plan.Matches - plan.Refused), refused: int(plan.Refused)}
	if !f.execute {
		noteRefusals(notes, plan)
		_, _ = fmt.Fprintln(notes, "dry run: nothing is sent; --execute sends what is counted then")
		if err := f.print(out, plan, nil); err != nil {
			return err
		}
		if plan.Matches == 0 && plan.State == "" {
			return errors.New(what + ": nothing matches")
		}
		return t.err(what, false)
	}
	report, err := running(ctx, client, plan, notes)
	if err != nil {
		return err
	}
	noteReport(notes, report)
	if err := f.print(out, plan, &report); err != nil {
		return err
	}
	if report.Complete() {
		return nil
	}
	err = tally{done: int(report.Stored), refused: int(plan.Matches - report.Stored - report.Unknown), unknown: int(report.Unknown)}.err(what, true)
	if report.Stopped != nil && report.Stored+report.Unknown > 0 {
		return &partlyApplied{fmt.Sprintf("%s: sent %d of %d: %v", what, report.Stored, plan.Matches, report.Stopped)}
	}
	if report.Stopped != nil {
		return fmt.Errorf("%s: nothing was sent: %w", what, report.Stopped)
	}
	return err
}
