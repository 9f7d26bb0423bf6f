package root

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"charm.land/fang/v2"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/words"
	"github.com/kdeck/kdeck/tui/text"
)

// Run runs the command that the arguments of the process name, and returns its exit
// code. released is the version that a release build is stamped with, or "".
func Run(released string) int {
	// The signals that mean "stop": ctrl+c, kill, and the terminal going away.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	// Without this, a write into a closed pipe ends the process; see output.Stdout. A
	// signal that is ignored would be ignored by commands that kdeck runs, too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	cmd := Command(version(released))
	cmd.SetOut(output.Stdout{File: os.Stdout})
	ctx = target.Impatient(ctx)
	err := fang.Execute(ctx, cmd, fang.WithVersion(cmd.Version), fang.WithoutManpage(), fang.WithErrorHandler(func(w io.Writer, styles fang.Styles, err error) {
		if target.GivenUp(ctx) == nil {
			printError(w, styles, err)
		}
	}))
	if why := target.GivenUp(ctx); why != nil { // whatever the command made of the end of its context
		printError(os.Stderr, fang.Styles{}, why)
		return max(exit.Refused, exit.Code(err))
	}
	return exit.Code(err)
}

// printError writes an error as one clear line. Text of a cluster may be in it,
// so it is made safe to print.
func printError(w io.Writer, _ fang.Styles, err error) {
	if exit.Silent(err) {
		return
	}
	fmt.Fprintln(w, "kdeck: "+text.Clean(words.OneLine(err.Error())))
}
