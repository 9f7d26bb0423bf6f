package reset

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// kind is a line of the second step.
type kind struct {
	kind   reset.Kind
	name   string
	help   string
	prompt string // what is typed; empty takes nothing
}

func kinds() []kind {
	return []kind{
		{reset.ToEarliest, "earliest", "the log start: read again all that is there", ""},
		{reset.ToLatest, "latest", "the log end: skip all that is there", ""},
		{reset.ToOffset, "offset", "one offset for all, within each log", "offset"},
		{reset.ToDatetime, "time", "the first record at or after a time", "time"},
		{reset.ShiftBy, "shift", "back (−) or ahead (+) from what is committed", "shift by"},
		{reset.ToCurrent, "current", "what is committed; the log end where nothing is", ""},
	}
}

// target is the second step: where to. Every kind keeps what was typed for it.
type target struct {
	at     int // index into kinds
	fields []textinput.Model
	now    time.Time // of the last key: what "2h ago" is counted from
}

func (t *target) init() {
	for range kinds() {
		field := widget.NewField("")
		field.CharLimit = 64
		t.fields = append(t.fields, field)
	}
}

func (t *target) resize(w int) {
	for i := range t.fields {
		t.fields[i].SetWidth(max(10, w-14))
	}
}

func (t *target) typing() bool { return kinds()[t.at].prompt != "" }

func (t *target) move(by int) tea.Cmd {
	t.fields[t.at].Blur()
	t.at = max(0, min(t.at+by, len(t.fields)-1))
	return t.focus()
}

// focus gives the keys to the field of the kind, where it has one.
func (t *target) focus() tea.Cmd {
	t.now = time.Now()
	if !t.typing() {
		return nil
	}
	return t.fields[t.at].Focus()
}

func (t *target) edit(msg tea.Msg) tea.Cmd {
	t.now = time.Now()
	var cmd tea.Cmd
	t.fields[t.at], cmd = t.fields[t.at].Update(msg)
	return cmd
}

func (t *target) click(line int) tea.Cmd {
	if line < 0 || line >= len(t.fields) {
		return nil
	}
	return t.move(line - t.at)
}

// strategy is what was chosen and typed, or why that is not yet one. bare are
// the chosen partitions without a commit.
func (t *target) strategy(bare []reset.TopicPartition) (reset.Strategy, error) {
	k := kinds()[t.at]
	if k.kind == reset.ShiftBy && len(bare) > 0 {
		return reset.Strategy{}, fmt.Errorf("%s of those chosen, as %s, have no commit to shift from; leave them out or choose another target",
			plural(len(bare), "partition"), bare[0])
	}
	return reset.Parse(k.kind, t.fields[t.at].Value(), t.now)
}

func (t *target) view(th *theme.Theme, bare []reset.TopicPartition) string {
	var lines []string
	for i, k := range kinds() {
		sign, name := "  ", th.Text.Render(text.Fit(k.name, 10, false))
		if i == t.at {
			sign, name = th.Accent.Render("▌ "), th.Accent.Render(text.Fit(k.name, 10, false))
		}
		lines = append(lines, sign+name+th.Dim.Render(k.help))
	}
	lines = append(lines, "")
	k := kinds()[t.at]
	if k.prompt != "" {
		lines = append(lines, " "+th.Strong.Render(k.prompt+": ")+t.fields[t.at].View())
	}
	s, err := t.strategy(bare)
	switch {
	case err == nil:
		lines = append(lines, " "+th.Good.Render("✓ "+meaning(s, t.now)))
	case k.prompt != "" && t.fields[t.at].Value() == "" && len(bare) == 0:
		lines = append(lines, " "+th.Dim.Render(err.Error()))
	default:
		lines = append(lines, " "+th.Bad.Render("✗ "+text.Clean(err.Error())))
	}
	lines = append(lines, "", " "+th.Key.Render("enter")+th.Dim.Render(" shows what would happen   ")+
		th.Key.Render("↑ ↓")+th.Dim.Render(" another target   ")+th.Key.Render("esc")+th.Dim.Render(" back"))
	return strings.Join(lines, "\n")
}

// meaning says in words what a strategy does.
func meaning(s reset.Strategy, now time.Time) string {
	switch s.Kind {
	case reset.ToOffset:
		return "every partition goes to offset " + text.Count(s.N)
	case reset.ShiftBy:
		if s.N < 0 {
			return "every partition goes back by " + text.Count(-s.N)
		}
		return "every partition goes ahead by " + text.Count(s.N)
	case reset.ToDatetime:
		when := text.Duration(now.Sub(s.At)) + " ago"
		if s.At.After(now) {
			when = "in the future: the log end"
		}
		return s.At.UTC().Format("2006-01-02 15:04:05.000") + " UTC, " + when
	case reset.ToEarliest:
		return "every partition goes to its log start"
	case reset.ToLatest:
		return "every partition goes to its log end"
	}
	return "every partition stays; those without a commit get one at the log end"
}
