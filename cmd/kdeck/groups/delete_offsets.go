package groups

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/change"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/text"
)

// deleteOffsetsFlags are the flags of "kdeck groups delete-offsets".
type deleteOffsetsFlags struct {
	change.Flags
	topics []string
}

// newDeleteOffsets returns "kdeck groups delete-offsets".
func newDeleteOffsets(connect target.Connector) *cobra.Command {
	var flags deleteOffsetsFlags
	cmd := &cobra.Command{
		Use:   "delete-offsets GROUP",
		Short: "Delete what a group has committed on topics",
		Long: `Delete the committed offsets of a group on topics that none of its members
subscribes to. Without --execute nothing is deleted: the offsets are printed.

--topic TOPIC is all partitions that the group has committed on, --topic
TOPIC:0,3-5 some of them; each must have a commit, or nothing is done. A share
group forgets a topic whole, once it has no members.

Before anything is deleted all offsets of the group are saved to a file, whose
path is told; afterwards they are read back.

` + exit.Codes,
		Example: `  kdeck groups delete-offsets billing --topic orders
  kdeck groups delete-offsets billing --topic orders:0,3-5 --execute`,
		Args: arg.ExactlyOne("GROUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.run(cmd.Context(), connect, args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags.Register(cmd)
	cmd.Flags().StringArrayVar(&flags.topics, "topic", nil, "the partitions of TOPIC[:0,3-5] (repeatable)")
	cmd.MarkFlagsOneRequired("topic")
	return cmd
}

func (f *deleteOffsetsFlags) run(ctx context.Context, connect target.Connector, group string, out, errOut io.Writer) error {
	scope, err := reset.ParseScope(f.topics)
	if err != nil {
		return err
	}
	client, err := connect(ctx, &f.Target)
	if err != nil {
		return err
	}
	defer client.Close()
	d, err := client.Groups.Detail(ctx, group)
	if err != nil {
		return err
	}
	rows, err := committedRows(d, scope)
	if err != nil {
		return err
	}
	if !f.Execute {
		change.NoteDryRun(errOut)
	} else if err := executeOffsetDeletion(ctx, client, group, rows, errOut); err != nil {
		return err
	}
	var t change.Tally
	for _, r := range rows {
		t.Add(r.Outcome)
	}
	err = output.Rows(out, f.Output, "GROUP TOPIC PARTITION CURRENT-OFFSET LAG OUTCOME NOTES", rows, commitRow.cells)
	return errors.Join(t.Err("delete offsets of "+group, f.Execute), err)
}

// committedRows is the commits of a scope, each of whose partitions must have one.
func committedRows(d groups.Detail, scope reset.Scope) ([]commitRow, error) {
	what := "delete offsets of " + d.Group.Name
	if d.Group.Err != nil {
		return nil, fmt.Errorf("%s: %w", what, d.Group.Err)
	}
	var topics []string
	at := make(map[model.TopicPartition]groups.PartitionLag)
	for _, p := range d.Partitions {
		if p.Lag.Committed >= 0 {
			at[model.TopicPartition{Topic: p.Topic, Partition: p.Partition}] = p
			topics = append(topics, p.Topic)
		}
	}
	topics = slices.Compact(topics) // they come in order
	var rows []commitRow
	for _, topic := range scope.TopicNames() {
		if !slices.Contains(topics, topic) {
			err := fmt.Errorf("%s: it has committed nothing on %s", what, topic)
			if near := kafka.Nearest(topic, topics); len(near) > 0 {
				err = fmt.Errorf("%w; did you mean %s?", err, near[0])
			}
			return nil, err
		}
		numbers := scope.Topics[topic]
		for _, n := range numbers {
			if _, ok := at[model.TopicPartition{Topic: topic, Partition: n}]; !ok {
				return nil, fmt.Errorf("%s: it has committed nothing on %s/%d", what, topic, n)
			}
		}
		for _, p := range d.Partitions {
			if p.Topic == topic && p.Lag.Committed >= 0 && (len(numbers) == 0 || slices.Contains(numbers, p.Partition)) {
				rows = append(rows, newCommitRow(d, p))
			}
		}
	}
	return rows, nil
}

// executeOffsetDeletion deletes the commits and puts what became of them into
// their rows.
func executeOffsetDeletion(ctx context.Context, client *admin.Client, group string, rows []commitRow, errOut io.Writer) error {
	partitions := make([]model.TopicPartition, len(rows))
	for i, r := range rows {
		partitions[i] = model.TopicPartition{Topic: r.Topic, Partition: r.Partition}
	}
	deleted, err := client.Groups.DeleteOffsets(ctx, group, partitions)
	if err != nil {
		return err
	}
	if deleted.Saved != "" {
		_, _ = fmt.Fprintln(errOut, "old offsets:", text.Clean(deleted.Saved)) // a note
	}
	notes.Warning(errOut, deleted.Unnoted)
	byPartition := make(map[model.TopicPartition]groups.OffsetDeletion, len(deleted.Partitions))
	for _, p := range deleted.Partitions {
		byPartition[p.TopicPartition] = p
	}
	for i := range rows {
		p := byPartition[partitions[i]]
		rows[i].Outcome, rows[i].Note = p.Outcome, output.Reason(p.Err)
	}
	return nil
}

// commitRow is a commit that is to be deleted.
type commitRow struct {
	Group     string        `json:"group"`
	Topic     string        `json:"topic"`
	Partition int32         `json:"partition"`
	Current   int64         `json:"currentOffset"`
	Lag       *int64        `json:"lag"`
	Outcome   kafka.Outcome `json:"outcome"` // "planned" in a dry run
	Note      string        `json:"note,omitempty"`
}

func newCommitRow(d groups.Detail, p groups.PartitionLag) commitRow {
	row := commitRow{Group: d.Group.Name, Topic: p.Topic, Partition: p.Partition, Current: p.Lag.Committed, Lag: output.Known(p.Lag.Records), Outcome: change.Planned}
	for _, m := range d.Members {
		if slices.Contains(m.Subscribed, p.Topic) {
			row.Outcome, row.Note = kafka.Refused, m.ClientID+" subscribes to the topic; stop the consumers that read it first"
			break
		}
	}
	return row
}

func (r commitRow) cells() []string {
	return []string{
		r.Group, r.Topic, strconv.Itoa(int(r.Partition)), strconv.FormatInt(r.Current, 10), output.Number(r.Lag), string(r.Outcome), r.Note,
	}
}
