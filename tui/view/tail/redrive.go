package tail

import (
	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/view/redrive"
)

// redrive opens the form that sends the marked records, or every match of the search,
// to another topic.
func (p *Page) redrive() tea.Cmd {
	what := redrive.What{Query: p.searchQuery(), Marked: make(map[int32][]int64)}
	for at := range p.marks {
		what.Marked[at.partition] = append(what.Marked[at.partition], at.offset)
	}
	return page.Ask(page.Show{Page: redrive.New(p.env, what)})
}

// refusesRedrive says why there is nothing to send, or "".
func (p *Page) refusesRedrive() string {
	if p.filter.wanted == nil && len(p.marks) == 0 {
		return p.env.Keys.In(keymap.Tail, keymap.Mark).Label() + " marks records to send, and " + p.env.Keys.In(keymap.Tail, keymap.Filter).Label() + " searches for them"
	}
	return ""
}
