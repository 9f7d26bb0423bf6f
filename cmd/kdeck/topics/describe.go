package topics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/topics"
)

// describeFlags are the flags of "kdeck topics describe".
type describeFlags struct {
	target target.Flags
	output output.Format
}

func newDescribe(connect target.Connector) *cobra.Command {
	flags := describeFlags{output: output.TableOrJSON()}
	cmd := &cobra.Command{
		Use:   "describe TOPIC",
		Short: "Show the partitions of a topic",
		Long: `Show the partitions of a topic: leader, replicas, in-sync replicas (ISR), log
start and log end offset, and the size of one replica in bytes. An unknown
number is -.`,
		Example: `  kdeck topics describe orders
  kdeck topics describe orders --output json | jq '.[].leader'`,
		Args: arg.ExactlyOne("TOPIC"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.run(cmd.Context(), connect, args[0], cmd.OutOrStdout())
		},
	}
	flags.target.Register(cmd)
	flags.output.Register(cmd)
	return cmd
}

func (f *describeFlags) run(ctx context.Context, connect target.Connector, name string, out io.Writer) error {
	client, err := connect(ctx, &f.target)
	if err != nil {
		return err
	}
	defer client.Close()
	d, err := client.Topics.Detail(ctx, name)
	if err != nil {
		return err
	}
	rows := make([]partitionRow, len(d.Partitions))
	for i, p := range d.Partitions {
		rows[i] = newPartitionRow(name, p)
	}
	err = output.Rows(out, f.output, "TOPIC PARTITION LEADER REPLICAS ISR LOG-START-OFFSET LOG-END-OFFSET SIZE STATE", rows, partitionRow.cells)
	return errors.Join(err, d.Partial, d.SizesErr)
}

// partitionRow is a partition.
type partitionRow struct {
	Topic     string  `json:"topic"`
	Partition int32   `json:"partition"`
	Leader    *int64  `json:"leader"` // node id; null when there is none
	Replicas  []int32 `json:"replicas"`
	ISR       []int32 `json:"isr"`
	Offline   []int32 `json:"offlineReplicas"`
	LogStart  *int64  `json:"logStartOffset"`
	LogEnd    *int64  `json:"logEndOffset"`
	Size      *int64  `json:"size"` // bytes of the largest replica
	State     string  `json:"state"`
}

func newPartitionRow(topic string, p topics.Partition) partitionRow {
	return partitionRow{
		topic, p.ID, output.Known(int64(p.Leader)), nonNil(p.Replicas), nonNil(p.ISR), nonNil(p.Offline),
		output.Known(p.Start), output.Known(p.End), output.Known(p.Size), p.State.String(),
	}
}

// nonNil is [] in JSON where there is nothing.
func nonNil(nodes []int32) []int32 { return append([]int32{}, nodes...) }

func (r partitionRow) cells() []string {
	return []string{
		r.Topic, output.Int(r.Partition), output.Number(r.Leader), nodes(r.Replicas), nodes(r.ISR),
		output.Number(r.LogStart), output.Number(r.LogEnd), output.Number(r.Size), r.State,
	}
}

// nodes are node ids in a cell, as in 1,2,3.
func nodes(ids []int32) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]")
}
