package console

import (
	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
)

// Attach returns "kdeck attach".
func Attach() *cobra.Command {
	var readOnly bool
	var commandConfig string
	cmd := &cobra.Command{
		Use:   "attach [TARGET]",
		Short: "Open the console on a cluster: a context or its bootstrap servers",
		Long: `Opens the console on TARGET: the name of a context, or the bootstrap servers
of a cluster as host:port[,host:port…]. A --command-config file is the one
that the Kafka command-line tools take; with it, TARGET may be left out when
the file has bootstrap.servers.`,
		Example: `  kdeck attach production --read-only
  kdeck attach broker-1:9092,broker-2:9092
  kdeck attach broker-1:9093 --command-config client.properties`,
		Args:              arg.AtMostOne,
		ValidArgsFunction: target.CompleteContexts,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, _, err := target.LoadConfig()
			if err != nil {
				return err
			}
			found, err := target.Named(cfg, args, commandConfig)
			if err != nil {
				return err
			}
			found.ReadOnly = found.ReadOnly || readOnly
			target.Warn(cmd.ErrOrStderr(), cfg, found)
			ui, err := New()
			if err != nil {
				return err
			}
			return ui.ShowContext(cmd.Context(), found)
		},
	}
	cmd.Flags().BoolVar(&readOnly, "read-only", false, "refuse everything that would change the cluster")
	target.RegisterCommandConfig(cmd, &commandConfig)
	return cmd
}
