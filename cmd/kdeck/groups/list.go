package groups

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka"
)

// listFlags are the flags of "kdeck groups list".
type listFlags struct {
	target target.Flags
	states []string
	types  []string
	output output.Format
}

// newList returns "kdeck groups list".
func newList(connect target.Connector) *cobra.Command {
	var flags listFlags
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the groups with their state and lag",
		Long: `List the groups of the cluster by name: type, state, members, topics that they
have committed on or read, and how far they are behind on all of them
together.

LAG counts records from the committed offset to the log end offset, over the
partitions on which both are known; how many are not stands in UNKNOWN.`,
		Example: `  kdeck groups list
  kdeck groups list --state Empty,Dead
  kdeck groups list --type consumer --output json | jq -r '.[].group'`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return flags.run(cmd.Context(), connect, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringSliceVar(&flags.states, "state", nil, "only groups in this STATE,... as Kafka names it")
	cmd.Flags().StringSliceVar(&flags.types, "type", nil, "only groups of this TYPE,...: "+strings.Join(groupTypes(), ", "))
	option.Complete(cmd, "state", cobra.FixedCompletions(groupStates(), cobra.ShellCompDirectiveNoFileComp))
	option.Complete(cmd, "type", cobra.FixedCompletions(groupTypes(), cobra.ShellCompDirectiveNoFileComp))
	flags.target.Register(cmd)
	flags.output = output.TableOrJSON()
	flags.output.Register(cmd)
	return cmd
}

// groupStates are the states that groups of any type can be in.
func groupStates() []string {
	return []string{"Stable", "Empty", "Dead", "PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling", "NotReady"}
}

func groupTypes() []string { return []string{"classic", "consumer", "share", "streams"} }

// oneOf finds the values among those that there are, whatever their case.
func oneOf(flag string, values, there []string) ([]string, error) {
	var found []string
	for _, v := range values {
		i := slices.IndexFunc(there, func(t string) bool { return strings.EqualFold(t, strings.TrimSpace(v)) })
		if i < 0 {
			if near := kafka.Nearest(v, there); len(near) > 0 {
				return nil, fmt.Errorf("--%s %q: did you mean %s?", flag, v, near[0])
			}
			return nil, fmt.Errorf("--%s %q is not one of %s", flag, v, strings.Join(there, ", "))
		}
		found = append(found, there[i])
	}
	return found, nil
}

func (f *listFlags) run(ctx context.Context, connect target.Connector, out io.Writer) error {
	states, stateErr := oneOf("state", f.states, groupStates())
	types, typeErr := oneOf("type", f.types, groupTypes())
	if err := cmp.Or(stateErr, typeErr); err != nil {
		return err
	}
	client, err := connect(ctx, &f.target)
	if err != nil {
		return err
	}
	defer client.Close()
	groups, err := client.Groups(ctx)
	if err != nil {
		return err
	}
	var rows []groupRow
	for _, g := range groups.Items {
		if (len(states) == 0 || slices.Contains(states, g.State)) && (len(types) == 0 || slices.Contains(types, string(g.Type))) {
			rows = append(rows, newGroupRow(g))
		}
	}
	err = output.Rows(out, f.output, "GROUP TYPE STATE MEMBERS TOPICS LAG UNKNOWN COORDINATOR", rows, groupRow.cells)
	return cmp.Or(err, groups.Partial)
}

// groupRow is a line of output.
type groupRow struct {
	Group       string `json:"group"`
	Type        string `json:"type"`
	State       string `json:"state"`
	Members     *int64 `json:"members"` // null when not told
	Topics      int    `json:"topics"`
	Lag         *int64 `json:"lag"`     // null when not known on any partition
	Unknown     int    `json:"unknown"` // partitions that are missing from the lag
	Coordinator int32  `json:"coordinator"`
}

func newGroupRow(g kafka.Group) groupRow {
	return groupRow{g.Name, string(g.Type), g.State, output.Known(int64(g.Members)), len(g.Topics), output.Known(g.Lag.Total()), g.Lag.Unknown, g.Coordinator}
}

func (r groupRow) cells() []string {
	return []string{r.Group, r.Type, r.State, output.Number(r.Members), strconv.Itoa(r.Topics), output.Number(r.Lag), strconv.Itoa(r.Unknown), strconv.Itoa(int(r.Coordinator))}
}
