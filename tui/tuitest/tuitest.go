// Package tuitest runs the console as a user meets it: a real program on an
// emulated terminal, driven by keys and a mouse, and read back from the screen.
// A journey reads like one:
//
//	s := tuitest.Start(t, tui.New(t.Context(), tui.Options{Client: client, Keys: keys}), 80, 24)
//	s.WaitFor("topics", "orders")
//	s.Type(":", "tail orders", "enter")
//	s.WaitFor("live")
//	s.Type("/", "error", "enter").WaitGone("info")
//	s.Type("q").WaitEnd()
//
// Keys are bytes that the program parses, and the screen is what a terminal
// makes of the bytes that the program writes: what a test sees is what a user
// sees. The emulated terminal answers the questions that terminals answer
// (background colour, modes).
//
// There is nothing to close and nothing to sleep for: the program ends with the
// test, and every wait looks at the screen whenever it changes, up to a
// deadline, at which the test fails and prints the screen. Never assert on Text
// right after Type: the program has not drawn the answer yet. Wait for it.
package tuitest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// deadline bounds every wait. It is long because it is only ever spent when a
// test fails.
const deadline = time.Minute

// Terminal describes the terminal that a program runs on.
type Terminal struct {
	Width, Height int
	Light         bool // a light background; dark unless set
	NoColor       bool // as with NO_COLOR set: bold, faint, underline and reverse remain
}

// Screen is a program running on an emulated terminal. Its methods fail the
// test rather than return errors, and are for the test's goroutine.
type Screen struct {
	t       testing.TB
	term    *terminal
	program program
	ended   chan struct{} // closed when the program has ended
	err     error         // what the program returned; read after ended
	waited  bool          // the test looked at err itself
}

// Start runs a model on a dark terminal of w × h cells and waits for its first
// screen. The program ends with the test.
func Start(t testing.TB, model tea.Model, w, h int) *Screen {
	t.Helper()
	return StartOn(t, model, Terminal{Width: w, Height: h})
}

// StartOn is Start on a terminal of choice.
func StartOn(t testing.TB, model tea.Model, on Terminal) *Screen {
	t.Helper()
	profile := colorprofile.TrueColor
	if on.NoColor {
		profile = colorprofile.ASCII
	}
	s := &Screen{t: t, term: newTerminal(on), ended: make(chan struct{})}
	s.term.cooked = true
	inside := inProcess{tea.NewProgram(model,
		tea.WithInput(s.term.input),
		tea.WithOutput(s.term),
		tea.WithWindowSize(on.Width, on.Height),
		tea.WithColorProfile(profile),
		tea.WithEnvironment([]string{"TERM=xterm-256color"}),
		tea.WithFPS(120),
		tea.WithoutSignalHandler(),
	)}
	s.program = inside
	go func() {
		_, s.err = inside.Run()
		close(s.ended)
	}()
	return s.begin()
}

// begin waits for the first screen; the program ends with the test.
func (s *Screen) begin() *Screen {
	s.t.Helper()
	s.t.Cleanup(s.end)
	return s.WaitUntil("a first screen", func(screen string) bool { return strings.TrimSpace(screen) != "" })
}

// end stops the program and reports how it ended, unless the test knows.
func (s *Screen) end() {
	go s.program.quit()
	select {
	case <-s.ended:
	case <-time.After(deadline):
		s.program.kill()
		s.t.Errorf("the program did not end by itself; the screen was:\n%s", s.framed())
	}
	s.term.close()
	if s.err != nil && !s.waited {
		s.t.Errorf("the program ended with: %v", s.err)
	}
}

// Type presses keys, one after the other. A name as the key table spells it
// ("enter", "esc", "ctrl+c", "shift+tab", "pgdown", "f1") is that key; anything
// else is typed as text.
func (s *Screen) Type(keys ...string) *Screen {
	for _, k := range keys {
		s.term.input.send(sequence(k))
	}
	return s
}

// Paste pastes text, as a terminal with bracketed paste does.
func (s *Screen) Paste(text string) *Screen {
	s.term.input.send("\x1b[200~" + text + "\x1b[201~")
	return s
}

// Click presses and releases the left button on a cell, 0,0 at the top left.
func (s *Screen) Click(x, y int) *Screen {
	s.term.input.send(fmt.Sprintf("\x1b[<0;%d;%dM\x1b[<0;%d;%dm", x+1, y+1, x+1, y+1))
	return s
}

