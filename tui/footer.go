package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// noticeTime is how long a notice stays, unless another takes its place.
const noticeTime = 8 * time.Second

// How many lines a notice may take of the page: of failures, the end says what to
// do, but one that lasts must not hide rows for long.
const (
	failureLines = 3
	problemLines = 2
)

// noticeLine is what is under way, else the last thing that happened, else what
// is wrong with the data. Longer failures take lines of the page.
func (a *App) noticeLine() []string {
	_, problem := a.freshness()
	fresh := a.notice.Text != "" && a.now.Sub(a.noticed) < noticeTime
	switch {
	case a.attempt != nil:
		took := max(0, a.now.Sub(a.attempt.since)).Truncate(time.Second)
		stop := a.opts.Keys.Of(keymap.Back).Label()
		return a.lines(a.theme.Accent, fmt.Sprintf("%s … %ds, %s stops", a.attempt.what, int(took.Seconds()), stop), 1)
	case fresh && a.notice.Level == page.Failure:
		return a.lines(a.theme.Bad, "✗ "+a.notice.Text, failureLines)
	case fresh && a.notice.Level == page.Success:
		return a.lines(a.theme.Good, "✓ "+a.notice.Text, 1)
	case fresh:
		return a.lines(a.theme.Text, a.notice.Text, 1)
	case page.IsPartial(problem):
		return a.lines(a.theme.Warn, "! "+partialText(problem), 1)
	case problem != nil:
		return a.lines(a.theme.Warn, "! "+problem.Error(), problemLines)
	}
	return []string{""}
}

// partialText is the first thing that is wrong, or, when it is nothing but rights
// that the user lacks, all of those: they are many at once, and last. The shortest
// come first, so that most of them fit into the line.
func partialText(problem error) string {
	rights, only := kafka.Needs(problem)
	if !only {
		return problem.Error()
	}
	slices.SortStableFunc(rights, func(a, b string) int { return len(a) - len(b) })
	return "seeing all needs " + strings.Join(rights, "; ")
}

// lines fits a text into at most so many lines.
func (a *App) lines(style lipgloss.Style, s string, most int) []string {
	lines := widget.Wrap(style, text.Clean(s), a.w-2)
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] = text.Cut(lines[most-1]+style.Render(" …"), a.w-2)
	}
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return lines
}

// footer shows the keys that work here, as many as fit; the way to all of them
// always does.
func (a *App) footer() string {
	bindings, last := a.hints()
	room, end := a.w-2, ""
	if last.Short != "" {
		end = a.keyHint(last)
		room -= lipgloss.Width(end) + 2
	}
	line, used := " ", 0
	for _, b := range bindings {
		hint := a.keyHint(b)
		w := lipgloss.Width(hint) + 2
		if used+w > room {
			break
		}
		line, used = line+hint+"  ", used+w
	}
	return line + end
}

// hints are the bindings that the footer offers now: those of the overlay or of
// a text field alone while one has the keyboard, else those of the screen; help
// stands at the end where a key opens it. What the screen refuses of its own is struck out; what it has
// only in common with other tables is left out.
func (a *App) hints() (bindings []keymap.Binding, last keymap.Binding) {
	keys, p := a.opts.Keys, a.stack.top().page
	scope, whole := p.Scope(), false
	switch {
	case a.overlay != nil:
		scope = a.overlay.scope()
	case typing(p):
		scope = fieldScope(p)
		for _, b := range keys.Bindings(scope) {
			if b.Action == keymap.FieldsHelp {
				last = b
			}
		}
	default:
		whole, last = true, keys.Of(keymap.ShowHelp)
	}
	offered := make(map[keymap.Action]bool)
	for _, b := range keys.Bindings(scope) {
		switch {
		case b.Short == "", offered[b.Action], b.Action == last.Action:
		case b.Scope == keymap.Global && !whole:
		case b.Action == keymap.Refresh && a.client == nil:
		case (b.Scope == keymap.Table || b.Action == keymap.Refresh) && a.refuses(p, b) != "": // no table here
		case b.Action == keymap.Back && whole && len(a.stack.entries) < 2:
		default:
			offered[b.Action] = true
			bindings = append(bindings, b)
		}
	}
	return bindings, last
}

// fieldScope is the scope of a page's text fields.
func fieldScope(p page.Page) keymap.Scope {
	if keyed, ok := p.(page.Keyed); ok {
		return keyed.FieldScope()
	}
	return keymap.Input
}

// keyHint is a key and what it does, struck out where it is refused now.
func (a *App) keyHint(b keymap.Binding) string {
	if a.refuses(a.stack.top().page, b) != "" {
		return a.theme.Dim.Strikethrough(true).Render(b.Label() + " " + b.Short)
	}
	return a.theme.Key.Render(b.Label()) + " " + a.theme.Dim.Render(b.Short)
}
