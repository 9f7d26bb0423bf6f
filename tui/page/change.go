package page

import (
	"context"

	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// NewChange returns the page that asks before a change of the cluster: it shows the
// preview of the change, item by item, waits for a yes, or for a name where something is
// taken away, makes exactly what it shows, and reports what became of each item.
// afterwards are sentences on what follows, for the preview; there may be none.
func NewChange[R change.Row](env Env, title string, c change.Change[R], afterwards ...string) *Confirm {
	on := env.Client.Conn
	return NewConfirm(env, title, func(ctx context.Context) (Proposal, error) {
		shown, err := change.DryRun(ctx, on, c)
		if err != nil {
			return Proposal{}, err
		}
		p := propose(env.Theme, shown, on.StateDir(), afterwards)
		p.Do = func(ctx context.Context) Report {
			result, err := change.Execute(ctx, on, c, shown)
			return report(env.Theme, result, err)
		}
		return p, nil
	})
}

// propose tells what a change would do, and what it asks for.
func propose[R change.Row](th *theme.Theme, shown change.Result[R], stateDir string, afterwards []string) Proposal {
	p := Proposal{Lines: partLines(th, shown)}
	kind, planned := shown.Kind, shown.Planned()
	if len(planned) == 0 {
		p.Refused = "there is nothing to " + kind.Verb
		if err := shown.Err(); err != nil {
			p.Refused = err.Error()
		}
		if shown.Tally().All() == 1 { // the reason says it all
			p.Lines = nil
		}
		return p
	}
	n := shown.Tally().Planned
	what := kind.Verb + " " + text.Plural(n, kind.Noun)
	p.Does = "does it: " + what
	p.Ask = "Really " + what + "?"
	if kind.Asks == change.AskName {
		p.Name, p.Ask = planned[0], "To "+kind.Verb+" it, type the name of the "+kind.Noun+":"
		if len(planned) > 1 {
			p.Name, p.Ask = what, "To "+kind.Verb+" them, type:"
		}
	}
	if len(afterwards) > 0 {
		p.Lines = append(p.Lines, Line{})
	}
	for _, sentence := range afterwards {
		p.Lines = append(p.Lines, Line{Style: th.Text, Text: sentence})
	}
	for _, part := range shown.Parts {
		if part.Before != nil {
			p.Lines = append(p.Lines, Line{Style: th.Dim, Text: "What is there now is saved first, in " + stateDir})
			break
		}
	}
	return p
}

// report tells what became of a change.
func report[R change.Row](th *theme.Theme, result change.Result[R], err error) Report {
	if err != nil {
		return Report{
			Notice: Notify{Level: Failure, Text: "nothing was changed"},
			Lines:  []Line{{Style: th.Bad, Text: "✗ " + err.Error()}},
		}
	}
	r := Report{Lines: partLines(th, result)}
	t, kind := result.Tally(), result.Kind
	done := kind.Past + " " + text.Plural(t.Done, kind.Noun)
	switch {
	case t.Left() > 0:
		r.Notice = Notify{Level: Failure, Text: done + "; " + text.Count(t.Left()) + " not"}
	default:
		r.Notice = Notify{Level: Success, Text: done}
	}
	return r
}

// partLines are the items of a preview or of a result, with what is true of each part
// as a whole.
func partLines[R change.Row](th *theme.Theme, result change.Result[R]) []Line {
	var lines []Line
	for _, part := range result.Parts {
		if part.Refused != nil && len(part.Items) == 0 {
			lines = append(lines, Line{Style: th.Bad, Text: "✗ " + part.Target + ": " + part.Refused.Error()})
		}
		for _, item := range part.Items {
			lines = append(lines, itemLine(th, item))
		}
		for _, warning := range part.Warnings {
			lines = append(lines, Line{Style: th.Warn, Text: "! " + part.Target + ": " + warning})
		}
		if part.Saved != "" {
			lines = append(lines, Line{Style: th.Dim, Text: "  what it was: " + part.Saved})
		}
		if part.Unnoted != nil {
			lines = append(lines, Line{Style: th.Warn, Text: "! " + part.Unnoted.Error()})
		}
	}
	return lines
}

// itemLine is one item: what would be done to it, or became of it, with a sign.
func itemLine[R change.Row](th *theme.Theme, item change.Item[R]) Line {
	switch words := item.String(); item.Outcome {
	case model.Planned:
		return Line{Style: th.Strong, Text: words}
	case model.Unchanged:
		return Line{Style: th.Dim, Text: "= " + words}
	case model.Done:
		return Line{Style: th.Good, Text: "✓ " + words}
	case model.Unknown:
		return Line{Style: th.Warn, Text: "? " + words}
	default:
		return Line{Style: th.Bad, Text: "✗ " + words}
	}
}
