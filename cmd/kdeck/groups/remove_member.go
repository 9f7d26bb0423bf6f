package groups

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/change"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
)

// newRemoveMember returns "kdeck groups remove-member".
func newRemoveMember(connect target.Connector) *cobra.Command {
	var flags change.Flags
	cmd := &cobra.Command{
		Use:   "remove-member GROUP INSTANCE-ID...",
		Short: "Remove static members from a group",
		Long: `Remove static members from a group by their group.instance.id. The group
rebalances at once, without waiting for their session timeout. A consumer that
still runs joins again. Without --execute nothing is done: the members are
printed.

` + exit.Codes,
		Example: `  kdeck groups describe billing --members
  kdeck groups remove-member billing app-7 --execute`,
		Args: arg.AtLeast(2, "a GROUP and the INSTANCE-ID of members"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return removeMembers(cmd.Context(), connect, &flags, args[0], args[1:], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags.Register(cmd)
	return cmd
}

func removeMembers(ctx context.Context, connect target.Connector, f *change.Flags, group string, ids []string, out, errOut io.Writer) error {
	client, err := connect(ctx, &f.Target)
	if err != nil {
		return err
	}
	defer client.Close()
	d, err := client.Groups.Detail(ctx, group)
	if err != nil {
		return err
	}
	var rows []removalRow
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		m, err := groups.StaticMember(d.Members, id)
		if err != nil {
			return err
		}
		rows = append(rows, removalRow{group, id, m.ID, m.Host, m.ClientID, m.Partitions(), change.Planned, ""})
	}
	if !f.Execute {
		change.NoteDryRun(errOut)
	} else {
		removed, err := client.Groups.RemoveMembers(ctx, group, ids...)
		if err != nil {
			return err
		}
		notes.Warning(errOut, removed.Unnoted)
		for i, m := range removed.Members { // both are by instance id
			rows[i].Outcome, rows[i].Note = m.Outcome, output.Reason(m.Err)
		}
	}
	var t change.Tally
	for _, r := range rows {
		t.Add(r.Outcome)
	}
	err = output.Rows(out, f.Output, "GROUP GROUP-INSTANCE-ID CONSUMER-ID HOST CLIENT-ID #PARTITIONS OUTCOME NOTES", rows, removalRow.cells)
	return errors.Join(t.Err("remove members of "+group, f.Execute), err)
}

// removalRow is a member that is to be removed.
type removalRow struct {
	Group      string        `json:"group"`
	InstanceID string        `json:"groupInstanceId"`
	ConsumerID string        `json:"consumerId"`
	Host       string        `json:"host"`
	ClientID   string        `json:"clientId"`
	Partitions int           `json:"partitions"`
	Outcome    kafka.Outcome `json:"outcome"` // "planned" in a dry run
	Note       string        `json:"note,omitempty"`
}

func (r removalRow) cells() []string {
	return []string{r.Group, r.InstanceID, r.ConsumerID, r.Host, r.ClientID, strconv.Itoa(r.Partitions), string(r.Outcome), r.Note}
}
