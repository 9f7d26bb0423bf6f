// Package acls has the commands of "kdeck acls": a file for each verb.
package acls

import (
	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
)

// Command returns "kdeck acls" with its subcommands.
func Command(connect target.Connector) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "acls",
		Aliases: []string{"acl"},
		Short:   "List access control entries",
		Example: `  kdeck acls list
  kdeck acls list --principal User:billing`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newList(connect))
	return cmd
}
