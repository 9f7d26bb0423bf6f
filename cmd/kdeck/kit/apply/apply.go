// Package apply makes a change of a cluster from a command: it prints what would be
// done, or does it and prints the result. It holds no rule about any change:
// those are in the change itself, see kafka/change.
package apply

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/change"
)

// DryRun is how every command says that nothing was changed.
const DryRun = "dry run: nothing was changed"

// Flags are the flags of a command that changes a cluster.
type Flags struct {
	Target  target.Flags
	Output  output.Format
	execute bool
	dryRun  bool
	adds    bool
}

// Register adds the flags of a command that takes something away, moves or alters it:
// it is a dry run without --execute.
func (f *Flags) Register(cmd *cobra.Command) {
	f.register(cmd)
	RegisterExecute(cmd, &f.execute, &f.dryRun)
}

// RegisterExecute adds --execute and --dry-run, of which one can be given.
func RegisterExecute(cmd *cobra.Command, execute, dryRun *bool) {
	cmd.Flags().BoolVar(execute, "execute", false, "make the change")
	cmd.Flags().BoolVar(dryRun, "dry-run", false, "print what would be done, and change nothing (default)")
	cmd.MarkFlagsMutuallyExclusive("execute", "dry-run")
}

// RegisterAdding adds the flags of a command that only adds something: it is done at
// once without --dry-run.
func (f *Flags) RegisterAdding(cmd *cobra.Command) {
	f.register(cmd)
	f.adds = true
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "check, print what would be done, and change nothing")
}

func (f *Flags) register(cmd *cobra.Command) {
	f.Output = output.TableOrJSON()
	f.Target.Register(cmd)
	f.Output.Register(cmd)
}

// Executes reports whether the change is made.
func (f *Flags) Executes() bool { return f.execute || f.adds && !f.dryRun }

// NoteDryRun says that nothing was changed, and that --execute does it.
func NoteDryRun(w io.Writer) { notes.Line(w, DryRun+"; --execute makes the change") }

// Table is how the items of a change are printed.
type Table[R change.Row] struct {
	// Titles are those of the columns before OUTCOME and NOTES, separated by blanks.
	Titles string
	// Cells are the cells of an item under Titles. The first one is that of the target.
	Cells func(R) []string
	// Notes are what NOTES says of an item besides why it is refused; nil for nothing.
	Notes func(R) []string
	// After prints what follows the table, such as totals; nil for nothing.
	After func(io.Writer, change.Result[R]) error
	// Instead prints something in place of the table and of JSON; nil for those.
	Instead func(io.Writer) error
	// Undo is the command that takes a part back, or ""; nil when there is none.
	Undo func(change.Part[R]) string
}

// Run connects to the cluster that the flags name, makes the change that make returns,
// or prints what it would do, and returns the error that the command ends with.
func Run[R change.Row](cmd *cobra.Command, connect target.Connector, f *Flags, t Table[R], make func(context.Context, *admin.Client) (change.Change[R], error)) error {
	client, err := connect(cmd.Context(), &f.Target)
	if err != nil {
		return err
	}
	defer client.Close()
	c, err := make(cmd.Context(), client)
	if err != nil {
		return err
	}
	return RunOn(cmd, client, f, t, c)
}

// RunOn is Run on a cluster that is connected already.
func RunOn[R change.Row](cmd *cobra.Command, on change.Cluster, f *Flags, t Table[R], c change.Change[R]) error {
	result, err := Do(cmd.Context(), on, f, c)
	if err != nil {
		return err
	}
	return Print(cmd, f, t, result)
}

// Do makes a change, or finds out what it would do.
func Do[R change.Row](ctx context.Context, on change.Cluster, f *Flags, c change.Change[R]) (change.Result[R], error) {
	if f.Executes() {
		return change.Run(ctx, on, c)
	}
	return change.DryRun(ctx, on, c)
}

// Rows is a result with other rows, as those of a change together with what only a
// command shows.
func Rows[R, S change.Row](r change.Result[R], of func(R) S) change.Result[S] {
	rows := change.Result[S]{Kind: r.Kind, Title: r.Title, Executed: r.Executed}
	for _, p := range r.Parts {
		part := change.Part[S]{
			Target: p.Target, Refused: p.Refused, Warnings: p.Warnings, Follows: p.Follows,
			Before: p.Before, Saved: p.Saved, Unnoted: p.Unnoted,
		}
		for _, item := range p.Items {
			part.Items = append(part.Items, change.Item[S]{Row: of(item.Row), Outcome: item.Outcome, Err: item.Err})
		}
		rows.Parts = append(rows.Parts, part)
	}
	return rows
}

// Print prints a result, and returns the error that the command ends with.
func Print[R change.Row](cmd *cobra.Command, f *Flags, t Table[R], r change.Result[R]) error {
	errOut := cmd.ErrOrStderr()
	switch {
	case r.Executed:
	case f.adds:
		notes.Line(errOut, DryRun)
	default:
		NoteDryRun(errOut)
	}
	noteParts(errOut, r, t.Undo)
	for _, p := range r.Parts {
		if t.Instead != nil && p.Refused != nil {
			notes.Line(errOut, "refused: %v", p.Refused)
		}
	}
	printed := t.print(cmd.OutOrStdout(), f.Output, r)
	return exit.Both(coded(r.Err()), printed)
}

// coded gives the error of a result its exit code.
func coded(err error) error {
	var incomplete *change.IncompleteError
	if errors.As(err, &incomplete) {
		return exit.With(exit.InPart, err)
	}
	return exit.With(exit.Refused, err)
}

// noteParts writes what is true of parts as a whole.
func noteParts[R change.Row](w io.Writer, r change.Result[R], undo func(change.Part[R]) string) {
	for _, p := range r.Parts {
		for _, warning := range p.Warnings {
			notes.Warning(w, fmt.Errorf("%s: %s", p.Target, warning))
		}
		for _, follows := range p.Follows {
			if !r.Executed {
				notes.Line(w, "%s: %s", p.Target, follows)
			}
		}
		notes.Warning(w, p.Unnoted)
		if p.Saved == "" {
			continue
		}
		notes.Line(w, "%s as it was before: %s", p.Target, p.Saved)
		if undo != nil {
			if command := undo(p); command != "" {
				notes.Line(w, "to undo: %s", command)
			}
		}
	}
}
