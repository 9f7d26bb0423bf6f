package groups

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/apply"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/reset"
)

func newUndoReset(connect target.Connector) *cobra.Command {
	var flags apply.Flags
	var from string
	cmd := &cobra.Command{
		Use:   "undo-reset GROUP",
		Short: "Restore the offsets that a group had before a reset",
		Long: `Restore the committed offsets of a group that has no members to a state that
was saved before a reset or a deletion: every commit with its metadata, and
none where there was none. Without --execute nothing is changed: the plan is
printed, every partition before and after.

The state is the latest one of the group on this cluster, or that of --from.
The offsets from before the undo are saved too; a second undo-reset restores
them.

` + exit.Codes,
		Example: `  kdeck groups undo-reset billing
  kdeck groups undo-reset billing --execute`,
		Args: arg.ExactlyOne("GROUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := connect(cmd.Context(), &flags.Target)
			if err != nil {
				return err
			}
			defer client.Close()
			saved, err := savedState(cmd.Context(), client, args[0], from, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			plan, err := client.Groups.UndoPlan(cmd.Context(), args[0], saved)
			if err != nil {
				return err
			}
			return applyReset(cmd, client, &flags, resetTable(), []reset.Plan{plan}, nil)
		},
	}
	flags.Register(cmd)
	cmd.Flags().StringVar(&from, "from", "", "restore the state in FILE (default: the latest one)")
	return cmd
}

// savedState is the state in a file, or else the latest of the group on this cluster,
// which it notes.
func savedState(ctx context.Context, client *admin.Client, group, path string, errOut io.Writer) (reset.Saved, error) {
	if path != "" {
		return reset.Load(path)
	}
	states, err := client.Groups.SavedStates(ctx, group)
	switch {
	case len(states) == 0 && err != nil:
		return reset.Saved{}, err
	case len(states) == 0:
		return reset.Saved{}, errors.New("undo the reset of " + group + ": no state of it was saved on this cluster")
	}
	notes.Warning(errOut, err)
	latest := states[0]
	notes.Line(errOut, "the state before %s, saved at %s: %s", latest.Reset, reset.FormatTime(latest.At), latest.Path)
	if older := len(states) - 1; older > 0 {
		notes.Line(errOut, "older states in the same folder: %d; --from chooses one", older)
	}
	return latest.Saved, nil
}
