package groups

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/text"
)

// newUndoReset returns "kdeck groups undo-reset".
func newUndoReset(connect target.Connector) *cobra.Command {
	var cluster target.Flags
	var write writeFlags
	var from string
	cmd := &cobra.Command{
		Use:   "undo-reset GROUP",
		Short: "Put the offsets of a group back to what they were before a reset",
		Long: `Put the committed offsets of a group that has no members back to a state that
was saved before a reset: every commit as it was, with its metadata, and none
where there was none. Without --execute nothing is written: the plan is
printed, every partition before and after.

The state is the newest one of the group on this cluster, or that of --from.
The offsets from before the undo are saved too, so that a second undo-reset
takes the first one back.

Exit codes: 0 done, 1 refused and nothing written, 2 written in part.`,
		Example: `  kdeck groups undo-reset billing
  kdeck groups undo-reset billing --execute`,
		Args: arg.ExactlyOne("GROUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			client, err := connect(ctx, &cluster)
			if err != nil {
				return err
			}
			defer client.Close()
			saved, err := savedState(ctx, client, args[0], from, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			plan, err := client.Groups.UndoPlan(ctx, args[0], saved)
			if err != nil {
				return err
			}
			return write.run(ctx, client, []reset.Plan{plan}, nil, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cluster.Register(cmd)
	cmd.Flags().StringVar(&from, "from", "", "put back the state in FILE (default: the newest one)")
	write.register(cmd)
	return cmd
}

// savedState is the state in a file, or else the newest of the group on this
// cluster. It notes which one that is.
func savedState(ctx context.Context, client *admin.Client, group, path string, errOut io.Writer) (reset.Saved, error) {
	if path != "" {
		return reset.Load(path)
	}
	states, err := client.Groups.SavedStates(ctx, group)
	switch {
	case len(states) == 0 && err != nil:
		return reset.Saved{}, err
	case len(states) == 0:
		return reset.Saved{}, errors.New("undo the reset of " + group + ": no state of it was saved on this cluster; there is none in " + client.SavedDir())
	case err != nil:
		fmt.Fprintln(errOut, "warning:", text.Clean(err.Error()))
	}
	newest := states[0]
	fmt.Fprintf(errOut, "the state before %s, saved at %s: %s\n", text.Clean(newest.Reset), reset.FormatTime(newest.At), text.Clean(newest.Path))
	if older := len(states) - 1; older > 0 {
		fmt.Fprintf(errOut, "older states beside it: %d; --from chooses\n", older)
	}
	return newest.Saved, nil
}
