// Package root puts the commands of kdeck together and runs them.
package root

import (
	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/console"
	"github.com/kdeck/kdeck/cmd/kdeck/contexts"
	"github.com/kdeck/kdeck/cmd/kdeck/groups"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/cmd/kdeck/lab"
	"github.com/kdeck/kdeck/cmd/kdeck/local"
	"github.com/kdeck/kdeck/cmd/kdeck/records"
	"github.com/kdeck/kdeck/cmd/kdeck/topics"
)

// Command returns "kdeck" with all its commands.
func Command(version string) *cobra.Command {
	root := &cobra.Command{
		Use:   "kdeck",
		Short: "A terminal console for Apache Kafka, with a local cluster on board",
		Long: `kdeck shows what a Kafka cluster is doing and lets you act on it: brokers,
topics, partitions with their leader and in-sync replicas, consumer groups
with their lag, the records themselves, and a wizard that resets the offsets
of a group.

Without a command it opens the console on the current context. If there is no
context yet, it offers to launch a local cluster or to attach to one.

Commands that take something away, move it or alter it print what they would
do, and do it with --execute. Commands that only add something do it at once;
with --dry-run they check it and print what they would do.

` + exit.Codes,
		Example: `  kdeck                          # the current context, or the start page
  kdeck local --demo             # a local cluster with traffic
  kdeck attach broker-1:9092     # the console on a cluster
  kdeck tail orders --from -10   # the last ten records, then new ones`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error { return console.OpenCurrent(cmd.Context()) },
	}
	root.SetFlagErrorFunc(option.Explain)
	root.AddCommand(
		local.Command(),
		lab.Command(),
		console.Attach(),
		contexts.Command(),
		records.Tail(target.Connect),
		records.Search(target.Connect),
		records.Produce(target.Connect),
		records.Redrive(target.Connect),
		groups.Command(target.Connect),
		topics.Command(target.Connect),
		newVersion(version),
	)
	wrapHelp(root)
	return root
}
