package topics

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/apply"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/topics"
)

func newCreate(connect target.Connector) *cobra.Command {
	var flags apply.Flags
	var spec topics.Spec
	var configs []string
	cmd := &cobra.Command{
		Use:   "create TOPIC",
		Short: "Create a topic",
		Long: `Create a topic. Without --partitions or --replication-factor it gets the
defaults of the brokers. --dry-run lets the controller check everything.

` + exit.Codes,
		Example: `  kdeck topics create orders --partitions 6 --replication-factor 3
  kdeck topics create audit --config cleanup.policy=compact --dry-run`,
		Args: arg.ExactlyOne("TOPIC"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, flag := range []string{"partitions", "replication-factor"} {
				if f := cmd.Flags().Lookup(flag); f.Changed && (f.Value.String() == "0" || strings.HasPrefix(f.Value.String(), "-")) {
					return fmt.Errorf("--%s %s: want a number from 1 on", flag, f.Value)
				}
			}
			var err error
			if spec.Configs, err = topics.ParseConfigs(configs); err != nil {
				return fmt.Errorf("--config: %w", err)
			}
			spec.Name = args[0]
			return apply.Run(cmd, connect, &flags, createTable(), func(_ context.Context, client *admin.Client) (change.Change[topics.CreationRow], error) {
				return client.Topics.Create(spec), nil
			})
		},
	}
	flags.RegisterAdding(cmd)
	cmd.Flags().Int32Var(&spec.Partitions, "partitions", topics.BrokerDefault, "create N partitions (default: as the brokers are configured)")
	cmd.Flags().Int16Var(&spec.ReplicationFactor, "replication-factor", topics.BrokerDefault, "keep N replicas of each (default: as the brokers are configured)")
	cmd.Flags().StringArrayVar(&configs, "config", nil, "set the configuration KEY=VALUE (repeatable)")
	for _, flag := range []string{"partitions", "replication-factor"} {
		cmd.Flags().Lookup(flag).DefValue = "" // the text says it
	}
	return cmd
}

func createTable() apply.Table[topics.CreationRow] {
	return apply.Table[topics.CreationRow]{
		Titles: "TOPIC PARTITIONS REPLICATION-FACTOR CONFIGS",
		Cells: func(r topics.CreationRow) []string {
			var configs []string
			for _, key := range slices.Sorted(maps.Keys(r.Configs)) {
				configs = append(configs, key+"="+r.Configs[key])
			}
			return []string{r.Name, output.Count(r.Partitions), output.Count(r.ReplicationFactor), strings.Join(configs, ",")}
		},
	}
}
