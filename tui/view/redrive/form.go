// Package redrive has the screens that send records to another topic again: a form
// that asks where and how, the count of what would be sent, which waits for the name
// of the topic to be typed, and what became of it.
package redrive

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/redrive"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// What is what can be sent.
type What struct {
	// Query finds the matches of a search in its whole range; it has no filter when
	// nothing is searched for.
	Query records.Query
	// Marked are the offsets of marked records, by partition; there may be none.
	Marked map[int32][]int64
}

// marked is how many records are marked.
func (w What) marked() int {
	n := 0
	for _, offsets := range w.Marked {
		n += len(offsets)
	}
	return n
}

// form is the step that asks where the records go, and how.
type form struct {
	env     page.Env
	what    What
	next    func(req redrive.Request, asked int) tea.Cmd
	to      widget.Field
	names   page.Poll[[]string] // of the topics, which complete what is typed
	choices choices
	row     int // 0 is the destination, and then the choices
	wrong   string
	w, h    int
}

func newForm(env page.Env, what What, next func(redrive.Request, int) tea.Cmd) *form {
	f := &form{env: env, what: what, next: next, to: widget.NewField(""), choices: newChoices(what)}
	f.names.Fetch, f.names.Every = env.Client.TopicNames, -1
	f.to.Focus()
	return f
}

// Title is the name of the step.
func (f *form) Title() string { return "form" }

// Scope is that of the form.
func (f *form) Scope() keymap.Scope { return keymap.Redrive }

// Freshness is that of the names of the topics.
func (f *form) Freshness() (time.Time, error) { return f.names.Freshness() }

// Typing reports whether the name of the destination is being typed.
func (f *form) Typing() bool { return f.row == 0 }

// Start asks for the names of the topics.
func (f *form) Start(ctx context.Context) tea.Cmd { return f.names.Start(ctx) }

// Do carries out an action.
func (f *form) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Up:
		f.move(-1)
	case keymap.Down:
		f.move(1)
	case keymap.First:
		f.move(-len(f.choices))
	case keymap.Last:
		f.move(len(f.choices))
	case keymap.Change:
		f.choices.turn(f.row - 1)
	case keymap.Open:
		cmd = f.count()
	default:
		return false, nil
	}
	return true, cmd
}

// Refuses tells which actions have no meaning here.
func (f *form) Refuses(a keymap.Action) string {
	switch a {
	case keymap.Filter, keymap.Sort, keymap.Reverse, keymap.Copy:
		return "this is a form"
	}
	return ""
}

func (f *form) move(rows int) {
	f.row = max(0, min(f.row+rows, len(f.choices)))
	if f.row == 0 {
		f.to.Focus()
	} else {
		f.to.Blur()
	}
}

// Update takes names, clicks, and keys while the destination is typed.
func (f *form) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case page.Click:
		return f.click(msg.Y)
	case page.Wheel:
		f.move(msg.Rows)
	case tea.KeyPressMsg, tea.PasteMsg:
		return f.typed(msg)
	}
	_, cmd := f.names.Update(msg)
	return cmd
}

func (f *form) click(y int) tea.Cmd {
	row := y - len(f.head())
	if row < 0 || row > len(f.choices) {
		return nil
	}
	if row == f.row && row > 0 {
		f.choices.turn(row - 1)
	}
	f.move(row - f.row)
	return nil
}

func (f *form) typed(msg tea.Msg) tea.Cmd {
	if key, ok := msg.(tea.KeyPressMsg); ok {
		b, _ := f.env.Keys.Resolve(key, keymap.Input)
		switch b.Action {
		case keymap.Accept:
			return f.count()
		case keymap.Cancel:
			return page.Ask(page.Back{})
		case keymap.Up, keymap.Down:
			_, cmd := f.Do(b.Action)
			return cmd
		case keymap.Complete:
			if found := f.suggestions(); len(found) > 0 {
				f.to.SetValue(found[0])
				f.to.CursorEnd()
			}
			return nil
		}
	}
	f.wrong = ""
	var cmd tea.Cmd
	f.to, cmd = f.to.Update(msg)
	return cmd
}

