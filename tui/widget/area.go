package widget

import (
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textarea"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/tui/text"
)

const (
	// areaBytes and areaLines bound what an area holds: it draws every line with
	// every key, and the next key has to wait for that.
	areaBytes = 12 << 10
	areaLines = 300
)

// NewArea returns a field of several lines, which looks and behaves as those of
// NewField do. AreaHolds says what it takes.
func NewArea() textarea.Model {
	area := textarea.New()
	area.Prompt, area.ShowLineNumbers = "", false
	area.MaxWidth, area.MaxHeight = 0, 0
	area.KeyMap.Paste = key.NewBinding(key.WithDisabled())
	area.KeyMap.CopySelection = key.NewBinding(key.WithDisabled())
	plain := textarea.StyleState{Placeholder: lipgloss.NewStyle().Faint(true), Selection: lipgloss.NewStyle().Reverse(true)}
	area.SetStyles(textarea.Styles{Focused: plain, Blurred: plain})
	return area
}

// AreaHolds reports whether an area can hold a text and give it back as it was:
// not too much of it, and nothing that would have to be drawn as something else,
// such as tabs and control characters.
func AreaHolds(s string) bool {
	return len(s) <= areaBytes && strings.Count(s, "\n") < areaLines &&
		text.CleanLines(s) == s && !strings.ContainsRune(s, utf8.RuneError)
}
