package redrive

import (
	"fmt"

	"github.com/kdeck/kdeck/kafka/redrive"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// newReport is what became of a run.
func newReport(th *theme.Theme, plan *redrive.Plan, report redrive.Report, err error) page.Report {
	what := fmt.Sprintf("redrive %s to %s", plan.Query.Topic, plan.To)
	if err != nil {
		return page.Report{
			Notice: page.Notify{Level: page.Failure, Text: what + ": nothing was sent"},
			Lines:  []page.Line{{Style: th.Bad, Text: "✗ " + err.Error()}},
		}
	}
	r := page.Report{
		Notice: page.Notify{Level: page.Success, Text: fmt.Sprintf("%s: %s stored", what, text.Plural(int(report.Stored), "record"))},
		Topic:  plan.To,
	}
	if !report.Complete() {
		r.Notice = page.Notify{Level: page.Failure, Text: fmt.Sprintf("%s: %s of %s stored", what, text.Count(report.Stored), text.Plural(int(plan.Matches), "record"))}
	}
	add := func(line page.Line) { r.Lines = append(r.Lines, line) }
	sign, style := "✓", th.Good
	if !report.Complete() {
		sign, style = "!", th.Warn
	}
	add(page.Line{Style: style, Text: fmt.Sprintf("%s %s of %s stored in %s", sign, text.Count(report.Stored), text.Plural(int(plan.Matches), "record"), text.Duration(report.Took))})
	if report.Stopped != nil {
		add(page.Line{Style: th.Warn, Text: "! " + report.Stopped.Error()})
	}
	if report.Unsent > 0 {
		add(page.Line{Style: th.Warn, Text: "! " + text.Count(report.Unsent) + " not sent"})
	}
	if report.Missing > 0 {
		add(page.Line{Style: th.Warn, Text: "! " + text.Count(report.Missing) + " were no longer there: compaction or retention took them after the count"})
	}
	for _, n := range report.Notes {
		add(page.Line{Style: th.Warn, Text: "! " + n})
	}
	if report.State != "" {
		add(page.Line{})
		add(page.Line{Style: th.Text, Text: "What is left can be sent later; what is stored is not sent again:"})
		add(page.Line{Style: th.Accent, Text: fmt.Sprintf("kdeck redrive --resume %q --execute", report.State)})
	}
	if report.Failed > 0 {
		add(page.Line{})
		add(page.Line{Style: th.Bad, Text: fmt.Sprintf("✗ %s failed, %s of them without an answer:", text.Count(report.Failed), text.Count(report.Unknown))})
		r.Lines = append(r.Lines, failureLines(th, plan.Query.Topic, report.Failures, report.Failed)...)
	}
	return r
}
