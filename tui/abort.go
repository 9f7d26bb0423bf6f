package tui

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// errAborted ends the console after SIGQUIT or SIGABRT.
var errAborted = errors.New("the console was aborted by a signal; what it was doing is printed above")

// abortTime is how long the console has to end by itself.
const abortTime = 2 * time.Second

// leaveScreen undoes what the console sets of a terminal: mouse, paste and keyboard
// modes, synchronized output, the hidden cursor, the other screen.
const leaveScreen = ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseExtSgr + ansi.ResetModeBracketedPaste +
	ansi.ResetModeSynchronizedOutput + "\x1b[<u" + ansi.ShowCursor + ansi.ResetModeAltScreenSaveCursor + ansi.ResetStyle

// aborting ends a program at SIGQUIT and SIGABRT, by which the Go runtime would end
// the process at once and leave the terminal as it is. What every goroutine is doing
// is printed as the runtime does, once the terminal is given back.
type aborting struct {
	stop   func()
	mu     sync.Mutex
	stacks []byte
}

// abortOn begins to wait for the signals. A program that does not end, since its
// update loop is stuck, is ended by force.
func abortOn(program *tea.Program, tty *os.File) *aborting {
	a := &aborting{}
	before, _ := term.GetState(tty.Fd())
	signals, ended := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, syscall.SIGQUIT, syscall.SIGABRT)
	a.stop = sync.OnceFunc(func() { signal.Stop(signals); close(ended) })
	go func() {
		select {
		case <-ended:
			return
		case <-signals:
		}
		stacks := make([]byte, 4<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		a.mu.Lock()
		a.stacks = stacks
		a.mu.Unlock()
		go program.Quit()
		select {
		case <-ended:
		case <-time.After(abortTime):
			if before != nil {
				_ = term.Restore(tty.Fd(), before) // the process ends
			}
			_, _ = os.Stdout.WriteString(leaveScreen)
			fmt.Fprintf(os.Stderr, "%s\nkdeck: %v\n", stacks, errAborted)
			os.Exit(2)
		}
	}()
	return a
}

// end stops waiting. It prints what was going on at a signal, and returns errAborted
// then.
func (a *aborting) end() error {
	a.stop()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stacks == nil {
		return nil
	}
	fmt.Fprintf(os.Stderr, "%s\n", a.stacks)
	return errAborted
}
