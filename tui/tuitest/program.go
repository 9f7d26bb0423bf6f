package tuitest

import (
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/creack/pty"
)

// program is what runs on the emulated terminal.
type program interface {
	quit() // asks it to end by itself
	kill() // ends it
	resize(w, h int)
}

// inProcess is a model run by the test itself.
type inProcess struct{ *tea.Program }

func (p inProcess) quit()           { p.Quit() }
func (p inProcess) kill()           { p.Kill() }
func (p inProcess) resize(w, h int) { p.Send(tea.WindowSizeMsg{Width: w, Height: h}) }

// process is a command on a pseudo-terminal.
type process struct {
	cmd *exec.Cmd
	pty *os.File
}

// Exec runs a command on a dark terminal of w × h cells, as a user's shell
// would: on a pseudo-terminal, with signals and window sizes of its own. It ends
// with the test.
func Exec(t testing.TB, cmd *exec.Cmd, w, h int) *Screen {
	t.Helper()
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, "TERM=xterm-256color", "COLORTERM=truecolor")
	terminal, err := pty.StartWithSize(cmd, size(w, h))
	if err != nil {
		t.Fatalf("run %s on a terminal: %v", cmd.Path, err)
	}
	s := &Screen{
		t: t, term: newTerminal(Terminal{Width: w, Height: h}),
		program: process{cmd, terminal}, ended: make(chan struct{}),
	}
	go func() { _, _ = io.Copy(terminal, s.term.input) }() // until either side closes
	go func() {
		_, _ = io.Copy(s.term, terminal) // until the process has closed its side
		s.err = cmd.Wait()
		_ = terminal.Close()
		close(s.ended)
	}()
	return s.begin()
}

func (p process) quit()           { _ = p.cmd.Process.Signal(syscall.SIGTERM) } // it may have ended
func (p process) kill()           { _ = p.cmd.Process.Kill() }
func (p process) resize(w, h int) { _ = pty.Setsize(p.pty, size(w, h)) }

func size(w, h int) *pty.Winsize { return &pty.Winsize{Cols: uint16(w), Rows: uint16(h)} }
