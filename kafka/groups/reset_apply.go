package groups

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/audit"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// appliedTogether is how many groups are looked at, written and read back at once.
// More would be fewer requests, but a longer time between the last look at a group
// and its write.
const appliedTogether = 32

// AppliedReset is what became of one group's plan, or why nothing was written.
type AppliedReset struct {
	Result reset.Result
	Err    error
}

// ApplyReset writes a plan, after a last look at the cluster. It returns an
// error when nothing was written: *reset.ActiveError with the members that came,
// *reset.MovedError with what moved since the plan was made, ErrReadOnly, or that
// the old offsets could not be saved to a file in SavedDir, which comes first.
//
// Once the writing has begun it is not stopped by ctx, the offsets are read
// back, and the result tells for each partition what became of it; a result
// that is not Complete is no error.
func (c *Client) ApplyReset(ctx context.Context, plan reset.Plan) (reset.Result, error) {
	applied := c.ApplyResets(ctx, []reset.Plan{plan})[0]
	return applied.Result, applied.Err
}

// ApplyResets is ApplyReset of plans for different groups, each on its own: what
// becomes of one is no matter to the others. The looks before and after are
// shared. When ctx ends, the groups that are not begun are left as they are.
func (c *Client) ApplyResets(ctx context.Context, plans []reset.Plan) []AppliedReset {
	var applied []AppliedReset
	for some := range slices.Chunk(plans, appliedTogether) {
		applied = append(applied, c.applySome(ctx, some)...)
	}
	return applied
}

func (c *Client) applySome(ctx context.Context, plans []reset.Plan) []AppliedReset {
	applied := make([]AppliedReset, len(plans))
	scopes := make(map[string]reset.Scope, len(plans))
	for i, plan := range plans {
		if applied[i].Err = c.refusesPlan(ctx, plan); applied[i].Err == nil {
			scopes[plan.Group] = plan.Scope()
		}
	}
	if len(scopes) == 0 {
		return applied
	}
	facts, failed := c.ResetFactsOf(ctx, scopes, reset.Strategy{})

	// A reset that is cut off half way because its screen was left would help
	// nobody.
	ctx = context.WithoutCancel(ctx)
	replies := make([]map[model.TopicPartition]reset.Reply, len(plans))
	changes := make([]*audit.Pending, len(plans))
	var wg sync.WaitGroup
	for i, plan := range plans {
		if applied[i].Err != nil {
			continue
		}
		if err := failed[plan.Group]; err != nil {
			applied[i].Err = fmt.Errorf("%s: nothing was written: %w", whatOf(plan), err)
			continue
		}
		changes[i], applied[i].Result.Saved, applied[i].Err = c.beginReset(plan, facts[plan.Group])
		if applied[i].Err == nil {
			wg.Go(func() { replies[i] = c.writePlan(ctx, plan) })
		}
	}
	wg.Wait()

	found := c.readBack(ctx, plans, changes)
	for i, plan := range plans {
		if changes[i] == nil {
			continue
		}
		there := found[plan.Group]
		readErr := kafka.Explain("read the offsets back", "Describe on Group:"+plan.Group, there.err)
		saved := applied[i].Result.Saved
		result := reset.Judge(plan, replies[i], there.commits, readErr)
		result.Saved = saved
		result.Unnoted = changes[i].End(stage(result), result.Summary(), result.ReadBack)
		applied[i].Result = result
	}
	return applied
}

// whatOf names the change that a plan is, for errors.
func whatOf(plan reset.Plan) string {
	if plan.Strategy.Kind == reset.UndoReset {
		return "undo the reset of " + plan.Group
	}
	return "reset offsets of " + plan.Group
}

// refusesPlan says why a plan is not worth a look at the cluster, or nil.
func (c *Client) refusesPlan(ctx context.Context, plan reset.Plan) error {
	if err := c.conn.MayChange(whatOf(plan)); err != nil {
		return err
	}
	if plan.Totals().Changed == 0 {
		return fmt.Errorf("%s: every partition is where it should be; there is nothing to write", whatOf(plan))
	}
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("%s: nothing was written: %w", whatOf(plan), err)
	}
	return nil
}

// beginReset does all that comes before the first write: it compares the plan with
// what is now, and puts the offsets from before and a line of the audit log on disk.
func (c *Client) beginReset(plan reset.Plan, now reset.Facts) (change *audit.Pending, saved string, err error) {
	if err := plan.Check(now); err != nil {
		return nil, "", err
	}
	state := plan.Save(now)
	if saved, err = state.Write(c.conn.SavedDir()); err != nil {
		return nil, "", err
	}
	action := "reset-offsets"
	if plan.Strategy.Kind == reset.UndoReset {
		action = "undo-reset"
	}
	change, err = c.conn.Begin(audit.Change{Action: action, Target: plan.Group, Details: state})
	return change, saved, err
}

func stage(r reset.Result) audit.Stage {
	switch {
	case r.Complete():
		return audit.Done
	case r.Count(reset.Failed)+r.Count(reset.Unchanged) == len(r.Rows):
		return audit.Refused
	}
	return audit.Partly
}

// readBack reads the commits of the groups whose changes were begun.
func (c *Client) readBack(ctx context.Context, plans []reset.Plan, changes []*audit.Pending) map[string]resetCommits {
	ctx, cancel := context.WithTimeout(ctx, readBackRequests*c.conn.RequestTimeout())
	defer cancel()
	coordinators := make(map[string]int32)
	var shares []string
	for i, plan := range plans {
		switch {
		case changes[i] == nil:
		case plan.Type == model.Share:
			shares = append(shares, plan.Group)
		default:
			coordinators[plan.Group] = -1 // may have moved
		}
	}
	found := c.fetchCommits(ctx, coordinators, false)
	for group, starts := range c.shareStarts(ctx, shares) {
		found[group] = starts
	}
	return found
}
