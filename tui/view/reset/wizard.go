// Package reset is the wizard that moves a consumer group's committed offsets:
// choose partitions, choose a target, see every partition before and after,
// confirm by typing the group's name, see what became of each.
package reset

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
)

// step is where in the wizard the user is.
type step int

const (
	partitionStep step = iota
	targetStep
	previewStep
	confirmStep
	resultStep
)

// stepNames are the names of the steps, in order.
func stepNames() []string { return []string{"partitions", "target", "preview", "confirm", "result"} }

// wizard is the page. Each step keeps what was chosen in it, so that going back
// and forth loses nothing.
type wizard struct {
	env   page.Env
	group string
	ctx   context.Context // of the page's present life
	step  step
	w, h  int

	choice choice // of the first step, for the later ones

	partitions partitions // step 1
	target     target     // step 2
	preview    preview    // step 3
	confirm    confirm    // step 4
	result     result     // step 5
}

// New returns the wizard for a group's offsets.
func New(env page.Env, group string) page.Page {
	p := &wizard{env: env, group: group}
	p.partitions.init(env, group)
	p.target.init()
	p.preview.init(env, group)
	p.confirm.init(group)
	p.result.init(env)
	return p
}

// Title is the page's part of the breadcrumb.
func (p *wizard) Title() string { return "reset offsets of " + p.group }

// Scope is that of the step.
func (p *wizard) Scope() keymap.Scope {
	switch p.step {
	case targetStep:
		return keymap.ResetTarget
	case previewStep, confirmStep:
		return keymap.ResetPreview
	case resultStep:
		return keymap.ResetResult
	}
	return keymap.Reset
}

// Start watches the group. A write that is under way goes on without the page,
// which learns of its end when it comes back.
func (p *wizard) Start(ctx context.Context) tea.Cmd {
	p.ctx = ctx
	cmds := []tea.Cmd{p.partitions.watch(ctx), p.confirm.write.Await()}
	if p.step == previewStep {
		cmds = append(cmds, p.preview.poll.Start(ctx))
	}
	return tea.Batch(cmds...)
}

// Freshness is that of what the step shows.
func (p *wizard) Freshness() (time.Time, error) {
	switch p.step {
	case previewStep, confirmStep:
		return p.preview.poll.At, nil // its problems stand in the body
	case resultStep:
		return p.result.at, nil
	}
	return p.partitions.poll.Freshness()
}

// Typing reports whether a text field has the keys.
func (p *wizard) Typing() bool {
	switch p.step {
	case partitionStep:
		return p.partitions.typing()
	case targetStep:
		return p.target.typing()
	case previewStep:
		return p.preview.list.Typing()
	case confirmStep:
		return !p.confirm.writing()
	case resultStep:
		return p.result.list.Typing()
	}
	return false
}

// Refuses says why an action does not apply now.
func (p *wizard) Refuses(a keymap.Action) string {
	switch {
	case p.confirm.writing() && (a == keymap.Back || a == keymap.Open || a == keymap.Quit):
		return "the offsets are being written; wait for the answer"
	case a == keymap.Open && p.step == partitionStep:
		return p.partitions.refusesNext()
	case p.step == targetStep && slices.Contains(ofRows(), a):
		return "this step has no rows"
	case a == keymap.Open && p.step == previewStep:
		return p.preview.refusesNext()
	case a == keymap.Retry && p.result.value.Complete():
		return "every partition is where it should be"
	}
	return ""
}

// ofRows are the actions that have no meaning where there are no rows.
func ofRows() []keymap.Action {
	return []keymap.Action{keymap.Filter, keymap.Sort, keymap.Reverse, keymap.Copy, keymap.Refresh}
}

// Do carries out an action: enter goes a step on, esc a step back, the rest is
// the step's own.
func (p *wizard) Do(a keymap.Action) (handled bool, cmd tea.Cmd) {
	defer p.layout()
	switch p.step {
	case partitionStep:
		if a == keymap.Open {
			p.choice = p.partitions.chosen()
			p.step = targetStep
			return true, p.target.focus()
		}
		return p.partitions.do(a)
	case targetStep:
		return p.doTarget(a)
	case previewStep:
		return p.doPreview(a)
	case confirmStep: // while the offsets are written
		return a == keymap.Back, nil
	case resultStep:
		return p.doResult(a)
	}
	return false, nil
}

