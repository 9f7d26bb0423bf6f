package overview

import (
	"strings"

	"github.com/kdeck/kdeck/tui/text"
)

// rect is a place on the screen, in cells.
type rect struct{ x, y, w, h int }

func (r rect) contains(x, y int) bool {
	return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h
}

// layout is where the parts of the overview stand. A part that does not fit has
// no height.
type layout struct {
	problems, facts, groups, topics, brokers rect
	rate, lag                                rect // charts
}

// rows is how many rows each table has to show.
type rows struct{ problems, groups, topics, brokers int }

const (
	columnGap  = 2
	roomyLines = 18 // from this height on, an empty line parts the parts
	chartLines = 8  // a title and the bars
	chartsFrom = 120
	topRows    = 5 // groups and topics that always have a place
	fewBrokers = 3
)

// arrange gives every part its place on w × h cells. What is wrong stands first
// and may take a sixth of the screen; then the facts; then groups and topics
// beside each other; then the brokers; and charts where there is room left.
func arrange(w, h int, n rows) layout {
	gap := 0
	if h >= roomyLines {
		gap = 1
	}
	var l layout
	y := 0
	take := func(lines int) rect {
		r := rect{0, y, w, max(0, min(lines, h-y))}
		if r.h > 0 {
			y += r.h + gap
		}
		return r
	}
	top := 1 // one calm line, or a title with the problems below
	if n.problems > 0 {
		top += min(n.problems, max(1, h/6))
	}
	l.problems = take(top)
	l.facts = take(factLines)

	left := h - y
	// A quarter is for the brokers, and a few of them even where the lists then
	// keep no more than their first rows.
	room := min(max(fewBrokers, left/4), left-gap-1-(1+topRows))
	brokers := 1 + min(n.brokers, max(1, room))
	charts := 0
	if w >= chartsFrom && left-brokers-1-topRows-2*gap >= chartLines {
		charts = chartLines
	}
	lists := min(1+max(topRows, n.groups, n.topics), left-brokers-gap)
	if charts > 0 {
		lists = min(lists, left-brokers-charts-2*gap)
	}
	l.groups, l.topics = halves(take(lists))
	l.brokers = take(brokers)
	if charts > 0 {
		l.rate, l.lag = halves(take(min(h-y, chartLines+4)))
	}
	return l
}

// halves parts a place into a left and a right one.
func halves(r rect) (left, right rect) {
	left, right = r, r
	left.w = (r.w - columnGap) / 2
	right.x = left.w + columnGap
	right.w = r.w - right.x
	return left, right
}

// paint writes a block into its place. What stands left of it must have been
// painted before.
func paint(lines []string, r rect, block string) {
	if r.h <= 0 {
		return
	}
	for i, line := range strings.Split(block, "\n") {
		if i >= r.h || r.y+i >= len(lines) {
			return
		}
		row := &lines[r.y+i]
		if missing := r.x - text.Width(*row); missing > 0 {
			*row += strings.Repeat(" ", missing)
		}
		*row += text.Cut(line, r.w)
	}
}
