package groups

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/change"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/tui/text"
)

// newDelete returns "kdeck groups delete".
func newDelete(connect target.Connector) *cobra.Command {
	var flags change.Flags
	cmd := &cobra.Command{
		Use:   "delete GROUP...",
		Short: "Delete groups that have no members",
		Long: `Delete groups of any type that have no members, with everything that they have
committed. Without --execute nothing is deleted: what would be lost is
printed.

Before a group is deleted its offsets are saved to a file, whose path is told.
A group with members is refused, and the others are deleted. When one of the
names does not exist, nothing is done.

` + exit.Codes,
		Example: `  kdeck groups delete billing
  kdeck groups delete billing stock --execute`,
		Args: arg.AtLeast(1, "the GROUP to delete"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return deleteGroups(cmd.Context(), connect, &flags, args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags.Register(cmd)
	return cmd
}

func deleteGroups(ctx context.Context, connect target.Connector, f *change.Flags, names []string, out, errOut io.Writer) error {
	client, err := connect(ctx, &f.Target)
	if err != nil {
		return err
	}
	defer client.Close()
	found, err := client.Groups.Details(ctx, names...)
	if err != nil {
		return err
	}
	rows := make([]deletionRow, len(found.Items))
	for i, d := range found.Items {
		rows[i] = newDeletionRow(d)
	}
	if !f.Execute {
		change.NoteDryRun(errOut)
	} else if err := executeDeletion(ctx, client, names, rows, errOut); err != nil {
		return err
	}
	var t change.Tally
	for _, r := range rows {
		t.Add(r.Outcome)
	}
	err = output.Rows(out, f.Output, "GROUP TYPE STATE MEMBERS COMMITS TOPICS LAG OUTCOME NOTES", rows, deletionRow.cells)
	return errors.Join(t.Err("delete groups", f.Execute), err)
}

// executeDeletion deletes the groups and puts what became of them into their rows.
func executeDeletion(ctx context.Context, client *admin.Client, names []string, rows []deletionRow, errOut io.Writer) error {
	deleted, err := client.Groups.Delete(ctx, names...)
	if err != nil {
		return err
	}
	byName := make(map[string]groups.Deletion, len(deleted))
	for _, d := range deleted {
		byName[d.Group] = d
		if d.Saved != "" {
			_, _ = fmt.Fprintf(errOut, "old offsets of %s: %s\n", text.Clean(d.Group), text.Clean(d.Saved)) // a note
		}
		notes.Warning(errOut, d.Unnoted)
	}
	for i := range rows {
		d := byName[rows[i].Group]
		rows[i].Outcome, rows[i].Note, rows[i].Saved = d.Outcome, output.Reason(d.Err), d.Saved
	}
	return nil
}

// deletionRow is a group that is to be deleted, and what is lost with it.
type deletionRow struct {
	Group   string        `json:"group"`
	Type    string        `json:"type"`
	State   string        `json:"state"`
	Members *int64        `json:"members"`
	Commits int           `json:"commits"` // partitions
	Topics  int           `json:"topics"`  // with commits
	Lag     *int64        `json:"lag"`
	Outcome kafka.Outcome `json:"outcome"` // "planned" in a dry run
	Note    string        `json:"note,omitempty"`
	Saved   string        `json:"saved,omitempty"` // path of the old offsets
}

func newDeletionRow(d groups.Detail) deletionRow {
	g := d.Group
	row := deletionRow{
		Group: g.Name, Type: string(g.Type), State: g.State, Members: output.Known(int64(g.Members)), Lag: output.Known(g.Lag.Total()),
		Outcome: change.Planned, Note: output.Reason(g.Err),
	}
	topics := make(map[string]bool)
	for _, p := range d.Partitions {
		if p.Lag.Committed >= 0 {
			row.Commits++
			topics[p.Topic] = true
		}
	}
	row.Topics = len(topics)
	if g.Members > 0 {
		row.Outcome, row.Note = kafka.Refused, "it has "+text.Plural(g.Members, "member")+"; stop its consumers first"
	}
	return row
}

func (r deletionRow) cells() []string {
	return []string{
		r.Group, r.Type, r.State, output.Number(r.Members), strconv.Itoa(r.Commits), strconv.Itoa(r.Topics),
		output.Number(r.Lag), string(r.Outcome), r.Note,
	}
}
