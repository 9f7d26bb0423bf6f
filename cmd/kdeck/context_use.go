package main

import (
	"fmt"

	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/spf13/cobra"
)

func newContextUseCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "use NAME",
		Short:             "Make a context the current one",
		Long:              "Make a context the current one, which every command uses that is not told another cluster.",
		Example:           "  kdeck context use prod",
		Args:              exactlyOne("NAME"),
		ValidArgsFunction: completeContexts,
		RunE: func(cmd *cobra.Command, args []string) error {
			before := ""
			err := editConfig(func(cfg *profile.Config) error {
				ctx, err := lookupContext(cfg, args[0])
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

func newContextRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "remove NAME",
		Aliases: []string{"rm"},
		Short:   "Remove a context",
		Long: `Remove a context from the config file; the cluster itself is not touched. If it
was the current context, the first one that remains becomes the current one.`,
		Example:           "  kdeck context remove old",
		Args:              exactlyOne("NAME"),
		ValidArgsFunction: completeContexts,
		RunE: func(cmd *cobra.Command, args []string) error {
			before, after := "", ""
			err := editConfig(func(cfg *profile.Config) error {
				if _, err := lookupContext(cfg, args[0]); err != nil {
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
