package reset

import (
	"context"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// confirm is the fourth step: the group's name is typed, then the plan written.
type confirm struct {
	field textinput.Model
	under *writing // the write that is under way, or nil
	err   error    // why the last one wrote nothing
}

// writing is one write of a plan. It outlives the page when that is left: done
// is closed when result and err are there.
type writing struct {
	done   chan struct{}
	result reset.Result
	err    error
}

func (c *confirm) init() { c.field = widget.NewField("") }

func (c *confirm) writing() bool { return c.under != nil }

// matches reports whether the group's name is typed. A name that no keyboard
// has is typed as it is shown.
func (c *confirm) matches(group string) bool {
	typed := c.field.Value()
	return typed == group || (typed != "" && typed == text.Clean(group))
}

func (c *confirm) edit(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	c.field, cmd = c.field.Update(msg)
	return cmd
}

// write begins to write the plan. The notice tells the outcome even when the
// page has been left.
func (c *confirm) write(ctx context.Context, client *kafka.Client, plan reset.Plan) tea.Cmd {
	under := &writing{done: make(chan struct{})}
	c.under, c.err = under, nil
	c.field.Blur()
	run := func() tea.Msg {
		defer close(under.done)
		under.result, under.err = client.ApplyReset(ctx, plan)
		return outcomeNotice(plan, under.result, under.err)
	}
	return tea.Batch(run, c.await())
}

// await returns a command that answers with the write that is under way, when
// it is over.
func (c *confirm) await() tea.Cmd {
	under := c.under
	if under == nil {
		return nil
	}
	return func() tea.Msg {
		<-under.done
		return under
	}
}

func outcomeNotice(plan reset.Plan, result reset.Result, err error) page.Notify {
	what := "reset offsets of " + plan.Group
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
	lines := []string{
		" " + th.Strong.Render(plan.Strategy.String()) + th.Dim.Render(": ") + sumText(th, s),
		"",
		" " + th.Dim.Render("To write this, type the name of the group:"),
		"   " + th.Strong.Render(text.Clean(plan.Group)),
		"",
		" " + th.Key.Render("› ") + c.field.View(),
		"",
	}
	switch {
	case c.writing():
		lines = append(lines, " "+th.Accent.Render("writing, then reading back …"))
	case c.matches(plan.Group):
		lines = append(lines, " "+th.Good.Render("✓ enter writes "+plural(s.Changed, "offset")))
	case c.field.Value() != "":
		lines = append(lines, " "+th.Warn.Render("not yet the name"))
	default:
		lines = append(lines, " "+th.Dim.Render("nothing has been written; esc goes back to the preview"))
	}
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
