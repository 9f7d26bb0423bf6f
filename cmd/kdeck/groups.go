package main

import (
	"github.com/spf13/cobra"
)

// newGroupsCommand returns "kdeck groups" with its subcommands.
func newGroupsCommand(connect connector) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "groups",
		Aliases: []string{"group"},
		Short:   "Work on consumer groups",
		Example: `  kdeck groups list
  kdeck groups describe billing
  kdeck groups reset-offsets billing --all-topics --to-datetime "2h ago"`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newListGroupsCommand(connect),
		newDescribeGroupsCommand(connect),
		newResetOffsetsCommand(connect),
		newDeleteGroupsCommand(connect),
		newDeleteOffsetsCommand(connect),
		newRemoveMemberCommand(connect),
	)
	return cmd
}
