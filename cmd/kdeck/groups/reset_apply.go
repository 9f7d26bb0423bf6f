package groups

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/apply"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/kafka/words"
)

// resetRequest is what is asked for, of any group.
type resetRequest struct {
	scope    reset.Scope
	strategy reset.Strategy
	file     reset.File // for reset.FromFile
}

// plan plans the reset of each group. One that is refused does not stop the others: it
// becomes a part that says why.
func (r resetRequest) plan(ctx context.Context, client *admin.Client, names []string) (plans []reset.Plan, refused []change.Part[groups.ResetRow]) {
	scopes := make(map[string]reset.Scope, len(names))
	strategies := make(map[string]reset.Strategy, len(names))
	why := make(map[string]error)
	for _, g := range names {
		scopes[g], strategies[g] = r.scope, r.strategy
		if r.strategy.Kind == reset.FromFile {
			strategies[g], scopes[g], why[g] = r.file.For(g)
		}
		if why[g] != nil {
			delete(scopes, g)
		}
	}
	facts, failed := client.Groups.ResetFactsOf(ctx, scopes, r.strategy)
	for _, g := range names {
		err := errors.Join(why[g], failed[g])
		if err == nil {
			var plan reset.Plan
			if plan, err = reset.Make(facts[g], scopes[g], strategies[g]); err == nil {
				plans = append(plans, plan)
				continue
			}
		}
		refused = append(refused, change.Part[groups.ResetRow]{Target: g, Refused: err})
	}
	return plans, refused
}

// resets is the writing of plans, with the groups that have none.
type resets struct {
	*groups.Reset
	refused []change.Part[groups.ResetRow]
}

// Title names all groups.
func (r resets) Title() string {
	if len(r.refused) == 0 {
		return r.Reset.Title()
	}
	parts, _ := r.Plan(context.Background()) // plans ask nothing
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.Target
	}
	return "reset offsets of " + words.Some(names, 3)
}

// Plan is that of the plans, and what was refused.
func (r resets) Plan(ctx context.Context) ([]change.Part[groups.ResetRow], error) {
	parts, err := r.Reset.Plan(ctx)
	return append(parts, r.refused...), err
}

// applyReset writes plans, or prints them with the times at their new offsets.
func applyReset(cmd *cobra.Command, client *admin.Client, f *apply.Flags, t apply.Table[timedRow], plans []reset.Plan, refused []change.Part[groups.ResetRow]) error {
	result, err := apply.Do(cmd.Context(), client, f, resets{client.Groups.Reset(plans...), refused})
	if err != nil {
		return err
	}
	var times recordTimes
	if !f.Executes() && t.Instead == nil {
		var missing string
		if times, missing = readTimes(cmd.Context(), client.Groups.RecordTimes, plans); missing != "" {
			notes.Line(cmd.ErrOrStderr(), "%s", missing)
		}
	}
	return apply.Print(cmd, f, t, apply.Rows(result, func(r groups.ResetRow) timedRow {
		return timedRow{r, times[r.TopicPartition][r.New]}
	}))
}
