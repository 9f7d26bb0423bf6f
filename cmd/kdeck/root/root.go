// Package root puts the commands of kdeck together and runs them.
package root

import (
	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/console"
	"github.com/kdeck/kdeck/cmd/kdeck/contexts"
	"github.com/kdeck/kdeck/cmd/kdeck/groups"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/cmd/kdeck/local"
	"github.com/kdeck/kdeck/cmd/kdeck/records"
)

// Command returns "kdeck" with all its commands.
func Command(version string) *cobra.Command {
	root := &cobra.Command{
		Use:   "kdeck",
		Short: "A terminal console for Apache Kafka, with a local cluster on board",
		Long: `kdeck shows what a Kafka cluster is doing and lets you act on it: brokers,
topics, partitions with their leader and in-sync replicas, consumer groups with
their lag, the records themselves, and a wizard that moves a group's offsets.

Without a command it opens the console on the current context. Without any
context it offers to launch a local cluster or to attach to one.`,
		Example: `  kdeck                                  # the current context, or the start page
  kdeck local --demo                     # a local cluster with traffic, and the console on it
  kdeck attach broker-1:9092             # the console on a cluster
  kdeck tail orders --from -10           # the last ten records of a topic, and what follows`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error { return console.OpenCurrent(cmd.Context()) },
	}
	root.SetFlagErrorFunc(option.Explain)
	root.AddCommand(
		local.Command(),
		console.Attach(),
		contexts.Command(),
		records.Tail(target.Connect),
		records.Search(target.Connect),
		records.Produce(target.Connect),
		records.Redrive(target.Connect),
		groups.Command(target.Connect),
		newVersion(version),
	)
	return root
}
