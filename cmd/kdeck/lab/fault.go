package lab

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/embedbroker/faults"
)

// newFault returns "kdeck lab fault".
func newFault() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fault",
		Short: "Inject faults into what clients ask",
		Long: `Lets a local cluster answer with errors, late or not at all, so that an
application can be tried against what production will do to it.`,
		Example: `  kdeck lab fault add --api Produce --error NOT_LEADER_OR_FOLLOWER \
      --rate 10% --for 30s
  kdeck lab fault add --client billing --delay 2s
  kdeck lab fault list
  kdeck lab fault remove 1`,
		Args: arg.None,
	}
	cmd.AddCommand(newFaultAdd(), newFaultList(), newFaultRemove())
	return cmd
}

func newFaultAdd() *cobra.Command {
	var w which
	var rule faults.Rule
	broker := int32(-1)
	rate := percent(1)
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Add a fault",
		Long: `Adds a rule: what is done (--error, --delay, --close) to which requests. Of
several rules that fit a request, delays add up, and the first that answers
or closes decides. Names may end in *. An error for a topic or a group leaves
what the same request asks about others alone.`,
		Example: `  kdeck lab fault add --api Produce --topic orders \
      --error NOT_ENOUGH_REPLICAS --for 1m
  kdeck lab fault add --api Fetch --delay 500ms --rate 20%
  kdeck lab fault add --client 'billing*' --close --rate 5%`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if broker >= 0 {
				rule.Broker = &broker
			}
			rule.Rate = float64(rate)
			if err := rule.Check(); err != nil {
				return err
			}
			client, err := w.connect()
			if err != nil {
				return err
			}
			added, err := client.AddFault(cmd.Context(), rule)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "fault %d: %s\n", added.ID, added.Describe())
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&rule.API, "api", "", "only requests of this API, as Produce, Fetch or OffsetCommit")
	flags.StringVar(&rule.Topic, "topic", "", "only what is about this topic")
	flags.StringVar(&rule.Group, "group", "", "only what is about this group or transactional id")
	flags.StringVar(&rule.Client, "client", "", "only clients of this client.id")
	flags.Int32Var(&broker, "broker", -1, "only at this broker")
	flags.StringVar(&rule.Error, "error", "", "answer this error, as NOT_LEADER_OR_FOLLOWER")
	flags.DurationVar(&rule.Delay, "delay", 0, "answer later by this time")
	flags.BoolVar(&rule.Close, "close", false, "close the connection instead of an answer")
	flags.Var(&rate, "rate", "share of the requests")
	flags.DurationVar(&rule.For, "for", 0, "how long; without it until it is removed")
	flags.Lookup("broker").DefValue, flags.Lookup("delay").DefValue, flags.Lookup("for").DefValue = "", "", ""
	w.register(cmd)
	return cmd
}

// percent is the value of a flag that is a share, as 10% or 0.1.
type percent float64

func (p *percent) String() string { return strconv.FormatFloat(float64(*p)*100, 'g', 4, 64) + "%" }

func (p *percent) Type() string { return "percent" }

// Set is part of pflag.Value.
func (p *percent) Set(value string) error {
	number, isPercent := strings.CutSuffix(value, "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if isPercent {
		n /= 100
	}
	if err != nil || math.IsNaN(n) || n <= 0 || n > 1 {
		return fmt.Errorf("want a share above 0%% and up to 100%%, as 10%%")
	}
	*p = percent(n)
	return nil
}

func newFaultList() *cobra.Command {
	var w which
	format := output.TableOrJSON()
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the faults",
		Long:    "List the faults that hold now, with the number of requests that each has hit.",
		Example: "  kdeck lab fault list",
		Args:    arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := w.connect()
			if err != nil {
				return err
			}
			status, err := client.Status(cmd.Context(), 0)
			if err != nil {
				return err
			}
			if format.JSON() {
				return output.WriteJSON(cmd.OutOrStdout(), status.Faults)
			}
			return writeFaults(cmd.OutOrStdout(), status.Faults)
		},
	}
	w.register(cmd)
	format.Register(cmd)
	return cmd
}

func writeFaults(out io.Writer, rules []faults.Rule) error {
	rows := make([][]string, len(rules))
	for i, r := range rules {
		left := "until removed"
		if !r.Until.IsZero() {
			left = time.Until(r.Until).Round(time.Second).String()
		}
		rows[i] = []string{strconv.Itoa(r.ID), strconv.FormatInt(r.Hits, 10), left, r.Describe()}
	}
	return output.Table(out, "FAULT HITS LEFT WHAT", rows)
}

func newFaultRemove() *cobra.Command {
	var w which
	var all bool
	cmd := &cobra.Command{
		Use:     "remove [FAULT]",
		Aliases: []string{"rm"},
		Short:   "Remove a fault, or all",
		Long:    "Removes the fault of a number, as \"kdeck lab fault list\" shows it, or all.",
		Example: "  kdeck lab fault remove 1\n  kdeck lab fault remove --all",
		Args:    arg.AtMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) == 1) {
				return fmt.Errorf("give the number of a fault, or --all: %s", cmd.UseLine())
			}
			id := 0
			if !all {
				var err error
				if id, err = strconv.Atoi(args[0]); err != nil || id < 1 {
					return fmt.Errorf("fault %q: want the number of a fault, as 1", args[0])
				}
			}
			client, err := w.connect()
			if err != nil {
				return err
			}
			left, err := client.RemoveFault(cmd.Context(), id)
			if err != nil {
				return err
			}
			return writeFaults(cmd.OutOrStdout(), left)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "remove every fault")
	w.register(cmd)
	return cmd
}
