// Package groups has the commands of "kdeck groups": a file for each verb.
package groups

import (
	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
)

// Command returns "kdeck groups" with its subcommands.
func Command(connect target.Connector) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "groups",
		Aliases: []string{"group"},
		Short:   "List, describe and change groups",
		Example: `  kdeck groups list
  kdeck groups describe billing
  kdeck groups reset-offsets billing --all-topics --to-datetime "2h ago"`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newList(connect),
		newDescribe(connect),
		newResetOffsets(connect),
		newUndoReset(connect),
		newDelete(connect),
		newDeleteOffsets(connect),
		newRemoveMember(connect),
	)
	return cmd
}
