package redrive

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/kdeck/kdeck/kafka/redrive"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
)

// newConfirm returns the step that counts, asks, sends, and reports. asked is how many
// records were named one by one, or -1; sent is set once something may have been sent.
func newConfirm(env page.Env, req redrive.Request, asked int, sent *atomic.Bool) *page.Confirm {
	var meter atomic.Pointer[redrive.Meter] // of what is under way
	look := func(ctx context.Context) (page.Proposal, error) {
		m := &redrive.Meter{}
		meter.Store(m)
		plan, err := redrive.Count(ctx, env.Client.Conn, req, m)
		if err != nil {
			return page.Proposal{}, err
		}
		p := propose(env.Theme, plan, asked)
		stopping, stop := context.WithCancel(context.WithoutCancel(ctx)) // the page may be left meanwhile
		p.Stop = stop
		p.Do = func(context.Context) page.Report {
			defer stop()
			m := &redrive.Meter{}
			meter.Store(m)
			report, err := redrive.Run(stopping, env.Client.Conn, plan, m, nil)
			if err == nil {
				sent.Store(true)
			}
			return newReport(env.Theme, plan, report, err)
		}
		return p, nil
	}
	return page.NewConfirm(env, "to "+req.To, look).Long(func() []page.Line {
		if m := meter.Load(); m != nil {
			return progress(env.Theme, m.Progress())
		}
		return nil
	})
}

// progress tells how a count or a run goes.
func progress(th *theme.Theme, p redrive.Progress) []page.Line {
	left := ""
	if p.Left > 0 {
		left = " · " + text.Duration(p.Left) + " left"
	}
	var lines []page.Line
	if p.Of == 0 {
		lines = append(lines, page.Line{Style: th.Accent, Text: fmt.Sprintf("● counting %.0f %% · %s found · %s looked at · %s/s%s",
			100*p.Done, text.Count(p.Found), text.Count(p.Looked), text.Rate(p.Rate), left)})
	} else {
		lines = append(lines, page.Line{Style: th.Accent, Text: fmt.Sprintf("● sending %.0f %% · %s of %s stored · %s/s%s",
			100*p.Done, text.Count(p.Stored), text.Count(p.Of), text.Rate(p.Rate), left)})
	}
	if p.Failed > 0 {
		lines = append(lines, page.Line{Style: th.Bad, Text: "✗ " + text.Count(p.Failed) + " failed"})
	}
	if p.Problem != nil {
		lines = append(lines, page.Line{Style: th.Warn, Text: "! " + p.Problem.Error()})
	}
	return lines
}

// shownFailures is how many failures a screen names.
const shownFailures = 100

// propose tells what would be sent.
func propose(th *theme.Theme, plan *redrive.Plan, asked int) page.Proposal {
	p := page.Proposal{Name: plan.To, Ask: "To send them, type the name of the destination:"}
	add := func(line page.Line) { p.Lines = append(p.Lines, line) }
	sends := plan.Matches - plan.Refused
	p.Does = "sends " + text.Plural(int(sends), "record")
	add(page.Line{Style: th.Strong, Text: fmt.Sprintf("%s of %s to %s, %s", text.Plural(int(plan.Matches), "record"), plan.Query.Topic, plan.To, text.Bytes(plan.Bytes))})
	add(page.Line{Style: th.Dim, Text: fmt.Sprintf("%s looked at; the range is fixed: what comes later is not sent", text.Count(plan.Looked))})
	if gone := asked - int(plan.Matches); gone > 0 {
		add(page.Line{Style: th.Warn, Text: fmt.Sprintf("! %s of %s marked records cannot be read any more, or were aborted", text.Count(gone), text.Count(asked))})
	}
	if plan.Unlike > 0 {
		add(page.Line{Style: th.Warn, Text: fmt.Sprintf("! %s could not be compared and are left out: %v", text.Plural(int(plan.Unlike), "record"), plan.WhyUnlike)})
	}
	for _, w := range plan.Warnings {
		add(page.Line{Style: th.Warn, Text: "! " + w})
	}
	add(page.Line{Style: th.Dim, Text: fmt.Sprintf("needs the rights Read on Topic:%s and Write on Topic:%s", plan.Query.Topic, plan.To)})
	p.Lines = append(p.Lines, partLines(th, plan)...)
	if plan.Refused > 0 {
		add(page.Line{})
		add(page.Line{Style: th.Bad, Text: fmt.Sprintf("✗ %s of them would be refused:", text.Count(plan.Refused))})
		p.Lines = append(p.Lines, failureLines(th, plan.Query.Topic, plan.Refusals, plan.Refused)...)
	}
	switch {
	case plan.Matches == 0:
		p.Refused = "nothing matches; there is nothing to send"
	case sends == 0:
		p.Refused = "the destination would refuse all of them"
	case sends == 1:
		p.Name, p.Ask = "", fmt.Sprintf("Send it to %s?", text.Clean(plan.To))
	}
	return p
}

// partLines tell how much is read from each partition, and sent to each.
func partLines(th *theme.Theme, plan *redrive.Plan) []page.Line {
	if plan.Matches == 0 {
		return nil
	}
	lines := []page.Line{{}, {Style: th.Header, Text: fmt.Sprintf("%-6s%9s%14s%12s", "", "partition", "records", "bytes")}}
	add := func(side string, parts map[int32]redrive.Part) {
		for _, n := range slices.Sorted(maps.Keys(parts)) {
			partition := fmt.Sprint(n)
			if n < 0 {
				partition = "any" // without a key
			}
			lines = append(lines, page.Line{Style: th.Text, Text: fmt.Sprintf("%-6s%9s%14s%12s", side, partition, text.Count(parts[n].Matches), text.Bytes(parts[n].Bytes))})
			side = ""
		}
	}
	add("from", plan.Source)
	add("to", plan.Destination)
	return lines
}

// failureLines name the records that were not stored, or would not be.
func failureLines(th *theme.Theme, topic string, failures []redrive.Failure, all int64) []page.Line {
	var lines []page.Line
	for _, f := range failures[:min(len(failures), shownFailures)] {
		lines = append(lines, page.Line{Style: th.Text, Text: fmt.Sprintf("%s/%d@%d: %v", topic, f.Partition, f.Offset, f.Err)})
	}
	if rest := all - int64(len(lines)); rest > 0 {
		lines = append(lines, page.Line{Style: th.Dim, Text: "and " + text.Count(rest) + " more"})
	}
	return lines
}
