package tui

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/kdeck/kdeck/tui/page"
)

// messages runs a command and what it makes, and returns all messages, in words.
func messages(cmd tea.Cmd) (all []string) {
	if cmd == nil {
		return nil
	}
	msg := cmd()
	if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
		for i := range v.Len() {
			all = append(all, messages(v.Index(i).Interface().(tea.Cmd))...)
		}
		return all
	}
	return []string{fmt.Sprintf("%T %v", msg, msg)}
}

// TestAnotherColourProfileRedrawsAll: cells that look the same in two palettes are not
// written again by the renderer, and keep the colours of the first.
func TestAnotherColourProfileRedrawsAll(t *testing.T) {
	a, _ := testApp(t, Options{Client: testClient(t, false), Open: "topics"})
	for i, step := range []struct {
		profile colorprofile.Profile
		clears  bool
	}{{colorprofile.ANSI, false}, {colorprofile.ANSI, false}, {colorprofile.TrueColor, true}, {colorprofile.TrueColor, false}} {
		_, cmd := a.Update(tea.ColorProfileMsg{Profile: step.profile})
		if clears := strings.Contains(strings.Join(messages(cmd), " "), "clearScreenMsg"); clears != step.clears {
			t.Errorf("step %d, %s: clears %v", i, step.profile, clears)
		}
	}
}

// TestTheClipboard is told of as what is known: that it was sent.
func TestTheClipboard(t *testing.T) {
	large := strings.Repeat("x", 80_000)
	for _, tc := range []struct {
		text string
		tmux error
		in   bool
		want []string
		not  string
	}{
		{"orders", nil, false, []string{"setClipboardMsg orders", "sent to the terminal: the name"}, "may not"},
		{large, nil, false, []string{"setClipboardMsg xxx", "sent to the terminal, which may not take 78.1 KiB: the name"}, "✓"},
		{"orders", nil, true, []string{"sent to tmux and its terminal: the name"}, "setClipboardMsg"},
		{"orders", errors.New("no server"), true, []string{"setClipboardMsg orders", "sent to the terminal: the name (tmux: no server)"}, "✓"},
	} {
		a, _ := testApp(t, Options{Client: testClient(t, false), Open: "topics"})
		loaded := ""
		if tc.in {
			a.tmux = func(_ context.Context, text string) error { loaded = text; return tc.tmux }
		}
		got := strings.Join(messages(a.serve(page.Copy{Text: tc.text, What: "the name"})), "\n")
		for _, want := range tc.want {
			if !strings.Contains(got, want) {
				t.Errorf("%.10s in tmux %v: %.200s, no %q", tc.text, tc.in, got, want)
			}
		}
		if strings.Contains(got, tc.not) || tc.in && loaded != tc.text {
			t.Errorf("%.10s in tmux %v: %.200s, loaded %.20q", tc.text, tc.in, got, loaded)
		}
	}
}

// TestSuspendingAnywhere: on a page, and in a field.
func TestSuspendingAnywhere(t *testing.T) {
	a, _ := testApp(t, Options{Client: testClient(t, false), Open: "topics"})
	for _, before := range []string{"", ":"} {
		if before != "" {
			press(a, before)
		}
		_, cmd := a.Update(tea.KeyPressMsg{Code: 'z', Mod: tea.ModCtrl})
		if got := messages(cmd); len(got) != 1 || !strings.HasPrefix(got[0], "tea.SuspendMsg") {
			t.Errorf("after %q ctrl+z gives %v", before, got)
		}
	}
}

func TestTheMouseIsGivenBack(t *testing.T) {
	a, _ := testApp(t, Options{Client: testClient(t, false), Open: "topics"})
	for _, want := range []tea.MouseMode{tea.MouseModeCellMotion, tea.MouseModeNone, tea.MouseModeCellMotion} {
		if got := a.View().MouseMode; got != want {
			t.Errorf("the mouse mode is %v, want %v", got, want)
		}
		if cmd, err := a.run("mouse"); cmd != nil || err != nil {
			t.Errorf(":mouse gives %v, %v", cmd, err)
		}
	}
}
