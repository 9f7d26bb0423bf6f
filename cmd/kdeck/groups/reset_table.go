package groups

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/apply"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/reset"
)

// timedRow is a row of a plan with the time of the record at its new offset.
type timedRow struct {
	groups.ResetRow
	at *time.Time // nil when there is no record yet, or it was not read
}

// MarshalJSON is the object of the row with one member more, "timestamp".
func (r timedRow) MarshalJSON() ([]byte, error) {
	row, err := r.ResetRow.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return output.WithMember(row, "timestamp", r.at)
}

// resetTable is how a plan is printed. Its first columns are those of the Kafka tool.
func resetTable() apply.Table[timedRow] {
	return apply.Table[timedRow]{
		Titles: "GROUP TOPIC PARTITION NEW-OFFSET CURRENT-OFFSET REPLAYS SKIPS LAG-AFTER TIMESTAMP",
		Cells: func(r timedRow) []string {
			current := ""
			if r.HasCurrent {
				current = output.Int(r.Current.Offset)
			}
			return []string{
				r.Group, r.Topic, output.Int(r.Partition), output.Count(r.New), current,
				output.Int(r.Replays()), output.Int(r.Skips()), output.Count(r.LagAfter()), r.timestamp(),
			}
		},
		Notes: func(r timedRow) []string {
			notes := r.Warnings
			if lost := r.LostMetadata(); lost != "" {
				notes = append(notes[:len(notes):len(notes)], "loses the metadata "+strconv.Quote(lost))
			}
			return notes
		},
		After: writeTotals,
		Undo:  undo[timedRow],
	}
}

func (r timedRow) timestamp() string {
	switch {
	case r.at != nil:
		return reset.FormatTime(*r.at)
	case r.AtEnd() && !r.Deletes():
		return "none" // the next record that is written
	}
	return ""
}

// undo is the command that puts back what was saved of a group.
func undo[R change.Row](p change.Part[R]) string {
	return fmt.Sprintf("kdeck groups undo-reset %q --from %q --execute", p.Target, p.Saved)
}

// resetTotal is the sum of some rows.
type resetTotal struct {
	group, topic                        string
	partitions                          int
	replays, skips, lagBefore, lagAfter int64
}

func (t *resetTotal) add(r timedRow) {
	t.partitions++
	t.replays += r.Replays()
	t.skips += r.Skips()
	t.lagBefore += max(0, r.LagBefore()) // -1 without a commit
	t.lagAfter += max(0, r.LagAfter())
}

// resetTotals adds up the rows of each topic of each group, and all.
func resetTotals(r change.Result[timedRow]) []resetTotal {
	var totals []resetTotal
	all := resetTotal{group: "total"}
	for _, item := range r.Items() {
		row := item.Row
		if n := len(totals); n == 0 || totals[n-1].group != row.Group || totals[n-1].topic != row.Topic {
			totals = append(totals, resetTotal{group: row.Group, topic: row.Topic})
		}
		totals[len(totals)-1].add(row)
		all.add(row)
	}
	return append(totals, all)
}

func writeTotals(out io.Writer, r change.Result[timedRow]) error {
	var rows [][]string
	for _, t := range resetTotals(r) {
		rows = append(rows, []string{
			t.group, t.topic, output.Int(t.partitions), output.Int(t.replays), output.Int(t.skips), output.Int(t.lagBefore), output.Int(t.lagAfter),
		})
	}
	if _, err := fmt.Fprintln(out); err != nil {
		return err
	}
	return output.Table(out, "GROUP TOPIC PARTITIONS REPLAYS SKIPS LAG-BEFORE LAG-AFTER", rows)
}
