package widget

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"
)

func TestAnAreaGivesBackWhatItHolds(t *testing.T) {
	for s, holds := range map[string]bool{
		"":                               true,
		"a":                              true,
		"{\n  \"a\": 1\n}\n":             true,
		"値\n\n":                          true,
		"a\tb":                           false,
		"a\r\nb":                         false,
		"a\x1b[2J":                       false,
		"a\u202eb":                       false,
		"\xff":                           false,
		"\ufffd":                         false,
		strings.Repeat("a", areaBytes+1): false,
		strings.Repeat("\n", areaLines):  false,
	} {
		if AreaHolds(s) != holds {
			t.Errorf("%q: holds %t", s[:min(len(s), 20)], !holds)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("ab 値\n{\"é")))).Draw(t, "s")
		if !AreaHolds(s) {
			return
		}
		area := NewArea()
		area.SetWidth(10)
		area.SetValue(s)
		if got := area.Value(); got != s {
			t.Fatalf("%q became %q", s, got)
		}
	})
}

// BenchmarkArea types into the largest text that an area takes.
func BenchmarkArea(b *testing.B) {
	area := NewArea()
	area.SetWidth(76)
	area.SetHeight(20)
	area.Focus()
	area.SetValue(strings.Repeat(strings.Repeat("x", areaBytes/areaLines-1)+"\n", areaLines-1))
	b.ResetTimer()
	for range b.N {
		area, _ = area.Update(tea.KeyPressMsg{Code: 'a', Text: "a"})
		if area.View() == "" {
			b.Fatal("nothing is drawn")
		}
	}
}
