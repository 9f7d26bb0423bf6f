package records

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/redrive"
	"github.com/kdeck/kdeck/kafka/words"
	"github.com/kdeck/kdeck/tui/text"
)

// redriveResult is what is printed of a redrive as JSON.
type redriveResult struct {
	From        string        `json:"from"`
	Expression  string        `json:"expression"` // empty is every record
	To          string        `json:"to"`
	Outcome     string        `json:"outcome"` // model.Planned, done, partly or nothing
	Looked      int64         `json:"looked"`
	Matches     int64         `json:"matches"`
	Bytes       int64         `json:"bytes"`
	Refused     int64         `json:"refused"` // that the destination would not take, by the count
	Source      []redrivePart `json:"source"`
	Destination []redrivePart `json:"destination"`
	Warnings    []string      `json:"warnings"`
	// What follows is null in a dry run.
	Stored   *int64           `json:"stored"`
	Failed   *int64           `json:"failed"`
	Unknown  *int64           `json:"unknown"` // of the failed: sent, and no answer came
	Unsent   *int64           `json:"unsent"`
	Missing  *int64           `json:"missing"` // counted, and gone since
	Seconds  *float64         `json:"seconds"`
	Resume   *string          `json:"resume"` // the file to go on from; null when nothing is left
	Failures []redriveFailure `json:"failures"`
}

// redrivePart is what is read from a partition, or sent to one.
type redrivePart struct {
	Partition *int32 `json:"partition"` // null for any: records without a key
	Records   int64  `json:"records"`
	Bytes     int64  `json:"bytes"`
}

type redriveFailure struct {
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Outcome   string `json:"outcome"`
	Error     string `json:"error"`
}

func partsOf(parts map[int32]redrive.Part) []redrivePart {
	rows := []redrivePart{}
	for _, p := range slices.Sorted(maps.Keys(parts)) {
		row := redrivePart{Records: parts[p].Matches, Bytes: parts[p].Bytes}
		if p >= 0 {
			row.Partition = &p
		}
		rows = append(rows, row)
	}
	return rows
}

func newRedriveResult(plan *redrive.Plan, report *redrive.Report) redriveResult {
	r := redriveResult{
		From: plan.Query.Topic, Expression: plan.Query.Filter.String(), To: plan.To, Outcome: string(model.Planned),
		Looked: plan.Looked, Matches: plan.Matches, Bytes: plan.Bytes, Refused: plan.Refused,
		Source: partsOf(plan.Source), Destination: partsOf(plan.Destination),
		Warnings: append([]string{}, plan.Warnings...), Failures: []redriveFailure{},
	}
	failures := plan.Refusals
	if report != nil {
		seconds := report.Took.Seconds()
		r.Stored, r.Failed, r.Unknown = &report.Stored, &report.Failed, &report.Unknown
		r.Unsent, r.Missing, r.Seconds = &report.Unsent, &report.Missing, &seconds
		if report.State != "" {
			r.Resume = &report.State
		}
		switch {
		case report.Complete():
			r.Outcome = "done"
		case report.Stored+report.Unknown > 0:
			r.Outcome = "partly"
		default:
			r.Outcome = "nothing"
		}
		failures = report.Failures
	}
	for _, f := range failures {
		r.Failures = append(r.Failures, redriveFailure{f.Partition, f.Offset, string(f.Outcome), f.Err.Error()})
	}
	return r
}

// print prints a plan, or its result.
func (f *redriveFlags) print(out io.Writer, plan *redrive.Plan, report *redrive.Report) error {
	result := newRedriveResult(plan, report)
	if f.output.JSON() {
		return output.WriteJSON(out, result)
	}
	type row struct {
		side, topic string
		part        redrivePart
	}
	var rows []row
	for _, p := range result.Source {
		rows = append(rows, row{"from", plan.Query.Topic, p})
	}
	for _, p := range result.Destination {
		rows = append(rows, row{"to", plan.To, p})
	}
	err := output.Rows(out, f.output, "SIDE TOPIC PARTITION RECORDS BYTES", rows, func(r row) []string {
		partition := "any"
		if r.part.Partition != nil {
			partition = strconv.Itoa(int(*r.part.Partition))
		}
		return []string{r.side, r.topic, partition, words.Count(r.part.Records), text.Bytes(r.part.Bytes)}
	})
	if err != nil {
		return err
	}
	line := fmt.Sprintf("%s of %s match, %s", words.Count(result.Matches), words.Plural(result.Looked, "record"), text.Bytes(result.Bytes))
	if result.Refused > 0 {
		line += fmt.Sprintf("; %s of them would be refused", words.Count(result.Refused))
	}
	if report != nil {
		line = fmt.Sprintf("%s of %s stored in %s", words.Count(report.Stored), words.Plural(plan.Matches, "record"), text.Duration(report.Took))
		if report.Failed > 0 {
			line += fmt.Sprintf("; %s failed, %s of them without an answer", words.Count(report.Failed), words.Count(report.Unknown))
		}
		if report.Unsent > 0 {
			line += fmt.Sprintf("; %s not sent", words.Count(report.Unsent))
		}
	}
	_, err = fmt.Fprintf(out, "\n%s\n", line)
	return err
}
