package theme

import "testing"

// TestNothingIsToldByColourAlone holds what marks a place or warns to something
// that a terminal without colours shows.
func TestNothingIsToldByColourAlone(t *testing.T) {
	for _, dark := range []bool{true, false} {
		th := New(dark)
		th.SetColours(None)
		for name, marked := range map[string]bool{
			"cursor": th.Cursor.GetReverse(), "badge": th.Badge.GetReverse(), "danger": th.Danger.GetReverse(),
			"match": th.Match.GetUnderline(), "sorted": th.Sorted.GetUnderline(), "dim": th.Dim.GetFaint(),
			"bad": th.Bad.GetBold(), "key": th.Key.GetBold(),
		} {
			if !marked {
				t.Errorf("dark=%t: %s looks like any other text", dark, name)
			}
		}
		th.Set(!dark)
		if !th.Cursor.GetReverse() {
			t.Error("a new background brought the colours back")
		}
		th.SetColours(Many)
		if th.Cursor.GetReverse() {
			t.Error("many colours are not used")
		}
	}
}
