package reset

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// confirm is the step in which the group's name is typed; then the plan is written.
type confirm struct {
	step
	field widget.Challenge
	write page.Write[written]
	err   error // why the last one wrote nothing
}

func newConfirm(w *wizard) *confirm {
	return &confirm{step: step{wizard: w, title: "confirm"}, field: widget.NewChallenge(w.group)}
}

// Scope is that of the preview, whose plan is confirmed.
func (c *confirm) Scope() keymap.Scope { return keymap.ResetPreview }

// Entered puts the cursor into the field.
func (c *confirm) Entered() tea.Cmd { return c.field.Focus() }

// Freshness is that of the plan; its problems stand in the body.
func (c *confirm) Freshness() (time.Time, error) { return c.wizard.preview.poll.At, nil }

// Typing reports whether the name is being typed.
func (c *confirm) Typing() bool { return !c.write.Busy() }

// Do does nothing while the offsets are written, and keeps the page open.
func (c *confirm) Do(a keymap.Action) (handled bool, cmd tea.Cmd) { return a == keymap.Back, nil }

// Update takes the name.
func (c *confirm) Update(msg tea.Msg) tea.Cmd {
	switch msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg:
	default:
		return nil
	}
	switch c.typedAction(msg) {
	case keymap.Accept:
		return c.begin()
	case keymap.Cancel:
		return c.back()
	}
	var cmd tea.Cmd
	c.field.Field, cmd = c.field.Update(msg)
	return cmd
}

// back goes to the preview. A plan that the cluster has outrun is made anew.
func (c *confirm) back() tea.Cmd {
	again := c.err != nil
	c.err = nil
	back := c.wizard.Back()
	if again {
		return tea.Batch(back, c.wizard.preview.poll.Refresh())
	}
	return back
}

// begin begins to write the plan, once the group's name is typed.
func (c *confirm) begin() tea.Cmd {
	if !c.field.Met() {
		return page.Say(page.Failure, "that is not yet the name of the group; nothing was written")
	}
	c.err = nil
	c.field.Blur()
	ctx, client, plan := c.wizard.ctx, c.wizard.env.Client, c.wizard.preview.plan
	return c.write.Begin(
		func() (written, error) {
			result, err := change.Run(ctx, client, client.Groups.Reset(plan))
			if err == nil {
				err = result.Parts[0].Refused // the plan is of one group
			}
			return result, err
		},
		func(r written, err error) page.Notify { return outcomeNotice(r, err, plan) })
}

// written is what became of a plan.
type written = change.Result[groups.ResetRow]

// Resize sets the size of the step.
func (c *confirm) Resize(w, h int) {
	c.w, c.h = w, h
	c.field.SetWidth(max(10, w-6))
}

func outcomeNotice(r written, err error, plan reset.Plan) page.Notify {
	what := "reset offsets of " + plan.Group
	if plan.Strategy.Kind == reset.UndoReset {
		what = "undo a reset of " + plan.Group
	}
	t := r.Tally()
	switch {
	case err != nil:
		return page.Notify{Level: page.Failure, Text: what + ": nothing was written"}
	case t.Left() > 0:
		return page.Notify{Level: page.Failure, Text: fmt.Sprintf("%s: %d of %d partitions are not where they should be", what, t.Left(), t.All())}
	}
	return page.Notify{Level: page.Success, Text: what + ": " + plural(t.Done, "partition") + " moved"}
}

// View draws what is written, the field, and what was wrong with the last attempt.
func (c *confirm) View() string {
	return c.frame([]string{""}, strings.Join(c.lines(), "\n"), nil)
}

func (c *confirm) lines() []string {
	th, plan, w := c.wizard.env.Theme, c.wizard.preview.plan, c.w
	s := plan.Totals()
	hint := c.field.Hint(th, "writes "+plural(s.Changed, "offset"), "nothing has been written; esc goes back to the preview")
	if c.write.Busy() {
		hint = th.Accent.Render(page.Changing)
	}
	lines := append(planLines(th, plan.Strategy, s, w), "")
	lines = append(lines, c.field.Lines(th, "To write this, type the name of the group:")...)
	lines = append(lines, "", " "+hint)
	if c.err != nil {
		lines = append(lines, "")
		for _, line := range strings.Split(reason(c.err, plan.Group), "\n") {
			lines = append(lines, wrap(th.Bad, "✗ "+line, w)...)
		}
		return lines
	}
	return append(lines, "", " "+th.Dim.Render("the old offsets are saved first, in"), "   "+th.Dim.Render(text.Clean(c.wizard.env.Client.SavedDir())))
}
