package groups

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/text"
)

// resetFlags are the flags of "kdeck groups reset-offsets", besides those of the
// strategies.
type resetFlags struct {
	target    target.Flags
	groups    []string
	allGroups bool
	all       bool
	topics    []string
	export    bool
	write     writeFlags
}

// newResetOffsets returns "kdeck groups reset-offsets".
func newResetOffsets(connect target.Connector) *cobra.Command {
	var flags resetFlags
	cmd := &cobra.Command{
		Use:   "reset-offsets [GROUP...]",
		Short: "Move the committed offsets of groups",
		Long: `Move the committed offsets of groups that have no members. Without --execute
nothing is written: the plan is printed, every partition before and after.

The groups are named as arguments or with --group, or are all consumer groups
(--all-groups). Each is done on its own: what is refused for one does not stop
the others.

The partitions are those with a commit (--all-topics), or those of --topic
TOPIC (all) and --topic TOPIC:0,3-5 (some). Every one must exist and have a
leader, or nothing is done.

  --to-earliest    the log start
  --to-latest      the log end
  --to-current     what is committed; the log end where nothing is
  --to-offset N    N, or the nearest end of the log
  --to-datetime T  the first record at or after T, or the log end if there is
                   none: 2026-03-01T14:30:00.000, in UTC unless Z, +08, +0800
                   or +08:00 follows; or "2h ago"
  --by-duration D  the same, D ago: PT1H30M (1 hour 30 minutes), P1D (1 day)
  --shift-by N     N from what is committed, back when negative, at most to
                   the end of the log
  --from-file F    what the CSV file F says, which has lines of
                   topic,partition,offset or group,topic,partition,offset and
                   names the partitions itself
  --from-group G   what the group G has committed; where it has nothing, the
                   partition is left alone. --all-topics takes in G's
                   partitions

Share groups, whose start offsets are moved, take --to-earliest, --to-latest
and --to-datetime.

--export prints the plan as the CSV that --from-file reads; both are as
kafka-consumer-groups.sh writes and reads them.

Before anything is written the old offsets of a group are saved to a file,
whose path is told; kdeck groups undo-reset puts them back. Afterwards every
partition is read back.

Exit codes: 0 done, 1 refused and nothing written, 2 written in part.`,
		Example: `  kdeck groups reset-offsets billing --all-topics --to-earliest
  kdeck groups reset-offsets billing --topic orders:0,3-5 --shift-by -100
  kdeck groups reset-offsets billing --topic orders --to-latest --export
  kdeck groups reset-offsets billing --from-file plan.csv --execute`,
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.groups = append(args, flags.groups...)
			strategy, err := resetStrategy(cmd, time.Now())
			if err != nil {
				return err
			}
			return flags.run(cmd.Context(), connect, strategy, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags.register(cmd)
	return cmd
}

func (f *resetFlags) register(cmd *cobra.Command) {
	f.target.Register(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.groups, "group", nil, "reset GROUP, as when named as an argument (repeatable)")
	flags.BoolVar(&f.allGroups, "all-groups", false, "reset all consumer groups, each on its own")
	flags.BoolVar(&f.all, "all-topics", false, "every partition that the group has committed on")
	flags.StringArrayVar(&f.topics, "topic", nil, "the partitions of TOPIC[:0,3-5] (repeatable)")
	flags.Bool(string(reset.ToEarliest), false, "go to the log start")
	flags.Bool(string(reset.ToLatest), false, "go to the log end")
	flags.Bool(string(reset.ToCurrent), false, "stay, and commit the log end where nothing is committed")
	flags.String(string(reset.ToOffset), "", "go to offset N")
	flags.String(string(reset.ToDatetime), "", "go to the first record at or after TIME")
	flags.String(string(reset.ByDuration), "", "go to the first record of the last DURATION, as in PT1H30M")
	flags.String(string(reset.ShiftBy), "", "go N back (negative) or ahead")
	flags.String(string(reset.FromFile), "", "go where the CSV FILE says")
	flags.String(string(reset.FromGroup), "", "go where GROUP is")
	flags.BoolVar(&f.export, "export", false, "print the plan as CSV, for --from-file")
	f.write.register(cmd)
	cmd.MarkFlagsMutuallyExclusive("all-topics", "topic", string(reset.FromFile))
	cmd.MarkFlagsOneRequired("all-topics", "topic", string(reset.FromFile))
	cmd.MarkFlagsMutuallyExclusive("group", "all-groups")
	cmd.MarkFlagsMutuallyExclusive("export", "output")
	var names []string
	for _, kind := range resetKinds() {
		names = append(names, string(kind))
	}
	cmd.MarkFlagsMutuallyExclusive(names...)
	cmd.MarkFlagsOneRequired(names...)
}

// resetKinds are the strategies, each of which is a flag by the name that
// kafka-consumer-groups.sh has for it.
func resetKinds() []reset.Kind {
	return []reset.Kind{
		reset.ToEarliest, reset.ToLatest, reset.ToCurrent, reset.ToOffset, reset.ToDatetime, reset.ByDuration,
		reset.ShiftBy, reset.FromFile, reset.FromGroup,
	}
}

// resetStrategy is the one whose flag was given.
func resetStrategy(cmd *cobra.Command, now time.Time) (reset.Strategy, error) {
	for _, kind := range resetKinds() {
		flag := cmd.Flags().Lookup(string(kind))
		if !flag.Changed {
			continue
		}
		arg := flag.Value.String()
		if flag.Value.Type() == "bool" {
			if arg == "false" {
				return reset.Strategy{}, fmt.Errorf("--%s=false chooses nothing; leave it out", kind)
			}
			arg = ""
		}
		strategy, err := reset.Parse(kind, arg, now)
		if err != nil {
			return reset.Strategy{}, fmt.Errorf("--%s: %w", kind, err)
		}
		return strategy, nil
	}
	return reset.Strategy{}, errors.New("no strategy given") // cobra has refused that already
}

func (f *resetFlags) run(ctx context.Context, connect target.Connector, strategy reset.Strategy, out, errOut io.Writer) error {
	scope, err := reset.ParseScope(f.topics)
	if err != nil {
		return err
	}
	scope.Committed = f.all
	var file reset.File
	if strategy.Kind == reset.FromFile {
		if file, err = reset.ReadFile(strategy.From); err != nil {
			return err
		}
	}
	if f.allGroups == (len(f.groups) > 0) {
		return errors.New("name the groups to reset, or all with --all-groups")
	}
	client, err := connect(ctx, &f.target)
	if err != nil {
		return err
	}
	defer client.Close()
	groups, err := f.chosen(ctx, client, errOut)
	if err != nil {
		return err
	}
	plans, refused := planResets(ctx, client, groups, scope, strategy, file)
	if f.export {
		f.write.print = func(out io.Writer, _ []resetRow) error { // as their tool, which names groups unless there is one
			return reset.WriteCSV(out, plans, f.allGroups || len(groups) != 1)
		}
	}
	return f.write.run(ctx, client, plans, refused, out, errOut)
}

// chosen returns the groups to reset, without those named twice. All groups are
// what Kafka's tool means by it: those that consume.
func (f *resetFlags) chosen(ctx context.Context, client *admin.Client, errOut io.Writer) ([]string, error) {
	if !f.allGroups {
		var groups []string
		for _, g := range f.groups {
			if !slices.Contains(groups, g) {
				groups = append(groups, g)
			}
		}
		return groups, nil
	}
	listed, err := client.Groups.List(ctx)
	if err == nil {
		err = listed.Partial // some are not all
	}
	if err != nil {
		return nil, err
	}
	var groups, shares []string
	for _, g := range listed.Items {
		switch {
		case g.Type == model.Share:
			shares = append(shares, text.Clean(g.Name))
		case g.Type == model.Consumer, g.Type == model.Classic && (g.ProtocolType == "" || g.ProtocolType == "consumer"):
			groups = append(groups, g.Name)
		}
	}
	if len(shares) > 0 {
		fmt.Fprintln(errOut, "share groups are left out, name them to reset them:", strings.Join(shares, ", "))
	}
	if len(groups) == 0 {
		return nil, errors.New("the cluster has no consumer groups")
	}
	return groups, nil
}

// planResets plans the reset of each group. What stands against one is no matter
// to the others.
func planResets(ctx context.Context, client *admin.Client, groups []string, scope reset.Scope, strategy reset.Strategy, file reset.File) (plans []reset.Plan, refused []error) {
	scopes := make(map[string]reset.Scope, len(groups))
	strategies := make(map[string]reset.Strategy, len(groups))
	why := make(map[string]error)
	for _, g := range groups {
		scopes[g], strategies[g] = scope, strategy
		if strategy.Kind == reset.FromFile {
			strategies[g], scopes[g], why[g] = file.For(g)
		}
		if why[g] != nil {
			delete(scopes, g)
		}
	}
	facts, failed := client.Groups.ResetFactsOf(ctx, scopes, strategy)
	for _, g := range groups {
		err := errors.Join(why[g], failed[g])
		if err == nil {
			var plan reset.Plan
			if plan, err = reset.Make(facts[g], scopes[g], strategies[g]); err == nil {
				plans = append(plans, plan)
				continue
			}
		}
		refused = append(refused, err)
	}
	return plans, refused
}
