package tail

import (
	"fmt"
	"reflect"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// search is a search through the whole range, and the tail that it stands before.
type search struct {
	query records.Query
	feed  *records.Feed
	tail  *records.Feed
	full  bool // its memory was full, and the user has let the oldest go
}

// find looks for what the filter wants in the whole range. It goes on with the
// search before when that was for the same.
func (p *Page) find() tea.Cmd {
	q := p.searchQuery()
	tail := p.feed
	if p.before != nil && reflect.DeepEqual(comparable(p.before.query), comparable(q)) {
		p.search = p.before
		p.search.feed.Pause(false)
	} else {
		p.search = &search{query: q, feed: records.NewFeed(p.env.Client.Conn, q, records.Limits{})}
	}
	p.search.tail, p.before = tail, nil
	clear(p.marks)
	return p.show(p.search.feed)
}

// comparable is a query without its filter, whose text stands for it.
func comparable(q records.Query) [2]any {
	wanted := q.Filter.String()
	q.Filter = nil
	return [2]any{q, wanted}
}

// leaveSearch goes back to the tail, which goes on where it was. What was found
// stays, for who looks for the same again.
func (p *Page) leaveSearch() tea.Cmd {
	if p.search == nil {
		return nil
	}
	p.before = p.search
	p.search = nil
	clear(p.marks)
	return p.show(p.before.tail)
}

// keep is the number of the oldest match that must stay: all of them, until the
// user lets the oldest go.
func (s *search) keep(inView int64) int64 {
	if s.full {
		return inView
	}
	return 0
}

// pause stops a search or goes on. One that is full goes on by letting go of the
// oldest matches.
func (s *search) pause(status records.FeedStatus) {
	if status.Full && !status.Paused {
		s.full = true
		return
	}
	s.feed.Pause(!status.Paused)
}

// state is the word for what the search does.
func (s *search) state(th *theme.Theme, status records.FeedStatus) string {
	done := fmt.Sprintf(" %.0f %%", 100*status.Done)
	switch {
	case status.Paused:
		return th.Warn.Render("‖ paused at" + done)
	case status.Full:
		return th.Warn.Render("‖ full at" + done + ": space goes on without the oldest matches")
	case !status.Ended && !status.Open && status.Problem != nil:
		return th.Bad.Render("✗ cannot search")
	case !status.Ended && status.Problem != nil:
		return th.Warn.Render("! searching" + done)
	case status.Done < 1:
		return th.Good.Render("● searching" + done)
	case !status.Ended:
		return th.Good.Render("✓ searched, following")
	}
	return th.Good.Render("✓ searched")
}

// facts tell how the search goes, most important first.
func (s *search) facts(status records.FeedStatus) []string {
	facts := []string{text.Count(status.Read) + " found"}
	if status.Dropped > 0 {
		facts[0] += ", " + memory(status)
	}
	if status.Done < 1 {
		facts = append(facts, text.Rate(status.LookRate)+"/s")
		if status.Left > 0 {
			facts = append(facts, text.Duration(status.Left)+" left")
		}
	}
	return append(facts, text.Count(status.Looked)+" looked at")
}
