package groups

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/text"
)

// resetRow is a line of output; its first columns are those of the Kafka tool.
type resetRow struct {
	Group     string     `json:"group"`
	Topic     string     `json:"topic"`
	Partition int32      `json:"partition"`
	New       *int64     `json:"newOffset"`     // null where the commit is deleted
	Current   *int64     `json:"currentOffset"` // null without a commit
	Replays   int64      `json:"replays"`
	Skips     int64      `json:"skips"`
	LagBefore *int64     `json:"lagBefore"` // null without a commit before
	LagAfter  *int64     `json:"lagAfter"`  // null without a commit afterwards
	At        *time.Time `json:"timestamp"` // of the record at the new offset; null when there is none yet or it was not read
	AtEnd     bool       `json:"atLogEnd"`  // there is no record at the new offset yet
	Metadata  string     `json:"lostMetadata"`
	Outcome   string     `json:"outcome"` // "planned" in a dry run
	Notes     []string   `json:"notes"`   // warnings, or why it failed
}

func newResetRow(group string, r reset.Row) resetRow {
	row := resetRow{
		Group: group, Topic: r.Topic, Partition: r.Partition, New: output.Known(r.New), AtEnd: r.AtEnd(),
		Replays: r.Replays(), Skips: r.Skips(), LagBefore: output.Known(r.LagBefore()), LagAfter: output.Known(r.LagAfter()),
		Metadata: r.LostMetadata(), Outcome: "planned", Notes: append([]string{}, r.Warnings...),
	}
	if r.HasCurrent {
		row.Current = &r.Current.Offset
	}
	return row
}

// timestamp is that of the record at the new offset in a plan.
func (r resetRow) timestamp() string {
	switch {
	case r.At != nil:
		return reset.FormatTime(*r.At)
	case r.AtEnd && r.New != nil:
		return "none" // the next record that is written
	}
	return "-"
}

// comment is the notes, and the metadata that is lost.
func (r resetRow) comment() string {
	notes := r.Notes
	if r.Metadata != "" {
		notes = append(notes[:len(notes):len(notes)], "loses the metadata "+strconv.Quote(r.Metadata))
	}
	return text.Clean(strings.Join(notes, "; "))
}

// printRows prints rows as a table, and under it their sums per topic.
func printRows(out io.Writer, rows []resetRow) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "GROUP\tTOPIC\tPARTITION\tNEW-OFFSET\tCURRENT-OFFSET\tREPLAYS\tSKIPS\tLAG-AFTER\tTIMESTAMP\tOUTCOME\tNOTES")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\n", text.Clean(r.Group), text.Clean(r.Topic), r.Partition,
			output.OrDash(output.Number(r.New)), output.OrDash(output.Number(r.Current)), r.Replays, r.Skips, output.OrDash(output.Number(r.LagAfter)), r.timestamp(), r.Outcome, r.comment())
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, "GROUP\tTOPIC\tPARTITIONS\tREPLAYS\tSKIPS\tLAG-BEFORE\tLAG-AFTER")
	sums := resetSums(rows)
	for _, s := range sums {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\n", text.Clean(s.group), text.Clean(s.topic), s.partitions, s.replays, s.skips, s.lagBefore, s.lagAfter)
	}
	return w.Flush()
}

// resetSum is the sum over some rows.
type resetSum struct {
	group, topic                        string
	partitions                          int
	replays, skips, lagBefore, lagAfter int64
}

// resetSums adds up the rows of each topic of each group, and all.
func resetSums(rows []resetRow) []resetSum {
	var sums []resetSum
	total := resetSum{group: "total"}
	for _, r := range rows {
		if n := len(sums); n == 0 || sums[n-1].group != r.Group || sums[n-1].topic != r.Topic {
			sums = append(sums, resetSum{group: r.Group, topic: r.Topic})
		}
		sums[len(sums)-1].add(r)
		total.add(r)
	}
	return append(sums, total)
}

func (s *resetSum) add(r resetRow) {
	s.partitions++
	s.replays += r.Replays
	s.skips += r.Skips
	if r.LagBefore != nil {
		s.lagBefore += *r.LagBefore
	}
	if r.LagAfter != nil {
		s.lagAfter += *r.LagAfter
	}
}
