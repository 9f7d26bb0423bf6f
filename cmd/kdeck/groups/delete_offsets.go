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
	"github.com/kdeck/kdeck/kafka/reset"
)

func newDeleteOffsets(connect target.Connector) *cobra.Command {
	var flags apply.Flags
	var topics []string
	cmd := &cobra.Command{
		Use:   "delete-offsets GROUP",
		Short: "Delete the committed offsets of a group on topics",
		Long: `Delete the committed offsets of a group on topics that none of its members
subscribes to. Without --execute nothing is deleted: the offsets are printed.

--topic TOPIC means all partitions with a commit, --topic TOPIC:0,3-5 some of
them. The offsets of a share group can only be deleted on whole topics, and
only if it has no members.

Before anything is deleted, all offsets of the group are saved to a file,
whose path is printed; afterwards they are read back.

` + exit.Codes,
		Example: `  kdeck groups delete-offsets billing --topic orders
  kdeck groups delete-offsets billing --topic orders:0,3-5 --execute`,
		Args: arg.ExactlyOne("GROUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			scope, err := reset.ParseScope(topics)
			if err != nil {
				return err
			}
			return apply.Run(cmd, connect, &flags, offsetTable(), func(_ context.Context, client *admin.Client) (change.Change[groups.OffsetRow], error) {
				return client.Groups.DeleteOffsets(args[0], scope), nil
			})
		},
	}
	flags.Register(cmd)
	cmd.Flags().StringArrayVar(&topics, "topic", nil, "delete on the partitions of TOPIC[:0,3-5] (repeatable)")
	cmd.MarkFlagsOneRequired("topic")
	return cmd
}

func offsetTable() apply.Table[groups.OffsetRow] {
	return apply.Table[groups.OffsetRow]{
		Titles: "GROUP TOPIC PARTITION CURRENT-OFFSET LAG",
		Cells: func(r groups.OffsetRow) []string {
			return []string{r.Group, r.Topic, output.Int(r.Partition), output.Count(r.Offset), output.Number(r.Lag)}
		},
		Undo: undo[groups.OffsetRow],
	}
}
