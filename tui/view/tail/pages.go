package tail

import (
	"context"
	"fmt"
	"maps"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/tui/page"
)

const (
	// olderPage is how many older records are read at a time.
	olderPage = 1000
	// aroundPage is how many records before a match are read with it.
	aroundPage = 100
)

// place is where a record stands in the log.
type place struct {
	partition int32
	offset    int64
}

func placeOf(rec *kgo.Record) place { return place{rec.Partition, rec.Offset} }

// older says where to read from to see what is before the oldest record held.
type older struct {
	starts map[int32]int64
	more   bool
	goal   place
	err    error
}

// older asks where older records are. It is asked for at the first row.
func (p *Page) older() tea.Cmd {
	top, ok := p.log.Selected()
	if !ok || p.search != nil || p.filter.text != "" || p.goal != nil {
		return nil
	}
	parent, client, q, before, goal := p.ctx, p.env.Client, p.query(), p.feed.Oldest(), placeOf(top.Record)
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, fetchTime)
		defer cancel()
		starts, more, err := records.Older(ctx, client.Conn, q, before, olderPage)
		return older{starts, more, goal, err}
	}
}

// showOlder reads on from there. What was read already comes again after it, as
// far as there is room.
func (p *Page) showOlder(found older) tea.Cmd {
	switch {
	case found.err != nil:
		return page.Say(page.Failure, found.err.Error())
	case !found.more:
		return page.Say(page.Info, "this is the oldest record there is")
	}
	return p.readAt(found.starts, found.goal, "from further back")
}

// surrounded says where to read from to see a match among the records about it.
type surrounded struct {
	starts map[int32]int64
	goal   place
	err    error
}

// around asks where the records about the one under the cursor begin.
func (p *Page) around() tea.Cmd {
	held, ok := p.log.Selected()
	if !ok {
		return nil
	}
	parent, client, q, goal := p.ctx, p.env.Client, p.query(), placeOf(held.Record)
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, fetchTime)
		defer cancel()
		starts, err := records.Around(ctx, client.Conn, q, goal.partition, goal.offset, aroundPage)
		return surrounded{starts, goal, err}
	}
}

// showAround shows them in the tail.
func (p *Page) showAround(found surrounded) tea.Cmd {
	if found.err != nil {
		return page.Say(page.Failure, found.err.Error())
	}
	p.before, p.search = p.search, nil
	p.setFilter("")
	return p.readAt(found.starts, found.goal, fmt.Sprintf("around %d:%d", found.goal.partition, found.goal.offset))
}

// readAt reads from offsets, which are called so on the screen, and goes to a record
// once it has come.
func (p *Page) readAt(starts map[int32]int64, goal place, called string) tea.Cmd {
	p.goal, p.scope.called = &goal, called
	cmd := p.show(p.feedAt(starts))
	p.log.Hold()
	return cmd
}

// feedAt returns a feed that reads from offsets.
func (p *Page) feedAt(starts map[int32]int64) *records.Feed {
	q := p.query()
	q.From, q.Resume = records.Start{Kind: records.Earliest}, maps.Clone(starts)
	feed := records.NewFeed(p.env.Client.Conn, q, records.Limits{})
	feed.SetFilter(p.filter.wanted)
	return feed
}

// arrive goes to the record that was asked for, when it has come.
func (p *Page) arrive() {
	if p.goal == nil {
		return
	}
	number, held := p.feed.Find(p.goal.partition, p.goal.offset)
	if held {
		p.log.Sync()
		p.log.Show(p.feed.Row(number))
		p.goal = nil
	}
}
