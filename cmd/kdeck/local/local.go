// Package local has "kdeck local", which launches a cluster in this process.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/console"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/local/cluster"
	"github.com/kdeck/kdeck/embedbroker"
)

// localFlags are the flags of kdeck local.
type localFlags struct {
	cluster  embedbroker.Config
	demo     bool
	headless bool
}

// Command returns "kdeck local".
func Command() *cobra.Command {
	var f localFlags
	cmd := &cobra.Command{
		Use:   "local",
		Short: "Launch a local cluster and open the console on it",
		Long: `Launches a Kafka-protocol cluster inside kdeck, each broker on its own port of
127.0.0.1, and opens the console on it. Every Kafka client on this machine can
use it meanwhile. Topics, records, configurations and committed offsets are
kept on disk and are there at the next start; with --ephemeral they are not.

It is for development and for learning: there is one copy of the data,
whatever replicas are shown.`,
		Example: `  kdeck local                       # three brokers on 9092, 9093, 9094
  kdeck local --demo --ephemeral    # with traffic; removed at exit
  kdeck local --brokers 1 --port 0  # one broker on a free port
  kdeck local --headless            # without a console, for scripts
  kdeck local --kafka-version 2.8   # as an old cluster answers`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runLocal(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.cluster.Name, "name", "local", "name of the cluster; each name has its own data")
	flags.IntVar(&f.cluster.Brokers, "brokers", 3, "number of brokers, 1 to 15")
	flags.IntVar(&f.cluster.Port, "port", 9092, "port of the first broker, the others follow; 0 takes free ports")
	flags.StringVar(&f.cluster.DataDir, "data-dir", "", "folder of the data (default: the cluster's name in the XDG data folder)")
	flags.BoolVar(&f.cluster.Ephemeral, "ephemeral", false, "keep the data in a temporary folder and remove it at exit")
	flags.StringVar(&f.cluster.KafkaVersion, "kafka-version", "", "serve only what this version of Kafka does, from 2.8 on (default: the newest)")
	flags.BoolVar(&f.demo, "demo", false, "add demo topics with real producers and consumer groups")
	flags.BoolVar(&f.headless, "headless", false, "run the cluster without a console until SIGINT or SIGTERM")
	cmd.MarkFlagsMutuallyExclusive("data-dir", "ephemeral")
	return cmd
}

func runLocal(ctx context.Context, stdout, stderr io.Writer, f localFlags) (err error) {
	if f.cluster.Brokers < 1 {
		return fmt.Errorf("--brokers %d: want 1 to 15", f.cluster.Brokers)
	}
	var ui *console.Console
	if !f.headless {
		if ui, err = console.New(); err != nil {
			return err
		}
	}
	events := cluster.NewEventPrinter(stderr)
	f.cluster.Report = events.Report
	local, err := cluster.Start(ctx, f.cluster, f.demo)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, local.Close()) }()
	if ui != nil {
		return ui.ShowLocal(ctx, local, events)
	}
	if _, err := fmt.Fprintln(stdout, "bootstrap servers: "+strings.Join(local.Addrs(), ",")); err != nil {
		return fmt.Errorf("print the bootstrap servers: %w", err)
	}
	<-ctx.Done()
	return nil
}
