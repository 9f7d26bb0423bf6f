package page

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// TableSpec describes a TablePage of rows of type T, which come from an answer of
// type A. Only Scope, Columns and Key are needed.
type TableSpec[A, T any] struct {
	// Title is the page's part of the breadcrumb, or the title of its tab, and What is
	// loaded: Title unless set.
	Title, What string
	// Counted adds the number of rows to the title.
	Counted bool
	Scope   keymap.Scope

	// Fetch asks the cluster. Without it, the rows come by SetItems.
	Fetch func(ctx context.Context) (A, error)
	// Rows makes the rows of the newest answer. It is called when that arrived, and when
	// an answer to one of Also did.
	Rows func(A) []T
	// Also are further questions, whose answers fill in cells: asked with the first,
	// or, with After, when that has been answered.
	Also  []Question
	After bool
	// Missing is what else is wrong with the answers, for the header; nil entries are
	// nothing.
	Missing func() []error
	// Fresh is as Live.Freshness, in place of that of the answer with what is Missing.
	Fresh func() (at time.Time, problem error)
	// Ready reports whether there is something to show; when there is a good answer
	// to Fetch unless set.
	Ready func() bool
	// Instead is what to say while there is no answer, given why the last question
	// failed; "" says that it is loading, or why it failed. It may be nil.
	Instead func(err error) string

	Columns []widget.Column[T]
	Key     func(T) string
	// Copy is the text for the clipboard; Key unless set.
	Copy func(T) string
	// Sort is the title of the column that sorts at first; the first one unless set.
	Sort string
	// Top keeps the cursor on the first row, whatever comes there, until the user
	// moves it.
	Top bool

	// Row is what a row is, as in "group".
	Row string
	// Open is what enter and a second click on a row do; nil when there is nothing to
	// open.
	Open func(T) tea.Cmd
	// Actions are what else can be done with the row under the cursor.
	Actions map[keymap.Action]func(T) tea.Cmd
	// Never says why some actions do not apply to any row.
	Never map[keymap.Action]string
	// Refuse says why an action does not apply to a row, or ""; it may be nil.
	Refuse func(a keymap.Action, row T) string

	// Empty says why there are no rows.
	Empty func() string
	// Head is the line above the table; nil for none.
	Head func() string
	// About is a sentence on the row under the cursor, in AboutLines lines under the
	// table, with a rule above when Rule is set. They are left out where they would
	// take more than a quarter of the page.
	About      func(T) string
	AboutLines int
	Rule       bool
}

// TablePage is a ready page of one table: it asks, keeps the answer fresh, shows its
// rows, and opens one. A page that does more embeds it and wraps some of its methods.
type TablePage[A, T any] struct {
	*List[T]
	// Poll asks the question of the spec; its pace and timeout may be set before Start.
	Poll Poll[A]

	spec    TableSpec[A, T]
	ctx     context.Context
	further bool // the further questions have been asked in this life
	moved   bool // the user has moved the cursor
	w, h    int
}

// NewTablePage returns the page that a spec describes.
func NewTablePage[A, T any](env Env, spec TableSpec[A, T]) *TablePage[A, T] {
	if spec.Copy == nil {
		spec.Copy = spec.Key
	}
	if spec.What == "" {
		spec.What = spec.Title
	}
	table := widget.NewTable(env.Theme, spec.Key, spec.Columns...)
	if i := slices.IndexFunc(spec.Columns, func(c widget.Column[T]) bool { return c.Title == spec.Sort }); i >= 0 {
		table.SortBy(i, spec.Columns[i].Descending)
	}
	p := &TablePage[A, T]{List: NewList(env, table, spec.Copy), spec: spec}
	p.Poll.Fetch = spec.Fetch
	return p
}

// Items is the Rows of a spec whose answer is a snapshot of rows.
func Items[T any](answer kafka.Snapshot[T]) []T { return answer.Items }

// Title is the page's part of the breadcrumb.
func (p *TablePage[A, T]) Title() string {
	if p.spec.Counted {
		return p.spec.Title + " (" + text.Count(len(p.Items())) + ")"
	}
	return p.spec.Title
}

// Scope says which key bindings hold.
func (p *TablePage[A, T]) Scope() keymap.Scope { return p.spec.Scope }

// Start asks the questions.
func (p *TablePage[A, T]) Start(ctx context.Context) tea.Cmd {
	p.ctx, p.further = ctx, false
	if p.Poll.Fetch == nil {
		return nil
	}
	cmd := p.Poll.Start(ctx)
	if p.spec.After {
		return cmd
	}
	return tea.Batch(cmd, p.askFurther())
}

func (p *TablePage[A, T]) askFurther() tea.Cmd {
	p.further = true
	return startAll(p.ctx, p.spec.Also)
}

// Freshness is that of the answer, with what is missing on the page.
func (p *TablePage[A, T]) Freshness() (time.Time, error) {
	switch {
	case p.spec.Fresh != nil:
		return p.spec.Fresh()
	case p.spec.Missing != nil:
		return p.Poll.Freshness(p.spec.Missing()...)
	}
	return p.Poll.Freshness()
}

