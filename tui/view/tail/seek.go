package tail

import (
	"errors"
	"fmt"
	"strings"
	"time"

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

func starts() []choice {
	return []choice{
		{name: "earliest", help: "the oldest record there is", kind: records.Earliest},
		{name: "latest", help: "only what comes from now on", kind: records.Latest},
		{"N back", "the last N records, by time", records.LastN, "-", "a number up to 1,000,000"},
		{"N of each", "the last N of each partition", records.LastEach, "-", "a number up to 1,000,000"},
		{"offset", "the same offset in every partition", records.AtOffset, "@", "a number from 0 on"},
		{"time", "the first record at or after it", records.AtTime, "", "a time: 2h ago, 15:04, 2026-03-01 12:00"},
		{"group", "what a group would read next", records.Committed, "committed:", "the name of a group"},
	}
}

// live stands for no end among the places to stop at.
const live records.Kind = -1

func stops() []choice {
	return []choice{
		{name: "live", help: "wait for what comes", kind: live},
		{name: "end", help: "where the log ends as of now", kind: records.Latest},
		{"offset", "before it, in every partition", records.AtOffset, "@", "a number from 0 on"},
		{"time", "before the first record at or after it", records.AtTime, "", "a time: 2h ago, 15:04, 2026-03-01 12:00"},
	}
}

// seek is the box in which one chooses where to read from, or up to.
type seek struct {
	env    page.Env
	title  string
	among  []choice
	take   func(records.Start) tea.Cmd // what is done with the place
	chosen int
	field  widget.Field
	now    time.Time // when the last key was pressed: "2h ago" counts from here
}

func newSeek(env page.Env, title string, among []choice, now records.Start, take func(records.Start) tea.Cmd) *seek {
	s := &seek{env: env, title: title, among: among, take: take, field: widget.NewField(""), now: time.Now()}
	for i, c := range among {
		if c.kind == now.Kind {
			s.choose(i)
		}
	}
	switch now.Kind {
	case records.LastN, records.LastEach, records.AtOffset:
		s.field.SetValue(fmt.Sprint(now.N))
	case records.Committed:
		s.field.SetValue(now.Group)
	}
	return s
}

func (s *seek) choice() choice { return s.among[s.chosen] }

func (s *seek) choose(i int) {
	s.chosen = max(0, min(i, len(s.among)-1))
	s.field.SetValue("")
	s.field.Focus()
}

// update takes a key press or a paste; done closes the box.
func (s *seek) update(msg tea.Msg) (done bool, cmd tea.Cmd) {
	s.now = time.Now()
	if key, ok := msg.(tea.KeyPressMsg); ok {
		b, _ := s.env.Keys.Resolve(key, keymap.Input)
		switch b.Action {
		case keymap.Up:
			s.choose(s.chosen - 1)
			return false, nil
		case keymap.Down:
			s.choose(s.chosen + 1)
			return false, nil
		case keymap.Cancel:
			return true, nil
		case keymap.Accept:
			start, err := s.parse()
			if err != nil {
				return false, nil
			}
			return true, s.take(start)
		}
	}
	if s.choice().want != "" {
		s.field, cmd = s.field.Update(msg)
	}
	return false, cmd
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
	if c.kind == records.LastEach {
		typed += "/p"
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
	lines := []string{th.Strong.Render(s.title)}
	for i, c := range s.among {
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
		return s.env.Theme.Good.Render("  enter " + s.effect(start))
	case strings.TrimSpace(s.field.Value()) == "":
		return s.env.Theme.Dim.Render("  " + err.Error())
	}
	return s.env.Theme.Bad.Render("✗ " + err.Error())
}

// effect tells what a choice would do.
func (s *seek) effect(place records.Start) string {
	stop := s.among[0].kind == live
	switch {
	case place.Kind == live:
		return "reads on as records come"
	case stop && place.Kind == records.Latest:
		return "reads up to the end as of now"
	case stop:
		return "reads up to " + place.String()
	}
	return "reads from " + text.Clean(place.String())
}
