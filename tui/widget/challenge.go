package widget

import (
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// Challenge is a line in which a name has to be typed before something is done
// that may hurt.
type Challenge struct {
	Field
	name string
}

// NewChallenge returns a line that waits for the name.
func NewChallenge(name string) Challenge { return Challenge{NewField(""), name} }

// Met reports whether the name is typed. A name that no keyboard has is typed as
// it is shown.
func (c *Challenge) Met() bool {
	typed := c.Value()
	return typed == c.name || (typed != "" && typed == text.Clean(c.name))
}

// Hint says how far the typing is: what enter does when the name is there, and
// idle while nothing is.
func (c *Challenge) Hint(th *theme.Theme, does, idle string) string {
	switch {
	case c.Met():
		return th.Good.Render("✓ enter " + does)
	case c.Value() != "":
		return th.Warn.Render("not yet the name")
	}
	return th.Dim.Render(idle)
}

// Lines draws what to type and the field; ask is as in "To write this, type the
// name of the group:".
func (c *Challenge) Lines(th *theme.Theme, ask string) []string {
	return []string{
		" " + th.Dim.Render(ask),
		"   " + th.Strong.Render(text.Clean(c.name)),
		"",
		" " + th.Key.Render("› ") + c.View(),
	}
}
