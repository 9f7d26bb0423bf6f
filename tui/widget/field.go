package widget

import (
	"slices"
	"strings"
	"unicode"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
)

// fieldLimit is how many characters a field takes: more than any list of servers
// has, and few enough that a file pasted by mistake does no harm.
const fieldLimit = 4096

// Field is a line to type in.
type Field struct{ textinput.Model }

// NewField returns a line to type in. It has no colours, so that it looks right
// whatever the theme turns into, its cursor does not blink, so that an idle
// screen costs nothing, and it never runs a program to read the clipboard, as
// the pasting key of text inputs otherwise does: terminals paste by themselves.
func NewField(prompt string) Field {
	field := textinput.New()
	field.Prompt = prompt
	field.CharLimit = fieldLimit
	off := key.NewBinding(key.WithDisabled())
	field.KeyMap.Paste = off
	// Suggestions are matched without capitals and cut by length, which panics where
	// the two forms differ in length ("İ"); kdeck has its own.
	field.KeyMap.AcceptSuggestion, field.KeyMap.NextSuggestion, field.KeyMap.PrevSuggestion = off, off, off
	plain := textinput.StyleState{Placeholder: lipgloss.NewStyle().Faint(true)}
	field.SetStyles(textinput.Styles{Focused: plain, Blurred: plain})
	return Field{field}
}

// Update takes a key press or a paste. It is that of bubbles v2.2.1, less its traps:
// deleting the word after the cursor (alt+d, alt+delete) panics on the last character,
// what is deleted and typed changes copies of the field, and the line end that stands at
// the end of nearly every copied line becomes a space, which is looked for then.
func (f Field) Update(msg tea.Msg) (Field, tea.Cmd) {
	if !f.Focused() {
		return f, nil
	}
	at := f.Position()
	f.SetValue(f.Value()) // memory of its own
	f.SetCursor(at)
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		if key.Matches(m, f.KeyMap.DeleteWordForward) {
			f.deleteWord()
			return f, nil
		}
	case tea.PasteMsg:
		m.Content = strings.Trim(m.Content, "\r\n")
		msg = m
	}
	var cmd tea.Cmd
	f.Model, cmd = f.Model.Update(msg)
	return f, cmd
}

// deleteWord deletes the word after the cursor, and the spaces before it.
func (f *Field) deleteWord() {
	at, text := f.Position(), []rune(f.Value())
	end := at
	for end < len(text) && unicode.IsSpace(text[end]) {
		end++
	}
	for end < len(text) && !unicode.IsSpace(text[end]) {
		end++
	}
	f.SetValue(string(slices.Delete(text, at, end)))
	f.SetCursor(at)
}
