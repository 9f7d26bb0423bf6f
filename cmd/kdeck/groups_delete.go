package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/tui/text"
)

// newDeleteGroupsCommand returns "kdeck groups delete".
func newDeleteGroupsCommand(connect connector) *cobra.Command {
	var flags changeFlags
	cmd := &cobra.Command{
		Use:   "delete GROUP...",
		Short: "Delete groups that have no members",
		Long: `Delete groups of any type that have no members, with everything that they have
committed. Without --execute nothing is deleted: what would be lost is printed.

Before a group is deleted its offsets are saved to a file, whose path is told. A
group with members is refused, and the others are deleted. When one of the names
does not exist, nothing is done.

` + exitCodes,
		Example: `  kdeck groups delete billing
  kdeck groups delete billing stock --execute`,
		Args: atLeast(1, "the GROUP to delete"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return deleteGroups(cmd.Context(), connect, &flags, args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags.register(cmd)
	return cmd
}

func deleteGroups(ctx context.Context, connect connector, f *changeFlags, names []string, out, notes io.Writer) error {
	if err := checkFormat(f.output, "table", "json"); err != nil {
		return err
	}
	client, err := connect(ctx, &f.target)
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
	if !f.execute {
		noteDryRun(notes)
	} else if err := executeDeletion(ctx, client, names, rows, notes); err != nil {
		return err
	}
	var t tally
	for _, r := range rows {
		t.add(r.Outcome)
	}
	err = writeRows(out, f.output, "GROUP TYPE STATE MEMBERS COMMITS TOPICS LAG OUTCOME NOTES", rows, deletionRow.cells)
	return errors.Join(t.err("delete groups", f.execute), err)
}

// executeDeletion deletes the groups and puts what became of them into their rows.
func executeDeletion(ctx context.Context, client *admin.Client, names []string, rows []deletionRow, notes io.Writer) error {
	deleted, err := client.Groups.Delete(ctx, names...)
	if err != nil {
		return err
	}
	byName := make(map[string]groups.Deletion, len(deleted))
	for _, d := range deleted {
		byName[d.Group] = d
		if d.Saved != "" {
			_, _ = fmt.Fprintf(notes, "old offsets of %s: %s\n", text.Clean(d.Group), text.Clean(d.Saved)) // a note
		}
		noteWarning(notes, d.Unnoted)
	}
	for i := range rows {
		d := byName[rows[i].Group]
		rows[i].Outcome, rows[i].Note, rows[i].Saved = d.Outcome, reason(d.Err), d.Saved
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
		Group: g.Name, Type: string(g.Type), State: g.State, Members: known(int64(g.Members)), Lag: known(g.Lag.Total()),
		Outcome: planned, Note: reason(g.Err),
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
		r.Group, r.Type, r.State, number(r.Members), strconv.Itoa(r.Commits), strconv.Itoa(r.Topics),
		number(r.Lag), string(r.Outcome), r.Note,
	}
}
