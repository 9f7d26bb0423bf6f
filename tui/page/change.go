package page

import (
	"context"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/words"
	"github.com/kdeck/kdeck/tui/theme"
)

// NewChange returns a page that asks before a change: it shows item by item what would
// be done, asks for what the kind of change wants, does exactly what was shown, and
// tells what became of each item. What may be done, and why not, is the change's own
// word; the page adds none.
func NewChange[R change.Row](env Env, title string, c change.Change[R]) *Confirm {
	return NewConfirm(env, title, func(ctx context.Context) (Proposal, error) {
		shown, err := change.DryRun(ctx, env.Client, c)
		if err != nil {
			return Proposal{}, err
		}
		p := propose(env.Theme, shown)
		p.Do = func(ctx context.Context) Report {
			result, err := change.Execute(ctx, env.Client, c, shown)
			if err != nil {
				return refusedReport(env.Theme, shown.Title, err)
			}
			return report(env.Theme, result)
		}
		return p, nil
	})
}

// propose shows what a change would do.
func propose[R change.Row](th *theme.Theme, shown change.Result[R]) Proposal {
	var p Proposal
	add := func(style lipgloss.Style, text string) { p.Lines = append(p.Lines, Line{Style: style, Text: text}) }
	follows := make(map[string]bool) // said once
	var after []Line
	for _, part := range shown.Parts {
		if part.Refused != nil && len(part.Items) == 0 {
			add(th.Bad, "✗ "+part.Refused.Error())
		}
		for _, item := range part.Items {
			switch text := item.Row.Subject() + ": " + item.Row.Effect(); item.Outcome {
			case model.Planned:
				add(th.Strong, text)
			case model.Unchanged:
				add(th.Dim, "= "+item.Row.Subject()+" is as it should be already")
			default:
				add(th.Bad, "✗ "+item.Err.Error())
			}
		}
		for _, warning := range part.Warnings {
			add(th.Warn, "! "+warning)
		}
		if part.Planned() == 0 {
			continue
		}
		for _, text := range part.Follows {
			if !follows[text] {
				follows[text] = true
				after = append(after, Line{Style: th.Text, Text: text})
			}
		}
	}
	if len(after) > 0 {
		p.Lines = append(append(p.Lines, Line{}), after...)
	}
	p.askFor(shown.Kind, shown.Tally().Planned, shown.Planned(), shown.Title, shown.Err())
	return p
}

// askFor sets what the user has to answer to do planned items of some targets, or why
// there is nothing to ask.
func (p *Proposal) askFor(kind change.Kind, planned int, targets []string, title string, refused error) {
	if planned == 0 {
		p.Refused = "there is nothing to " + kind.Verb
		if refused != nil {
			p.Refused = refused.Error()
		}
		return
	}
	items := words.Plural(planned, kind.Noun)
	p.Does = third(kind.Verb) + " " + items
	if kind.Asks != change.AskName {
		p.Ask = strings.ToUpper(title[:1]) + title[1:] + "?"
		return
	}
	p.Ask, p.Name = "To "+kind.Verb+" "+items+", type:", targets[0]
	if len(targets) > 1 {
		p.Name = kind.Verb + " " + items
	}
}

// third is the third person of a verb, as in "deletes".
func third(verb string) string {
	if word, rest, two := strings.Cut(verb, " "); two {
		return word + "s " + rest
	}
	return verb + "s"
}

// report tells what became of a change.
func report[R change.Row](th *theme.Theme, result change.Result[R]) Report {
	var r Report
	add := func(style lipgloss.Style, text string) { r.Lines = append(r.Lines, Line{Style: style, Text: text}) }
	for _, part := range result.Parts {
		if part.Refused != nil && len(part.Items) == 0 {
			add(th.Bad, "✗ "+part.Refused.Error())
		}
		for _, item := range part.Items {
			switch item.Outcome {
			case model.Done:
				add(th.Good, "✓ "+item.Row.Subject()+" is "+result.Kind.Past)
			case model.Unchanged:
				add(th.Dim, "= "+item.Row.Subject()+" was as it should be")
			case model.Unknown:
				add(th.Warn, "? "+item.Row.Subject()+": "+item.Err.Error())
			default:
				add(th.Bad, "✗ "+item.Err.Error())
			}
		}
		if part.Saved != "" {
			add(th.Dim, part.Target+" as it was before: "+part.Saved)
		}
		if part.Unnoted != nil {
			add(th.Warn, "! "+part.Unnoted.Error())
		}
	}
	r.Notice = Notify{Level: Success, Text: result.Title + ": done"}
	if err := result.Err(); err != nil {
		r.Notice = Notify{Level: Failure, Text: err.Error()}
	}
	return r
}

// refusedReport is the report of a change that was refused before it began.
func refusedReport(th *theme.Theme, title string, err error) Report {
	return Report{
		Notice: Notify{Level: Failure, Text: title + ": nothing was changed"},
		Lines:  []Line{{Style: th.Bad, Text: "✗ " + err.Error()}},
	}
}
