package input

import (
	"os"
	"runtime"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"
)

// Terminal is the terminal that keys come from, behind a Guard. It is a file, so that
// Bubble Tea can stop reading from it.
type Terminal struct {
	*os.File
	guard Guard
	ready []byte // to be read next
}

// OpenTerminal returns standard input, or where that is no terminal the one that the
// program runs on.
func OpenTerminal() (*Terminal, error) {
	if term.IsTerminal(os.Stdin.Fd()) {
		return &Terminal{File: os.Stdin}, nil
	}
	tty, _, err := tea.OpenTTY()
	return &Terminal{File: tty}, err
}

// Option makes a program read from the terminal. Windows has no bytes to be guarded:
// its keys come as records.
func (t *Terminal) Option() tea.ProgramOption {
	if runtime.GOOS == "windows" {
		return tea.WithInput(t.File)
	}
	return tea.WithInput(t)
}

// Read reads what may be passed on. It may be nothing, without an error, since waiting
// for more could not be ended.
func (t *Terminal) Read(p []byte) (int, error) {
	if len(t.ready) == 0 {
		n, err := t.File.Read(p[:(len(p)+1)/2]) // with room for what was held back
		if n <= 0 {
			return n, err
		}
		pass, after := t.guard.Next(p[:n], time.Now())
		t.ready = pass
		time.Sleep(after) // a fraction of a second, when a paste was torn apart
		if len(pass) <= len(p) {
			n = copy(p, pass)
			t.ready = nil
			return n, err
		}
	}
	n := copy(p, t.ready)
	t.ready = t.ready[n:]
	return n, nil
}
