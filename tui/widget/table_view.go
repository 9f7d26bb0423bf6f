package widget

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

const (
	gutter    = 2 // the sign of a mark or of the cursor, and a free cell
	columnGap = 2
	margin    = 1 // right of the last column: text at the very edge is hard to read
	narrow    = 8 // cells that a flexible column keeps while others can give some
)

// layoutColumns chooses the columns that fit into a width and shares out what
// is left. Where even the columns that never go are too wide, they get narrower,
// since a cell cut short tells more than a column that is missing.
func layoutColumns[T any](columns []Column[T], width int) layout {
	var l layout
	for i := range columns {
		l.columns = append(l.columns, i)
	}
	room := func() int {
		used := gutter
		for _, c := range l.columns {
			used += minWidth(columns[c]) + columnGap
		}
		return width - used + columnGap - margin
	}
	for room() < -margin { // no column goes for the margin alone
		last := -1
		for i, c := range l.columns {
			if columns[c].Drop > 0 && (last < 0 || columns[c].Drop > columns[l.columns[last]].Drop) {
				last = i
			}
		}
		if last < 0 {
			break
		}
		l.columns = slices.Delete(l.columns, last, last+1)
	}
	spare, flex := max(0, room()), 0
	for _, c := range l.columns {
		flex += columns[c].Flex
	}
	for _, c := range l.columns {
		w := minWidth(columns[c])
		if f := columns[c].Flex; f > 0 {
			share := spare * f / flex
			spare, flex = spare-share, flex-f
			w += share
		}
		l.widths = append(l.widths, w)
	}
	squeeze(columns, l, -room())
	return l
}

// squeeze takes cells away, one by one from the widest column: first from those
// that are flexible, then from all, but never any of a title.
func squeeze[T any](columns []Column[T], l layout, cells int) {
	for ; cells > 0; cells-- {
		widest := -1
		for _, least := range []func(Column[T]) int{
			func(c Column[T]) int {
				if c.Flex == 0 {
					return c.Min
				}
				return max(narrow, titleWidth(c))
			},
			titleWidth[T],
		} {
			for i, c := range l.columns {
				if l.widths[i] > least(columns[c]) && (widest < 0 || l.widths[i] > l.widths[widest]) {
					widest = i
				}
			}
			if widest >= 0 {
				break
			}
		}
		if widest < 0 {
			return
		}
		l.widths[widest]--
	}
}

func minWidth[T any](c Column[T]) int { return max(c.Min, titleWidth(c)) }

// titleWidth leaves a cell for the sign of sorting behind a title.
func titleWidth[T any](c Column[T]) int { return text.Width(c.Title) + 1 }

// View draws the titles and the rows on the screen, height lines in all.
func (t *Table[T]) View() string {
	if t.height <= 0 {
		return ""
	}
	lines := make([]string, 0, t.height)
	lines = append(lines, t.titles())
	for i := t.top; i < min(t.top+t.rows(), len(t.shown)); i++ {
		lines = append(lines, t.row(t.shown[i], i == t.cursor && !t.blurred))
	}
	for len(lines) < t.height {
		lines = append(lines, "")
	}
	return strings.Join(lines, "\n")
}

func (t *Table[T]) titles() string {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", gutter))
	for i, col := range t.layout.columns {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", columnGap))
		}
		title, style := t.columns[col].Title, t.theme.Header
		if col == t.sortCol && t.columns[col].Cmp != nil {
			style = t.theme.Sorted
			if t.reverse {
				title += "↓"
			} else {
				title += "↑"
			}
		}
		b.WriteString(style.Render(text.Fit(title, t.layout.widths[i], t.columns[col].Right)))
	}
	return t.cut(b.String())
}

// text is what a cell holds, drawn to its width where the column asks for that.
func (c *Column[T]) text(item T, width int) string {
	if c.Draw != nil {
		return c.Draw(item, width)
	}
	return c.Cell(item)
}

// row draws an item. Only the row under the cursor is filled to the edge: the
// others are most of what there is to draw, and have no background.
func (t *Table[T]) row(item T, selected bool) string {
	var b strings.Builder
	render := func(s lipgloss.Style, cell string) string { return s.Inline(true).Render(cell) }
	gap := strings.Repeat(" ", columnGap)
	sign, free := " ", " "
	if selected {
		render = func(s lipgloss.Style, cell string) string {
			if t.theme.Colours != theme.Many { // reversed, and colours would be its background
				s = t.theme.Cursor
			}
			return s.Inherit(t.theme.Cursor).Inline(true).Render(cell)
		}
		gap = t.theme.Cursor.Render(gap)
		sign, free = render(t.theme.Accent, "▌"), t.theme.Cursor.Render(free)
	}
	if t.marks[t.key(item)] {
		sign = render(t.theme.Mark, "●")
	}
	b.WriteString(sign + free)
	for i, col := range t.layout.columns {
		c := &t.columns[col]
		if i > 0 {
			b.WriteString(gap)
		}
		style := t.theme.Text
		if c.Style != nil {
			style = c.Style(item)
		}
		width := t.layout.widths[i]
		cell := text.Clean(c.text(item, width))
		if c.Right { // of a number cut short, nothing would be true
			cell = text.ShortCount(cell, width)
		}
		cell = text.Fit(cell, width, c.Right)
		b.WriteString(t.highlighted(cell, func(s string) string { return render(style, s) }))
	}
	if spare := t.width - t.layout.total(); selected && spare > 0 {
		b.WriteString(t.theme.Cursor.Render(strings.Repeat(" ", spare)))
	}
	return t.cut(b.String())
}

// cut shortens a line where the columns that never go are wider than the table.
func (t *Table[T]) cut(line string) string {
	if t.layout.total() <= t.width {
		return line
	}
	return text.Cut(line, t.width)
}

// total is the width of a row.
func (l layout) total() int {
	total := gutter + columnGap*max(0, len(l.widths)-1)
	for _, w := range l.widths {
		total += w
	}
	return total
}

// highlighted draws a text with every place that matches the highlight marked.
func (t *Table[T]) highlighted(cell string, render func(string) string) string {
	if t.highlight == "" {
		return render(cell)
	}
	want, lower := strings.ToLower(t.highlight), strings.ToLower(cell)
	if len(lower) != len(cell) { // lower case of other length: the places would be wrong
		return render(cell)
	}
	var b strings.Builder
	done := 0
	for {
		i := strings.Index(lower[done:], want)
		if i < 0 {
			break
		}
		if i > 0 {
			b.WriteString(render(cell[done : done+i]))
		}
		done += i + len(want)
		b.WriteString(t.theme.Match.Render(cell[done-len(want) : done]))
	}
	if done < len(cell) {
		b.WriteString(render(cell[done:]))
	}
	return b.String()
}
