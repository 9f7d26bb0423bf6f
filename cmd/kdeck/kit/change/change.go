// Package change has what commands that change a cluster share: their flags, and how
// the outcome of each item becomes the exit code of all.
package change

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka"
)

// Planned is the outcome of what a dry run would do.
const Planned kafka.Outcome = "planned"

// Flags are the flags of a command that takes away, moves or alters: a dry run
// unless --execute is given.
type Flags struct {
	Target  target.Flags
	Output  output.Format
	Execute bool
	dryRun  bool
}

// Register adds the flags to cmd.
func (f *Flags) Register(cmd *cobra.Command) {
	f.Output = output.TableOrJSON()
	f.Target.Register(cmd)
	f.Output.Register(cmd)
	RegisterExecute(cmd, &f.Execute, &f.dryRun)
}

// RegisterExecute adds --execute and --dry-run, of which one can be given.
func RegisterExecute(cmd *cobra.Command, execute, dryRun *bool) {
	cmd.Flags().BoolVar(execute, "execute", false, "do it")
	cmd.Flags().BoolVar(dryRun, "dry-run", false, "print what would be done and do nothing (default)")
	cmd.MarkFlagsMutuallyExclusive("execute", "dry-run")
}

// DryRun is how a dry run is told.
const DryRun = "dry run: nothing was changed"

// NoteDryRun says that nothing was changed, and what does it.
func NoteDryRun(w io.Writer) { notes.Line(w, DryRun+"; --execute does it") }

// Tally counts outcomes for the exit code.
type Tally struct{ Done, Refused, Unknown int }

// Add counts an outcome.
func (t *Tally) Add(o kafka.Outcome) {
	switch o {
	case kafka.Done, Planned:
		t.Done++
	case kafka.Unknown:
		t.Unknown++
	default:
		t.Refused++
	}
}

// Err is nil when all was done, has the code exit.Partly when some was or nobody
// knows, and else says that nothing was.
func (t Tally) Err(what string, executed bool) error {
	all := t.Done + t.Refused + t.Unknown
	switch {
	case t.Done == all:
		return nil
	case !executed:
		return fmt.Errorf("%s: %d of %d would be refused", what, t.Refused, all)
	case t.Refused == all:
		return fmt.Errorf("%s: refused; nothing was done", what)
	}
	return exit.Partly("%s: done for %d of %d", what, t.Done, all)
}