// destination is the topic that is typed, as the cluster spells it.
func (f *form) destination() string {
	typed := strings.TrimSpace(f.to.Value())
	for _, name := range f.names.Value {
		if typed != "" && text.Clean(name) == typed {
			return name
		}
	}
	return typed
}

// count goes on to the count, when it is said where the records go.
func (f *form) count() tea.Cmd {
	to := f.destination()
	switch {
	case to == "":
		f.wrong = "type the topic that the records are sent to"
	case len(f.names.Value) > 0 && !slices.Contains(f.names.Value, to):
		f.wrong = "there is no topic " + to
		if near := kafka.Nearest(to, f.names.Value); len(near) > 0 {
			f.wrong += "; did you mean " + strings.Join(near, ", ") + "?"
		}
	default:
		f.wrong = ""
		return f.next(f.choices.request(f.what, to), f.choices.asked(f.what))
	}
	f.move(-f.row)
	return nil
}

// Resize sets the size that View fills.
func (f *form) Resize(w, h int) {
	f.w, f.h = w, h
	f.to.SetWidth(max(10, w-18))
}

// head is what stands above the rows.
func (f *form) head() []string {
	th, q := f.env.Theme, f.what.Query
	lines := []string{" " + th.Strong.Render(text.Cut("send records of "+text.Clean(q.Topic)+" to another topic, as they are", f.w-2))}
	if q.Filter != nil {
		span := "from " + q.From.String() + " to the end as of now"
		if q.Until.Kind != records.Latest {
			span = "from " + q.From.String() + " until " + q.Until.String()
		}
		lines = append(lines, " "+text.Cut(th.Dim.Render("search  ")+th.Accent.Render(text.Clean(q.Filter.String()))+th.Dim.Render("  "+text.Clean(span)), f.w-2))
	}
	if n := f.what.marked(); n > 0 {
		lines = append(lines, " "+th.Dim.Render("marked  ")+text.Plural(n, "record"))
	}
	return append(lines, "")
}

// View draws the form.
func (f *form) View() string {
	th := f.env.Theme
	lines := append(f.head(), f.rowLine(0, "to topic", f.to.View(), ""))
	for i, c := range f.choices {
		lines = append(lines, f.rowLine(i+1, c.name, c.value(), c.help()))
	}
	lines = append(lines, "")
	switch found := f.suggestions(); {
	case f.wrong != "":
		for _, part := range widget.Wrap(th.Bad, "✗ "+text.Clean(f.wrong), f.w-2) {
			lines = append(lines, " "+part)
		}
	case f.row == 0 && len(found) > 0:
		lines = append(lines, " "+th.Dim.Render("tab takes ")+strings.Join(found, th.Border.Render(" · ")))
	case f.row == 0:
		lines = append(lines, " "+th.Dim.Render("enter counts what would be sent; down goes to the choices"))
	default:
		lines = append(lines, " "+th.Dim.Render(f.env.Keys.Of(keymap.Change).Label()+" changes it, enter counts what would be sent"))
	}
	return widget.Fill(strings.Join(lines, "\n"), f.w, f.h)
}

func (f *form) rowLine(row int, name, value, help string) string {
	th := f.env.Theme
	sign, style := "  ", th.Text
	if row == f.row {
		sign, style = th.Accent.Render("▌ "), th.Accent
	}
	line := sign + th.Dim.Render(text.Fit(name, 12, false)) + "  " + style.Render(value)
	if help != "" {
		line += th.Dim.Render(fmt.Sprintf("%*s%s", max(2, 24-text.Width(value)), "", help))
	}
	return text.Cut(line, f.w)
}

// shownNames is how many names are offered.
const shownNames = 6

// suggestions are the names that hold what is typed: first those that begin with it.
func (f *form) suggestions() []string {
	typed := strings.ToLower(strings.TrimSpace(f.to.Value()))
	var first, rest []string
	for _, name := range f.names.Value {
		switch shown := text.Clean(name); {
		case shown == f.to.Value():
		case strings.HasPrefix(strings.ToLower(shown), typed):
			first = append(first, shown)
		case text.ContainsFold(shown, typed):
			rest = append(rest, shown)
		}
	}
	first = append(first, rest...)
	return first[:min(len(first), shownNames)]
}