func (p *wizard) doTarget(a keymap.Action) (handled bool, cmd tea.Cmd) {
	switch a {
	case keymap.Open:
		return true, p.look()
	case keymap.Back:
		p.step = partitionStep
		return true, nil
	case keymap.Up:
		return true, p.target.move(-1)
	case keymap.Down:
		return true, p.target.move(1)
	}
	return false, nil
}

func (p *wizard) doPreview(a keymap.Action) (handled bool, cmd tea.Cmd) {
	if handled, cmd = p.preview.list.Do(a); handled {
		return handled, cmd
	}
	switch a {
	case keymap.Open:
		p.step = confirmStep
		return true, p.confirm.field.Focus()
	case keymap.Back:
		p.step = targetStep
		return true, p.target.focus()
	case keymap.Refresh:
		return true, p.preview.poll.Refresh()
	}
	return false, nil
}

func (p *wizard) doResult(a keymap.Action) (handled bool, cmd tea.Cmd) {
	if handled, cmd = p.result.list.Do(a); handled {
		return handled, cmd
	}
	switch a {
	case keymap.Open, keymap.Back:
		return true, page.Ask(page.Back{})
	case keymap.Retry:
		p.partitions.choose(p.result.rest())
		p.choice = p.partitions.chosen()
		return true, p.look()
	}
	return false, nil
}

// look goes to the preview of what was chosen, when the target makes sense.
func (p *wizard) look() tea.Cmd {
	strategy, err := p.target.strategy(p.choice.bare)
	if err != nil {
		return page.Say(page.Failure, err.Error())
	}
	p.step = previewStep
	return p.preview.ask(p.ctx, reset.Of(p.choice.partitions), strategy)
}

// Update takes answers, the mouse, and keys while typing.
func (p *wizard) Update(msg tea.Msg) tea.Cmd {
	defer p.layout()
	switch msg := msg.(type) {
	case *page.Written[reset.Result]:
		return p.written(msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		return p.typed(msg)
	case page.Click, page.Wheel:
		return p.mouse(msg)
	}
	if arrived, cmd := p.partitions.poll.Update(msg); arrived {
		return tea.Batch(cmd, p.partitions.arrived())
	} else if cmd != nil {
		return cmd
	}
	arrived, cmd := p.preview.poll.Update(msg)
	if arrived {
		p.preview.arrived()
	}
	return cmd
}

// backToPreview leaves the confirmation. A plan that the cluster has outrun is
// made anew.
func (p *wizard) backToPreview() tea.Cmd {
	p.step = previewStep
	if p.confirm.err == nil {
		return nil
	}
	p.confirm.err = nil
	return p.preview.poll.Refresh()
}

// write applies the plan, once the group's name is typed.
func (p *wizard) write() tea.Cmd {
	if !p.confirm.field.Met() {
		return page.Say(page.Failure, "that is not yet the name of the group; nothing was written")
	}
	return p.confirm.begin(p.ctx, p.env.Client, p.preview.plan)
}

// written takes the outcome over: the result when something was written, else
// the reason why not, and the wizard stays where it is.
func (p *wizard) written(outcome *page.Written[reset.Result]) tea.Cmd {
	if !p.confirm.write.Over(outcome) {
		return nil
	}
	if outcome.Err != nil {
		p.confirm.err = outcome.Err
		return tea.Batch(p.confirm.field.Focus(), p.partitions.poll.Refresh())
	}
	p.confirm.err = nil
	p.confirm.field.SetValue("")
	p.result.set(outcome.Value)
	p.step = resultStep
	return p.partitions.poll.Refresh()
}

// Resize sets the size of the page.
func (p *wizard) Resize(w, h int) {
	p.w, p.h = w, h
	p.layout()
}
