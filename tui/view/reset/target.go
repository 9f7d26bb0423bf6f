package reset

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
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
		{reset.ByDuration, "ago", "the first record of the last hours or days", "duration"},
		{reset.FromFile, "file", "what a CSV file says, as Kafka's tool writes it", "file"},
		{reset.FromGroup, "group", "what another group has committed", "group"},
	}
}

// target is the second step: where to. Every kind keeps what was typed for it.
type target struct {
	step
	at     int // index into kinds
	top    int // the first of the kinds that are shown
	lines  int // how many are
	fields []widget.Field
	now    time.Time // of the last key: what "2h ago" is counted from
}

// underKinds is the lines under the kinds without which the step makes no sense: an
// empty one, what is typed, and what it means.
const underKinds = 3

func newTarget(w *wizard) *target {
	t := &target{step: step{wizard: w, title: "target"}}
	for range kinds() {
		t.fields = append(t.fields, widget.NewField(""))
	}
	return t
}

// Scope is that of the choice of a target.
func (t *target) Scope() keymap.Scope { return keymap.ResetTarget }

// Entered puts the cursor into the field of the kind.
func (t *target) Entered() tea.Cmd { return t.focus() }

// Refuses says what has no meaning where there are no rows.
func (t *target) Refuses(a keymap.Action) string {
	switch a {
	case keymap.Filter, keymap.Sort, keymap.Reverse, keymap.Copy, keymap.Refresh:
		return "this step has no rows"
	}
	return ""
}

// Do carries out an action: enter shows what would happen.
func (t *target) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Open:
		return true, t.wizard.look()
	case keymap.Up:
		return true, t.move(-1)
	case keymap.Down:
		return true, t.move(1)
	}
	return false, nil
}

// Update takes keys while something is typed, and the mouse.
func (t *target) Update(msg tea.Msg) tea.Cmd {
	msg, ok := inside(msg, len(t.head()))
	if !ok {
		return nil
	}
	switch msg := msg.(type) {
	case page.Click:
		return t.click(msg.Y)
	case page.Wheel:
		return t.move(msg.Rows)
	case tea.KeyPressMsg, tea.PasteMsg:
		return t.typed(msg)
	}
	return nil
}

func (t *target) typed(msg tea.Msg) tea.Cmd {
	switch t.typedAction(msg) {
	case keymap.Accept:
		return t.wizard.look()
	case keymap.Cancel:
		return t.wizard.Back()
	case keymap.Up:
		return t.move(-1)
	case keymap.Down:
		return t.move(1)
	}
	return t.edit(msg)
}

// Resize gives the fields their width, and shows as many kinds as there is room
// for, the chosen one among them.
func (t *target) Resize(w, h int) {
	t.w, t.h = w, h
	h = t.room(t.head(), nil)
	t.lines = max(1, min(h-underKinds, len(t.fields)))
	t.top = min(max(t.top, t.at-t.lines+1), t.at, len(t.fields)-t.lines)
	for i := range t.fields {
		t.fields[i].SetWidth(max(10, w-14))
	}
}

// Typing reports whether the kind has something to type.
func (t *target) Typing() bool { return kinds()[t.at].prompt != "" }

func (t *target) move(by int) tea.Cmd {
	t.fields[t.at].Blur()
	t.at = max(0, min(t.at+by, len(t.fields)-1))
	return t.focus()
}

// focus gives the keys to the field of the kind, where it has one.
func (t *target) focus() tea.Cmd {
	t.now = time.Now()
	if !t.Typing() {
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
	if line < 0 || line >= t.lines {
		return nil
	}
	return t.move(t.top + line - t.at)
}

// strategy is what was chosen and typed, or why that is not yet one. A file is not
// read yet.
func (t *target) strategy() (reset.Strategy, error) {
	k, c := kinds()[t.at], t.wizard.choice
	switch {
	case !k.kind.Suits(c.typ):
		return reset.Strategy{}, errors.New("a share group has no commits; it can go to earliest, latest or a time")
	case k.kind == reset.ShiftBy && len(c.bare) > 0:
		return reset.Strategy{}, fmt.Errorf("%s of those chosen, as %s, have no commit to shift from; leave them out or choose another target",
			plural(len(c.bare), "partition"), c.bare[0])
	}
	return reset.Parse(k.kind, t.fields[t.at].Value(), t.now)
}

// head says what the target is for.
func (t *target) head() []string {
	th, c := t.wizard.env.Theme, t.wizard.choice
	return []string{" " + th.Strong.Render(plural(len(c.partitions), "partition")) + th.Dim.Render(" of "+plural(c.topics, "topic")+" in ") +
		th.Strong.Render(text.Clean(t.wizard.group)) + th.Dim.Render(" go to")}
}

// View draws the kinds, what is typed, and what it means.
func (t *target) View() string { return t.frame(t.head(), t.body(), nil) }

func (t *target) body() string {
	th, c := t.wizard.env.Theme, t.wizard.choice
	var lines []string
	for i, k := range kinds() {
		if i < t.top || i >= t.top+t.lines {
			continue
		}
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
	s, err := t.strategy()
	switch {
	case err == nil:
		lines = append(lines, " "+th.Good.Render("✓ "+meaning(s, t.now)))
	case k.prompt != "" && t.fields[t.at].Value() == "" && k.kind.Suits(c.typ) && (k.kind != reset.ShiftBy || len(c.bare) == 0):
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
	case reset.ToDatetime, reset.ByDuration:
		when := text.Duration(now.Sub(s.At).Round(time.Second)) + " ago"
		if s.At.After(now) {
			when = "in the future: the log end"
		}
		return s.At.UTC().Format("2006-01-02 15:04:05.000") + " UTC, " + when
	case reset.FromFile:
		return "every partition goes where the file says; it is read with the preview"
	case reset.FromGroup:
		return "every partition goes where " + text.Clean(s.From) + " is, and stays where that has no commit"
	case reset.ToEarliest:
		return "every partition goes to its log start"
	case reset.ToLatest:
		return "every partition goes to its log end"
	}
	return "every partition stays; those without a commit get one at the log end"
}
