// Package topics has the commands of "kdeck topics": a file for each verb.
package topics

import (
	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
)

// Command returns "kdeck topics" with its subcommands.
func Command(connect target.Connector) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "topics",
		Aliases: []string{"topic"},
		Short:   "List, describe, create and delete topics",
		Example: `  kdeck topics list
  kdeck topics create orders --partitions 6
  kdeck topics delete orders`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newList(connect), newDescribe(connect), newCreate(connect), newDelete(connect))
	return cmd
}
