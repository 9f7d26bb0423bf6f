package widget

import (
	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	"charm.land/lipgloss/v2"
)

// fieldLimit is how many characters a field takes: more than any list of servers
// has, and few enough that a file pasted by mistake does no harm.
const fieldLimit = 4096

// NewField returns a line to type in. It has no colours, so that it looks right
// whatever the theme turns into, its cursor does not blink, so that an idle
// screen costs nothing, and it never runs a program to read the clipboard, as
// the pasting key of text inputs otherwise does: terminals paste by themselves.
func NewField(prompt string) textinput.Model {
	field := textinput.New()
	field.Prompt = prompt
	field.CharLimit = fieldLimit
	field.KeyMap.Paste = key.NewBinding(key.WithDisabled())
	plain := textinput.StyleState{Placeholder: lipgloss.NewStyle().Faint(true)}
	field.SetStyles(textinput.Styles{Focused: plain, Blurred: plain})
	return field
}
