package redrive

import (
	"context"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/redrive"
	"github.com/kdeck/kdeck/tui/page"
)

// wizard asks where the records go and how, and then counts them, waits for a
// confirmation, and sends them.
type wizard struct {
	*page.Steps
	env  page.Env
	form *form
	ctx  context.Context // of the page's present life
	sent atomic.Bool     // something was sent: there is nothing to go back to
}

// New returns the page that sends what can be sent to another topic.
func New(env page.Env, what What) page.Page {
	w := &wizard{env: env}
	w.form = newForm(env, what, w.count)
	w.Steps = page.NewSteps(env, w.form)
	w.Bare = true
	return w
}

// Title names the topic that is read, and where its records go once that is chosen.
func (w *wizard) Title() string {
	title := "redrive " + w.form.what.Query.Topic
	if w.Step() == page.Page(w.form) {
		return title
	}
	return title + " " + w.Step().Title()
}

// Start starts the step that shows.
func (w *wizard) Start(ctx context.Context) tea.Cmd {
	w.ctx = ctx
	return w.Steps.Start(ctx)
}

// Freshness is that of the step.
func (w *wizard) Freshness() (time.Time, error) { return w.StepFreshness() }

// count goes on to the count of what a request would send. asked is how many records
// were named one by one, or -1.
func (w *wizard) count(req redrive.Request, asked int) tea.Cmd {
	confirm := newConfirm(w.env, req, asked, &w.sent)
	confirm.Leave = func(bool) tea.Cmd {
		if w.sent.Load() {
			return page.Ask(page.Back{})
		}
		return w.Back()
	}
	return w.Then(w.ctx, confirm)
}
