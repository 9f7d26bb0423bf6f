package tail

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/tui/text"
)

// scope is which part of a topic the tail is about.
type scope struct {
	from      records.Start
	called    string // where reading began, when it was elsewhere since
	chosen    bool   // the user has chosen from or until: a search keeps to them
	until     records.Start
	ends      bool // reading stops before until; otherwise it follows
	committed bool // open and aborted transactions are left out
	merged    bool // by timestamp over all partitions; else as records arrive
}

// stop is the place to stop at, as the choice of it names it.
func (s scope) stop() records.Start {
	if !s.ends {
		return records.Start{Kind: live}
	}
	return s.until
}

// readFrom reads anew from a place that was chosen.
func (p *Page) readFrom(place records.Start) tea.Cmd {
	p.scope.chosen, p.scope.from = true, place
	return p.again()
}

// readUntil reads anew up to a place that was chosen.
func (p *Page) readUntil(place records.Start) tea.Cmd {
	p.scope.chosen, p.scope.ends, p.scope.until = true, place.Kind != live, records.Start{}
	if p.scope.ends {
		p.scope.until = place
	}
	return p.again()
}

// words tells about the scope, most important first.
func (s scope) words() (words []string) {
	if s.committed {
		words = append(words, "committed only")
	}
	words = append(words, cmp.Or(s.called, "from "+text.Clean(s.from.String())))
	switch {
	case s.ends && s.until.Kind == records.Latest:
		words = append(words, "until the end")
	case s.ends:
		words = append(words, "until "+s.until.String())
	}
	return words
}

// query is what the tail reads.
func (p *Page) query() records.Query {
	s := p.scope
	return records.Query{
		Topic: p.topic, Partitions: p.partitions, From: s.from,
		Until: s.until, Follow: !s.ends, Committed: s.committed, Markers: !s.committed,
		Merged: s.merged,
	}
}

// searchQuery is what a search looks through: the range that was chosen, or the
// whole topic.
func (p *Page) searchQuery() records.Query {
	q := p.query()
	q.Filter, q.Markers = p.filter.wanted, false
	if !p.scope.chosen {
		q.From = records.Start{Kind: records.Earliest}
	}
	return q
}
