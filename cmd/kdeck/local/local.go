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
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/local/cluster"
	"github.com/kdeck/kdeck/embedbroker"
)

// localFlags are the flags of kdeck local.
type localFlags struct {
	cluster  embedbroker.Config
	demo     bool
	headless bool
	insecure bool
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
  kdeck local --kafka-version 2.8   # as an old cluster answers
  kdeck local --tls --sasl          # and the context to get in by
  kdeck local --rack a,b,c --set replica.lag.time.max.ms=10000`,
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
	flags.StringToStringVar(&f.cluster.Settings, "set", nil, "a setting of the brokers by Kafka's name, as replica.lag.time.max.ms=10000 (repeatable)")
	flags.StringSliceVar(&f.cluster.Racks, "rack", nil, "the racks of the brokers, the first broker's first")
	flags.StringVar(&f.cluster.Listen, "listen", "127.0.0.1", "address to listen on; 0.0.0.0 for every one of this machine")
	flags.StringVar(&f.cluster.Advertise, "advertise", "", "the host that clients are told to connect to (default: the address of --listen)")
	flags.BoolVar(&f.cluster.TLS, "tls", false, "talk TLS, with a certificate of an authority in the data folder")
	flags.BoolVar(&f.cluster.SASL, "sasl", false, "let clients log in: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512")
	flags.StringToStringVar(&f.cluster.Users, "user", nil, "a user besides admin with its password, as app=secret (repeatable; needs --sasl)")
	flags.BoolVar(&f.insecure, "insecure", false, "let --listen open the cluster to others without --sasl")
	flags.BoolVar(&f.demo, "demo", false, "add demo topics with real producers and consumer groups")
	flags.BoolVar(&f.headless, "headless", false, "run the cluster without a console until SIGINT or SIGTERM")
	cmd.MarkFlagsMutuallyExclusive("data-dir", "ephemeral")
	return cmd
}

func runLocal(ctx context.Context, stdout, stderr io.Writer, f localFlags) (err error) {
	if f.cluster.Brokers < 1 {
		return fmt.Errorf("--brokers %d: want 1 to 15", f.cluster.Brokers)
	}
	if err := f.checkAccess(); err != nil {
		return err
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
	if f.cluster.TLS || f.cluster.SASL {
		name, err := local.SaveContext()
		if err != nil {
			return fmt.Errorf("save the context of the cluster: %w", err)
		}
		notes.Line(stderr, "Others get in by the context %s: kdeck attach %s", name, name)
	}
	if ui != nil {
		return ui.ShowLocal(ctx, local, events)
	}
	if _, err := fmt.Fprintln(stdout, "bootstrap servers: "+strings.Join(local.Addrs(), ",")); err != nil {
		return fmt.Errorf("print the bootstrap servers: %w", err)
	}
	<-ctx.Done()
	return nil
}

// checkAccess refuses to open a cluster to others by mistake.
func (f *localFlags) checkAccess() error {
	switch {
	case !f.cluster.Local() && !f.cluster.SASL && !f.insecure:
		return fmt.Errorf("--listen %s: everybody who reaches this machine could read and change everything; add --sasl, or --insecure if that is meant", f.cluster.Listen)
	case len(f.cluster.Users) > 0 && !f.cluster.SASL:
		return errors.New("--user needs --sasl")
	}
	return nil
}
