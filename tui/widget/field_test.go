package widget

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"
)

// keysOf returns every key that a key map of the library names, and a few that type.
func keysOf(t testing.TB, keyMap any) []tea.KeyPressMsg {
	t.Helper()
	names := []string{"a", "é", "世", "space", "esc", "enter", "tab", "alt+x", "ctrl+z"}
	v := reflect.ValueOf(keyMap)
	for i := range v.NumField() {
		if b, ok := v.Field(i).Interface().(key.Binding); ok {
			names = append(names, b.Keys()...)
		}
	}
	slices.Sort(names)
	var all []tea.KeyPressMsg
	for _, name := range slices.Compact(names) {
		press := pressed(name)
		if press.String() != name {
			t.Fatalf("%q is made as %q", name, press)
		}
		all = append(all, press)
	}
	return all
}

// pressed makes the key of a name.
func pressed(name string) tea.KeyPressMsg {
	var k tea.Key
	special := map[string]rune{
		"space": ' ', "esc": tea.KeyEsc, "enter": tea.KeyEnter, "tab": tea.KeyTab, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete,
		"left": tea.KeyLeft, "right": tea.KeyRight, "up": tea.KeyUp, "down": tea.KeyDown, "home": tea.KeyHome, "end": tea.KeyEnd,
		"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "insert": tea.KeyInsert,
	}
	mods := map[string]tea.KeyMod{"ctrl": tea.ModCtrl, "alt": tea.ModAlt, "shift": tea.ModShift, "super": tea.ModSuper}
	parts := strings.Split(name, "+")
	for _, mod := range parts[:len(parts)-1] {
		k.Mod |= mods[mod]
	}
	last := parts[len(parts)-1]
	if code, ok := special[last]; ok {
		k.Code = code
	} else {
		k.Code = []rune(last)[0]
	}
	if k.Mod == 0 && (special[last] == 0 || last == "space") {
		k.Text = string(k.Code)
	}
	return tea.KeyPressMsg(k)
}

// fieldTexts end and begin with all that a word may border on.
func fieldTexts() []string {
	return []string{"", "a", " ", "  ", "a ", " a", "ab cd", "ab  cd ", "\u3000世 界\u3000", "e\u0301 i\u0307 İ", "a\u00a0b", "👍🏽 x", strings.Repeat("word ", 30)}
}

// TestEveryKeyAtEveryPlace of a field: nothing panics, and the cursor stays within.
func TestEveryKeyAtEveryPlace(t *testing.T) {
	for _, value := range fieldTexts() {
		for at := range len([]rune(value)) + 1 {
			for _, width := range []int{0, 1, 7} {
				for _, press := range keysOf(t, NewField("").KeyMap) {
					field := NewField("/")
					field.Focus()
					field.SetWidth(width)
					field.SetValue(value)
					field.SetCursor(at)
					typed, _ := field.Update(press)
					_ = typed.View()
					if n := len([]rune(typed.Value())); typed.Position() < 0 || typed.Position() > n {
						t.Fatalf("%q at %d, %s: the cursor is at %d of %d", value, at, press, typed.Position(), n)
					}
					if field.Value() != value || field.Position() != at {
						t.Fatalf("%q at %d, %s: a copy from before is %q at %d", value, at, press, field.Value(), field.Position())
					}
				}
			}
		}
	}
}

// TestDeletingAWord removes what stands after the cursor up to the end of a word.
func TestDeletingAWord(t *testing.T) {
	for _, tc := range []struct {
		value string
		at    int
		want  string
	}{
		{"ab cd", 0, " cd"}, {"ab cd", 1, "a cd"}, {"ab cd", 2, "ab"}, {"ab cd", 3, "ab "}, {"ab cd", 4, "ab c"}, {"ab cd", 5, "ab cd"},
		{"ab ", 2, "ab"}, {" ", 0, ""}, {"", 0, ""}, {"x", 0, ""},
	} {
		for _, press := range []string{"alt+d", "alt+delete"} {
			field := NewField("")
			field.Focus()
			field.SetValue(tc.value)
			field.SetCursor(tc.at)
			if field, _ = field.Update(pressed(press)); field.Value() != tc.want || field.Position() != tc.at {
				t.Errorf("%q at %d, %s: %q at %d, want %q", tc.value, tc.at, press, field.Value(), field.Position(), tc.want)
			}
		}
	}
}

// TestAPastedLineEndIsNoText: nearly every copied line has one.
func TestAPastedLineEndIsNoText(t *testing.T) {
	for paste, want := range map[string]string{
		"orders\n": "orders", "orders\r\n": "orders", "\norders": "orders", "a\nb": "a b", " a ": " a ", "\n": "", "a\r\n\r\n": "a",
	} {
		field := NewField("")
		field.Focus()
		if field, _ = field.Update(tea.PasteMsg{Content: paste}); field.Value() != want {
			t.Errorf("%q becomes %q, want %q", paste, field.Value(), want)
		}
	}
}

// TestTypingAtRandom in a field and in an area: any keys and pastes, in any order.
func TestTypingAtRandom(t *testing.T) {
	fieldKeys, areaKeys := keysOf(t, NewField("").KeyMap), keysOf(t, NewArea().KeyMap)
	pastes := rapid.SampledFrom(append(fieldTexts(), "one\ntwo\n", "\r\n", "\x1b[31m", "\xff"))
	rapid.Check(t, func(t *rapid.T) {
		field, area := NewField(""), NewArea()
		field.SetWidth(rapid.IntRange(0, 20).Draw(t, "width"))
		area.SetWidth(rapid.IntRange(1, 30).Draw(t, "area"))
		area.SetHeight(3)
		field.Focus()
		area.Focus()
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			if rapid.IntRange(0, 4).Draw(t, "kind") == 0 {
				msg := tea.PasteMsg{Content: pastes.Draw(t, "paste")}
				field, _ = field.Update(msg)
				area, _ = area.Update(msg)
			} else {
				field, _ = field.Update(rapid.SampledFrom(fieldKeys).Draw(t, "key"))
				area, _ = area.Update(rapid.SampledFrom(areaKeys).Draw(t, "key of the area"))
			}
			_, _ = field.View(), area.View()
		}
	})
}
