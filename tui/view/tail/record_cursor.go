package tail

import (
	"maps"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/tui/page"
)

// foldable reports whether the value is JSON of which parts can be folded. There is
// a cursor then; any other record just scrolls.
func (p *RecordPage) foldable() bool { return p.doc.body.json != nil }

// marked is the line that has the cursor, or -1.
func (p *RecordPage) marked() int {
	if !p.foldable() {
		return -1
	}
	return p.cursor
}

// scroll moves the lines on the screen.
func (p *RecordPage) scroll(lines int) {
	p.top = max(0, min(p.top+lines, p.doc.lines()-p.h))
}

// place puts the cursor of a new value on its first line, if that shows.
func (p *RecordPage) place() {
	if !p.placed && p.h > 0 {
		p.cursor, p.placed = 0, true
		if at := len(p.doc.head); at < p.top+p.h {
			p.cursor = at
		}
	}
	p.follow()
}

// follow keeps the cursor on the screen.
func (p *RecordPage) follow() {
	p.cursor = max(p.top, min(p.cursor, p.top+p.h-1, p.doc.lines()-1))
}

// move moves the cursor, or the lines where there is none.
func (p *RecordPage) move(lines int) {
	if !p.foldable() {
		p.scroll(lines)
		return
	}
	p.cursor = max(0, min(p.cursor+lines, p.doc.lines()-1))
	switch {
	case p.cursor < p.top:
		p.scroll(p.cursor - p.top)
	case p.cursor >= p.top+p.h:
		p.scroll(p.cursor - p.top - p.h + 1)
	}
}

// page moves the lines by about a screen, and the cursor with them.
func (p *RecordPage) page(lines int) {
	p.scroll(lines)
	p.move(lines)
}

// click puts the cursor on a row of the screen; another click there folds.
func (p *RecordPage) click(row int) tea.Cmd {
	line := p.top + row
	switch {
	case p.box != nil || !p.foldable() || line >= p.doc.lines():
	case line == p.cursor:
		return p.fold()
	default:
		p.cursor = line
	}
	return nil
}

// fold folds the object or list under the cursor, or opens it.
func (p *RecordPage) fold() tea.Cmd {
	opens := p.doc.around(p.cursor)
	if opens < 0 {
		return page.Say(page.Info, "there is no object or list in JSON under the cursor")
	}
	folded := maps.Clone(p.folded)
	if folded == nil {
		folded = make(map[int]bool)
	}
	folded[opens] = !folded[opens]
	p.refold(folded, opens)
	return nil
}

// foldAll folds everything but the outermost object or list, or nothing.
func (p *RecordPage) foldAll(all bool) tea.Cmd {
	if !p.foldable() {
		return page.Say(page.Info, "the value is not shown as JSON, so nothing can be folded")
	}
	var folded map[int]bool
	if all {
		folded = p.doc.body.json.inner()
	}
	opens := p.doc.around(p.cursor)
	for all && opens >= 0 && !folded[opens] && p.doc.body.json.parent[opens] >= 0 {
		opens = p.doc.body.json.parent[opens] // what still shows
	}
	p.refold(folded, opens)
	return nil
}

// refold shows the value with other parts folded, and moves the cursor to one.
func (p *RecordPage) refold(folded map[int]bool, opens int) {
	p.folded = folded
	p.doc.fold(folded)
	p.scroll(0)
	if opens >= 0 {
		p.move(p.doc.lineOf(opens) - p.cursor)
	} else {
		p.follow()
	}
}
