package contexts

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/profile"
)

func newUse() *cobra.Command {
	return &cobra.Command{
		Use:               "use NAME",
		Short:             "Make a context the current one",
		Long:              "Make a context the current one: commands use it unless told otherwise.",
		Example:           "  kdeck context use prod",
		Args:              arg.ExactlyOne("NAME"),
		ValidArgsFunction: target.CompleteContexts,
		RunE: func(cmd *cobra.Command, args []string) error {
			before := ""
			err := editConfig(func(cfg *profile.Config) error {
				ctx, err := target.Lookup(cfg, args[0])
				before, cfg.Current = cfg.Current, ctx.Name
				return err
			})
			if err != nil {
				return err
			}
			if before != "" && before != args[0] {
				before = fmt.Sprintf(" (it was %s)", before)
			} else {
				before = ""
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "the current context is %s%s\n", args[0], before)
			return err
		},
	}
}
