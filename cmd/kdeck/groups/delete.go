package groups

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/apply"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/groups"
)

func newDelete(connect target.Connector) *cobra.Command {
	var flags apply.Flags
	cmd := &cobra.Command{
		Use:   "delete GROUP...",
		Short: "Delete groups that have no members",
		Long: `Delete groups of any type that have no members, with all their committed
offsets. Without --execute nothing is deleted: what would be lost is printed.

Before a group is deleted, its offsets are saved to a file, whose path is
printed. A group that is refused does not stop the others.

` + exit.Codes,
		Example: `  kdeck groups delete billing
  kdeck groups delete billing stock --execute`,
		Args: arg.AtLeast(1, "the GROUP to delete"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return apply.Run(cmd, connect, &flags, deleteTable(), func(_ context.Context, client *admin.Client) (change.Change[groups.DeletionRow], error) {
				return client.Groups.Delete(args...), nil
			})
		},
	}
	flags.Register(cmd)
	return cmd
}

func deleteTable() apply.Table[groups.DeletionRow] {
	return apply.Table[groups.DeletionRow]{
		Titles: "GROUP TYPE STATE MEMBERS COMMITS TOPICS LAG",
		Cells: func(r groups.DeletionRow) []string {
			return []string{r.Group, string(r.Type), r.State, output.Number(r.Members), output.Int(r.Commits), output.Int(r.Topics), output.Number(r.Lag)}
		},
		Undo: undo[groups.DeletionRow],
	}
}
