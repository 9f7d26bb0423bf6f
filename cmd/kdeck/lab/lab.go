// Package lab has "kdeck lab": what watches and disturbs a local cluster that runs
// in another process.
package lab

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/local/cluster"
	"github.com/kdeck/kdeck/embedbroker/lab"
)

// Command returns "kdeck lab".
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Watch and disturb a running local cluster",
		Long: `Stops, slows down and cuts off the brokers of a cluster that "kdeck local"
runs in another terminal, injects faults into what clients ask of it, and
tells what happens: leaders move, replicas leave the ISR and come back.

There is one copy of the data, so nothing is ever lost by it: what follows
from a broker that is gone is what clients see, not what disks hold.`,
		Example: `  kdeck lab status
  kdeck lab stop 1
  kdeck lab slow 2 --rate 5
  kdeck lab events --follow
  kdeck lab fault add --api Produce --error NOT_LEADER_OR_FOLLOWER \
      --rate 10% --for 30s`,
		Args: arg.None,
	}
	cmd.AddCommand(
		newStatus(),
		newAction(lab.Stop, "Shut a broker down", `What the broker leads moves to another replica in sync, its connections end,
and new ones are refused until it is started again.`),
		newAction(lab.Start, "Start a broker that is stopped", `Its replicas copy what they missed, which takes some seconds, and then join
the ISR. What it led before others lead until preferred leaders are elected.`),
		newAction(lab.Restart, "Stop a broker and start it at once", "Stops a broker in order and starts it again."),
		newAction(lab.Slow, "Make the replicas of a broker copy slowly", `Each replica of the broker copies at most --rate records a second. While it
is in the ISR, acks=all waits for it and consumers see no further than it;
when it is behind for longer than replica.lag.time.max.ms, it leaves the ISR.`),
		newAction(lab.Isolate, "Cut a broker off from everybody", `Nothing reaches the broker and nothing comes from it, but nothing is refused
either. When broker.session.timeout.ms has passed, it is fenced: others lead
what it led, and it is in no ISR.`),
		newAction(lab.Heal, "End that a broker is slow or cut off", "The replicas of the broker copy what they missed and then join the ISR."),
		newClean(),
		newEvents(),
		newFault(),
	)
	return cmd
}

// which is the cluster that a command is about.
type which struct{ name, dataDir string }

func (w *which) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.name, "name", "local", "name of the cluster")
	cmd.Flags().StringVar(&w.dataDir, "data-dir", "", "folder of its data, of a cluster that runs with --data-dir or --ephemeral")
	cmd.MarkFlagsMutuallyExclusive("name", "data-dir")
}

func (w *which) connect() (*lab.Client, error) {
	dir := w.dataDir
	if dir == "" {
		var err error
		if dir, err = cluster.DataDir(w.name); err != nil {
			return nil, err
		}
	}
	return lab.Connect(dir)
}

func newAction(action lab.Action, short, long string) *cobra.Command {
	var w which
	var rate int64
	cmd := &cobra.Command{
		Use:     string(action) + " BROKER",
		Short:   short,
		Long:    long,
		Example: fmt.Sprintf("  kdeck lab %s 1\n  kdeck lab %s 1 --name shop", action, action),
		Args:    arg.ExactlyOne("BROKER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 32)
			if err != nil {
				return fmt.Errorf("broker %q: want the id of a broker, as 0", args[0])
			}
			client, err := w.connect()
			if err != nil {
				return err
			}
			status, err := client.Do(cmd.Context(), action, int32(id), rate)
			if err != nil {
				return err
			}
			return writeBrokers(cmd.OutOrStdout(), status)
		},
	}
	w.register(cmd)
	if action == lab.Slow {
		cmd.Flags().Int64Var(&rate, "rate", lab.SlowRate, "records a second that each replica copies; 0 copies none")
	}
	return cmd
}

func writeBrokers(out io.Writer, s lab.Status) error {
	rows := make([][]string, len(s.Brokers))
	for i, b := range s.Brokers {
		rows[i] = []string{output.Int(b.ID), b.Rack, stateOf(b)}
	}
	return output.Table(out, "BROKER RACK STATE", rows)
}

// stateOf is the state of a broker in words.
func stateOf(b lab.Broker) string {
	state := b.State
	if b.Fenced {
		state += ", fenced"
	}
	if b.State == "slow" {
		state += fmt.Sprintf(", %d records/s", b.Rate)
	}
	return state
}

