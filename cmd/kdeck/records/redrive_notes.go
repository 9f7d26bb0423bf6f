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
	"github.com/kdeck/kdeck/tui/text"
)

// progressEvery is the time between two lines about how it goes: none for what is
// done at once.
const progressEvery = 5 * time.Second

// telling writes how it goes now and then, until the function that it returns is
// called.
func telling(errOut io.Writer, meter *redrive.Meter, line func(redrive.Progress) string) (stop func()) {
	return notes.Every(progressEvery, func() {
		p := meter.Progress()
		said := line(p)
		if p.Problem != nil {
			said += "; " + p.Problem.Error()
		}
		_, _ = fmt.Fprintln(errOut, text.Clean(said)) // a note
	})
}

// timeLeft says how long it takes yet, as far as that is known.
func timeLeft(p redrive.Progress) string {
	if p.Left <= 0 {
		return ""
	}
	return ", " + text.Duration(p.Left) + " left"
}

func counting(ctx context.Context, client *admin.Client, req redrive.Request, errOut io.Writer) (*redrive.Plan, error) {
	meter := &redrive.Meter{}
	defer telling(errOut, meter, func(p redrive.Progress) string {
		return fmt.Sprintf("counting: %.0f %%, %s of %s match%s", 100*p.Done, text.Count(p.Found), text.Count(p.Looked), timeLeft(p))
	})()
	return redrive.Count(ctx, client.Conn, req, meter)
}

func running(ctx context.Context, client *admin.Client, plan *redrive.Plan, errOut io.Writer) (redrive.Report, error) {
	meter := &redrive.Meter{}
	defer telling(errOut, meter, func(p redrive.Progress) string {
		return fmt.Sprintf("sending: %.0f %%, %s of %s stored, %s failed, %s/s%s",
			100*p.Done, text.Count(p.Stored), text.Count(p.Of), text.Count(p.Failed), text.Rate(p.Rate), timeLeft(p))
	})()
	return redrive.Run(ctx, client.Conn, plan, meter, func(f redrive.Failure) { noteFailure(errOut, plan.Query.Topic, f) })
}

// noteFailure tells of a record that was not stored, in a line.
func noteFailure(errOut io.Writer, topic string, f redrive.Failure) {
	_, _ = fmt.Fprintf(errOut, "%s: %s/%d@%d: %s\n", f.Outcome, text.Clean(topic), f.Partition, f.Offset, text.Clean(f.Err.Error())) // a note
}

// notePlanned tells what is true of a plan as a whole.
func notePlanned(errOut io.Writer, plan *redrive.Plan) {
	for _, w := range plan.Warnings {
		notes.Warning(errOut, errors.New(w))
	}
	if plan.Unlike == 0 {
		return
	}
	notes.Warning(errOut, fmt.Errorf("%s of %s records could not be compared and are left out; the first: %w", text.Count(plan.Unlike), text.Count(plan.Looked), plan.WhyUnlike))
}

// shownRefusals is how many refusals a dry run names.
const shownRefusals = 10

// noteRefusals tells what the destination would not take.
func noteRefusals(errOut io.Writer, plan *redrive.Plan) {
	for _, f := range plan.Refusals[:min(len(plan.Refusals), shownRefusals)] {
		_, _ = fmt.Fprint(errOut, "would be ")
		noteFailure(errOut, plan.Query.Topic, f)
	}
	if rest := plan.Refused - shownRefusals; rest > 0 {
		_, _ = fmt.Fprintf(errOut, "and %s more would be refused\n", text.Count(rest))
	}
}

// noteReport tells how a run went.
func noteReport(errOut io.Writer, r redrive.Report) {
	for _, n := range r.Notes {
		notes.Warning(errOut, errors.New(n))
	}
	if r.Missing > 0 {
		notes.Warning(errOut, fmt.Errorf("%s that were counted were no longer there: compaction or retention took them meanwhile", text.Plural(int(r.Missing), "record")))
	}
	if r.State != "" {
		_, _ = fmt.Fprintf(errOut, "to go on: kdeck redrive --resume %q --execute\n", text.Clean(r.State)) // a note
	}
}
