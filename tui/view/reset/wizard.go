// Package reset is the wizard that moves a consumer group's committed offsets:
// choose partitions, choose a target, see every partition before and after,
// confirm by typing the group's name, see what became of each.
package reset

import (
	"cmp"
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/admin"
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
	stateStep // the first of an undo
)

// String is the name of the step, as the page shows it.
func (s step) String() string {
	return [...]string{"partitions", "target", "preview", "confirm", "result", "saved state"}[s]
}

// wizard is the page, of a reset or of an undo, which begins with the choice of a
// saved state and goes the same way from the preview on. Each step keeps what was
// chosen in it, so that going back and forth loses nothing.
type wizard struct {
	env   page.Env
	group string
	ctx   context.Context // of the page's present life
	steps []step          // in order
	step  step
	w, h  int

	choice choice // of the first step, for the later ones

	partitions partitions // step 1; in an undo it only watches the group
	target     target     // step 2
	states     states     // step 1 of an undo
	preview    preview    // step 3, and 2 of an undo
	confirm    confirm
	result     result
}

// New returns the wizard for a group's offsets.
func New(env page.Env, group string) page.Page {
	return newWizard(env, group, partitionStep, targetStep, previewStep, confirmStep, resultStep)
}

// NewUndo returns the wizard that puts a group's offsets back to a saved state.
func NewUndo(env page.Env, group string) page.Page {
	return newWizard(env, group, stateStep, previewStep, confirmStep, resultStep)
}

func newWizard(env page.Env, group string, steps ...step) *wizard {
	p := &wizard{env: env, group: group, steps: steps, step: steps[0]}
	p.partitions.init(env, group)
	p.states.init(env, group)
	p.target.init()
	p.preview.init(env, group)
	p.confirm.init(group)
	p.result.init(env)
	return p
}

// Title is the page's part of the breadcrumb.
func (p *wizard) Title() string {
	if p.undoes() {
		return "undo a reset of " + p.group
	}
	return "reset offsets of " + p.group
}

// undoes reports whether this is the wizard of an undo.
func (p *wizard) undoes() bool { return p.steps[0] == stateStep }

// Scope is that of the step.
func (p *wizard) Scope() keymap.Scope {
	switch p.step {
	case targetStep:
		return keymap.ResetTarget
	case previewStep, confirmStep:
		return keymap.ResetPreview
	case resultStep:
		return keymap.ResetResult
	case stateStep:
		return keymap.UndoStates
	}
	return keymap.Reset
}

// Start watches the group. A write that is under way goes on without the page,
// which learns of its end when it comes back.
func (p *wizard) Start(ctx context.Context) tea.Cmd {
	p.ctx = ctx
	cmds := []tea.Cmd{p.partitions.watch(ctx), p.confirm.write.Await()}
	if p.undoes() {
		cmds = append(cmds, p.states.ask(ctx))
	}
	if p.step == previewStep {
		cmds = append(cmds, p.preview.poll.Start(ctx))
	}
	p.preview.times.resume()
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
	case stateStep:
		return p.states.list.Typing()
	case previewStep:
		return p.preview.tabs[p.preview.tab].Typing()
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
	case a == keymap.Open && p.step == stateStep:
		return cmp.Or(p.partitions.refusesGroup(), p.states.refusesNext())
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
	case stateStep:
		if a == keymap.Open {
			return true, p.look()
		}
		if a == keymap.Refresh {
			return true, tea.Batch(p.partitions.poll.Refresh(), p.states.poll.Refresh())
		}
		return p.states.list.Do(a)
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
	if handled, cmd = p.preview.tabs[p.preview.tab].Do(a); handled {
		return handled, tea.Batch(cmd, p.lookAtRecords())
	}
	switch a {
	case keymap.NextTab:
		p.preview.nextTab()
		return true, nil
	case keymap.Open:
		p.step = confirmStep
		return true, p.confirm.field.Focus()
	case keymap.Back:
		if p.undoes() {
			p.step = stateStep
			return true, nil
		}
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
		if !p.undoes() { // an undo is about all that is not as it was
			p.partitions.choose(p.result.rest())
			p.choice = p.partitions.chosen()
		}
		return true, p.look()
	case keymap.UndoReset:
		return true, page.Ask(page.Show{Page: NewUndo(p.env, p.group)}) // over this one, which may be an undo too
	}
	return false, nil
}

// look goes to the preview of what was chosen, when the target makes sense.
func (p *wizard) look() tea.Cmd {
	client, group := p.env.Client, p.group
	if p.undoes() {
		state, ok := p.states.list.Selected()
		if !ok {
			return nil
		}
		p.step = previewStep
		how := reset.Strategy{Kind: reset.UndoReset, At: state.At}
		return p.preview.ask(p.ctx, how, func(ctx context.Context) (reset.Plan, error) {
			return client.Groups.UndoPlan(ctx, group, state.Saved)
		})
	}
	strategy, err := p.target.strategy(p.choice)
	if err != nil {
		return page.Say(page.Failure, err.Error())
	}
	p.step = previewStep
	scope := reset.Of(p.choice.partitions)
	return p.preview.ask(p.ctx, strategy, func(ctx context.Context) (reset.Plan, error) {
		return makePlan(ctx, client, group, scope, strategy)
	})
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

// lookAtRecords asks when the records at the new offsets of the rows on the screen
// were written.
func (p *wizard) lookAtRecords() tea.Cmd {
	if p.step != previewStep || p.preview.tab != 0 {
		return nil
	}
	p.layout()
	return p.preview.times.look(p.ctx, p.env.Client, p.preview.list.Visible())
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
	if arrived, cmd := p.states.poll.Update(msg); arrived {
		p.states.arrived()
		return cmd
	}
	if answer, ok := msg.(timesFound); ok {
		p.preview.times.take(answer)
		return p.lookAtRecords()
	}
	arrived, cmd := p.preview.poll.Update(msg)
	if arrived {
		p.preview.arrived()
		cmd = tea.Batch(cmd, p.lookAtRecords())
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
