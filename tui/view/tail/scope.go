package tail

import (
	"cmp"

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
}

// stop is the place to stop at, as the choice of it names it.
func (s scope) stop() records.Start {
	if !s.ends {
		return records.Start{Kind: live}
	}
	return s.until
}

// take takes over a place that was chosen.
func (s *scope) take(place records.Start, stop bool) {
	s.chosen = true
	if !stop {
		s.from = place
		return
	}
	s.ends = place.Kind != live
	s.until = records.Start{}
	if s.ends {
		s.until = place
	}
}

// words tells about the scope, most important first.
func (s scope) words() []string {
	var words []string
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
