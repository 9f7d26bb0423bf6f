// Package widget has the parts that screens are drawn with. Widgets know
// nothing of Kafka: they get typed items and functions that read them.
package widget

import (
	"cmp"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// Column describes one column of a Table.
type Column[T any] struct {
	Title string
	Min   int  // least width in cells; the title's width when that is more
	Flex  int  // share of the width that is left over; 0 keeps Min
	Right bool // aligned to the right, as numbers are
	// Drop is the order in which columns go when the screen is too narrow: the
	// highest first; 0 never goes.
	Drop int
	// Cell is the text of one cell; it may hold anything, since the table cleans
	// it.
	Cell func(T) string
	// Draw is for a cell that depends on the column's width, such as a
	// sparkline. It takes the place of Cell, and filters do not look at it.
	Draw func(item T, width int) string
	// Cmp orders two items by this column, on values and not on the text. Nil
	// makes a column that cannot sort.
	Cmp func(a, b T) int
	// Descending makes the first sorting by this column the largest first, as
	// one wants lag.
	Descending bool
	// Style colours a cell; nil leaves the ordinary text.
	Style func(T) lipgloss.Style
}

// Table shows typed items as rows. The cursor and the marks stay with the item
// (by key), not with the row number, when items come, go or change places. Only
// rows on the screen are drawn, so its cost does not grow with the items.
type Table[T any] struct {
	theme   *theme.Theme
	key     func(T) string
	columns []Column[T]

	items   []T // sorted, unfiltered
	shown   []T // what the filter lets through
	filter  string
	sortCol int
	reverse bool

	cursor    int    // index into shown
	cursorKey string // the item that the cursor follows
	top       int    // index into shown of the first row on the screen
	clicked   string // the item of the last click: a second one there means open
	marks     map[string]bool
	width     int
	height    int
	layout    layout // of the current width, made by Resize
	blurred   bool
	highlight string // marked in cells, ignoring case
}

// layout is the visible columns and their widths.
type layout struct {
	columns []int
	widths  []int
}

// NewTable returns an empty table sorted by the first column. key gives each
// item's identity, which must be unique among the items.
func NewTable[T any](th *theme.Theme, key func(T) string, columns ...Column[T]) *Table[T] {
	return &Table[T]{theme: th, key: key, columns: columns, marks: make(map[string]bool)}
}

// SetItems replaces the items; the table keeps its own copy of the slice.
func (t *Table[T]) SetItems(items []T) {
	t.items = append(t.items[:0:0], items...)
	t.sort()
	t.keepMarks()
	t.show(t.items)
}

// keepMarks forgets the marks of items that are gone.
func (t *Table[T]) keepMarks() {
	if len(t.marks) == 0 {
		return
	}
	kept := make(map[string]bool, len(t.marks))
	for _, item := range t.items {
		if k := t.key(item); t.marks[k] {
			kept[k] = true
		}
	}
	t.marks = kept
}

// Items returns all items in their order, whatever the filter. The slice must
// not be changed.
func (t *Table[T]) Items() []T { return t.items }

// Shown returns the items that the filter lets through, in order. The slice
// must not be changed.
func (t *Table[T]) Shown() []T { return t.shown }

// Visible returns the items on the screen, in order. The slice must not be changed.
func (t *Table[T]) Visible() []T {
	return t.shown[min(t.top, len(t.shown)):min(t.top+t.rows(), len(t.shown))]
}

// SetFilter shows only items of which some cell contains the text, ignoring
// case; "" shows all.
func (t *Table[T]) SetFilter(s string) {
	if s == t.filter {
		return
	}
	among := t.items
	if strings.Contains(strings.ToLower(s), strings.ToLower(t.filter)) {
		among = t.shown // what the shorter text hid, the longer one hides too
	}
	t.filter = s
	t.show(among)
}

// FilterText returns the current filter.
func (t *Table[T]) FilterText() string { return t.filter }

// SortBy sorts by a column, by its index; a column that cannot sort is ignored.
func (t *Table[T]) SortBy(column int, reverse bool) {
	if column < 0 || column >= len(t.columns) || t.columns[column].Cmp == nil {
		return
	}
	t.sortCol, t.reverse = column, reverse
	t.sort()
	t.show(t.items)
}

// SortNext sorts by the next visible column that can sort.
func (t *Table[T]) SortNext() {
	for i := 1; i <= len(t.columns); i++ {
		col := (t.sortCol + i) % len(t.columns)
		if t.columns[col].Cmp != nil && (len(t.layout.columns) == 0 || slices.Contains(t.layout.columns, col)) {
			t.SortBy(col, t.columns[col].Descending)
			return
		}
	}
}

// Reverse turns the sorting round.
func (t *Table[T]) Reverse() { t.SortBy(t.sortCol, !t.reverse) }

// SortedBy returns the title of the sorting column.
func (t *Table[T]) SortedBy() string { return t.columns[t.sortCol].Title }

// sort puts the items in order; where the sorting column has none, they keep the
// order in which they came.
func (t *Table[T]) sort() {
	if t.columns[t.sortCol].Cmp != nil {
		slices.SortFunc(t.items, t.compare)
	}
}

// compare orders items by the sorting column, and by key where that is equal, so
// that rows never change places for no reason.
func (t *Table[T]) compare(a, b T) int {
	c := t.columns[t.sortCol].Cmp(a, b)
	if t.reverse {
		c = -c
	}
	if c == 0 {
		c = cmp.Compare(t.key(a), t.key(b))
	}
	return c
}

// show applies the filter to some items and puts the cursor back on its own.
func (t *Table[T]) show(among []T) {
	t.shown = among
	if t.filter != "" {
		want := strings.ToLower(t.filter)
		t.shown = nil
		for _, item := range among {
			if t.matches(item, want) {
				t.shown = append(t.shown, item)
			}
		}
	}
	if t.cursorKey != "" {
		if i := slices.IndexFunc(t.shown, func(item T) bool { return t.key(item) == t.cursorKey }); i >= 0 {
			t.moveTo(i)
			return
		}
	}
	t.moveTo(t.cursor)
}

func (t *Table[T]) matches(item T, lower string) bool {
	if text.ContainsFold(t.key(item), lower) {
		return true
	}
	for _, c := range t.columns {
		if c.Cell != nil && text.ContainsFold(c.Cell(item), lower) {
			return true
		}
	}
	return false
}

// Selected returns the item under the cursor.
func (t *Table[T]) Selected() (item T, ok bool) {
	if t.cursor < 0 || t.cursor >= len(t.shown) {
		return item, false
	}
	return t.shown[t.cursor], true
}

// Select puts the cursor on the item with this key, when it is shown.
func (t *Table[T]) Select(key string) {
	if i := slices.IndexFunc(t.shown, func(item T) bool { return t.key(item) == key }); i >= 0 {
		t.moveTo(i)
	}
}

// Move moves the cursor by so many rows and keeps it on the table.
func (t *Table[T]) Move(rows int) { t.moveTo(t.cursor + rows) }

// First moves the cursor to the first row.
func (t *Table[T]) First() { t.moveTo(0) }

// Last moves the cursor to the last row.
func (t *Table[T]) Last() { t.moveTo(len(t.shown) - 1) }

// Page moves the cursor by whole screens, down, or up when negative.
func (t *Table[T]) Page(screens int) { t.Move(screens * max(1, t.rows()-1)) }

func (t *Table[T]) moveTo(i int) {
	t.cursor = max(0, min(i, len(t.shown)-1))
	t.cursorKey = ""
	if t.cursor < len(t.shown) {
		t.cursorKey = t.key(t.shown[t.cursor])
	}
	rows := t.rows()
	t.top = max(0, min(t.top, len(t.shown)-rows))
	if t.cursor < t.top {
		t.top = t.cursor
	}
	if rows > 0 && t.cursor >= t.top+rows {
		t.top = t.cursor - rows + 1
	}
}

// SetFocus says whether the table shows its cursor, as it does at first. On a
// screen of several tables only one has the focus.
func (t *Table[T]) SetFocus(focused bool) { t.blurred = !focused }

// ToggleMark marks or unmarks the item under the cursor.
func (t *Table[T]) ToggleMark() {
	if item, ok := t.Selected(); ok {
		k := t.key(item)
		if t.marks[k] {
			delete(t.marks, k)
		} else {
			t.marks[k] = true
		}
	}
}

// Mark marks or unmarks the item with this key.
func (t *Table[T]) Mark(key string, on bool) {
	if on {
		t.marks[key] = true
	} else {
		delete(t.marks, key)
	}
}

// MarkAll marks every shown item, or unmarks all when every one is marked.
func (t *Table[T]) MarkAll() {
	all := true
	for _, item := range t.shown {
		if k := t.key(item); !t.marks[k] {
			t.marks[k], all = true, false
		}
	}
	if all {
		clear(t.marks)
	}
}

// Marked reports whether the item with this key is marked.
func (t *Table[T]) Marked(key string) bool { return t.marks[key] }

// MarkedCount returns how many items are marked.
func (t *Table[T]) MarkedCount() int { return len(t.marks) }

// MarkedItems returns the marked items in their order.
func (t *Table[T]) MarkedItems() []T {
	var marked []T
	for _, item := range t.items {
		if t.marks[t.key(item)] {
			marked = append(marked, item)
		}
	}
	return marked
}

// Click moves the cursor to the row at line y of the view, or sorts by the
// column whose title is at x, y. It reports whether it hit the row that was
// clicked before and has the cursor still, which means open.
func (t *Table[T]) Click(x, y int) (again bool) {
	if y < 0 { // a line above the table
		return false
	}
	if y == 0 {
		left := gutter
		for i, col := range t.layout.columns {
			right := left + t.layout.widths[i] + columnGap
			if x >= left && x < right {
				if col == t.sortCol {
					t.Reverse()
				} else {
					t.SortBy(col, t.columns[col].Descending)
				}
			}
			left = right
		}
		return false
	}
	i := t.top + y - 1
	if y < 0 || y > t.rows() || i >= len(t.shown) {
		return false
	}
	again = i == t.cursor && t.clicked == t.cursorKey
	t.moveTo(i)
	t.clicked = t.cursorKey
	return again
}

// Resize sets the size that View fills: a line of titles and h-1 rows.
func (t *Table[T]) Resize(w, h int) {
	t.width, t.height = w, h
	t.layout = layoutColumns(t.columns, w)
	t.moveTo(t.cursor)
}

// rows is how many rows fit.
func (t *Table[T]) rows() int { return max(0, t.height-1) }
