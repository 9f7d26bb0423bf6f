package widget

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/kdeck/kdeck/tui/theme"
)

func TestChallenge(t *testing.T) {
	th := theme.New(true)
	for _, tc := range []struct {
		name, typed string
		met         bool
		hint        string
	}{
		{"billing", "", false, "nothing yet"},
		{"billing", "billin", false, "not yet the name"},
		{"billing", "Billing", false, "not yet the name"},
		{"billing", "billing", true, "✓ enter deletes it"},
		{"bill\u202eing", "bill\u202eing", true, "✓ enter deletes it"},
		{"a\tb", strings.TrimSpace(ansi.Strip(challengeLines("a\tb")[1])), true, "✓ enter deletes it"}, // as it is shown
	} {
		c := NewChallenge(tc.name)
		c.SetValue(tc.typed)
		if got := ansi.Strip(c.Hint(th, "deletes it", "nothing yet")); c.Met() != tc.met || got != tc.hint {
			t.Errorf("%q typed for %q: met %v, hint %q", tc.typed, tc.name, c.Met(), got)
		}
	}
}

// challengeLines is what a challenge shows.
func challengeLines(name string) []string {
	c := NewChallenge(name)
	return c.Lines(theme.New(true), "type")
}
