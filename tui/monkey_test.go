package tui

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kdeck/kdeck/tui/tuitest"
)

// TestNothingBreaksTheConsole plays keys, clicks and sizes at random on the real
// screens over a real client. Whatever comes of it, nothing panics, and the
// console still answers at the end.
func TestNothingBreaksTheConsole(t *testing.T) {
	keys := append(strings.Split("1 2 3 4 j k g G s S / ? : r y t o f i a l", " "),
		"enter", "enter", "esc", "esc", "tab", "shift+tab", "space", "up", "down", "left", "right", "pgup", "pgdown", "home", "end", "backspace")
	sizes := [][2]int{{1, 1}, {59, 15}, {60, 15}, {80, 24}, {160, 48}, {61, 200}, {200, 16}}
	for seed := range uint64(2) {
		random := rand.New(rand.NewPCG(seed, seed))
		w, h := 80, 24
		s := tuitest.Start(t, New(t.Context(), Options{Client: testClient(t, false), Keys: testKeys(t)}), w, h)
		for range 250 {
			switch random.IntN(12) {
			case 0:
				size := sizes[random.IntN(len(sizes))]
				w, h = size[0], size[1]
				s.Resize(w, h)
			case 1:
				s.Click(random.IntN(w), random.IntN(h))
			case 2:
				s.Wheel(random.IntN(w), random.IntN(h), random.IntN(7)-3)
			default:
				s.Type(keys[random.IntN(len(keys))])
			}
		}
		s.Resize(80, 24).WaitFor("test", "kdeck")
		s.Type("esc", "esc", "esc", "esc", "esc", "ctrl+c", "ctrl+c", "ctrl+c", "ctrl+c")
		if err := s.WaitEnd(); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}