// Refuses says why an action does not apply to the row under the cursor.
func (p *TablePage[A, T]) Refuses(a keymap.Action) string {
	if why := p.spec.Never[a]; why != "" {
		return why
	}
	ofRow := p.spec.Actions[a] != nil || a == keymap.Open && p.spec.Open != nil
	row, ok := p.Selected()
	switch {
	case ofRow && !ok && p.spec.Row != "":
		return "there is no " + p.spec.Row + " under the cursor"
	case ok && p.spec.Refuse != nil:
		return p.spec.Refuse(a, row)
	}
	return ""
}

// Do carries out an action of the page, of the row under the cursor, or of the table.
func (p *TablePage[A, T]) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	if a == keymap.Refresh && p.Poll.Fetch != nil {
		return true, p.Refresh()
	}
	act := p.spec.Actions[a]
	if a == keymap.Open {
		act = p.spec.Open
	}
	if act == nil {
		handled, cmd = p.List.Do(a)
		p.moved = p.moved || handled
		return handled, cmd
	}
	if row, ok := p.Selected(); ok && p.Refuses(a) == "" {
		return true, act(row)
	}
	return true, nil
}

// Refresh asks all questions now.
func (p *TablePage[A, T]) Refresh() tea.Cmd {
	return tea.Batch(p.Poll.Refresh(), refreshAll(p.spec.Also))
}

// Update takes answers, the mouse, and keys while the filter is typed.
func (p *TablePage[A, T]) Update(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case Click:
		m.Y -= p.headLines()
		msg, p.moved = m, true
	case Wheel:
		p.moved = true
	}
	arrived, cmd := p.Poll.Update(msg)
	fresh := arrived && p.Poll.Err == nil
	if fresh && !p.further {
		p.Show()
		return tea.Batch(cmd, p.askFurther())
	}
	more, further := updateAll(p.spec.Also, msg)
	if fresh || more {
		p.Show()
	}
	open, own := p.List.Update(msg)
	if open {
		_, own = p.Do(keymap.Open)
	}
	return tea.Batch(cmd, further, own)
}

// Show makes the rows anew from the newest answers.
func (p *TablePage[A, T]) Show() {
	if p.spec.Rows != nil && p.ready() {
		p.SetItems(p.spec.Rows(p.Poll.Value))
	}
}

// SetItems replaces the rows.
func (p *TablePage[A, T]) SetItems(rows []T) {
	p.List.SetItems(rows)
	if p.spec.Top && !p.moved {
		p.First()
	}
}

func (p *TablePage[A, T]) ready() bool {
	if p.spec.Ready != nil {
		return p.spec.Ready()
	}
	return p.Poll.Fetch == nil || p.Poll.Loaded()
}

func (p *TablePage[A, T]) headLines() int {
	if p.spec.Head == nil {
		return 0
	}
	return 1
}

// aboutLines is the room for the sentence on the row, with its rule.
func (p *TablePage[A, T]) aboutLines() int {
	switch lines := p.spec.AboutLines; {
	case p.h < 4*lines:
		return 0
	case p.spec.Rule:
		return lines + 1
	default:
		return lines
	}
}

// Resize sets the size that View fills.
func (p *TablePage[A, T]) Resize(w, h int) {
	p.w, p.h = w, h
	p.List.Resize(w, max(0, h-p.headLines()-p.aboutLines()))
}

// View draws the head, the table, and the sentence on the row under the cursor.
func (p *TablePage[A, T]) View() string {
	_, problem := p.Freshness()
	if !p.ready() || len(p.Items()) == 0 && problem != nil && !IsPartial(problem) {
		if p.spec.Instead != nil {
			if words := p.spec.Instead(problem); words != "" {
				return widget.Center(p.env.Theme.Dim.Render(text.CleanLines(words)), p.w, p.h)
			}
		}
		return Waiting(p.env, p.spec.What, problem, p.w, p.h)
	}
	var lines []string
	if p.spec.Head != nil {
		lines = append(lines, text.Cut(" "+p.spec.Head(), p.w))
	}
	empty := ""
	if p.spec.Empty != nil && len(p.Items()) == 0 {
		empty = text.CleanLines(p.spec.Empty())
	}
	lines = append(lines, p.List.View(empty))
	return strings.Join(append(lines, p.about()...), "\n")
}

func (p *TablePage[A, T]) about() []string {
	if p.aboutLines() == 0 {
		return nil
	}
	th, words := p.env.Theme, ""
	if row, ok := p.Selected(); ok {
		words = p.spec.About(row)
	}
	about := widget.Paragraph(th.Dim, text.Clean(words), p.w, p.spec.AboutLines)
	if p.spec.Rule {
		return []string{th.Border.Render(strings.Repeat("─", p.w)), about}
	}
	return []string{about}
}
