package tail

import (
	"strconv"
	"strings"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

func (p *Page) layout() {
	p.log.Resize(p.w, p.h-p.headLines())
	p.rows = p.log.View()
}

// headLines are those of the state, and of the filter while there is one.
func (p *Page) headLines() int { return 2 + p.filter.lines() }

// View draws the state, the filter, and the records.
func (p *Page) View() string {
	count := text.Count(p.status.Shown) + " of " + text.Count(p.status.Held)
	if p.search != nil {
		count = text.Count(p.status.Read) + " found"
	}
	lines := append(p.stateLines(), p.filter.view(p.env.Theme, count, p.w)...)
	body := p.rows
	if _, any := p.log.Selected(); !any {
		body = widget.Center(p.env.Theme.Dim.Render(p.empty()), p.w, p.h-p.headLines())
	}
	return over(strings.Join(append(lines, body), "\n"), p.box, p.w, p.h)
}

// empty says why there is nothing to see, and what to do.
func (p *Page) empty() string {
	seek := p.env.Keys.Of(keymap.Seek).Label()
	switch s := p.status; {
	case p.mistake != nil:
		return text.Clean(p.mistake.Error()) + "\n" + seek + " chooses where to read from"
	case s.Problem != nil:
		return text.Clean(s.Problem.Error())
	case !s.Open:
		return "finding " + p.scope.from.String() + " of " + text.Clean(p.topic) + " …"
	case p.search != nil && s.Done < 1:
		return "searching " + text.Clean(p.topic) + " …"
	case p.search != nil:
		return "nothing found in " + text.Count(s.Looked) + " records; esc goes back to the tail"
	case p.filter.text != "" && s.Held > 0:
		return "none of " + text.Count(s.Held) + " records holds " + strconv.Quote(text.Cut(text.Clean(p.filter.text), p.w/2)) + "; esc clears the filter"
	case s.Lag > 0:
		return page.Loading("records")
	}
	return "no records since " + p.scope.from.String() + "; waiting for new ones\n" + seek + " reads from earlier: earliest, N back, an offset, a time"
}
