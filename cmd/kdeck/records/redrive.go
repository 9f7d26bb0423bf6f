package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/apply"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/admin"
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
	output  output.Format
}

// Redrive returns "kdeck redrive".
func Redrive(connect target.Connector) *cobra.Command {
	flags := redriveFlags{records: recordFlags{from: "earliest", isolation: isolationLevels().Or(readCommitted)}}
	cmd := &cobra.Command{
		Use:   "redrive --to DESTINATION TOPIC [EXPRESSION]",
		Short: "Send every match of a search to another topic, for example from a dead-letter queue",
		Long: `Search a topic and send every match to another topic: key, value and headers
byte for byte. Without --execute nothing is sent: the matches are counted by
partition, at the source and at the destination, with what the destination
would refuse. --execute counts too, and then sends exactly what was counted.
The range ends at the end of the log when it was counted, so a topic can be
sent to itself. If matches have disappeared since the count, for example by
retention, it stops before the first write.

EXPRESSION is one of these; --all sends every record of the range:
` + filterHelp + `

In topics with masking rules, EXPRESSION is compared with masked records. What
is sent is not masked, and none of it is shown.

--from says where to start:
` + fromHelp + `

--until says where to stop:
` + untilHelp + `

--isolation is read_committed by default, to skip aborted transactions.

Every record gets a header kdeck.redriven.from with its origin, as in
orders.dlq/3@17, unless --no-origin is given. Its key chooses the partition,
as in Kafka's own producers, unless --keep-partition is given. Records of one
partition, and so of one key, keep their order. A record that cannot be stored
is reported with its origin and the others are sent, unless --stop-on-error is
given; if it is sent again later, it comes after them.

A run that was stopped keeps what is left in a file; the path is printed and
is in the audit log. --resume FILE counts what is left, and sends it with
--execute. Confirmed records are not sent again, even if kdeck was killed or a
broker did not answer: the headers show what the destination already has. With
--no-origin, records that a killed run sent in its last second may be
duplicated.

--transaction sends everything in one transaction: read_committed consumers
see all of it or nothing. It may stay open for --transaction-timeout.

` + exit.Codes + `
It is 1 as well if nothing matches.`,
		Example: `  kdeck redrive orders.dlq 'headers["error"] == "timeout"' --to orders
  kdeck redrive orders.dlq 'headers["error"] == "timeout"' --to orders \
      --execute --rate 500
  kdeck redrive orders.dlq 'value.total > 9' --to orders --from 2h\ ago
  kdeck redrive orders.dlq --all --to orders --max 10 --execute
  kdeck redrive --resume FILE --execute`,
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
	flags.BoolVar(&r.KeepPartition, "keep-partition", false, "send to the partition with the same number")
	flags.BoolVar(&r.KeepTimestamp, "keep-timestamp", false, "keep the timestamps (default: the time of the write)")
	flags.BoolVar(&r.NoOrigin, "no-origin", false, "add no header with the origin of a record")
	flags.Float64Var(&r.Rate, "rate", 0, "send at most N records per second (default: no limit)")
	flags.BoolVar(&r.StopOnError, "stop-on-error", false, "stop at the first record that cannot be stored")
	flags.StringVar(&f.resume, "resume", "", "continue a stopped run from FILE")
	flags.BoolVar(&f.execute, "execute", false, "send what was counted")
	flags.BoolVar(&f.dryRun, "dry-run", false, "count, and send nothing (default)")
	f.output = output.Formats("text", "json")
	f.output.Register(cmd)
	cmd.MarkFlagsMutuallyExclusive("execute", "dry-run")
	cmd.MarkFlagsOneRequired("to", "resume")
	for _, other := range []string{
		"to", "all", "from", "until", "partition", "isolation", "max", "keep-partition", "keep-timestamp", "no-origin",
		"stop-on-error", "acks", "compression", "idempotent", "transaction", "transaction-timeout", "timeout",
	} {
		cmd.MarkFlagsMutuallyExclusive("resume", other)
	}
	option.Complete(cmd, "to", cobra.NoFileCompletions)
}

// check looks at the arguments.
func (f *redriveFlags) check(cmd *cobra.Command, args []string) error {
	switch {
	case f.resume != "" && len(args) > 0:
		return errors.New("--resume has the topic and the expression in its file; give no arguments")
	case f.resume != "":
		return nil
	case len(args) == 0 || len(args) > 2:
		return arg.Wrong(cmd, "a TOPIC and an EXPRESSION", len(args))
	case f.all && len(args) == 2:
		return errors.New("give an EXPRESSION or --all, not both")
	case !f.all && (len(args) == 1 || args[1] == ""):
		return errors.New("give an EXPRESSION, or --all to send every record of the range")
	}
	return nil
}

func (f *redriveFlags) run(ctx context.Context, connect target.Connector, cmd *cobra.Command, args []string) error {
	f.write.chosen = cmd.Flags().Changed("idempotent")
	if err := f.complete(args); err != nil {
		return err
	}
	client, err := connect(ctx, &f.records.target)
	if err != nil {
		return err
	}
	defer client.Close()
	errOut := notes.Writer(cmd.ErrOrStderr())
	req := f.request
	if f.resume != "" {
		if req, err = resumed(ctx, client, f.resume, errOut); err != nil {
			return err
		}
		if cmd.Flags().Changed("rate") {
			req.Rate = f.request.Rate
		}
	}
	boundMemory(req.Query.BatchBytes)
	plan, err := countMatches(ctx, client, req, errOut)
	if ctx.Err() != nil {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	notePlan(errOut, plan)
	return f.carryOut(ctx, client, plan, cmd.OutOrStdout(), errOut)
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
func resumed(ctx context.Context, client *admin.Client, path string, errOut io.Writer) (redrive.Request, error) {
	state, err := redrive.Load(path)
	if err != nil {
		return redrive.Request{}, err
	}
	notes.Line(errOut, "continuing: %s", state)
	req, warnings, err := state.Resume(ctx, client.Conn)
	for _, w := range warnings {
		notes.Warning(errOut, errors.New(w))
	}
	return req, err
}

// carryOut prints the plan, or runs it and prints the result.
func (f *redriveFlags) carryOut(ctx context.Context, client *admin.Client, plan *redrive.Plan, out, errOut io.Writer) error {
	if !f.execute {
		noteRefusals(errOut, plan)
		apply.NoteDryRun(errOut)
		return exit.Both(planErr(plan), f.print(out, plan, nil))
	}
	report, err := sendMatches(ctx, client, plan, errOut)
	if err != nil {
		return err
	}
	noteReport(errOut, report)
	return exit.Both(reportErr(plan, report), f.print(out, plan, &report))
}

// redriveTitle names a redrive in errors.
func redriveTitle(plan *redrive.Plan) string {
	return fmt.Sprintf("redrive %s to %s", text.Clean(plan.Query.Topic), text.Clean(plan.To))
}

// planErr says what would be refused.
func planErr(plan *redrive.Plan) error {
	if plan.Matches == 0 && plan.State == "" {
		return errors.New(redriveTitle(plan) + ": nothing matches")
	}
	return tally{done: plan.Matches - plan.Refused, refused: plan.Refused}.err(redriveTitle(plan), false)
}

// reportErr says what was not sent.
func reportErr(plan *redrive.Plan, report redrive.Report) error {
	what := redriveTitle(plan)
	switch {
	case report.Complete():
		return nil
	case report.Stopped != nil && report.Stored+report.Unknown > 0:
		return exit.Partly("%s: sent %d of %d: %w", what, report.Stored, plan.Matches, report.Stopped)
	case report.Stopped != nil:
		return fmt.Errorf("%s: nothing was sent: %w", what, report.Stopped)
	}
	return tally{done: report.Stored, refused: plan.Matches - report.Stored - report.Unknown, unknown: report.Unknown}.err(what, true)
}
