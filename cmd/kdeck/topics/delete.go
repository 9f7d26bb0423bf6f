package topics

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
	"github.com/kdeck/kdeck/kafka/topics"
)

func newDelete(connect target.Connector) *cobra.Command {
	var flags apply.Flags
	cmd := &cobra.Command{
		Use:   "delete TOPIC...",
		Short: "Delete topics with their records",
		Long: `Delete topics with all their records. Without --execute nothing is deleted:
what would be lost is printed.

Before a topic is deleted, its partitions and its configuration are saved to a
file, whose path is printed. The records cannot be restored.

` + exit.Codes,
		Example: `  kdeck topics delete orders
  kdeck topics delete orders stock --execute`,
		Args: arg.AtLeast(1, "the TOPIC to delete"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return apply.Run(cmd, connect, &flags, deleteTable(), func(_ context.Context, client *admin.Client) (change.Change[topics.DeletionRow], error) {
				return client.Topics.Delete(args...), nil
			})
		},
	}
	flags.Register(cmd)
	return cmd
}

func deleteTable() apply.Table[topics.DeletionRow] {
	return apply.Table[topics.DeletionRow]{
		Titles: "TOPIC PARTITIONS RECORDS",
		Cells: func(r topics.DeletionRow) []string {
			return []string{r.Topic, output.Int(r.Partitions), output.Count(r.Records)}
		},
	}
}
