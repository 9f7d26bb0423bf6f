package reset

import (
	"errors"
	"slices"
	"strings"

	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// tableTop is the line where the part under the head begins.
func (p *wizard) tableTop() int { return len(p.head()) }

// layout gives the fields their width and the step's table the room that its head and foot leave.
func (p *wizard) layout() {
	p.partitions.field.SetWidth(max(10, p.w-16))
	p.confirm.field.SetWidth(max(10, p.w-6))
	h := max(1, p.h-p.tableTop()-len(p.foot()))
	switch p.step {
	case partitionStep:
		p.partitions.list.Resize(p.w, h)
	case stateStep:
		p.states.list.Resize(p.w, h)
	case targetStep:
		p.target.resize(p.w, h)
	case previewStep:
		p.preview.resize(p.w, h)
	case resultStep:
		p.result.list.Resize(p.w, h)
	}
}

// head is the lines above the step's table: where the user is, and what matters.
func (p *wizard) head() []string {
	lines := []string{p.stepLine()}
	switch p.step {
	case partitionStep:
		return append(lines, p.partitions.head(p.env.Theme, p.w)...)
	case stateStep:
		return append(lines, p.partitions.groupHead(p.env.Theme, p.w, p.states.summary(p.env.Theme))...)
	case targetStep:
		return append(lines, p.summaryOfChoice())
	case previewStep:
		return append(lines, p.preview.head(p.env.Theme, p.w)...)
	case resultStep:
		return append(lines, p.result.head(p.env.Theme, p.w)...)
	}
	return append(lines, "")
}

// foot is the lines under the step's table: the whole story of the row under the
// cursor.
func (p *wizard) foot() []string {
	switch p.step {
	case partitionStep:
		return p.partitions.foot(p.env.Theme)
	case stateStep:
		return p.states.foot(p.env.Theme, p.w)
	case previewStep:
		return p.preview.foot(p.env.Theme, p.w)
	case resultStep:
		return p.result.foot(p.env.Theme, p.w)
	}
	return nil
}

// View draws the step.
func (p *wizard) View() string {
	lines := p.head()
	room := max(1, p.h-len(lines)-len(p.foot()))
	var body string
	switch p.step {
	case partitionStep:
		body = p.partitions.view(p.env.Theme, p.w, room)
	case stateStep:
		body = p.states.view(p.env.Theme, p.w, room)
	case targetStep:
		body = p.target.view(p.env.Theme, p.choice)
	case previewStep:
		body = p.preview.view(p.env.Theme, p.w, room)
	case confirmStep:
		body = p.confirm.view(p.env.Theme, p.preview.plan, p.env.Client.SavedDir(), p.w)
	case resultStep:
		body = p.result.list.View("")
	}
	lines = append(lines, strings.Split(widget.Fill(body, p.w, room), "\n")...)
	lines = append(lines, p.foot()...)
	return widget.Fill(strings.Join(lines, "\n"), p.w, p.h)
}

// stepLine shows the steps and where the user is among them.
func (p *wizard) stepLine() string {
	th := p.env.Theme
	parts := make([]string, 0, len(p.steps))
	at := slices.Index(p.steps, p.step)
	for i, s := range p.steps {
		label := string(rune('1'+i)) + " " + s.String()
		switch {
		case i == at:
			parts = append(parts, th.Accent.Underline(true).Render(label))
		case i < at:
			parts = append(parts, th.Text.Render(label))
		default:
			parts = append(parts, th.Dim.Render(label))
		}
	}
	return " " + strings.Join(parts, th.Border.Render(" › "))
}

// summaryOfChoice says what the target is for.
func (p *wizard) summaryOfChoice() string {
	th := p.env.Theme
	return " " + th.Strong.Render(plural(len(p.choice.partitions), "partition")) + th.Dim.Render(" of "+plural(p.choice.topics, "topic")+" in ") +
		th.Strong.Render(text.Clean(p.group)) + th.Dim.Render(" go to")
}

// plural is a count with its noun.
func plural[I ~int | ~int64](n I, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return text.Count(n) + " " + noun + "s"
}

// reason is an error for the body of a page: without the words that the page's
// title says already.
func reason(err error, group string) string {
	var moved *reset.MovedError
	if errors.As(err, &moved) {
		return "things moved since the preview; esc shows a new one\n" + strings.Join(moved.Changes[:min(len(moved.Changes), 8)], "\n")
	}
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), "reset offsets of "+group+": "), "undo the reset of "+group+": ")
}
