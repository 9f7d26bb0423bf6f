package page

import (
	"strings"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// Scroll is running text that may be longer than its place: a body that scrolls, and a
// foot below that stays.
type Scroll struct {
	Body func() []string
	Foot func() []string // nil for none
	top  int             // the first line that is shown
	w, h int
}

// Do scrolls; it reports whether the action does that.
func (s *Scroll) Do(a keymap.Action) bool {
	switch a {
	case keymap.Up:
		s.By(-1)
	case keymap.Down:
		s.By(1)
	case keymap.PageUp:
		s.By(-s.room())
	case keymap.PageDown:
		s.By(s.room())
	case keymap.First:
		s.Top()
	case keymap.Last:
		s.By(len(s.Body()))
	default:
		return false
	}
	return true
}

// By scrolls by so many lines down, or up when negative, and keeps the text in its
// place.
func (s *Scroll) By(lines int) {
	s.top = max(0, min(s.top+lines, len(s.Body())-s.room()))
}

// Top goes to the first line.
func (s *Scroll) Top() { s.top = 0 }

// Resize sets the size that View fills.
func (s *Scroll) Resize(w, h int) {
	s.w, s.h = w, h
	s.By(0)
}

func (s *Scroll) foot() []string {
	if s.Foot == nil {
		return nil
	}
	return s.Foot()
}

// room is how many lines of the body are shown.
func (s *Scroll) room() int { return max(1, s.h-len(s.foot())) }

// View draws the lines that are in sight, how many more there are, and the foot.
func (s *Scroll) View(th *theme.Theme) string {
	body, room := s.Body(), s.room()
	top := max(0, min(s.top, len(body)-room))
	shown := body[top:min(len(body), top+room)]
	if rest := len(body) - top - room; rest > 0 {
		shown = append(shown[:len(shown)-1:len(shown)-1], " "+th.Dim.Render("↓ "+text.Plural(rest+1, "more line")))
	}
	return widget.Fill(strings.Join(append(shown[:len(shown):len(shown)], s.foot()...), "\n"), s.w, s.h)
}
