package tui

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/tui/page"
)

// maxDepth bounds the stack: whoever walks from topic to group to topic without
// end loses the oldest steps of the way back.
const maxDepth = 32

// stack holds the open pages, the visible one last. Only the visible page is
// alive: its context ends when it is covered or closed, and messages of an
// earlier life are dropped. Pages that are Lasting may work on until they are closed.
type stack struct {
	entries []*entry
	lives   int // numbers lives across all pages
}

type entry struct {
	page  page.Page
	via   page.Go // how it was opened, so that opening it twice does nothing
	life  int
	end   context.CancelFunc // of its life
	close context.CancelFunc // of all its lives
}

// addressed is a message of a page's command on its way back to that page.
type addressed struct {
	to   *entry
	life int
	msg  tea.Msg
}

func (s *stack) top() *entry {
	if len(s.entries) == 0 {
		return nil
	}
	return s.entries[len(s.entries)-1]
}

// push covers the visible page with another.
func (s *stack) push(ctx context.Context, e *entry) tea.Cmd {
	if top := s.top(); top != nil {
		top.end()
	}
	if len(s.entries) == maxDepth {
		s.entries[1].close()
		s.entries = slices.Delete(s.entries, 1, 2)
	}
	s.entries = append(s.entries, e)
	open, cancel := context.WithCancel(ctx)
	e.close = cancel
	if lasting, ok := e.page.(page.Lasting); ok {
		lasting.Opened(open)
	}
	return s.start(ctx)
}

// pop closes the visible page and starts the one below.
func (s *stack) pop(ctx context.Context) tea.Cmd {
	s.top().end()
	s.top().close()
	s.entries = slices.Delete(s.entries, len(s.entries)-1, len(s.entries))
	return s.start(ctx)
}

// start begins a new life of the visible page.
func (s *stack) start(parent context.Context) tea.Cmd {
	e := s.top()
	ctx, cancel := context.WithCancel(parent)
	s.lives++
	e.life, e.end = s.lives, cancel
	return e.address(e.page.Start(ctx))
}

func (s *stack) closeAll() {
	if top := s.top(); top != nil {
		top.end()
	}
	for _, e := range s.entries {
		e.close()
	}
	s.entries = nil
}

// alive reports whether the message's page is visible and in the same life.
func (s *stack) alive(m addressed) bool { return s.top() == m.to && m.to.life == m.life }

// address makes the messages of a page's command come back to this life of the
// page.
func (e *entry) address(cmd tea.Cmd) tea.Cmd { return address(e, e.life, cmd) }

func address(e *entry, life int, cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		switch msg := cmd().(type) {
		case nil:
			return nil
		case tea.BatchMsg:
			for i, c := range msg {
				msg[i] = address(e, life, c)
			}
			return msg
		default:
			return addressed{e, life, msg}
		}
	}
}
