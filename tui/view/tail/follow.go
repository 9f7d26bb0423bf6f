package tail

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/records"
)

// changed says that the feed has something new.
type changed struct{ feed *records.Feed }

func (p *Page) newFeed() *records.Feed {
	clear(p.marks)
	p.feed = records.NewFeed(p.env.Client.Conn, p.query(), records.Limits{})
	p.feed.SetFilter(p.filter.wanted)
	return p.feed
}

// run lets the feed read until another takes over, or the page is covered; a search
// reads on until it is closed.
func (p *Page) run() tea.Cmd {
	until := p.ctx
	if p.search != nil {
		until = p.life
	}
	ctx, cancel := context.WithCancel(until)
	p.reads, p.end = ctx, cancel
	feed := p.feed
	read := func() tea.Msg { feed.Run(ctx); return nil }
	return tea.Batch(read, wait(p.ctx, feed))
}

func wait(ctx context.Context, feed *records.Feed) tea.Cmd {
	return func() tea.Msg {
		if feed.Wait(ctx) != nil {
			return nil
		}
		return changed{feed}
	}
}

// again begins to read anew, since where or how to read has changed.
func (p *Page) again() tea.Cmd {
	p.mistake, p.search, p.goal, p.scope.called = nil, nil, nil, ""
	return p.show(p.newFeed())
}

// show lets another feed read and shows it.
func (p *Page) show(feed *records.Feed) tea.Cmd {
	if p.end != nil {
		p.end()
	}
	p.feed = feed
	p.log.SetSource(feed)
	return p.run()
}

// sync shows what the feed holds now, and tells it what must stay.
func (p *Page) sync() {
	p.log.Sync()
	keep := int64(-1)
	if top, ok := p.log.Top(); ok && !p.log.Following() {
		keep = top.Number
	}
	if p.search != nil {
		keep = p.search.keep(keep)
	}
	p.feed.Keep(keep)
	p.status = p.feed.Status()
	p.rows = p.log.View()
}
