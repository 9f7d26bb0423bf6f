package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newRootCommand() *cobra.Command {
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
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return openCurrent(cmd.Context()) },
	}
	root.AddCommand(
		newLocalCommand(),
		newAttachCommand(),
		newContextCommand(),
		newTailCommand(connect),
		newSearchCommand(connect),
		newProduceCommand(connect),
		newRedriveCommand(connect),
		newGroupsCommand(connect),
		newVersionCommand(),
	)
	return root
}

// released is the version that the Makefile stamps into a release build.
var released string

// version is the released version, or the commit that the binary was built from.
func version() string {
	if released != "" {
		return released
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version of kdeck",
		Example: "  kdeck version",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "kdeck "+version())
			return err
		},
	}
}
