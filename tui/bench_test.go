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
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("team-%02d.topic-%06d", i%37, i)
	}
	name := func(i int) string { return names[i] }
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
// of 160×48 over 10,000 rows: moving the cursor, and typing the first letter of a
// filter, which looks at every row. It reports the median and the 99th
// percentile, whose budget is 16 ms; ×floor compares that with a table that fits
// the screen.
func BenchmarkKeyToScreen(b *testing.B) {
	for _, keys := range []struct {
		name    string
		measure tea.KeyPressMsg
		before  []tea.KeyPressMsg // each press that is measured
		after   []tea.KeyPressMsg
	}{
		{name: "move", measure: tea.KeyPressMsg{Code: 'j', Text: "j"}},
		{"filter", tea.KeyPressMsg{Code: '7', Text: "7"}, []tea.KeyPressMsg{{Code: '/', Text: "/"}}, []tea.KeyPressMsg{{Code: tea.KeyEscape}}},
	} {
		b.Run(keys.name, func(b *testing.B) {
			few, many := longApp(b, 44), longApp(b, 10_000)
			var floor, took []time.Duration
			press := func(a *App) time.Duration {
				for _, k := range keys.before {
					a.Update(k)
				}
				began := time.Now()
				a.Update(keys.measure)
				_ = a.View()
				took := time.Since(began)
				for _, k := range keys.after {
					a.Update(k)
				}
				return took
			}
			for b.Loop() {
				took, floor = append(took, press(many)), append(floor, press(few))
			}
			slices.Sort(took)
			slices.Sort(floor)
			b.ReportMetric(0, "ns/op") // of both
			b.ReportMetric(millis(took[len(took)/2]), "p50-ms")
			b.ReportMetric(millis(took[len(took)*99/100]), "p99-ms")
			b.ReportMetric(millis(floor[len(floor)/2]), "floor-p50-ms")
			b.ReportMetric(millis(floor[len(floor)*99/100]), "floor-p99-ms")
			b.ReportMetric(float64(took[len(took)*99/100])/float64(floor[len(floor)*99/100]), "×floor")
		})
	}
}

// longApp is a console on a page of so many rows.
func longApp(b *testing.B, rows int) *App {
	a := New(b.Context(), Options{Client: testClient(b, false), Keys: testKeys(b)})
	a.registry = []screen{{name: homeScreen, root: true, open: func(a *App, _ []string) page.Page { return newLong(a.env(), rows) }}}
	a.Init()
	a.Update(tea.WindowSizeMsg{Width: 160, Height: 48})
	return a
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
