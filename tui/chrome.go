package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

const (
	minWidth  = 60
	minHeight = 15
	// headLines and footLines stand above and below every page: the cluster and
	// the breadcrumb; the notice and the keys.
	headLines = 2
	footLines = 2
)

// staleAfter is how many seconds old data may be before the header says so
// aloud: two missed polls.
const staleAfter = 12

func (a *App) bodySize() (w, h int) { return a.w, max(0, a.h-headLines-footLines) }

func (a *App) resize(w, h int) {
	a.w, a.h = w, h
	if top := a.stack.top(); top != nil {
		top.page.Resize(a.bodySize())
	}
}

func (a *App) tooSmall() bool { return a.w < minWidth || a.h < minHeight }

// View draws the whole screen.
func (a *App) View() tea.View {
	v := tea.NewView(a.screen())
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	v.WindowTitle = "kdeck"
	if a.client != nil {
		v.WindowTitle = "kdeck – " + text.Clean(a.client.Name())
	}
	return v
}

func (a *App) screen() string {
	if a.w == 0 || a.stack.top() == nil {
		return ""
	}
	if a.tooSmall() {
		return widget.Center(fmt.Sprintf("kdeck needs %d×%d cells\nthis terminal has %d×%d", minWidth, minHeight, a.w, a.h), a.w, a.h)
	}
	p := a.stack.top().page
	w, h := a.bodySize()
	body := widget.Fill(p.View(), w, h)
	if a.overlay != nil {
		body = widget.Over(body, a.overlay.view(a, w, h), w, h)
	}
	return strings.Join([]string{a.header(), a.breadcrumb(), body, a.noticeLine(), a.footer()}, "\n")
}

// header is the line that tells which cluster this is and how it is.
func (a *App) header() string {
	th := a.theme
	left := []string{th.Badge.Render("kdeck")}
	if a.client == nil {
		left = append(left, th.Bar.Render("no cluster"))
		return th.Bar.Width(a.w).Render(strings.Join(left, th.Bar.Render("  ")))
	}
	left = append(left, th.Bar.Bold(true).Render(text.Cut(text.Clean(a.client.Name()), 30)))
	if a.client.ReadOnly() {
		left = append(left, th.Danger.Render("READ-ONLY"))
	}
	if c := a.cluster.Value; a.cluster.Loaded() {
		left = append(left,
			th.Bar.Render(plural(len(c.Up), "broker")+" up"),
			th.Bar.Render(controllerText(c.Controller)))
		if a.w >= 110 {
			left = append(left, th.Dim.Inherit(th.Bar).Render("id "+text.Cut(text.Clean(c.ID), 26)))
		}
	} else if a.cluster.Err == nil {
		left = append(left, th.Bar.Render("connecting …"))
	}
	line := strings.Join(left, th.Bar.Render("  "))
	right := a.age()
	gap := max(1, a.w-lipgloss.Width(line)-lipgloss.Width(right))
	return text.Cut(line+th.Bar.Render(strings.Repeat(" ", gap))+right, a.w)
}

func controllerText(id int32) string {
	if id < 0 {
		return "no controller"
	}
	return fmt.Sprintf("controller %d", id)
}

// age tells how old the data on the screen is.
func (a *App) age() string {
	at, problem := a.freshness()
	switch {
	case at.IsZero() && problem != nil:
		return a.theme.Danger.Render("NO DATA")
	case at.IsZero():
		return a.theme.Bar.Render("loading … ")
	}
	seconds := int(max(0, a.now.Sub(at)).Seconds())
	if problem != nil && seconds >= staleAfter {
		return a.theme.Danger.Render("STALE " + text.Duration(a.now.Sub(at)))
	}
	return a.theme.Bar.Render(fmt.Sprintf("%ds old ", seconds))
}

// freshness is that of the visible page, or of the header where the page shows
// nothing of the cluster.
func (a *App) freshness() (at time.Time, problem error) {
	if live, ok := a.stack.top().page.(page.Live); ok {
		return live.Freshness()
	}
	if a.cluster != nil {
		return a.cluster.Freshness()
	}
	return a.now, nil
}

