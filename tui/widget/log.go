package widget

import (
	"strconv"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/tui/theme"
)

// Source is what a Log shows: rows that are added at the end and leave at the
// beginning. Rows are counted up; a row keeps its number. Both methods may be
// called while the rows change.
type Source[T any] interface {
	// Bounds returns the first row and one past the last.
	Bounds() (first, end int64)
	// Window returns up to n items from a row on; rows that have left are left
	// out.
	Window(row int64, n int) []T
}

// Log shows the rows of a source, newest at the bottom. With the cursor on the
// last row it follows: the cursor stays on the last row when rows are added.
// Moving up stops that, and moving back to the last row begins it again. Only
// the rows on the screen are ever asked for.
type Log[T any] struct {
	source    Source[T]
	table     *Table[logRow[T]] // of the rows on the screen
	top       int64             // the first row on the screen
	cursor    int64
	following bool
	left      int64 // one past the last row when following stopped
	first     int64 // the source's bounds, as Sync saw them
	end       int64
}

// logRow is an item and its row in the source.
type logRow[T any] struct {
	row  int64
	item T
}

// NewLog returns a log that follows the source. Sorting has no meaning for it:
// Cmp of the columns is not used.
func NewLog[T any](th *theme.Theme, source Source[T], columns ...Column[T]) *Log[T] {
	rows := make([]Column[logRow[T]], len(columns))
	for i, c := range columns {
		rows[i] = Column[logRow[T]]{Title: c.Title, Min: c.Min, Flex: c.Flex, Right: c.Right, Drop: c.Drop}
		rows[i].Cell = func(r logRow[T]) string { return c.text(r.item, c.Min) }
		rows[i].Draw = func(r logRow[T], width int) string { return c.text(r.item, width) }
		if c.Style != nil {
			rows[i].Style = func(r logRow[T]) lipgloss.Style { return c.Style(r.item) }
		}
	}
	key := func(r logRow[T]) string { return strconv.FormatInt(r.row, 10) }
	l := &Log[T]{source: source, table: NewTable(th, key, rows...), following: true}
	l.Sync()
	return l
}

// SetSource shows other rows, from their end, and follows.
func (l *Log[T]) SetSource(source Source[T]) {
	l.source = source
	l.Last()
}

// SetHighlight marks a text in the cells, ignoring case; "" marks nothing.
func (l *Log[T]) SetHighlight(s string) { l.table.highlight = s }

// Sync takes in what has changed in the source. It must be called after every
// change that is to be seen.
func (l *Log[T]) Sync() {
	l.first, l.end = l.source.Bounds()
	if l.following {
		l.cursor = l.end - 1
	}
	l.place()
}

// place keeps the cursor within the rows and on the screen, and fetches what is
// to be seen.
func (l *Log[T]) place() {
	rows := int64(l.table.rows())
	l.cursor = max(l.first, min(l.cursor, l.end-1))
	l.top = max(l.first, min(l.top, l.end-rows))
	l.top = min(l.top, l.cursor)
	l.top = max(l.top, l.cursor-max(0, rows-1))
	items := l.source.Window(l.top, int(rows))
	window := make([]logRow[T], len(items))
	for i, item := range items {
		window[i] = logRow[T]{l.top + int64(i), item}
	}
	l.table.shown = window // past SetItems, which would sort
	l.table.moveTo(int(l.cursor - l.top))
}

// Following reports whether the cursor stays on the last row.
func (l *Log[T]) Following() bool { return l.following }

// Added is how many rows were added since following stopped.
func (l *Log[T]) Added() int64 {
	if l.following {
		return 0
	}
	return max(0, l.end-max(l.left, l.first))
}

// Selected returns the item under the cursor.
func (l *Log[T]) Selected() (item T, ok bool) {
	row, ok := l.table.Selected()
	return row.item, ok
}

// Top returns the first item on the screen.
func (l *Log[T]) Top() (item T, ok bool) {
	if len(l.table.shown) == 0 {
		return item, false
	}
	return l.table.shown[0].item, true
}

// AtFirst reports whether the cursor is on the oldest row.
func (l *Log[T]) AtFirst() bool { return l.cursor == l.first }

// Row returns the row under the cursor.
func (l *Log[T]) Row() int64 { return l.cursor }

// Move moves the cursor by so many rows.
func (l *Log[T]) Move(rows int) { l.MoveTo(l.cursor + int64(rows)) }

// MoveTo moves the cursor to a row, or the nearest there is.
func (l *Log[T]) MoveTo(row int64) {
	l.cursor = row
	l.follow(row >= l.end-1)
	l.place()
}

// Show moves the cursor to a row in the middle of the screen, and stops following:
// what is added from now on is new.
func (l *Log[T]) Show(row int64) {
	l.cursor = row
	l.following, l.left = false, l.end
	l.top = row - int64(l.table.rows()/2)
	l.place()
}

// Hold stops following where the cursor is.
func (l *Log[T]) Hold() { l.follow(false) }

func (l *Log[T]) follow(on bool) {
	if l.following && !on {
		l.left = l.end
	}
	l.following = on
}

// First moves the cursor to the oldest row.
func (l *Log[T]) First() { l.MoveTo(l.first) }

// Last moves the cursor to the newest row and follows.
func (l *Log[T]) Last() {
	l.following = true
	l.Sync()
}

// Page moves the cursor by whole screens, down or up.
func (l *Log[T]) Page(screens int) { l.Move(screens * max(1, l.table.rows()-1)) }

// Click moves the cursor to the row at line y of the view. It reports whether
// the cursor was there already, which means open.
func (l *Log[T]) Click(y int) (again bool) {
	row := l.top + int64(y) - 1
	if y < 1 || row >= l.end {
		return false
	}
	again = row == l.cursor
	l.MoveTo(row)
	return again
}

// Resize sets the size that View fills: a line of titles and h-1 rows.
func (l *Log[T]) Resize(w, h int) {
	l.table.Resize(w, h)
	l.place()
}

// View draws the titles and the rows on the screen.
func (l *Log[T]) View() string { return l.table.View() }
