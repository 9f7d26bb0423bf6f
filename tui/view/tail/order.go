package tail

import (
	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/tui/text"
)

// reorder shows the same records in the other order. What the tail holds is read
// again, since the merge of partitions is made as they are read.
func (p *Page) reorder() tea.Cmd {
	p.scope.merged = !p.scope.merged
	tail := p.feed
	if p.search != nil {
		tail = p.search.tail
	}
	oldest := tail.Oldest()
	held, ok := p.log.Selected()
	switch {
	case len(oldest) == 0: // nothing has been read
		return p.again()
	case p.search != nil:
		p.feed = p.feedAt(oldest)
		return p.find()
	case ok && !p.log.Following():
		return p.readAt(oldest, placeOf(held.Record), p.scope.called)
	}
	return p.show(p.feedAt(oldest))
}

// order names the order of the records, and what it costs.
func (s scope) order() string {
	switch {
	case !s.merged:
		return "as they arrive"
	case s.ends:
		return "by timestamp"
	}
	return "by timestamp, " + text.Duration(records.HoldBack) + " late"
}
