// Command kdeck is a terminal operations console for Apache Kafka, with a local
// cluster on board. One file holds one command; they only read flags and wire
// packages together.
package main

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

	"github.com/kdeck/kdeck/tui/text"
)

func main() { os.Exit(run()) }

// run is main with an exit code: 0 when the command did what it should, 2 when
// it changed the cluster in part, that of an exitError, 1 otherwise.
func run() int {
	// The signals that mean "stop": ctrl+c, kill, and the terminal going away.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := fang.Execute(ctx, newRootCommand(), fang.WithVersion(version()), fang.WithoutManpage(), fang.WithErrorHandler(printError))
	return exitCode(err)
}

func exitCode(err error) int {
	var partly *partlyApplied
	var coded *exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &partly):
		return 2
	}
	return 1
}

// printError writes an error as one clear line. Text of a cluster may be in it,
// so it is made safe to print. errSilent has been told already.
func printError(w io.Writer, _ fang.Styles, err error) {
	if errors.Is(err, errSilent) {
		return
	}
	fmt.Fprintln(w, "kdeck: "+strings.TrimSpace(text.Clean(err.Error())))
}

// errSilent ends a command with exit code 1 whose output has said why already.
var errSilent = errors.New("failed")

// exitError ends a command with an exit code of its own.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }
