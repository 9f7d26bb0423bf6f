package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/redrive"
	"github.com/kdeck/kdeck/kafka/words"
	"github.com/kdeck/kdeck/tui/text"
)

// progressEvery is the time between two lines of progress, so that a short run has
// none.
const progressEvery = 5 * time.Second

// noteProgress writes a line of progress at intervals, until the function that it
// returns is called.
func noteProgress(errOut io.Writer, meter *redrive.Meter, line func(redrive.Progress) string) (stop func()) {
	return notes.Every(progressEvery, func() {
		p := meter.Progress()
		progress := line(p)
		if p.Problem != nil {
			progress += "; " + p.Problem.Error()
		}
		notes.Line(errOut, "%s", progress)
	})
}

// timeLeft is how long it still takes, empty when that is not known.
func timeLeft(p redrive.Progress) string {
	if p.Left <= 0 {
		return ""
	}
	return ", " + text.Duration(p.Left) + " left"
}

func countMatches(ctx context.Context, client *admin.Client, req redrive.Request, errOut io.Writer) (*redrive.Plan, error) {
	meter := &redrive.Meter{}
	defer noteProgress(errOut, meter, func(p redrive.Progress) string {
		return fmt.Sprintf("counting: %.0f %%, %s of %s records match%s", 100*p.Done, words.Count(p.Found), words.Count(p.Looked), timeLeft(p))
	})()
	return redrive.Count(ctx, client.Conn, req, meter)
}

func sendMatches(ctx context.Context, client *admin.Client, plan *redrive.Plan, errOut io.Writer) (redrive.Report, error) {
	meter := &redrive.Meter{}
	defer noteProgress(errOut, meter, func(p redrive.Progress) string {
		return fmt.Sprintf("sending: %.0f %%, %s of %s stored, %s failed, %s/s%s",
			100*p.Done, words.Count(p.Stored), words.Count(p.Of), words.Count(p.Failed), text.Rate(p.Rate), timeLeft(p))
	})()
	return redrive.Run(ctx, client.Conn, plan, meter, func(f redrive.Failure) { noteFailure(errOut, plan.Query.Topic, f) })
}

// noteFailure writes a line about a record that was not stored.
func noteFailure(errOut io.Writer, topic string, f redrive.Failure) {
	notes.Line(errOut, "%s: %s/%d@%d: %v", f.Outcome, topic, f.Partition, f.Offset, f.Err)
}

// notePlan writes the warnings of a plan as a whole.
func notePlan(errOut io.Writer, plan *redrive.Plan) {
	for _, w := range plan.Warnings {
		notes.Warning(errOut, errors.New(w))
	}
	if plan.Unlike == 0 {
		return
	}
	notes.Warning(errOut, fmt.Errorf("%s of %s records could not be compared and are left out; the first: %w", words.Count(plan.Unlike), words.Count(plan.Looked), plan.WhyUnlike))
}

// shownRefusals is how many refusals a dry run names.
const shownRefusals = 10

// noteRefusals writes what the destination would refuse.
func noteRefusals(errOut io.Writer, plan *redrive.Plan) {
	for _, f := range plan.Refusals[:min(len(plan.Refusals), shownRefusals)] {
		notes.Line(errOut, "would be %s: %s/%d@%d: %v", f.Outcome, plan.Query.Topic, f.Partition, f.Offset, f.Err)
	}
	if rest := plan.Refused - shownRefusals; rest > 0 {
		notes.Line(errOut, "and %s more would be refused", words.Count(rest))
	}
}

// noteReport writes how a run went, and how to continue it.
func noteReport(errOut io.Writer, r redrive.Report) {
	for _, n := range r.Notes {
		notes.Warning(errOut, errors.New(n))
	}
	if r.Missing > 0 {
		notes.Warning(errOut, fmt.Errorf("%s were counted and are gone: removed by compaction or retention", words.Plural(r.Missing, "record")))
	}
	if r.State != "" {
		notes.Line(errOut, "to continue: kdeck redrive --resume %q --execute", r.State)
	}
}
