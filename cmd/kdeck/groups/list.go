package groups

import (
	"cmp"
	"context"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/groups"
)

// listFlags are the flags of "kdeck groups list".
type listFlags struct {
	target target.Flags
	states option.Several
	types  option.Several
	output output.Format
}

// newList returns "kdeck groups list".
func newList(connect target.Connector) *cobra.Command {
	var flags listFlags
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the groups with their state and lag",
		Long: `List the groups of the cluster by name, with type, state, members, the number
of topics that they have commits on or read, and their total lag.

LAG is the number of records from the committed offset to the log end offset,
on all partitions where both are known. UNKNOWN is the number of the others.`,
		Example: `  kdeck groups list
  kdeck groups list --state Empty,Dead
  kdeck groups list --type consumer --output json | jq -r '.[].group'`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return flags.run(cmd.Context(), connect, cmd.OutOrStdout())
		},
	}
	flags.states = option.SomeOf(groupStates()...)
	flags.states.Register(cmd, "state", "only groups in these states")
	flags.types = option.SomeOf("classic", "consumer", "share", "streams")
	flags.types.Register(cmd, "type", "only groups of these types")
	flags.target.Register(cmd)
	flags.output = output.TableOrJSON()
	flags.output.Register(cmd)
	return cmd
}

// groupStates are the states that groups of any type can be in.
func groupStates() []string {
	return []string{"Stable", "Empty", "Dead", "PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling", "NotReady"}
}

func (f *listFlags) run(ctx context.Context, connect target.Connector, out io.Writer) error {
	client, err := connect(ctx, &f.target)
	if err != nil {
		return err
	}
	defer client.Close()
	groups, err := client.Groups.WithLag(ctx)
	if err != nil {
		return err
	}
	var rows []groupRow
	for _, g := range groups.Items {
		if f.states.Allows(g.State) && f.types.Allows(string(g.Type)) {
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
	Members     *int64 `json:"members"` // null when not known
	Topics      int    `json:"topics"`
	Lag         *int64 `json:"lag"`     // null when not known on any partition
	Unknown     int    `json:"unknown"` // partitions that are missing from the lag
	Coordinator int32  `json:"coordinator"`
}

func newGroupRow(g groups.Group) groupRow {
	return groupRow{g.Name, string(g.Type), g.State, output.Known(int64(g.Members)), len(g.Topics), output.Known(g.Lag.Total()), g.Lag.Unknown, g.Coordinator}
}

func (r groupRow) cells() []string {
	return []string{r.Group, r.Type, r.State, output.Number(r.Members), strconv.Itoa(r.Topics), output.Number(r.Lag), strconv.Itoa(r.Unknown), strconv.Itoa(int(r.Coordinator))}
}
