package tui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/tui/page"
)

// attachTimeout bounds an attempt to reach a cluster: two brokers that do not
// answer, and time left for a third that does.
const attachTimeout = 30 * time.Second

// attempt is a cluster that is being reached.
type attempt struct {
	what  string // as in "attaching to prod"
	since time.Time
	stop  context.CancelFunc
}

// attached is the outcome of an attempt.
type attached struct {
	attempt *attempt
	client  *admin.Client
	err     error
}

func (a *App) attach(target string) tea.Cmd {
	if a.opts.Connect == nil {
		return a.failed(fmt.Errorf("attach to %s: this console stays on its cluster", target))
	}
	return a.reach("attaching to "+target, func(ctx context.Context) (*admin.Client, error) {
		return a.opts.Connect(ctx, target)
	})
}

func (a *App) launch() tea.Cmd {
	if a.opts.Launch == nil {
		return a.failed(errors.New("launch a local cluster: this console stays on its cluster"))
	}
	return a.reach("launching a local cluster", a.opts.Launch)
}

// reach makes a client and lets its cluster answer a first question, so that a
// cluster is only ever left for one that is there. A newer attempt ends an older
// one.
func (a *App) reach(what string, open func(context.Context) (*admin.Client, error)) tea.Cmd {
	if a.attempt != nil {
		a.attempt.stop()
	}
	ctx, stop := context.WithTimeout(a.ctx, attachTimeout)
	try := &attempt{what: what, since: a.now, stop: stop}
	a.attempt = try
	return func() tea.Msg {
		defer stop()
		client, err := open(ctx)
		if err != nil {
			return attached{try, nil, err}
		}
		if _, err := client.Cluster(ctx); err != nil {
			client.Close()
			return attached{try, nil, err}
		}
		return attached{try, client, nil}
	}
}

// arrived takes in the outcome of an attempt: it leaves the current cluster for
// the new one, or stays and says why.
func (a *App) arrived(msg attached) tea.Cmd {
	if msg.attempt != a.attempt {
		return closing(msg.client)
	}
	a.attempt = nil
	switch {
	case errors.Is(msg.err, context.Canceled):
		return a.failed(fmt.Errorf("%s: stopped", msg.attempt.what))
	case msg.err != nil:
		return a.failed(msg.err)
	}
	left := a.client
	a.client = msg.client
	a.say(page.Success, "attached to "+a.client.Name())
	return tea.Batch(a.enter(""), closing(left))
}

// failed says why a cluster could not be reached.
func (a *App) failed(err error) tea.Cmd {
	if p, ok := a.stack.top().page.(page.Attacher); ok {
		p.AttachFailed(err)
	} else {
		a.say(page.Failure, err.Error())
	}
	return nil
}

// closing closes a client in the background, since that waits for connections.
func closing(client *admin.Client) tea.Cmd {
	if client == nil {
		return nil
	}
	return func() tea.Msg {
		client.Close()
		return nil
	}
}
