package topics

import (
	"cmp"
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/topics"
)

// listFlags are the flags of "kdeck topics list".
type listFlags struct {
	target          target.Flags
	excludeInternal bool
	output          output.Format
}

func newList(connect target.Connector) *cobra.Command {
	flags := listFlags{output: output.TableOrJSON()}
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the topics with their replication and size",
		Long: `List the topics that you may describe, by name. RECORDS is the log end offset
minus the log start offset of all partitions: there are no more records than
that, and fewer after compaction and with transactions.`,
		Example: `  kdeck topics list --exclude-internal
  kdeck topics list --output json | jq -r '.[].topic'`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return flags.run(cmd.Context(), connect, cmd.OutOrStdout())
		},
	}
	flags.target.Register(cmd)
	flags.output.Register(cmd)
	cmd.Flags().BoolVar(&flags.excludeInternal, "exclude-internal", false, "leave out topics in which Kafka keeps its own state")
	return cmd
}

func (f *listFlags) run(ctx context.Context, connect target.Connector, out io.Writer) error {
	client, err := connect(ctx, &f.target)
	if err != nil {
		return err
	}
	defer client.Close()
	found, err := client.Topics.List(ctx)
	if err != nil {
		return err
	}
	var rows []topicRow
	for _, t := range found.Items {
		if !t.Internal || !f.excludeInternal {
			rows = append(rows, newTopicRow(t))
		}
	}
	err = output.Rows(out, f.output, "TOPIC PARTITIONS REPLICATION-FACTOR RECORDS STATE NOTES", rows, topicRow.cells)
	return cmp.Or(err, found.Partial)
}

// topicRow is a line of output.
type topicRow struct {
	Topic             string `json:"topic"`
	Internal          bool   `json:"internal"`
	Partitions        int    `json:"partitions"`
	ReplicationFactor int    `json:"replicationFactor"` // of the partition with the fewest replicas
	Records           *int64 `json:"records"`           // null when a leader did not answer
	State             string `json:"state"`
	Note              string `json:"note,omitempty"` // why the cluster does not describe it
}

func newTopicRow(t topics.Topic) topicRow {
	return topicRow{t.Name, t.Internal, t.Partitions, t.ReplicationFactor, output.Known(t.Records), t.Words(), output.Reason(t.Err)}
}

func (r topicRow) cells() []string {
	return []string{r.Topic, output.Int(r.Partitions), output.Int(r.ReplicationFactor), output.Number(r.Records), r.State, r.Note}
}
