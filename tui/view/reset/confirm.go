package reset

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// confirm is the fourth step: the group's name is typed, then the plan written.
type confirm struct {
	field widget.Challenge
	write page.Write[reset.Result]
	err   error // why the last one wrote nothing
}

func (c *confirm) init(group string) { c.field = widget.NewChallenge(group) }

func (c *confirm) writing() bool { return c.write.Busy() }

func (c *confirm) edit(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	c.field.Field, cmd = c.field.Update(msg)
	return cmd
}

// begin begins to write the plan.
func (c *confirm) begin(ctx context.Context, client *admin.Client, plan reset.Plan) tea.Cmd {
	c.err = nil
	c.field.Blur()
	return c.write.Begin(
		func() (reset.Result, error) { return client.Groups.ApplyReset(ctx, plan) },
		func(r reset.Result, err error) page.Notify { return outcomeNotice(plan, r, err) })
}

func outcomeNotice(plan reset.Plan, result reset.Result, err error) page.Notify {
	what := "reset offsets of " + plan.Group
	if plan.Strategy.Kind == reset.UndoReset {
		what = "undo a reset of " + plan.Group
	}
	switch {
	case err != nil:
		return page.Notify{Level: page.Failure, Text: what + ": nothing was written"}
	case !result.Complete():
		return page.Notify{Level: page.Failure, Text: fmt.Sprintf("%s: %d of %d partitions are not where they should be", what, len(result.Rows)-result.Count(reset.Applied)-result.Count(reset.Unchanged), len(result.Rows))}
	}
	return page.Notify{Level: page.Success, Text: what + ": " + plural(result.Count(reset.Applied), "partition") + " moved"}
}

func (c *confirm) view(th *theme.Theme, plan reset.Plan, saved string, w int) string {
	s := plan.Totals()
	hint := c.field.Hint(th, "writes "+plural(s.Changed, "offset"), "nothing has been written; esc goes back to the preview")
	if c.writing() {
		hint = th.Accent.Render("writing, then reading back …")
	}
	lines := append(planLines(th, plan.Strategy, s, w), "")
	lines = append(lines, c.field.Lines(th, "To write this, type the name of the group:")...)
	lines = append(lines, "", " "+hint)
	if c.err != nil {
		lines = append(lines, "")
		for _, line := range strings.Split(reason(c.err, plan.Group), "\n") {
			lines = append(lines, wrap(th.Bad, "✗ "+line, w)...)
		}
		return strings.Join(lines, "\n")
	}
	lines = append(lines, "", " "+th.Dim.Render("the old offsets are saved first, in"), "   "+th.Dim.Render(text.Clean(saved)))
	return strings.Join(lines, "\n")
}
