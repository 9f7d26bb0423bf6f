package tail

import (
	"fmt"
	"strings"

	"github.com/kdeck/kdeck/tui/text"
)

// tree is indented JSON as lines, of which objects and lists can be folded. One is
// known by the line that opens it.
type tree struct {
	lines  []string // clean
	closes []int    // the line that closes what a line opens; 0 where it opens nothing
	parent []int    // the line that opens what a line stands in, -1 for none
	items  []int    // how many members or elements what a line opens has
}

// newTree reads what json.Indent has written: a line that ends with a bracket opens
// an object or a list that is not empty, since strings end with a quote.
func newTree(indented string) tree {
	t := tree{lines: strings.Split(text.CleanLines(indented), "\n")}
	t.closes, t.parent, t.items = make([]int, len(t.lines)), make([]int, len(t.lines)), make([]int, len(t.lines))
	open := -1
	for i, line := range t.lines {
		line = strings.TrimLeft(line, " ")
		if open >= 0 && (strings.HasPrefix(line, "}") || strings.HasPrefix(line, "]")) {
			t.closes[open] = i
			open = t.parent[open]
			t.parent[i] = open
			continue
		}
		t.parent[i] = open
		if open >= 0 {
			t.items[open]++
		}
		if strings.HasSuffix(line, "{") || strings.HasSuffix(line, "[") {
			open = i
		}
	}
	return t
}

// around is the line that opens what a line opens, closes or stands in, or -1.
func (t tree) around(line int) int {
	if t.closes[line] > 0 {
		return line
	}
	if p := t.opener(line); p >= 0 {
		return p
	}
	return t.parent[line]
}

// opener is the line that opens what a line closes, or -1.
func (t tree) opener(line int) int {
	for i := line - 1; i >= 0; i-- {
		if t.closes[i] == line {
			return i
		}
	}
	return -1
}

// inner is all that stands directly in the outermost object or list and can be
// folded.
func (t tree) inner() map[int]bool {
	lines := make(map[int]bool)
	for i := range t.lines {
		if t.closes[i] > 0 && t.parent[i] == 0 {
			lines[i] = true
		}
	}
	return lines
}

// rows is what shows of the tree at a width, and the line that each row is of.
func (t tree) rows(folded map[int]bool, width int) (rows []string, of []int) {
	for i := 0; i < len(t.lines); i++ {
		line := t.lines[i]
		end := t.closes[i]
		if end > 0 && folded[i] {
			line += fmt.Sprintf(" … %s %s", text.Plural(t.items[i], itemOf(line)), strings.TrimLeft(t.lines[end], " "))
		}
		for _, row := range wrapped(line, width) {
			rows, of = append(rows, row), append(of, i)
		}
		if end > 0 && folded[i] {
			i = end
		}
	}
	return rows, of
}

func itemOf(line string) string {
	if strings.HasSuffix(line, "{") {
		return "member"
	}
	return "element"
}