// breadcrumb is the path of pages that esc goes back along.
func (a *App) breadcrumb() string {
	parts := make([]string, len(a.stack.entries))
	for i, e := range a.stack.entries {
		style := a.theme.Dim
		if i == len(parts)-1 {
			style = a.theme.Accent
		}
		parts[i] = style.Render(text.Clean(e.page.Title()))
	}
	return text.Cut(" "+strings.Join(parts, a.theme.Border.Render(" › ")), a.w)
}

// noticeLine is the last thing that happened, or what is wrong with the data.
func (a *App) noticeLine() string {
	_, problem := a.freshness()
	fresh := a.notice.Text != "" && a.now.Sub(a.noticed) < noticeTime
	switch {
	case fresh && a.notice.Level == page.Failure:
		return a.line(a.theme.Bad, "✗ "+a.notice.Text)
	case fresh && a.notice.Level == page.Success:
		return a.line(a.theme.Good, "✓ "+a.notice.Text)
	case fresh:
		return a.line(a.theme.Text, a.notice.Text)
	case problem != nil:
		return a.line(a.theme.Warn, "! "+problem.Error())
	}
	return ""
}

func (a *App) line(style lipgloss.Style, s string) string {
	return style.Render(text.Cut(" "+text.Clean(s), a.w))
}

// footer shows the keys that work here, as many as fit; help always does.
func (a *App) footer() string {
	scope := a.stack.top().page.Scope()
	if typing(a.stack.top().page) || a.overlay != nil {
		scope = keymap.Input
	}
	help := a.keyHint(a.opts.Keys.Of(keymap.ShowHelp))
	line, room := "", a.w-lipgloss.Width(help)-3
	for _, b := range a.opts.Keys.Bindings(scope) {
		if b.Short == "" || b.Action == keymap.ShowHelp || (b.Action == keymap.Back && len(a.stack.entries) < 2 && scope != keymap.Input) {
			continue
		}
		hint := a.keyHint(b)
		if lipgloss.Width(line)+lipgloss.Width(hint)+2 > room {
			break
		}
		line += hint + "  "
	}
	if scope == keymap.Input {
		return " " + line
	}
	return " " + line + help
}

// keyHint is a key and what it does, dim where it is refused now.
func (a *App) keyHint(b keymap.Binding) string {
	if a.refuses(a.stack.top().page, b) != "" {
		return a.theme.Dim.Strikethrough(true).Render(b.Label() + " " + b.Short)
	}
	return a.theme.Key.Render(b.Label()) + " " + a.theme.Dim.Render(b.Short)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// click turns a mouse click into one on the page.
func (a *App) click(msg tea.MouseClickMsg) tea.Cmd {
	top := a.stack.top()
	if top == nil || a.overlay != nil || msg.Button != tea.MouseLeft || a.tooSmall() {
		return nil
	}
	if _, h := a.bodySize(); msg.Y < headLines || msg.Y >= headLines+h {
		return nil
	}
	return top.address(top.page.Update(page.Click{X: msg.X, Y: msg.Y - headLines}))
}

// wheelRows is how many rows one notch of the wheel moves.
const wheelRows = 3

func (a *App) wheel(msg tea.MouseWheelMsg) tea.Cmd {
	top := a.stack.top()
	if top == nil || a.overlay != nil || a.tooSmall() {
		return nil
	}
	rows := wheelRows
	if msg.Button == tea.MouseWheelUp {
		rows = -wheelRows
	}
	return top.address(top.page.Update(page.Wheel{Rows: rows}))
}

// paste gives pasted text to whatever takes text, and drops it elsewhere, so
// that a paste by mistake starts no actions.
func (a *App) paste(msg tea.PasteMsg) tea.Cmd {
	if a.overlay != nil {
		return a.overlay.paste(a, msg)
	}
	if top := a.stack.top(); top != nil && typing(top.page) {
		return top.address(top.page.Update(msg))
	}
	return nil
}
