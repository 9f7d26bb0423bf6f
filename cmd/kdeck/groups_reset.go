package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/text"
)

// resetFlags are the flags of "kdeck groups reset-offsets", besides those of the
// strategies.
type resetFlags struct {
	target  targetFlags
	all     bool
	topics  []string
	execute bool
	dryRun  bool
	output  string
}

// partlyApplied is the error of a reset that left partitions behind. It ends the
// program with exit code 2, where one that wrote nothing ends it with 1.
type partlyApplied struct{ message string }

func (e *partlyApplied) Error() string { return e.message }

// newResetOffsetsCommand returns "kdeck groups reset-offsets".
func newResetOffsetsCommand(connect connector) *cobra.Command {
	var flags resetFlags
	cmd := &cobra.Command{
		Use:   "reset-offsets GROUP",
		Short: "Move the committed offsets of a group",
		Long: `Move the committed offsets of a group that has no members. Without --execute
nothing is written: the plan is printed, every partition before and after.

The partitions are those with a commit (--all-topics), or those of --topic TOPIC
(all) and --topic TOPIC:0,3-5 (some). Every one must exist and have a leader, or
nothing is done.

  --to-earliest    the log start
  --to-latest      the log end
  --to-current     what is committed; the log end where nothing is
  --to-offset N    N, or the nearest end of the log
  --to-datetime T  the first record at or after T, or the log end if there is
                   none: 2026-03-01T14:30:00.000, in UTC unless Z, +08, +0800 or
                   +08:00 follows; or "2h ago"
  --shift-by N     N from what is committed, back when negative, at most to the
                   end of the log

Before anything is written the old offsets of the group are saved to a file,
whose path is told; afterwards every partition is read back.

Exit codes: 0 done, 1 refused and nothing written, 2 written in part.`,
		Example: `  kdeck groups reset-offsets billing --all-topics --to-earliest
  kdeck groups reset-offsets billing --topic orders:0,3-5 --shift-by -100
  kdeck groups reset-offsets billing --all-topics --to-datetime 2026-03-01T14:30:00+02:00 --execute`,
		Args: exactlyOne("GROUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			strategy, err := resetStrategy(cmd, time.Now())
			if err != nil {
				return err
			}
			return flags.run(ctx, connect, args[0], strategy, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags.register(cmd)
	return cmd
}

func (f *resetFlags) register(cmd *cobra.Command) {
	f.target.register(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.all, "all-topics", false, "every partition that the group has committed on")
	flags.StringArrayVar(&f.topics, "topic", nil, "the partitions of TOPIC[:0,3-5] (repeatable)")
	flags.Bool(string(reset.ToEarliest), false, "go to the log start")
	flags.Bool(string(reset.ToLatest), false, "go to the log end")
	flags.Bool(string(reset.ToCurrent), false, "stay, and commit the log end where nothing is committed")
	flags.String(string(reset.ToOffset), "", "go to offset N")
	flags.String(string(reset.ToDatetime), "", "go to the first record at or after TIME")
	flags.String(string(reset.ShiftBy), "", "go N back (negative) or ahead")
	flags.BoolVar(&f.execute, "execute", false, "write the plan")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print the plan and write nothing (default)")
	outputFlag(cmd, &f.output, "table", "json")
	cmd.MarkFlagsMutuallyExclusive("execute", "dry-run")
	cmd.MarkFlagsMutuallyExclusive("all-topics", "topic")
	cmd.MarkFlagsOneRequired("all-topics", "topic")
	var names []string
	for _, kind := range resetKinds() {
		names = append(names, string(kind))
	}
	cmd.MarkFlagsMutuallyExclusive(names...)
	cmd.MarkFlagsOneRequired(names...)
}

// resetKinds are the strategies, each of which is a flag by the name that
// kafka-consumer-groups.sh has for it.
func resetKinds() []reset.Kind {
	return []reset.Kind{reset.ToEarliest, reset.ToLatest, reset.ToCurrent, reset.ToOffset, reset.ToDatetime, reset.ShiftBy}
}

// resetStrategy is the one whose flag was given.
func resetStrategy(cmd *cobra.Command, now time.Time) (reset.Strategy, error) {
	for _, kind := range resetKinds() {
		flag := cmd.Flags().Lookup(string(kind))
		if !flag.Changed {
			continue
		}
		arg := flag.Value.String()
		switch arg {
		case "true":
			arg = ""
		case "false":
			return reset.Strategy{}, fmt.Errorf("--%s=false chooses nothing; leave it out", kind)
		}
		strategy, err := reset.Parse(kind, arg, now)
		if err != nil {
			return reset.Strategy{}, fmt.Errorf("--%s: %w", kind, err)
		}
		return strategy, nil
	}
	return reset.Strategy{}, errors.New("no strategy given") // cobra has refused that already
}

func (f *resetFlags) run(ctx context.Context, connect connector, group string, strategy reset.Strategy, out, notes io.Writer) error {
	if f.output != "table" && f.output != "json" {
		return unknownFormat(f.output, "table", "json")
	}
	scope, err := reset.ParseScope(f.topics)
	if err != nil {
		return err
	}
	scope.Committed = f.all
	client, err := connect(ctx, &f.target)
	if err != nil {
		return err
	}
	defer client.Close()
	facts, err := client.ResetFacts(ctx, group, scope, strategy)
	if err != nil {
		return err
	}
	plan, err := reset.Make(facts, scope, strategy)
	if err != nil {
		return err
	}
	if !f.execute {
		fmt.Fprintln(notes, "dry run: nothing is written; --execute writes this plan")
		return f.print(out, planRows(plan))
	}
	return f.apply(ctx, client, plan, out, notes)
}

func (f *resetFlags) apply(ctx context.Context, client *kafka.Client, plan reset.Plan, out, notes io.Writer) error {
	result, err := client.ApplyReset(ctx, plan)
	if err != nil {
		return err
	}
	fmt.Fprintln(notes, "old offsets:", text.Clean(result.Saved))
	if result.Unnoted != nil {
		fmt.Fprintln(notes, "warning:", text.Clean(result.Unnoted.Error()))
	}
	printErr := f.print(out, resultRows(result))
	if !result.Complete() {
		left := len(result.Rows) - result.Count(reset.Applied) - result.Count(reset.Unchanged)
		return errors.Join(&partlyApplied{fmt.Sprintf("reset offsets of %s: %d of %d partitions are not where the plan wants them", plan.Group, left, len(result.Rows))}, printErr)
	}
	return printErr
}

// resetRow is a line of output; its first columns are those of the Kafka tool.
type resetRow struct {
	Group     string   `json:"group"`
	Topic     string   `json:"topic"`
	Partition int32    `json:"partition"`
	New       int64    `json:"newOffset"`
	Current   *int64   `json:"currentOffset"` // null without a commit
	Replays   int64    `json:"replays"`
	Skips     int64    `json:"skips"`
	LagAfter  int64    `json:"lagAfter"`
	Metadata  string   `json:"lostMetadata"` // of the old commit
	Outcome   string   `json:"outcome"`      // "planned" in a dry run
	Notes     []string `json:"notes"`        // warnings, or why it failed
}

func newResetRow(group string, r reset.Row) resetRow {
	row := resetRow{
		Group: group, Topic: r.Topic, Partition: r.Partition, New: r.New,
		Replays: r.Replays(), Skips: r.Skips(), LagAfter: r.LagAfter(), Metadata: r.LostMetadata(), Outcome: "planned", Notes: append([]string{}, r.Warnings...),
	}
	if r.HasCurrent {
		row.Current = &r.Current.Offset
	}
	return row
}

func planRows(plan reset.Plan) []resetRow {
	rows := make([]resetRow, len(plan.Rows))
	for i, r := range plan.Rows {
		rows[i] = newResetRow(plan.Group, r)
	}
	return rows
}

func resultRows(result reset.Result) []resetRow {
	rows := make([]resetRow, len(result.Rows))
	for i, r := range result.Rows {
		rows[i] = newResetRow(result.Plan.Group, r.Row)
		rows[i].Outcome = string(r.Outcome)
		if r.Err != nil {
			rows[i].Notes = append(rows[i].Notes, r.Err.Error())
		}
	}
	return rows
}

func (f *resetFlags) print(out io.Writer, rows []resetRow) error {
	if f.output == "json" {
		return writeJSON(out, rows)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "GROUP\tTOPIC\tPARTITION\tNEW-OFFSET\tCURRENT-OFFSET\tLAG-AFTER\tOUTCOME\tNOTES")
	for _, r := range rows {
		current := "-"
		if r.Current != nil {
			current = strconv.FormatInt(*r.Current, 10)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%d\t%s\t%s\n", text.Clean(r.Group), text.Clean(r.Topic), r.Partition,
			r.New, current, r.LagAfter, r.Outcome, text.Clean(strings.Join(r.Notes, "; ")))
	}
	return w.Flush()
}
