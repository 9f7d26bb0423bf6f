package page

import (
	"cmp"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

func testList(t *testing.T, names ...string) *List[string] {
	t.Helper()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	env := Env{Theme: theme.New(true), Keys: keys}
	self := func(s string) string { return s }
	l := NewList(env, widget.NewTable(env.Theme, self, widget.Column[string]{Title: "name", Min: 10, Flex: 1, Cell: self, Cmp: cmp.Compare[string]}), self)
	l.Resize(60, 6)
	l.SetItems(names)
	return l
}

// press hands keys to a list as a page does: typed while it types, else as
// actions of a table.
func press(l *List[string], keys ...tea.KeyPressMsg) {
	for _, k := range keys {
		if l.Typing() {
			l.Update(k)
		} else if b, ok := l.env.Keys.Resolve(k, keymap.Topics); ok {
			l.Do(b.Action)
		}
	}
}

func letters(s string) []tea.KeyPressMsg {
	var keys []tea.KeyPressMsg
	for _, r := range s {
		keys = append(keys, tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return keys
}

func selected(l *List[string]) string {
	s, _ := l.Selected()
	return s
}

func TestListFilters(t *testing.T) {
	l := testList(t, "alpha", "beta", "gamma", "delta")
	enter, esc, down := tea.KeyPressMsg{Code: tea.KeyEnter}, tea.KeyPressMsg{Code: tea.KeyEscape}, tea.KeyPressMsg{Code: tea.KeyDown}

	press(l, letters("/ta")...)
	if view := ansi.Strip(l.View("")); !l.Typing() || !strings.Contains(view, "2 of 4") || strings.Contains(view, "gamma") {
		t.Fatalf("while typing a filter:\n%s", view)
	}
	press(l, down)
	if selected(l) != "delta" || !l.Typing() {
		t.Errorf("down while typing went to %q", selected(l))
	}
	press(l, enter)
	press(l, letters("j")...) // a key of the table again
	if l.Typing() || l.FilterText() != "ta" {
		t.Errorf("after enter the filter is %q", l.FilterText())
	}

	press(l, letters("/x")...)
	press(l, esc)
	if l.FilterText() != "ta" {
		t.Errorf("esc left %q, want the filter from before", l.FilterText())
	}
	if handled, _ := l.Do(keymap.Back); !handled || l.FilterText() != "" {
		t.Errorf("back does not clear the filter but leaves %q", l.FilterText())
	}
	if handled, _ := l.Do(keymap.Back); handled {
		t.Error("back with no filter was not left to the shell")
	}

	l.Do(keymap.Filter)
	l.Update(tea.PasteMsg{Content: strings.Repeat("zzz\x1b[2J", 1<<17)})
	if view := ansi.Strip(l.View("")); !strings.Contains(view, "nothing matches") || strings.Contains(view, "\x1b") {
		t.Errorf("with nothing left:\n%q", view)
	}
	if n := len(l.FilterText()); n > 1<<14 {
		t.Errorf("the filter took %d bytes of what was pasted", n)
	}
}

func TestListMouseBelowItsFilter(t *testing.T) {
	l := testList(t, "alpha", "beta", "gamma", "delta")
	press(l, letters("/a")...)
	l.Update(Click{X: 4, Y: 3}) // the filter, the titles, the first row, the second
	if selected(l) != "beta" {
		t.Errorf("the click selected %q, want beta", selected(l))
	}
	if open, _ := l.Update(Click{X: 4, Y: 3}); !open {
		t.Error("the second click does not open")
	}
	if open, _ := l.Update(Click{X: 4, Y: 0}); open {
		t.Error("a click on the filter opens a row")
	}
	l.Update(Wheel{Rows: 3})
	if selected(l) != "gamma" {
		t.Errorf("the wheel went to %q, want the last row", selected(l))
	}
}

func TestListCopies(t *testing.T) {
	l := testList(t, "plain\x1b[2J")
	_, cmd := l.Do(keymap.Copy)
	if got, ok := cmd().(Copy); !ok || got.Text != "plain\x1b[2J" || strings.Contains(got.What, "\x1b") {
		t.Errorf("copied %+v", got)
	}
	l.SetItems(nil)
	if handled, cmd := l.Do(keymap.Copy); !handled || cmd != nil {
		t.Error("something was copied from an empty list")
	}
}

func TestListFillsItsAreaInEveryState(t *testing.T) {
	for _, names := range [][]string{nil, {"one"}, {"a", "b", "c", "d", "e", "f", "g", "h", "客户事件"}} {
		for _, w := range []int{1, 2, 9, 20, 59, 60, 80} {
			for h := 2; h < 9; h++ {
				l := testList(t, names...)
				l.Resize(w, h)
				check := func(state string) {
					view := l.View("there is nothing here\nand this is why")
					lines := strings.Split(view, "\n")
					if len(lines) != h {
						t.Fatalf("%s at %d×%d: %d lines", state, w, h, len(lines))
					}
					for _, line := range lines {
						if text.Width(line) > w {
							t.Fatalf("%s at %d×%d: %q", state, w, h, line)
						}
					}
				}
				check("plain")
				press(l, letters("/a")...)
				check("typing")
				press(l, tea.KeyPressMsg{Code: tea.KeyEnter})
				check("filtered")
			}
		}
	}
}
