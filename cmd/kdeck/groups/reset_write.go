package groups

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/text"
)

// writeFlags are the flags of commands that print plans, and write them when told
// to.
type writeFlags struct {
	execute bool
	dryRun  bool
	output  output.Format
	print   func(io.Writer, []resetRow) error // in place of output
}

func (f *writeFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.execute, "execute", false, "write the plan")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "print the plan and write nothing (default)")
	f.output = output.TableOrJSON()
	f.output.Register(cmd)
	cmd.MarkFlagsMutuallyExclusive("execute", "dry-run")
}

// run prints the plans, or writes them and prints the results. refused is why
// other groups have no plan.
func (f *writeFlags) run(ctx context.Context, client *admin.Client, plans []reset.Plan, refused []error, out, errOut io.Writer) error {
	of := len(plans) + len(refused)
	if len(plans) == 0 {
		return refusedAll(refused, of, errOut)
	}
	for _, plan := range plans {
		notePlan(errOut, plan)
	}
	if !f.execute {
		fmt.Fprintln(errOut, "dry run: nothing is written; --execute writes this plan")
		var times recordTimes
		if f.print == nil {
			var missing string
			if times, missing = readTimes(ctx, client.Groups.RecordTimes, plans); missing != "" {
				fmt.Fprintln(errOut, text.Clean(missing))
			}
		}
		return errors.Join(f.show(out, planRows(plans, times)), refusedAll(refused, of, errOut))
	}
	var rows []resetRow
	var change []reset.Plan
	for _, plan := range plans {
		if plan.Totals().Changed > 0 {
			change = append(change, plan)
			continue
		}
		fmt.Fprintf(errOut, "%s: every partition is there already; there is nothing to write\n", text.Clean(plan.Group))
		rows = append(rows, unchangedRows(plan)...)
	}
	var results []reset.Result
	for _, applied := range client.Groups.ApplyResets(ctx, change) {
		if applied.Err != nil {
			refused = append(refused, applied.Err)
			continue
		}
		results = append(results, applied.Result)
		rows = append(rows, resultRows(applied.Result)...)
	}
	err := outcome(results, refused, of, errOut)
	if len(rows) == 0 {
		return err
	}
	return errors.Join(err, f.show(out, rows))
}

// outcome notes what became of each group, and returns an error unless all of it
// was written.
func outcome(results []reset.Result, refused []error, of int, errOut io.Writer) error {
	left, partitions := 0, 0
	for _, r := range results {
		fmt.Fprintln(errOut, "old offsets:", text.Clean(r.Saved))
		if r.Unnoted != nil {
			fmt.Fprintln(errOut, "warning:", text.Clean(r.Unnoted.Error()))
		}
		left, partitions = left+r.Left(), partitions+len(r.Rows)
		if !r.Complete() {
			group := text.Clean(r.Plan.Group)
			fmt.Fprintf(errOut, "%s: to go on, run the same command again; to go back, run: kdeck groups undo-reset %q --from %q --execute\n", group, group, text.Clean(r.Saved))
		}
	}
	switch {
	case len(results) == 0:
		return refusedAll(refused, of, errOut)
	case len(refused) > 0:
		err := refusedAll(refused, of, errOut)
		return exit.Partly("%w; %d of %d partitions of the others are not where the plan wants them", err, left, partitions)
	case left > 0 && len(results) == 1:
		return exit.Partly("%s: %d of %d partitions are not where the plan wants them", describePlan(results[0].Plan), left, partitions)
	case left > 0:
		return exit.Partly("%d of %d partitions are not where the plans want them", left, partitions)
	}
	return nil
}

// describePlan names what a plan does.
func describePlan(p reset.Plan) string {
	if p.Strategy.Kind == reset.UndoReset {
		return "undo the reset of " + p.Group
	}
	return "reset offsets of " + p.Group
}

// refusedAll is the error of groups that were refused, or nil. With one group of
// one, that is its reason; of several, each reason is noted on a line of its own.
func refusedAll(refused []error, of int, errOut io.Writer) error {
	switch {
	case len(refused) == 0:
		return nil
	case of == 1:
		return refused[0]
	}
	for _, err := range refused {
		fmt.Fprintln(errOut, "refused:", text.Clean(err.Error()))
	}
	return fmt.Errorf("%d of %d groups were refused", len(refused), of)
}

// notePlan tells what is true of a plan as a whole.
func notePlan(errOut io.Writer, plan reset.Plan) {
	for _, w := range plan.Warnings {
		fmt.Fprintf(errOut, "%s: warning: %s\n", text.Clean(plan.Group), text.Clean(w))
	}
	for _, a := range plan.Alone {
		fmt.Fprintf(errOut, "%s: left alone: %s: %s\n", text.Clean(plan.Group), text.Clean(a.String()), text.Clean(a.Why))
	}
}

func (f *writeFlags) show(out io.Writer, rows []resetRow) error {
	switch {
	case f.print != nil:
		return f.print(out, rows)
	case f.output.JSON():
		return output.WriteJSON(out, rows)
	}
	return printRows(out, rows)
}

// planRows are the rows of plans, with what is known of the times at their new
// offsets.
func planRows(plans []reset.Plan, times recordTimes) []resetRow {
	var rows []resetRow
	for _, plan := range plans {
		for _, r := range plan.Rows {
			row := newResetRow(plan.Group, r)
			row.At = times[r.TopicPartition][r.New]
			rows = append(rows, row)
		}
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

// unchangedRows are those of a plan that has nothing to write.
func unchangedRows(plan reset.Plan) []resetRow {
	rows := make([]resetRow, len(plan.Rows))
	for i, r := range plan.Rows {
		rows[i] = newResetRow(plan.Group, r)
		rows[i].Outcome = string(reset.Unchanged)
	}
	return rows
}