// statusFlags are the flags of "kdeck lab status".
type statusFlags struct {
	which
	topics []string
	limit  int
	output output.Format
}

func newStatus() *cobra.Command {
	flags := statusFlags{output: output.TableOrJSON()}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show brokers, partitions and faults",
		Long: `Shows the state of each broker and a map of partitions and brokers, those
first whose replicas are not all in sync:

  ●  leads          ○  in sync
  ◌  is behind, by how many records, or copies
  ✗  its broker is not there
  ·  no replica     -  no leader`,
		Example: `  kdeck lab status
  kdeck lab status --topic orders
  kdeck lab status --output json | jq '.partitions[] | select(.leader < 0)'`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	flags.register(cmd)
	cmd.Flags().StringSliceVar(&flags.topics, "topic", nil, "only these topics")
	cmd.Flags().IntVar(&flags.limit, "limit", 40, "most partitions to show")
	flags.output.Register(cmd)
	return cmd
}

func (f *statusFlags) run(ctx context.Context, out io.Writer) error {
	client, err := f.connect()
	if err != nil {
		return err
	}
	status, err := client.Status(ctx, f.limit, f.topics...)
	if err != nil {
		return err
	}
	if f.output.JSON() {
		return output.WriteJSON(out, status)
	}
	if err := writeBrokers(out, status); err != nil {
		return err
	}
	if err := writeMap(out, status); err != nil {
		return err
	}
	if len(status.Faults) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(out); err != nil {
		return err
	}
	return writeFaults(out, status.Faults)
}

// writeMap prints the partitions and, for each broker, what its replica is.
func writeMap(out io.Writer, s lab.Status) error {
	if len(s.Partitions) == 0 {
		return nil
	}
	titles := "TOPIC PARTITION LEADER"
	for _, b := range s.Brokers {
		titles += fmt.Sprintf(" %d", b.ID)
	}
	rows := make([][]string, len(s.Partitions))
	for i, p := range s.Partitions {
		leader := ""
		if p.Leader >= 0 {
			leader = output.Int(p.Leader)
		}
		rows[i] = []string{p.Topic, output.Int(p.Partition), leader}
		for _, b := range s.Brokers {
			rows[i] = append(rows[i], cell(p, b))
		}
	}
	if _, err := fmt.Fprintln(out); err != nil {
		return err
	}
	if err := output.Table(out, titles, rows); err != nil {
		return err
	}
	if s.More > 0 {
		_, err := fmt.Fprintf(out, "and %d more partitions; see more with --limit\n", s.More)
		return err
	}
	return nil
}

// cell is what the replica of a partition on a broker is.
func cell(p lab.Partition, b lab.Broker) string {
	for _, r := range p.Replicas {
		if r.Broker != b.ID {
			continue
		}
		behind := ""
		if r.Behind > 0 {
			behind = fmt.Sprintf(" -%d", r.Behind)
		}
		switch {
		case b.State == "stopped", b.Fenced:
			return "✗" + behind
		case p.Leader == b.ID:
			return "●"
		case r.InSync:
			return "○" + behind
		}
		return strings.TrimRight("◌"+behind, " ")
	}
	return "·"
}

func newClean() *cobra.Command {
	var w which
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Apply retention and compact at once",
		Long: `Removes the records that retention.ms and retention.bytes no longer keep, and
compacts the topics with cleanup.policy compact, without waiting for the next
log.retention.check.interval.ms.`,
		Example: "  kdeck lab clean",
		Args:    arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := w.connect()
			if err != nil {
				return err
			}
			return client.Clean(cmd.Context())
		},
	}
	w.register(cmd)
	return cmd
}

func newEvents() *cobra.Command {
	var w which
	var follow bool
	format := output.TableOrJSON()
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Tell what has happened",
		Long: `Tells what has happened to brokers and partitions, and why, the oldest first;
with --follow also what happens from now on, until it is interrupted. With
--output json each event is a line.`,
		Example: `  kdeck lab events
  kdeck lab events --follow
  kdeck lab events -o json | jq -r 'select(.kind == "leader-lost").topic'`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := w.connect()
			if err != nil {
				return err
			}
			return client.Events(cmd.Context(), 0, follow, func(e lab.Event) error {
				return writeEvent(cmd.OutOrStdout(), e, format.JSON())
			})
		},
	}
	w.register(cmd)
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on until it is interrupted")
	format.Register(cmd)
	return cmd
}
