package contexts

import (
	"io"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/profile"
)

func newShow() *cobra.Command {
	format := output.Formats("yaml", "json")
	cmd := &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show one context, with its secrets masked",
		Long: `Show the current context, or the one of that name, as it stands in the config
file. References such as ${env:NAME} are shown as they are and not resolved; a
password in the file itself is shown as ********.`,
		Example: `  kdeck context show
  kdeck context show prod --output json`,
		Args:              arg.AtMostOne,
		ValidArgsFunction: target.CompleteContexts,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, _, err := target.LoadConfig()
			if err != nil {
				return err
			}
			ctx, err := namedOrCurrent(cfg, args)
			if err != nil {
				return err
			}
			if format.JSON() {
				err = output.WriteJSON(cmd.OutOrStdout(), newContextEntry(cfg, ctx))
			} else {
				err = writeYAML(cmd.OutOrStdout(), ctx)
			}
			printWarnings(cmd, ctx)
			return err
		},
	}
	format.Register(cmd)
	return cmd
}

func namedOrCurrent(cfg *profile.Config, args []string) (profile.Context, error) {
	if len(args) == 0 {
		return cfg.CurrentContext()
	}
	return target.Lookup(cfg, args[0])
}

func writeYAML(w io.Writer, value any) error {
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	return encoder.Close()
}

// printWarnings notes what puts the secrets of a context at risk.
func printWarnings(cmd *cobra.Command, ctx profile.Context) {
	for _, warning := range ctx.Warnings() {
		notes.Line(cmd.ErrOrStderr(), "warning: %s", warning)
	}
}
