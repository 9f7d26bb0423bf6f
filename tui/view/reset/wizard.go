// Package reset is the wizard that moves a consumer group's committed offsets:
// choose partitions, choose a target, see every partition before and after,
// confirm by typing the group's name, see what became of each.
package reset

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
)

// wizard is the page, of a reset or of an undo, which begins with the choice of a
// saved state and goes the same way from the preview on.
type wizard struct {
	*page.Steps
	env   page.Env
	group string
	undo  bool
	ctx   context.Context // of the page's present life

	choice choice // of the first step, for the later ones

	partitions *partitions // in an undo it only watches the group
	states     *states     // the first step of an undo
	target     *target
	preview    *preview
	confirm    *confirm
	result     *result
}

// New returns the wizard for a group's offsets.
func New(env page.Env, group string) page.Page {
	p := newWizard(env, group)
	p.Steps = page.NewSteps(env, p.partitions, p.target, p.preview, p.confirm, p.result)
	return p
}

// NewUndo returns the wizard that puts a group's offsets back to a saved state.
func NewUndo(env page.Env, group string) page.Page {
	p := newWizard(env, group)
	p.undo = true
	p.Steps = page.NewSteps(env, p.states, p.preview, p.confirm, p.result)
	return p
}

func newWizard(env page.Env, group string) *wizard {
	p := &wizard{env: env, group: group}
	p.partitions = newPartitions(p)
	p.states = newStates(p)
	p.target = newTarget(p)
	p.preview = newPreview(p)
	p.confirm = newConfirm(p)
	p.result = newResult(p)
	return p
}

// Title is the page's part of the breadcrumb.
func (p *wizard) Title() string {
	if p.undo {
		return "undo a reset of " + p.group
	}
	return "reset offsets of " + p.group
}

// Start watches the group. A write that is under way goes on without the page,
// which learns of its end when it comes back.
func (p *wizard) Start(ctx context.Context) tea.Cmd {
	p.ctx = ctx
	cmds := []tea.Cmd{p.partitions.watch(), p.confirm.write.Await(), p.Steps.Start(ctx)}
	if p.undo {
		cmds = append(cmds, p.states.ask())
	}
	p.preview.times.resume()
	return tea.Batch(cmds...)
}

// Freshness is that of what the step shows.
func (p *wizard) Freshness() (time.Time, error) { return p.StepFreshness() }

// Refuses says why an action does not apply now.
func (p *wizard) Refuses(a keymap.Action) string {
	if p.confirm.write.Busy() && (a == keymap.Back || a == keymap.Open || a == keymap.Quit) {
		return "the offsets are being written; wait for the answer"
	}
	return p.Steps.Refuses(a)
}

// Update takes answers, and hands keys and the mouse to the step.
func (p *wizard) Update(msg tea.Msg) tea.Cmd {
	defer p.Layout()
	switch msg := msg.(type) {
	case *page.Written[written]:
		return p.written(msg)
	case timesFound:
		p.preview.times.take(msg)
		return p.preview.lookAtRecords()
	case tea.KeyPressMsg, tea.PasteMsg, page.Click, page.Wheel:
		return p.Steps.Update(msg)
	}
	group, watched := p.partitions.poll.Update(msg)
	if group {
		watched = tea.Batch(watched, p.partitions.arrived())
	}
	saved, found := p.states.poll.Update(msg)
	if saved {
		p.states.arrived()
	}
	plan, planned := p.preview.poll.Update(msg)
	if plan {
		p.preview.arrived()
		planned = tea.Batch(planned, p.preview.lookAtRecords())
	}
	return tea.Batch(watched, found, planned)
}

// look goes to the preview of what was chosen, when the target makes sense.
func (p *wizard) look() tea.Cmd {
	client, group := p.env.Client, p.group
	if p.undo {
		state, ok := p.states.list.Selected()
		if !ok {
			return nil
		}
		how := reset.Strategy{Kind: reset.UndoReset, At: state.At}
		return tea.Batch(p.To(p.preview), p.preview.ask(how, func(ctx context.Context) (reset.Plan, error) {
			return client.Groups.UndoPlan(ctx, group, state.Saved)
		}))
	}
	strategy, err := p.target.strategy()
	if err != nil {
		return page.Say(page.Failure, err.Error())
	}
	scope := reset.Of(p.choice.partitions)
	return tea.Batch(p.To(p.preview), p.preview.ask(strategy, func(ctx context.Context) (reset.Plan, error) {
		return makePlan(ctx, client, group, scope, strategy)
	}))
}

// makePlan reads what a plan is made from, and makes it.
func makePlan(ctx context.Context, client *admin.Client, group string, scope reset.Scope, strategy reset.Strategy) (reset.Plan, error) {
	if strategy.Kind == reset.FromFile {
		file, err := reset.ReadFile(strategy.From)
		if err != nil {
			return reset.Plan{}, err
		}
		if strategy, _, err = file.For(group); err != nil { // the scope is what was chosen
			return reset.Plan{}, err
		}
	}
	facts, err := client.Groups.ResetFacts(ctx, group, scope, strategy)
	if err != nil {
		return reset.Plan{}, err
	}
	return reset.Make(facts, scope, strategy)
}

// written takes the outcome over: the result when something was written, else
// the reason why not, and the wizard stays where it is.
func (p *wizard) written(outcome *page.Written[written]) tea.Cmd {
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
	return tea.Batch(p.To(p.result), p.partitions.poll.Refresh())
}