// ClickOn waits for a text and clicks on the first place where it stands.
func (s *Screen) ClickOn(text string) *Screen {
	s.t.Helper()
	s.WaitFor(text)
	x, y, ok := s.term.find(text)
	if !ok {
		s.t.Fatalf("cannot click on %q, which has left the screen:\n%s", text, s.framed())
	}
	return s.Click(x, y)
}

// Wheel turns the mouse wheel over a cell by so many notches, down, or up when
// negative.
func (s *Screen) Wheel(x, y, notches int) *Screen {
	button := 65
	if notches < 0 {
		button, notches = 64, -notches
	}
	for range notches {
		s.term.input.send(fmt.Sprintf("\x1b[<%d;%d;%dM", button, x+1, y+1))
	}
	return s
}

// Resize changes the size of the terminal.
func (s *Screen) Resize(w, h int) *Screen {
	s.term.resize(w, h)
	s.program.resize(w, h)
	return s
}

// Send gives the program a message that no key can make. It is for programs that
// Start has started.
func (s *Screen) Send(msg tea.Msg) *Screen {
	s.t.Helper()
	inside, ok := s.program.(inProcess)
	if !ok {
		s.t.Fatal("a message cannot be sent to another process")
	}
	inside.Send(msg)
	return s
}

// Text returns the lines of the screen without styles and trailing spaces.
func (s *Screen) Text() string { return s.term.text() }

// Styled returns the screen with its styles as escape sequences.
func (s *Screen) Styled() string { return s.term.styled() }

// Title returns the title of the window.
func (s *Screen) Title() string { return s.term.windowTitle() }

// Clipboard returns what the program has put on the clipboard (OSC 52).
func (s *Screen) Clipboard() string { return s.term.clipped() }

// FullScreen reports whether the program has the alternate screen, which it must
// have given back when it ends.
func (s *Screen) FullScreen() bool { return s.term.altScreen() }

// WaitFor waits until all of the texts are on the screen at once.
func (s *Screen) WaitFor(texts ...string) *Screen {
	s.t.Helper()
	return s.WaitUntil(fmt.Sprintf("%q", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// WaitGone waits until none of the texts is on the screen.
func (s *Screen) WaitGone(texts ...string) *Screen {
	s.t.Helper()
	return s.WaitUntil(fmt.Sprintf("no %q", texts), func(screen string) bool {
		for _, text := range texts {
			if strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// WaitUntil waits until the screen satisfies a condition; what names it in the
// failure.
func (s *Screen) WaitUntil(what string, ok func(screen string) bool) *Screen {
	s.t.Helper()
	late := time.After(deadline)
	for {
		changed := s.term.changes()
		if ok(s.Text()) {
			return s
		}
		select {
		case <-changed:
		case <-s.ended:
			if ok(s.Text()) {
				return s
			}
			s.t.Fatalf("waiting for %s: the program has ended (%v); its last screen:\n%s", what, s.err, s.framed())
		case <-late:
			s.t.Fatalf("waiting for %s: not within %v; the screen:\n%s", what, deadline, s.framed())
		}
	}
}

// WaitEnd waits until the program has ended by itself and returns its error.
func (s *Screen) WaitEnd() error {
	s.t.Helper()
	select {
	case <-s.ended:
		s.waited = true
		return s.err
	case <-time.After(deadline):
		s.t.Fatalf("the program did not end within %v; the screen:\n%s", deadline, s.framed())
		return nil
	}
}

// Golden compares the screen with testdata/NAME.golden in the test's folder, and
// writes that file when UPDATE_GOLDEN is set in the environment. change, when
// given, edits the screen first: it takes out what differs from run to run.
func (s *Screen) Golden(name string, change ...func(string) string) *Screen {
	s.t.Helper()
	got := s.Text() + "\n"
	for _, f := range change {
		got = f(got)
	}
	path := filepath.Join("testdata", name+".golden")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			s.t.Fatal(err)
		}
		return s
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatalf("%v; set UPDATE_GOLDEN=1 to write it", err)
	}
	if got != string(want) {
		s.t.Errorf("the screen differs from %s (UPDATE_GOLDEN=1 writes it anew)\ngot:\n%s\nwant:\n%s", path, got, want)
	}
	return s
}

// framed is the screen as failures print it.
func (s *Screen) framed() string {
	rule := strings.Repeat("─", max(0, s.term.width()))
	return rule + "\n" + s.Text() + "\n" + rule
}
