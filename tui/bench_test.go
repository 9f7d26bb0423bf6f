package tui

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// long is a page of one long table.
type long struct{ list *page.List[int] }

func newLong(env page.Env, n int) *long {
	name := func(i int) string { return fmt.Sprintf("team-%02d.topic-%06d", i%37, i) }
	columns := []widget.Column[int]{{Title: "topic", Min: 20, Flex: 1, Cell: name, Cmp: cmp.Compare[int]}}
	for _, title := range []string{"records", "size", "rate", "groups", "lag"} {
		columns = append(columns, widget.Column[int]{Title: title, Min: 10, Right: true, Cell: func(i int) string { return text.Count(i * 7919) }, Cmp: cmp.Compare[int]})
	}
	l := &long{page.NewList(env, widget.NewTable(env.Theme, name, columns...), name)}
	items := make([]int, n)
	for i := range items {
		items[i] = i
	}
	l.list.SetItems(items)
	return l
}

func (l *long) Title() string                        { return "topics" }
func (l *long) Scope() keymap.Scope                  { return keymap.Topics }
func (l *long) Start(context.Context) tea.Cmd        { return nil }
func (l *long) Do(a keymap.Action) (bool, tea.Cmd)   { return l.list.Do(a) }
func (l *long) Update(msg tea.Msg) tea.Cmd           { _, cmd := l.list.Update(msg); return cmd }
func (l *long) Resize(w, h int)                      { l.list.Resize(w, h) }
func (l *long) View() string                         { return l.list.View("") }
func (l *long) Typing() bool                         { return l.list.Typing() }
func (l *long) Freshness() (at time.Time, err error) { return time.Now(), nil }

// BenchmarkKeyToScreen is a key press through the whole shell to a drawn screen
// of 160×48 over 10,000 rows. The budget is 16 ms at the 99th percentile; the
// ratio compares with a table that fits the screen.
func BenchmarkKeyToScreen(b *testing.B) {
	run := func(b *testing.B, rows int) (p99 time.Duration) {
		a := New(b.Context(), Options{Client: testClient(b, false), Keys: testKeys(b)})
		a.registry = []screen{{name: homeScreen, root: true, open: func(a *App, _ []string) page.Page { return newLong(a.env(), rows) }}}
		a.Init()
		a.Update(tea.WindowSizeMsg{Width: 160, Height: 48})
		var took []time.Duration
		for b.Loop() {
			began := time.Now()
			a.Update(tea.KeyPressMsg{Code: 'j', Text: "j"})
			_ = a.View()
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		return took[len(took)*99/100]
	}
	var floor time.Duration
	b.Run("44 rows", func(b *testing.B) { floor = run(b, 44) })
	b.Run("10,000 rows", func(b *testing.B) {
		p99 := run(b, 10_000)
		b.ReportMetric(float64(p99.Microseconds())/1000, "p99-ms")
		b.ReportMetric(float64(p99)/float64(max(1, floor)), "×floor")
	})
}
