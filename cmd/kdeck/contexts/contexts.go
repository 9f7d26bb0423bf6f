// Package contexts has the commands of "kdeck context", which edit the config file and
// test the way to a cluster.
package contexts

import (
	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/kafka/profile"
)

// Command returns "kdeck context" with its subcommands.
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "context",
		Aliases: []string{"contexts", "ctx"},
		Short:   "Manage the clusters that kdeck knows by name",
		Long: `A context is a cluster with a name: its address, how to log in, and whether it
may be changed. Contexts are kept in $XDG_CONFIG_HOME/kdeck/config.yaml, by
default ~/.config/kdeck/config.yaml. One of them is the current context, which
commands use unless another cluster is given.

A name has 1 to 64 letters a-z, digits, '.', '_' and '-', and starts with a
letter or digit.

A password or token in a context can be a reference, resolved when a
connection is made: ${env:NAME}, {file: PATH} or {command: [NAME, ARG, …]}.
kdeck never prints the value.`,
		Example: `  kdeck context add dev --bootstrap-server localhost:9092
  kdeck context list
  kdeck context test dev`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newList(),
		newShow(),
		newAdd(),
		newUse(),
		newRemove(),
		newTest(),
	)
	return cmd
}

// editConfig changes the config file, one kdeck at a time.
func editConfig(edit func(*profile.Config) error) error {
	path, err := profile.Path()
	if err != nil {
		return err
	}
	return profile.Edit(path, edit)
}
