package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/tui/page"
)

// goTo opens a screen, or says why not.
func (a *App) goTo(g page.Go) tea.Cmd {
	cmd, err := a.open(g)
	if err != nil {
		a.say(page.Failure, err.Error())
	}
	return cmd
}

// open opens a screen. Numbered screens start a new stack and keep their place;
// every other screen goes over the visible one.
func (a *App) open(g page.Go) (tea.Cmd, error) {
	s, err := a.find(g.Screen)
	if err == nil {
		err = a.check(s, g.Args)
	}
	if err != nil {
		return nil, err
	}
	if s.do != nil {
		return s.do(a), nil
	}
	g.Screen = s.name
	if top := a.stack.top(); top != nil && top.via.Screen == g.Screen && slices.Equal(top.via.Args, g.Args) {
		return nil, nil
	}
	p := a.roots[s.name]
	if p == nil {
		p = s.open(a, g.Args)
	}
	if s.root {
		a.roots[s.name] = p
		a.stack.closeAll()
	}
	return a.show(p, g), nil
}

// show puts a page over the visible one.
func (a *App) show(p page.Page, via page.Go) tea.Cmd {
	p.Resize(a.bodySize())
	return a.stack.push(a.session, &entry{page: p, via: via})
}

// back closes the visible page, unless it is the last.
func (a *App) back() tea.Cmd {
	if len(a.stack.entries) < 2 {
		return nil
	}
	cmd := a.stack.pop(a.session)
	a.stack.top().page.Resize(a.bodySize())
	return cmd
}

// deliver hands a message to its page, or to the shell when it is a request; a
// notice is worth showing even when its page has gone.
func (a *App) deliver(m addressed) tea.Cmd {
	request, isRequest := m.msg.(page.Request)
	if notice, ok := request.(page.Notify); ok {
		return a.serve(notice)
	}
	if !a.stack.alive(m) {
		return nil
	}
	if run, ok := request.(page.Run); ok {
		if a.tty != nil {
			run.Command.Stdin = a.tty // the terminal itself, rather than a pipe from what guards it
		}
		return tea.ExecProcess(run.Command, func(err error) tea.Msg { return addressed{m.to, m.life, run.Done(err)} })
	}
	if isRequest {
		return a.serve(request)
	}
	return m.to.address(m.to.page.Update(m.msg))
}
