package groups

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/apply"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/kafka/words"
)

// resetFlags are the flags of "kdeck groups reset-offsets", besides those of the
// strategies.
type resetFlags struct {
	apply.Flags
	groups    []string
	allGroups bool
	all       bool
	topics    []string
	export    bool
}

func newResetOffsets(connect target.Connector) *cobra.Command {
	var flags resetFlags
	cmd := &cobra.Command{
		Use:   "reset-offsets [GROUP...]",
		Short: "Move the committed offsets of groups",
		Long:  resetHelp,
		Example: `  kdeck groups reset-offsets billing --all-topics --to-earliest
  kdeck groups reset-offsets billing --topic orders:0,3-5 --shift-by -100
  kdeck groups reset-offsets billing --topic orders --to-latest --export
  kdeck groups reset-offsets billing --from-file plan.csv --execute`,
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.groups = append(args, flags.groups...)
			return flags.run(cmd, connect)
		},
	}
	flags.register(cmd)
	return cmd
}

func (f *resetFlags) register(cmd *cobra.Command) {
	f.Register(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.groups, "group", nil, "reset GROUP, the same as an argument (repeatable)")
	flags.BoolVar(&f.allGroups, "all-groups", false, "reset all consumer groups, each on its own")
	flags.BoolVar(&f.all, "all-topics", false, "reset every partition with a commit")
	flags.StringArrayVar(&f.topics, "topic", nil, "reset the partitions of TOPIC[:0,3-5] (repeatable)")
	flags.BoolVar(&f.export, "export", false, "print the plan as CSV, for --from-file")
	registerStrategies(cmd)
	cmd.MarkFlagsMutuallyExclusive("all-topics", "topic", string(reset.FromFile))
	cmd.MarkFlagsOneRequired("all-topics", "topic", string(reset.FromFile))
	cmd.MarkFlagsMutuallyExclusive("group", "all-groups")
	cmd.MarkFlagsMutuallyExclusive("export", "output")
}

func (f *resetFlags) run(cmd *cobra.Command, connect target.Connector) error {
	strategy, err := givenStrategy(cmd, time.Now())
	if err != nil {
		return err
	}
	request := resetRequest{strategy: strategy}
	if request.scope, err = reset.ParseScope(f.topics); err != nil {
		return err
	}
	request.scope.Committed = f.all
	if strategy.Kind == reset.FromFile {
		if request.file, err = reset.ReadFile(strategy.From); err != nil {
			return err
		}
	}
	if f.allGroups == (len(f.groups) > 0) {
		return errors.New("name the groups to reset, or all with --all-groups")
	}
	client, err := connect(cmd.Context(), &f.Target)
	if err != nil {
		return err
	}
	defer client.Close()
	groups, err := f.chosen(cmd.Context(), client, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	table := resetTable()
	plans, refused := request.plan(cmd.Context(), client, groups)
	if f.export {
		table.Instead = func(out io.Writer) error { // as their tool, which names groups unless there is one
			return reset.WriteCSV(out, plans, f.allGroups || len(groups) != 1)
		}
	}
	return applyReset(cmd, client, &f.Flags, table, plans, refused)
}

// chosen returns the groups to reset, without those named twice.
func (f *resetFlags) chosen(ctx context.Context, client *admin.Client, errOut io.Writer) ([]string, error) {
	if !f.allGroups {
		var groups []string
		for _, g := range f.groups {
			if !slices.Contains(groups, g) {
				groups = append(groups, g)
			}
		}
		return groups, nil
	}
	listed, err := client.Groups.List(ctx)
	if err == nil {
		err = listed.Partial // some are not all
	}
	if err != nil {
		return nil, err
	}
	var groups, shares []string
	for _, g := range listed.Items {
		switch {
		case g.Type == model.Share:
			shares = append(shares, g.Name)
		case g.Consumes():
			groups = append(groups, g.Name)
		}
	}
	if len(shares) > 0 {
		notes.Line(errOut, "share groups are left out; name them to reset them: %s", words.And(shares...))
	}
	if len(groups) == 0 {
		return nil, errors.New("the cluster has no consumer groups")
	}
	return groups, nil
}
