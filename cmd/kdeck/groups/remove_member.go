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

func newRemoveMember(connect target.Connector) *cobra.Command {
	var flags apply.Flags
	cmd := &cobra.Command{
		Use:   "remove-member GROUP INSTANCE-ID...",
		Short: "Remove static members from a group",
		Long: `Remove static members from a group by their group.instance.id. The group
rebalances at once, without waiting for the session timeout. A consumer that
still runs joins again. Without --execute nothing is done: the members are
printed.

` + exit.Codes,
		Example: `  kdeck groups describe billing --members
  kdeck groups remove-member billing app-7 --execute`,
		Args: arg.AtLeast(2, "a GROUP and the INSTANCE-ID of members"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return apply.Run(cmd, connect, &flags, memberTable(), func(_ context.Context, client *admin.Client) (change.Change[groups.MemberRow], error) {
				return client.Groups.RemoveMembers(args[0], args[1:]...), nil
			})
		},
	}
	flags.Register(cmd)
	return cmd
}

func memberTable() apply.Table[groups.MemberRow] {
	return apply.Table[groups.MemberRow]{
		Titles: "GROUP GROUP-INSTANCE-ID CONSUMER-ID HOST CLIENT-ID #PARTITIONS",
		Cells: func(r groups.MemberRow) []string {
			return []string{r.Group, r.InstanceID, r.ConsumerID, r.Host, r.ClientID, output.Int(r.Partitions)}
		},
	}
}
