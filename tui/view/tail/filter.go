package tail

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// filter is the line in which it is typed and shown what is looked for.
type filter struct {
	field   widget.Field
	typing  bool
	text    string
	wanted  *records.Filter // of the text, or of the last text without a mistake
	mistake *records.Mistake
	before  string // the text when typing began
}

func newFilter() filter {
	return filter{field: widget.NewField("/")}
}

func (f *filter) open() tea.Cmd {
	f.before, f.typing = f.text, true
	return f.field.Focus()
}

func (f *filter) set(s string) {
	f.text = s
	if f.field.Value() != s {
		f.field.SetValue(s)
	}
	wanted, err := records.ParseFilter(s)
	f.mistake = nil
	if !errors.As(err, &f.mistake) {
		f.wanted = wanted
	}
}

// update takes a key press or a paste. move is how many rows the cursor moves;
// accepted says that what was typed is to be looked for.
func (f *filter) update(env page.Env, msg tea.Msg) (move int, accepted bool, cmd tea.Cmd) {
	if key, ok := msg.(tea.KeyPressMsg); ok {
		b, _ := env.Keys.Resolve(key, keymap.Input)
		switch b.Action {
		case keymap.Up:
			return -1, false, nil
		case keymap.Down:
			return 1, false, nil
		case keymap.Cancel:
			f.set(f.before)
			f.close()
			return 0, false, nil
		case keymap.Accept:
			if f.mistake != nil {
				return 0, false, nil // it shows
			}
			f.close()
			return 0, f.text != "", nil
		}
	}
	f.field, cmd = f.field.Update(msg)
	f.set(f.field.Value())
	return 0, false, cmd
}

func (f *filter) close() {
	f.typing = false
	f.field.Blur()
}

// lines is how many lines the filter takes.
func (f *filter) lines() int {
	switch {
	case f.typing && f.mistake != nil:
		return 2
	case f.typing || f.text != "":
		return 1
	}
	return 0
}

// view draws the text with a count beside it, and what is wrong with it below.
func (f *filter) view(th *theme.Theme, count string, w int) []string {
	if f.lines() == 0 {
		return nil
	}
	line := " " + th.Accent.Render("/"+text.Clean(f.text))
	if f.typing {
		line = " " + f.field.View()
		if f.mistake == nil && f.text != "" {
			count += ", " + f.wanted.Kind().String() + "; enter searches the topic"
		}
	}
	lines := []string{text.Cut(line+th.Dim.Render("  "+count), w)}
	if f.lines() == 2 {
		lines = append(lines, f.wrong(th, w))
	}
	return lines
}

// wrong points at the place of the mistake from below, where that is on the
// screen.
func (f *filter) wrong(th *theme.Theme, w int) string {
	runes := []rune(f.text)
	at := 2 + ansi.StringWidth(string(runes[:min(f.mistake.Column, len(runes))]))
	said := "^ " + text.Clean(firstLine(f.mistake.Text))
	if at+ansi.StringWidth(said) > w {
		at, said = 1, "✗ "+text.Clean(f.mistake.Error())
	}
	return text.Cut(strings.Repeat(" ", at)+th.Bad.Render(said), w)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
