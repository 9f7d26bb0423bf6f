package tail

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// choice is one way to name a place.
type choice struct {
	name, help string
	kind       records.Kind
	prefix     string // what records.ParseStart needs in front of what is typed
	want       string // what is to be typed; empty is a choice without a field
}

func choices() []choice {
	return []choice{
		{name: "earliest", help: "the oldest record there is", kind: records.Earliest},
		{name: "latest", help: "only what comes from now on", kind: records.Latest},
		{"N back", "the last N records, by time", records.LastN, "-", "a number up to 1,000,000"},
		{"offset", "the same offset in every partition", records.AtOffset, "@", "a number from 0 on"},
		{"time", "the first record at or after it", records.AtTime, "", "a time: 2h ago, 15:04, 2026-03-01 12:00"},
	}
}

// seek is the box in which one chooses where to read from.
type seek struct {
	env    page.Env
	chosen int
	field  textinput.Model
	now    time.Time // when the last key was pressed: "2h ago" counts from here
}

func newSeek(env page.Env, from records.Start) *seek {
	s := &seek{env: env, field: widget.NewField(""), now: time.Now()}
	for i, c := range choices() {
		if c.kind == from.Kind {
			s.choose(i)
		}
	}
	if from.Kind == records.LastN || from.Kind == records.AtOffset {
		s.field.SetValue(fmt.Sprint(from.N))
	}
	return s
}

func (s *seek) choice() choice { return choices()[s.chosen] }

func (s *seek) choose(i int) {
	s.chosen = max(0, min(i, len(choices())-1))
	s.field.SetValue("")
	s.field.Focus()
}

// update takes a key press or a paste. from is the place that was chosen, or
// nil; done closes the box.
func (s *seek) update(msg tea.Msg) (from *records.Start, done bool) {
	s.now = time.Now()
	if key, ok := msg.(tea.KeyPressMsg); ok {
		b, _ := s.env.Keys.Resolve(key, keymap.Input)
		switch b.Action {
		case keymap.Up:
			s.choose(s.chosen - 1)
			return nil, false
		case keymap.Down:
			s.choose(s.chosen + 1)
			return nil, false
		case keymap.Cancel:
			return nil, true
		case keymap.Accept:
			start, err := s.parse()
			if err != nil {
				return nil, false
			}
			return &start, true
		}
	}
	if s.choice().want != "" {
		s.field, _ = s.field.Update(msg)
	}
	return nil, false
}

// parse reads what is chosen and typed.
func (s *seek) parse() (records.Start, error) {
	c := s.choice()
	if c.want == "" {
		return records.Start{Kind: c.kind}, nil
	}
	typed := strings.TrimSpace(s.field.Value())
	if c.prefix != "" {
		typed = c.prefix + strings.TrimPrefix(typed, c.prefix)
	}
	start, err := records.ParseStart(typed, s.now)
	if err != nil && c.kind == records.AtTime {
		start, err = records.ParseStart("-"+typed, s.now) // "2h" alone
	}
	if err != nil || start.Kind != c.kind {
		return records.Start{}, errors.New("want " + c.want)
	}
	return start, nil
}

func (s *seek) view(w int) string {
	th := s.env.Theme
	width := min(56, w-4)
	lines := []string{th.Strong.Render("read from")}
	for i, c := range choices() {
		sign, name := "  ", th.Text
		if i == s.chosen {
			sign, name = th.Accent.Render("▌ "), th.Accent
		}
		lines = append(lines, sign+name.Render(text.Fit(c.name, 10, false))+th.Dim.Render(c.help))
	}
	lines = append(lines, "", s.fieldLine(), s.verdict())
	for i, line := range lines {
		lines[i] = text.Fit(line, width, false)
	}
	return th.Overlay.Render(strings.Join(lines, "\n"))
}

func (s *seek) fieldLine() string {
	if s.choice().want == "" {
		return ""
	}
	return "  " + text.Fit(s.choice().name, 10, false) + s.field.View()
}

// verdict tells what would be read, or what is wrong with what was typed.
func (s *seek) verdict() string {
	start, err := s.parse()
	switch {
	case err == nil:
		return s.env.Theme.Good.Render("  enter reads from " + start.String())
	case strings.TrimSpace(s.field.Value()) == "":
		return s.env.Theme.Dim.Render("  " + err.Error())
	}
	return s.env.Theme.Bad.Render("✗ " + err.Error())
}
