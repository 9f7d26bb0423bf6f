package tuitest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/tui/tuitest"
)

// echo shows what it was told.
type echo struct {
	w, h  int
	dark  string
	heard []string
}

func (e *echo) Init() tea.Cmd { return tea.RequestBackgroundColor }

func (e *echo) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		e.w, e.h = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		e.dark = fmt.Sprintf("dark=%t", msg.IsDark())
	case tea.PasteMsg:
		e.heard = append(e.heard, "paste:"+msg.Content)
	case tea.MouseClickMsg:
		e.heard = append(e.heard, fmt.Sprintf("click:%d,%d", msg.X, msg.Y))
	case tea.MouseWheelMsg:
		e.heard = append(e.heard, fmt.Sprintf("%v:%d,%d", msg.Button, msg.X, msg.Y))
	case tea.KeyPressMsg:
		e.heard = append(e.heard, msg.String())
		switch msg.String() {
		case "ctrl+c":
			return e, tea.Quit
		case "ctrl+x":
			panic("asked to")
		case "ctrl+y":
			return e, tea.SetClipboard("copied 世界")
		}
	}
	return e, nil
}

func (e *echo) View() tea.View {
	v := tea.NewView(fmt.Sprintf("size %d×%d %s\n世界 %s", e.w, e.h, e.dark, strings.Join(e.heard, " ")))
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	v.WindowTitle = "echo"
	return v
}

func TestKeysMouseAndPasteArrive(t *testing.T) {
	s := tuitest.Start(t, &echo{}, 200, 5)
	s.Type("esc", ":", "ab", "enter", "shift+tab", "pgdown", "home", "up", "ctrl+f", "space", "G", "esc", "esc", "x")
	s.WaitFor("esc : a b enter shift+tab pgdown home up ctrl+f space G esc esc x")
	s.Paste("some text").WaitFor("paste:some text")
	s.Click(3, 1).WaitFor("click:3,1")
	s.ClickOn("esc").WaitFor("click:5,1")
	s.Wheel(2, 0, -1).Wheel(2, 0, 1).WaitFor("wheelup:2,0 wheeldown:2,0")
	s.Type("ctrl+y").WaitUntil("the clipboard", func(string) bool { return s.Clipboard() == "copied 世界" })
	if got := s.Title(); got != "echo" {
		t.Errorf("the title is %q", got)
	}
}

func TestResizeAndBackground(t *testing.T) {
	s := tuitest.Start(t, &echo{}, 80, 24)
	s.WaitFor("size 80×24 dark=true")
	s.Resize(1, 1).WaitUntil("one cell", func(screen string) bool { return screen == "s" })
	s.Resize(100, 30).WaitFor("size 100×30", "世界")
	light := tuitest.StartOn(t, &echo{}, tuitest.Terminal{Width: 80, Height: 24, Light: true})
	light.WaitFor("dark=false")
}

func TestTheEndIsSeen(t *testing.T) {
	s := tuitest.Start(t, &echo{}, 80, 24)
	if !s.FullScreen() {
		t.Error("no full screen while the program runs")
	}
	if err := s.Type("ctrl+c").WaitEnd(); err != nil {
		t.Error(err)
	}
	if s.FullScreen() {
		t.Error("the screen was not given back")
	}

	s = tuitest.Start(t, &echo{}, 80, 24)
	if err := s.Type("ctrl+x").WaitEnd(); !errors.Is(err, tea.ErrProgramPanic) {
		t.Errorf("the program ended with %v, want its panic", err)
	}
	if s.FullScreen() {
		t.Error("the screen was not given back after a panic")
	}
}

func TestGolden(t *testing.T) {
	s := tuitest.Start(t, &echo{}, 40, 4)
	s.WaitFor("dark=true").Golden("echo", strings.ToUpper)
}
