package root

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/tui/text"
)

// Run runs the command that the arguments of the process name, and returns its exit
// code. released is the version that a release build is stamped with, or "".
func Run(released string) int {
	// The signals that mean "stop": ctrl+c, kill, and the terminal going away.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	return run(ctx, Command(version(released)))
}

func run(ctx context.Context, cmd *cobra.Command) int {
	err := fang.Execute(ctx, cmd, fang.WithVersion(cmd.Version), fang.WithoutManpage(), fang.WithErrorHandler(printError))
	return exit.Code(err)
}

// printError writes an error as one clear line. Text of a cluster may be in it,
// so it is made safe to print.
func printError(w io.Writer, _ fang.Styles, err error) {
	if errors.Is(err, exit.ErrSilent) {
		return
	}
	fmt.Fprintln(w, "kdeck: "+strings.TrimSpace(text.Clean(err.Error())))
}
