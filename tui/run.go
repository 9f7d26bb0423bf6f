package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"

	"github.com/kdeck/kdeck/tui/input"
)

// framesPerSecond is half of what Bubble Tea takes by itself: it wakes up for every
// frame, changed or not, and 60 of them cost as much as all else that an idle
// console does.
const framesPerSecond = 30

// Run shows the console on the terminal until the user leaves it, ctx ends, or
// the process is told to stop (SIGINT, SIGTERM, SIGHUP), none of which is an
// error; SIGQUIT and SIGABRT are, and print what was going on. The terminal is given back in every case, also when something panics;
// the panic is then printed on stderr and named in the error.
func Run(ctx context.Context, opts Options) error {
	if err := CheckTerminal(); err != nil {
		return err
	}
	// Bubble Tea itself knows no SIGHUP, which is what a closed window sends.
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	terminal, err := input.OpenTerminal()
	if err != nil {
		return fmt.Errorf("open the console: %w", err)
	}
	app := New(ctx, opts)
	app.tty = terminal.File
	if os.Getenv("TMUX") != "" {
		app.tmux = loadTmux
	}
	program := tea.NewProgram(app, terminal.Option(), tea.WithoutSignalHandler(), tea.WithFPS(framesPerSecond))
	// Given the context, Bubble Tea would close the terminal's input under its own
	// reader; asked to quit, it waits for that.
	unasked := context.AfterFunc(ctx, program.Quit)
	abort := abortOn(program, terminal.File)
	_, err = program.Run()
	aborted := abort.end()
	unasked()
	stop() // ends everything that the pages have under way
	if app.client != nil {
		app.client.Close()
	}
	switch {
	case aborted != nil:
		return aborted
	case err == nil:
		return nil
	case errors.Is(err, tea.ErrProgramPanic):
		return errors.New("the console ended because of a mistake in kdeck; what is printed above helps to find it")
	}
	return fmt.Errorf("open the console: %w", err)
}

// CheckTerminal says why the console cannot be shown here, or nil: for commands
// that start something before they call Run.
func CheckTerminal() error {
	if !term.IsTerminal(os.Stdout.Fd()) {
		return errors.New("open the console: standard output is not a terminal; in pipes use a command such as kdeck tail or kdeck local --headless")
	}
	return nil
}

// panicked is a panic of a command on its way to the update loop: only from
// there does Bubble Tea give the terminal back before it prints.
type panicked struct {
	value any
	stack []byte
}

func (p panicked) String() string { return fmt.Sprintf("%v\n\n%s", p.value, p.stack) }

// guard carries panics of a command to the update loop.
func guard(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if v := recover(); v != nil {
				msg = panicked{v, debug.Stack()}
			}
		}()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i, c := range batch {
				batch[i] = guard(c)
			}
		}
		return msg
	}
}
