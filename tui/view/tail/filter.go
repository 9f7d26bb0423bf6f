package tail

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// filter is the line in which the filter is typed and shown.
type filter struct {
	field  textinput.Model
	typing bool
	text   string
	before string // the text when typing began
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
}

// update takes a key press or a paste. move is how many rows the cursor moves.
func (f *filter) update(env page.Env, msg tea.Msg) (move int, cmd tea.Cmd) {
	if key, ok := msg.(tea.KeyPressMsg); ok {
		b, _ := env.Keys.Resolve(key, keymap.Input)
		switch b.Action {
		case keymap.Up:
			return -1, nil
		case keymap.Down:
			return 1, nil
		case keymap.Cancel:
			f.set(f.before)
			fallthrough
		case keymap.Accept:
			f.typing = false
			f.field.Blur()
			return 0, nil
		}
	}
	f.field, cmd = f.field.Update(msg)
	f.text = f.field.Value()
	return 0, cmd
}

func (f *filter) line(th *theme.Theme, s records.FeedStatus, w int) string {
	line := " " + th.Accent.Render("/"+text.Clean(f.text))
	if f.typing {
		line = " " + f.field.View()
	}
	return text.Cut(line+th.Dim.Render("  "+text.Count(s.Shown)+" of "+text.Count(s.Held)), w)
}
