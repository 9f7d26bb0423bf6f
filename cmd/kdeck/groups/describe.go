package groups

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
)

// describeFlags are the flags of "kdeck groups describe".
type describeFlags struct {
	target  target.Flags
	all     bool
	members bool
	state   bool
	output  output.Format
}

// newDescribe returns "kdeck groups describe".
func newDescribe(connect target.Connector) *cobra.Command {
	var flags describeFlags
	cmd := &cobra.Command{
		Use:   "describe GROUP...",
		Short: "Show the offsets, the members or the state of groups",
		Long: `Show the offsets of every partition that a group has a commit on or reads, and
who reads it. The first columns are those of kafka-consumer-groups.sh
--describe. Those of kdeck follow: LOG-START-OFFSET, LAST-STABLE-OFFSET, and
CONDITION, which says in a word or two what the lag means. An unknown number
is -.

For a share group CURRENT-OFFSET is the start offset, and CONSUMER-ID the
first of those that read the partition.

--members shows the members instead, with the reason why one reads nothing;
--state shows the group as a whole.`,
		Example: `  kdeck groups describe billing
  kdeck groups describe billing stock --members
  kdeck groups describe --all-groups --state
  kdeck groups describe billing --output json | jq '.[].lag'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if flags.all == (len(args) > 0) {
				return errors.New("give the names of groups, or --all-groups")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.run(cmd.Context(), connect, args, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.BoolVar(&flags.all, "all-groups", false, "describe every group of the cluster")
	f.BoolVar(&flags.members, "members", false, "show the members and what they read")
	f.BoolVar(&flags.state, "state", false, "show the state, the coordinator and the assignor")
	f.Bool("offsets", false, "show the offsets (default)")
	cmd.MarkFlagsMutuallyExclusive("members", "state", "offsets")
	flags.target.Register(cmd)
	flags.output = output.TableOrJSON()
	flags.output.Register(cmd)
	return cmd
}

func (f *describeFlags) run(ctx context.Context, connect target.Connector, names []string, out io.Writer) error {
	client, err := connect(ctx, &f.target)
	if err != nil {
		return err
	}
	defer client.Close()
	groups, err := client.Groups.Details(ctx, names...)
	if err != nil {
		return err
	}
	switch {
	case f.members:
		err = output.Rows(out, f.output, "GROUP CONSUMER-ID HOST CLIENT-ID #PARTITIONS GROUP-INSTANCE-ID EPOCH ASSIGNMENT CONDITION", rowsOf(groups.Items, memberRows), memberRow.cells)
	case f.state:
		err = output.Rows(out, f.output, "GROUP COORDINATOR ASSIGNMENT-STRATEGY STATE #MEMBERS TYPE EPOCH ASSIGNMENT-EPOCH LAG", rowsOf(groups.Items, stateRows), stateRow.cells)
	default:
		err = output.Rows(out, f.output, "GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID LOG-START-OFFSET LAST-STABLE-OFFSET CONDITION", rowsOf(groups.Items, offsetRows), offsetRow.cells)
	}
	return cmp.Or(err, groups.Partial)
}

// rowsOf is the rows of all groups.
func rowsOf[T any](groups []groups.Detail, of func(groups.Detail) []T) []T {
	var rows []T
	for _, d := range groups {
		rows = append(rows, of(d)...)
	}
	return rows
}

// offsetRow is a partition.
type offsetRow struct {
	Group      string `json:"group"`
	Topic      string `json:"topic"`
	Partition  int32  `json:"partition"`
	Current    *int64 `json:"currentOffset"`
	LogEnd     *int64 `json:"logEndOffset"`
	Lag        *int64 `json:"lag"`
	ConsumerID string `json:"consumerId"` // empty when nobody reads
	Host       string `json:"host"`
	ClientID   string `json:"clientId"`
	LogStart   *int64 `json:"logStartOffset"`
	LastStable *int64 `json:"lastStableOffset"`
	Condition  string `json:"condition"`
	Note       string `json:"note,omitempty"` // what follows from the condition
}

func offsetRows(d groups.Detail) []offsetRow {
	var rows []offsetRow
	for _, p := range d.Partitions {
		row := offsetRow{
			Group: d.Group.Name, Topic: p.Topic, Partition: p.Partition,
			Current: output.Known(p.Lag.Committed), LogEnd: output.Known(p.Lag.Log.End), Lag: output.Known(p.Lag.Records),
			LogStart: output.Known(p.Lag.Log.Start), LastStable: output.Known(p.Lag.Log.Stable), Condition: condition(p.Lag), Note: p.Lag.Explain(),
		}
		if len(p.Readers) > 0 {
			m := d.Members[p.Readers[0]]
			row.ConsumerID, row.Host, row.ClientID = m.ID, m.Host, m.ClientID
		}
		rows = append(rows, row)
	}
	return rows
}

func condition(p lag.Partition) string {
	if p.State == lag.Normal && p.Unstable() > 0 {
		return "open transaction"
	}
	return p.State.String()
}

func (r offsetRow) cells() []string {
	return []string{
		r.Group, r.Topic, strconv.Itoa(int(r.Partition)), output.Number(r.Current), output.Number(r.LogEnd), output.Number(r.Lag),
		r.ConsumerID, r.Host, r.ClientID, output.Number(r.LogStart), output.Number(r.LastStable), r.Condition,
	}
}

// memberRow is a member.
type memberRow struct {
	Group      string `json:"group"`
	ConsumerID string `json:"consumerId"`
	Host       string `json:"host"`
	ClientID   string `json:"clientId"`
	Partitions int    `json:"partitions"`
	InstanceID string `json:"groupInstanceId"` // empty for dynamic members
	Epoch      *int64 `json:"epoch"`           // null in classic groups
	Assignment string `json:"assignment"`      // as in "orders(0,1), stock(2)"
	Condition  string `json:"condition,omitempty"`
}

func memberRows(d groups.Detail) []memberRow {
	var rows []memberRow
	for _, m := range d.Members {
		rows = append(rows, memberRow{d.Group.Name, m.ID, m.Host, m.ClientID, m.Partitions(), m.InstanceID, output.Known(int64(m.Epoch)), assignmentText(m.Assigned), d.Idle(m)})
	}
	return rows
}

// assignmentText is partitions by topic, as the Kafka tool writes them.
func assignmentText(topics []model.TopicPartitions) string {
	parts := make([]string, len(topics))
	for i, t := range topics {
		numbers := make([]string, len(t.Partitions))
		for j, p := range t.Partitions {
			numbers[j] = strconv.Itoa(int(p))
		}
		parts[i] = t.Topic + "(" + strings.Join(numbers, ",") + ")"
	}
	return strings.Join(slices.Sorted(slices.Values(parts)), ", ")
}

func (r memberRow) cells() []string {
	return []string{r.Group, r.ConsumerID, r.Host, r.ClientID, strconv.Itoa(r.Partitions), r.InstanceID, output.Number(r.Epoch), r.Assignment, r.Condition}
}

// stateRow is a group as a whole.
type stateRow struct {
	Group           string `json:"group"`
	Coordinator     int32  `json:"coordinator"` // node id
	Assignor        string `json:"assignmentStrategy"`
	State           string `json:"state"`
	Members         *int64 `json:"members"`
	Type            string `json:"type"`
	Epoch           *int64 `json:"epoch"` // null in classic groups
	AssignmentEpoch *int64 `json:"assignmentEpoch"`
	Lag             *int64 `json:"lag"`
}

func stateRows(d groups.Detail) []stateRow {
	g := d.Group
	return []stateRow{{g.Name, g.Coordinator, d.Assignor, g.State, output.Known(int64(g.Members)), string(g.Type), output.Known(int64(d.Epoch)), output.Known(int64(d.AssignmentEpoch)), output.Known(g.Lag.Total())}}
}

func (r stateRow) cells() []string {
	return []string{
		r.Group, fmt.Sprint(r.Coordinator), r.Assignor, r.State, output.Number(r.Members), r.Type,
		output.Number(r.Epoch), output.Number(r.AssignmentEpoch), output.Number(r.Lag),
	}
}
