package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/tui/text"
)

// planned is the outcome of what a dry run would do.
const planned kafka.Outcome = "planned"

// changeFlags are the flags of commands that change groups: dry runs unless
// --execute is given.
type changeFlags struct {
	target  targetFlags
	execute bool
	dryRun  bool
	output  string
}

func (f *changeFlags) register(cmd *cobra.Command) {
	f.target.register(cmd)
	cmd.Flags().BoolVar(&f.execute, "execute", false, "do it")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "print what would be done and do nothing (default)")
	cmd.MarkFlagsMutuallyExclusive("execute", "dry-run")
	outputFlag(cmd, &f.output, "table", "json")
}

// exitCodes is what every such command says of them.
const exitCodes = `Exit codes: 0 done, 1 refused and nothing was done, 2 done in part.`

// tally counts outcomes for the exit code.
type tally struct{ done, refused, unknown int }

func (t *tally) add(o kafka.Outcome) {
	switch o {
	case kafka.Done, planned:
		t.done++
	case kafka.Unknown:
		t.unknown++
	default:
		t.refused++
	}
}

// err is nil when all was done, *partlyApplied when some was or nobody knows, and
// else says that nothing was.
func (t tally) err(what string, executed bool) error {
	all := t.done + t.refused + t.unknown
	switch {
	case t.done == all:
		return nil
	case !executed:
		return fmt.Errorf("%s: %d of %d would be refused", what, t.refused, all)
	case t.refused == all:
		return errors.New(what + ": refused; nothing was done")
	}
	return &partlyApplied{fmt.Sprintf("%s: done for %d of %d", what, t.done, all)}
}

// noteDryRun says that nothing happens.
func noteDryRun(notes io.Writer) {
	_, _ = fmt.Fprintln(notes, "dry run: nothing is done; --execute does it") // a note
}

// noteWarning tells of what is no error of the command.
func noteWarning(notes io.Writer, err error) {
	if err != nil {
		_, _ = fmt.Fprintln(notes, "warning:", text.Clean(err.Error())) // a note
	}
}

// reason is an error in a cell.
func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
