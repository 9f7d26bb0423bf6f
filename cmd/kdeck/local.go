package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/kdeck/kdeck/embedbroker/demo"
	"github.com/kdeck/kdeck/kafka/profile"
)

// localFlags are the flags of kdeck local.
type localFlags struct {
	cluster  embedbroker.Config
	demo     bool
	headless bool
}

func newLocalCommand() *cobra.Command {
	var f localFlags
	cmd := &cobra.Command{
		Use:   "local",
		Short: "Launch a local cluster and open the console on it",
		Long: `Launches a Kafka-protocol cluster inside kdeck, each broker on its own port of
127.0.0.1, and opens the console on it. Every Kafka client on this machine can
use it meanwhile. Topics, records, configurations and committed offsets are kept
on disk and are there at the next start; with --ephemeral they are not.

It is for development and for learning: there is one copy of the data, whatever
replicas are shown.`,
		Example: `  kdeck local                            # three brokers on 9092, 9093, 9094
  kdeck local --demo --ephemeral         # a cluster with traffic to look at, gone afterwards
  kdeck local --brokers 1 --port 0       # one broker on a free port
  kdeck local --headless                 # no console: a cluster for tests and scripts
  kdeck local --kafka-version 2.8        # what an application meets on an old cluster`,
		Args: noArgs,
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
	var ui *console
	if !f.headless {
		if ui, err = newConsole(); err != nil {
			return err
		}
	}
	events := newEventPrinter(stderr)
	if ui != nil {
		ui.events = events
	}
	f.cluster.Report = events.report
	local, err := startLocal(ctx, f.cluster, f.demo)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, local.Close()) }()
	if ui != nil {
		return ui.showLocal(ctx, local)
	}
	if _, err := fmt.Fprintln(stdout, "bootstrap servers: "+local.servers()); err != nil {
		return fmt.Errorf("print the bootstrap servers: %w", err)
	}
	<-ctx.Done()
	return nil
}

// localCluster is an embedded cluster of this process, and its demo traffic.
type localCluster struct {
	name    string
	cluster *embedbroker.Cluster
	traffic *demo.Traffic // nil without --demo
}

// startLocal launches the cluster, with its data where the user expects it.
func startLocal(ctx context.Context, cfg embedbroker.Config, withDemo bool) (*localCluster, error) {
	if err := profile.ValidateName(cfg.Name); err != nil {
		return nil, fmt.Errorf("--name: %w", err)
	}
	if cfg.DataDir == "" && !cfg.Ephemeral {
		dir, err := profile.DataDir()
		if err != nil {
			return nil, err
		}
		cfg.DataDir = filepath.Join(dir, "clusters", cfg.Name)
	}
	cluster, err := embedbroker.Start(cfg)
	if err != nil {
		return nil, err
	}
	local := &localCluster{name: cfg.Name, cluster: cluster}
	if withDemo {
		if local.traffic, err = demo.Start(ctx, cluster.Addrs()); err != nil {
			return nil, errors.Join(err, cluster.Close())
		}
	}
	return local, nil
}

func (l *localCluster) servers() string { return strings.Join(l.cluster.Addrs(), ",") }

// Close ends the traffic, then the cluster, with everything on disk.
func (l *localCluster) Close() error {
	if l.traffic != nil {
		l.traffic.Close()
	}
	return l.cluster.Close()
}
