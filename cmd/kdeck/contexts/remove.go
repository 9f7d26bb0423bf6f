package contexts

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/profile"
)

func newRemove() *cobra.Command {
	return &cobra.Command{
		Use:     "remove NAME",
		Aliases: []string{"rm"},
		Short:   "Remove a context",
		Long: `Remove a context from the config file; the cluster itself is not touched. If
it was the current context, the first one that remains becomes the current
one.`,
		Example:           "  kdeck context remove old",
		Args:              arg.ExactlyOne("NAME"),
		ValidArgsFunction: target.CompleteContexts,
		RunE: func(cmd *cobra.Command, args []string) error {
			before, after := "", ""
			err := editConfig(func(cfg *profile.Config) error {
				if _, err := target.Lookup(cfg, args[0]); err != nil {
					return err
				}
				before = cfg.Current
				cfg.Remove(args[0])
				after = cfg.Current
				return nil
			})
			if err != nil {
				return err
			}
			switch {
			case after == "" && before != "":
				after = "; no context is current now"
			case after != before:
				after = fmt.Sprintf("; the current context is now %s", after)
			default:
				after = ""
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "context %s removed%s\n", args[0], after)
			return err
		},
	}
}
