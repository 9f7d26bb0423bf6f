package page

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
)

// DetailSpec describes a Detail page, whose head comes from an answer of type A.
type DetailSpec[A any] struct {
	// Title is the page's part of the breadcrumb, and What is loaded, as in
	// "topic orders".
	Title, What string
	Scope       keymap.Scope
	Fetch       func(ctx context.Context) (A, error)
	// Also are further questions, asked with the first.
	Also []Question
	// Show takes the newest answers over into the tabs.
	Show func(A)
	// Missing is as in TableSpec.
	Missing func() []error
	// Ready is as in TableSpec.
	Ready func() bool
	// Head is the lines above the tabs, always HeadLines of them.
	Head      func() []string
	HeadLines int
}

// Detail is a ready page about one thing: a head, and tabs. A page that does more
// embeds it and wraps some of its methods.
type Detail[A any] struct {
	// Poll asks the question of the spec; its pace and timeout may be set before Start.
	Poll Poll[A]
	Tabs *Tabs

	env  Env
	spec DetailSpec[A]
	w, h int
}

// NewDetail returns the page that a spec describes.
func NewDetail[A any](env Env, spec DetailSpec[A], tabs ...Page) *Detail[A] {
	d := &Detail[A]{env: env, spec: spec, Tabs: NewTabs(env, tabs...)}
	d.Poll.Fetch = spec.Fetch
	return d
}

// Title is the page's part of the breadcrumb.
func (d *Detail[A]) Title() string { return d.spec.Title }

// Scope says which key bindings hold.
func (d *Detail[A]) Scope() keymap.Scope { return d.spec.Scope }

// Start asks the questions, and starts the tab that shows.
func (d *Detail[A]) Start(ctx context.Context) tea.Cmd {
	return tea.Batch(d.Poll.Start(ctx), startAll(ctx, d.spec.Also), d.Tabs.Start(ctx))
}

// Freshness is that of the head or of the tab that shows, whichever is older, with what
// is wrong with either.
func (d *Detail[A]) Freshness() (time.Time, error) {
	var missing []error
	if d.spec.Missing != nil {
		missing = d.spec.Missing()
	}
	at, problem := d.Poll.Freshness(missing...)
	tabAt, tabProblem := d.Tabs.Freshness()
	return Older(at, tabAt), Worst(problem, tabProblem)
}

// Typing reports whether the filter of the tab that shows is being typed.
func (d *Detail[A]) Typing() bool { return d.Tabs.Typing() }

// Refuses says what does not apply to the tab that shows.
func (d *Detail[A]) Refuses(a keymap.Action) string { return d.Tabs.Refuses(a) }

// Do turns to another tab, asks again, or hands the action to the tab that shows.
func (d *Detail[A]) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	handled, cmd = d.Tabs.Do(a)
	if a == keymap.Refresh {
		return true, tea.Batch(cmd, d.Poll.Refresh(), refreshAll(d.spec.Also))
	}
	return handled, cmd
}

// Update takes answers, and hands everything else to the tabs.
func (d *Detail[A]) Update(msg tea.Msg) tea.Cmd {
	if click, ok := msg.(Click); ok {
		click.Y -= d.spec.HeadLines
		return d.Tabs.Update(click)
	}
	arrived, cmd := d.Poll.Update(msg)
	more, further := updateAll(d.spec.Also, msg)
	if (arrived && d.Poll.Err == nil || more) && d.spec.Show != nil {
		d.spec.Show(d.Poll.Value)
	}
	return tea.Batch(cmd, further, d.Tabs.Update(msg))
}

// Resize sets the size that View fills.
func (d *Detail[A]) Resize(w, h int) {
	d.w, d.h = w, h
	d.Tabs.Resize(w, max(0, h-d.spec.HeadLines))
}

// View draws the head and the tabs.
func (d *Detail[A]) View() string {
	if !d.Poll.Loaded() && (d.spec.Ready == nil || !d.spec.Ready()) {
		return Waiting(d.env, d.spec.What, d.Poll.Err, d.w, d.h)
	}
	var lines []string
	for _, line := range d.spec.Head() {
		lines = append(lines, text.Cut(" "+line, d.w))
	}
	return strings.Join(append(lines, d.Tabs.View()), "\n")
}
