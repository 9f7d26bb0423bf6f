package tuitest

import (
	"bytes"
	"encoding/base64"
	"image/color"
	"io"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// terminal is the emulated terminal: the program writes to it, and reads keys
// and answers from its input.
type terminal struct {
	input *input
	// cooked makes line feeds return the carriage too. A program without a
	// pseudo-terminal counts on that; one that has one asks it not to.
	cooked bool

	mu        sync.Mutex
	screen    *vt.Emulator
	changed   chan struct{} // closed at the next change
	clipboard string
	title     string
}

func newTerminal(on Terminal) *terminal {
	t := &terminal{input: newInput(), screen: vt.NewEmulator(on.Width, on.Height), changed: make(chan struct{})}
	if on.Light {
		t.screen.SetDefaultBackgroundColor(color.White)
		t.screen.SetDefaultForegroundColor(color.Black)
	}
	t.screen.SetCallbacks(vt.Callbacks{Title: func(s string) { t.title = s }})
	t.screen.RegisterOscHandler(52, func(data []byte) bool {
		parts := bytes.SplitN(data, []byte{';'}, 3)
		if len(parts) < 3 {
			return false
		}
		text, err := base64.StdEncoding.DecodeString(string(parts[2]))
		t.clipboard = string(text)
		return err == nil
	})
	// The emulator's answers pass through a buffer of their own: it writes them
	// while the program waits for its output to be taken.
	go func() { _, _ = io.Copy(t.input, t.screen) }()
	return t
}

// Write takes the program's output.
func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := p
	if t.cooked {
		out = bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))
	}
	if _, err := t.screen.Write(out); err != nil {
		return 0, err
	}
	t.announce()
	return len(p), nil
}

// announce wakes all who wait for a change.
func (t *terminal) announce() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// changes returns a channel that is closed when the screen next changes.
func (t *terminal) changes() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed
}

func (t *terminal) resize(w, h int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.screen.Resize(w, h)
	t.announce()
}

func (t *terminal) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := make([]string, t.screen.Height())
	for y := range lines {
		lines[y] = strings.TrimRight(t.line(y), " ")
	}
	return strings.Join(lines, "\n")
}

// line is the text of one row, one string per cell joined; the second cell of a
// wide character is empty.
func (t *terminal) line(y int) string {
	var b strings.Builder
	for x := 0; x < t.screen.Width(); {
		cell := t.screen.CellAt(x, y)
		if cell == nil || cell.Width == 0 {
			b.WriteByte(' ')
			x++
			continue
		}
		b.WriteString(cell.Content)
		x += cell.Width
	}
	return b.String()
}

// find returns the cell where a text begins.
func (t *terminal) find(text string) (x, y int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for y := range t.screen.Height() {
		line := t.line(y)
		if i := strings.Index(line, text); i >= 0 {
			return ansi.StringWidth(line[:i]), y, true
		}
	}
	return 0, 0, false
}

func (t *terminal) styled() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen.Render()
}

func (t *terminal) width() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen.Width()
}

func (t *terminal) clipped() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.clipboard
}

func (t *terminal) windowTitle() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.title
}

func (t *terminal) altScreen() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen.IsAltScreen()
}

// close ends the input and with it the goroutine that copies answers.
func (t *terminal) close() {
	t.input.close()
	if pipe, ok := t.screen.InputPipe().(io.Closer); ok {
		_ = pipe.Close() // a pipe's Close cannot fail
	}
}

// input is what the program reads: an unbounded buffer, because a terminal never
// blocks on a key press.
type input struct {
	mu     sync.Mutex
	filled *sync.Cond
	data   []byte
	closed bool
}

func newInput() *input {
	in := new(input)
	in.filled = sync.NewCond(&in.mu)
	return in
}

func (in *input) send(s string) { _, _ = in.Write([]byte(s)) }

func (in *input) Write(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.data = append(in.data, p...)
	in.filled.Signal()
	return len(p), nil
}

func (in *input) Read(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.data) == 0 && !in.closed {
		in.filled.Wait()
	}
	if len(in.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, in.data)
	in.data = in.data[n:]
	return n, nil
}

func (in *input) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	in.filled.Broadcast()
}
