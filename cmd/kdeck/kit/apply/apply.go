// Package apply makes a change of a cluster from a command: it prints what would be
// done, or does it and prints what became of it. It holds no rule about any change:
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

// NoteDryRun says that nothing was changed, and what makes the change.
func (f *Flags) NoteDryRun(w io.Writer) {
	if f.adds {
		notes.Line(w, DryRun)
		return
	}
	notes.Line(w, DryRun+"; --execute makes the change")
}

// Table is how the items of a change are printed.
type Table[R change.Row] struct {
	// Titles are those of the columns before OUTCOME and NOTES, separated by blanks.
	Titles string
	// Cells are the cells of an item under Titles. The first one is that of the target.
	Cells func(R) []string
	// After prints what follows the table, such as sums; nil for nothing.
	After func(io.Writer, change.Result[R]) error
	// Undo is the command that takes a part back, or ""; nil when there is none.
	Undo func(change.Part[R]) string
}

// Run makes a change, or prints what it would do, and returns the error that the
// command ends with.
func Run[R change.Row](ctx context.Context, cmd *cobra.Command, f *Flags, on change.Cluster, c change.Change[R], t Table[R]) error {
	do := change.DryRun[R]
	if f.Executes() {
		do = change.Run[R]
	}
	result, err := do(ctx, on, c)
	if err != nil {
		return err
	}
	return Print(cmd, f, result, t)
}

// Print prints a result, and returns the error that the command ends with.
func Print[R change.Row](cmd *cobra.Command, f *Flags, r change.Result[R], t Table[R]) error {
	errOut := cmd.ErrOrStderr()
	if !r.Executed {
		f.NoteDryRun(errOut)
	}
	noteParts(errOut, r, t.Undo)
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
