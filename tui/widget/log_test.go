package widget

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/kdeck/kdeck/tui/theme"
)

// window is a source of numbered rows of which the oldest leave.
type window struct{ first, end int64 }

func (w *window) Bounds() (first, end int64) { return w.first, w.end }

func (w *window) Window(row int64, n int) []int64 {
	var rows []int64
	for row = max(row, w.first); row < w.end && len(rows) < n; row++ {
		rows = append(rows, row)
	}
	return rows
}

func newTestLog(source *window) *Log[int64] {
	l := NewLog(theme.New(true), source, Column[int64]{Title: "row", Min: 12, Cell: func(n int64) string { return fmt.Sprintf("<%d>", n) }})
	l.Resize(20, 6) // five rows
	return l
}

func TestLogFollowsAndStops(t *testing.T) {
	source := &window{end: 10}
	l := newTestLog(source)
	l.Sync()
	if at, _ := l.Selected(); at != 9 || !l.Following() || !strings.Contains(l.View(), "<5>") || strings.Contains(l.View(), "<4>") {
		t.Fatalf("stands at %d:\n%s", at, l.View())
	}
	l.Move(-1)
	source.end = 14
	l.Sync()
	if at, _ := l.Selected(); at != 8 || l.Following() || l.Added() != 4 {
		t.Errorf("stopped at %d with %d added", at, l.Added())
	}
	if !l.Click(1) && l.Row() != 5 {
		t.Errorf("the click went to row %d", l.Row())
	}
	if !l.Click(1) {
		t.Error("the second click on a row does not open it")
	}
	l.Last()
	if at, _ := l.Selected(); at != 13 || !l.Following() || l.Added() != 0 {
		t.Errorf("follows at %d with %d added", at, l.Added())
	}
}

// TestLogNeverLosesItsPlace moves about while rows come and go: the cursor stays
// on the row that it was on as long as that row is there, and on the screen.
func TestLogNeverLosesItsPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := &window{}
		l := newTestLog(source)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			following, row := l.Following(), l.Row()
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				source.end += rapid.Int64Range(0, 20).Draw(t, "added")
				l.Sync()
				if !following && l.Row() != max(row, source.first) {
					t.Fatalf("the cursor went from %d to %d when rows were added", row, l.Row())
				}
			case 1:
				source.first = min(source.end, source.first+rapid.Int64Range(0, 20).Draw(t, "left"))
				l.Sync()
				if want := max(row, source.first); !following && source.first < source.end && l.Row() != want {
					t.Fatalf("the cursor went from %d to %d when rows left, want %d", row, l.Row(), want)
				}
			case 2:
				l.Move(rapid.IntRange(-10, 10).Draw(t, "move"))
			case 3:
				l.Resize(20, rapid.IntRange(0, 12).Draw(t, "height"))
			case 4:
				l.Last()
			}
			if source.first == source.end || l.table.rows() == 0 {
				continue
			}
			if at, ok := l.Selected(); !ok || at != l.Row() {
				t.Fatalf("row %d is under the cursor, want %d", at, l.Row())
			}
			if !strings.Contains(l.View(), fmt.Sprintf("<%d>", l.Row())) {
				t.Fatalf("row %d is not on the screen:\n%s", l.Row(), l.View())
			}
			if l.Following() && l.Row() != source.end-1 {
				t.Fatalf("follows at row %d of %d", l.Row(), source.end)
			}
		}
	})
}
