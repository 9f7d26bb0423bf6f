package groups

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/kafka/words"
)

// resetTogether is how many groups are looked at, written and read back at once.
// More would be fewer requests, but a longer time between the last look at a group
// and its write.
const resetTogether = 32

// Reset writes plans for different groups, each on its own, or puts groups back to
// saved states where the plans say so. The plans are what is shown; a last look at the
// cluster refuses the group that got members (*reset.ActiveError) or that moved
// (*reset.MovedError) since they were made.
type Reset struct {
	client *Client
	plans  map[string]reset.Plan // by group
	groups []string              // in order
}

var _ change.Change[ResetRow] = (*Reset)(nil)

// Reset is the writing of plans.
func (c *Client) Reset(plans ...reset.Plan) *Reset {
	r := &Reset{client: c, plans: make(map[string]reset.Plan, len(plans))}
	for _, plan := range plans {
		r.plans[plan.Group] = plan
		r.groups = append(r.groups, plan.Group)
	}
	return r
}

// ResetRow is a row of a plan.
type ResetRow struct {
	Group string
	reset.Row
	// Found is the offset that was read back; model.NoOffset before that, and where
	// there is none.
	Found int64
}

// Subject names the partition.
func (r ResetRow) Subject() string { return r.String() }

// Effect says where the group goes.
func (r ResetRow) Effect() string {
	from, to := "no commit", "no commit"
	if r.HasCurrent {
		from = strconv.FormatInt(r.Current.Offset, 10)
	}
	if !r.Deletes() {
		to = strconv.FormatInt(r.New, 10)
	}
	return from + " → " + to
}

// MarshalJSON has the columns of kafka-consumer-groups.sh and what the reset means.
func (r ResetRow) MarshalJSON() ([]byte, error) {
	row := struct {
		Group string `json:"group"`
		model.TopicPartition
		New       *int64   `json:"newOffset"`     // null where the commit is deleted
		Current   *int64   `json:"currentOffset"` // null without a commit
		Replays   int64    `json:"replays"`
		Skips     int64    `json:"skips"`
		LagBefore *int64   `json:"lagBefore"` // null without a commit before
		LagAfter  *int64   `json:"lagAfter"`  // null without a commit afterwards
		AtEnd     bool     `json:"atLogEnd"`  // there is no record at the new offset yet
		Metadata  string   `json:"lostMetadata"`
		Warnings  []string `json:"warnings"`
	}{
		Group: r.Group, TopicPartition: r.TopicPartition, New: ifKnown(r.New), Replays: r.Replays(), Skips: r.Skips(),
		LagBefore: ifKnown(r.LagBefore()), LagAfter: ifKnown(r.LagAfter()), AtEnd: r.AtEnd(), Metadata: r.LostMetadata(),
		Warnings: append([]string{}, r.Warnings...),
	}
	if r.HasCurrent {
		row.Current = &r.Current.Offset
	}
	return json.Marshal(row)
}

// undoes reports whether saved states are put back.
func (r *Reset) undoes() bool {
	return len(r.groups) > 0 && r.plans[r.groups[0]].Strategy.Kind == reset.UndoReset
}

// Kind is that of a reset, or of an undo.
func (r *Reset) Kind() change.Kind {
	kind := change.Kind{Action: "reset-offsets", Verb: "reset", Past: "moved", Noun: "partition", Asks: change.AskName, Together: resetTogether}
	if r.undoes() {
		kind.Action, kind.Verb, kind.Past = "undo-reset", "undo", "put back"
	}
	return kind
}

// Title names the groups.
func (r *Reset) Title() string {
	what := "reset offsets of "
	if r.undoes() {
		what = "undo the reset of "
	}
	return what + words.Some(r.groups, 3)
}

// Plan is what the plans say. It asks the cluster nothing.
func (r *Reset) Plan(context.Context) ([]change.Part[ResetRow], error) {
	parts := make([]change.Part[ResetRow], len(r.groups))
	for i, group := range r.groups {
		plan := r.plans[group]
		parts[i] = change.Part[ResetRow]{Target: group, Warnings: plan.Warnings}
		for _, a := range plan.Alone {
			parts[i].Follows = append(parts[i].Follows, group+": "+a.String()+" stays as it is: "+a.Why)
		}
		for _, row := range plan.Rows {
			item := change.Plan(ResetRow{group, row, model.NoOffset})
			if !row.Changes() {
				item.Outcome = model.Unchanged
			}
			parts[i].Items = append(parts[i].Items, item)
		}
	}
	return parts, nil
}

// Again compares the plans with the groups as they are, and keeps those.
func (r *Reset) Again(ctx context.Context, shown []change.Part[ResetRow]) ([]change.Part[ResetRow], error) {
	scopes := make(map[string]reset.Scope, len(shown))
	for _, p := range shown {
		if p.Planned() > 0 {
			scopes[p.Target] = r.plans[p.Target].Scope()
		}
	}
	if len(scopes) == 0 {
		return shown, nil
	}
	facts, failed := r.client.ResetFactsOf(ctx, scopes, reset.Strategy{})
	for i := range shown {
		p := &shown[i]
		now, known := facts[p.Target]
		switch err := failed[p.Target]; {
		case err != nil:
			p.Refused = fmt.Errorf("%s: nothing was written: %w", r.Title(), err)
		case known:
			if p.Refused = r.plans[p.Target].Check(now); p.Refused == nil {
				p.Before = savedReset{r.plans[p.Target].Save(now)}
			}
		}
	}
	return shown, nil
}

// savedReset is what a group had committed before a reset, to be put back by an undo.
type savedReset struct{ reset.Saved }

// Write keeps the offsets in a new file.
func (s savedReset) Write(stateDir string) (path string, err error) {
	return s.Saved.Write(savedDir(stateDir))
}

// Send writes the rows, the groups side by side.
func (r *Reset) Send(ctx context.Context, items []change.Item[ResetRow]) []model.Reply {
	rows := make(map[string][]reset.Row)
	for _, item := range items {
		rows[item.Row.Group] = append(rows[item.Row.Group], item.Row.Row)
	}
	byGroup := make(map[string]map[model.TopicPartition]model.Reply, len(rows))
	var wg sync.WaitGroup
	var mu sync.Mutex
	for group, rows := range rows {
		wg.Go(func() {
			replies := r.client.writeRows(ctx, group, r.plans[group].Type, rows)
			mu.Lock()
			defer mu.Unlock()
			byGroup[group] = replies
		})
	}
	wg.Wait()
	replies := make([]model.Reply, len(items))
	for i, item := range items {
		replies[i] = byGroup[item.Row.Group][item.Row.TopicPartition]
	}
	return replies
}

// Judge reads the offsets back.
func (r *Reset) Judge(ctx context.Context, items []change.Item[ResetRow], replies []model.Reply) []change.Item[ResetRow] {
	var groups []Group
	seen := make(map[string]bool)
	for _, item := range items {
		if g := item.Row.Group; !seen[g] {
			seen[g] = true
			groups = append(groups, Group{Name: g, Type: r.plans[g].Type, Coordinator: -1}) // may have moved
		}
	}
	found := r.client.storedOffsets(ctx, groups)
	for i, item := range items {
		group := item.Row.Group
		there := found[group]
		commit, committed := there.commits[item.Row.TopicPartition]
		if committed && there.err == nil {
			item.Row.Found = commit.Offset
		}
		items[i] = item.As(item.Row.Judge(replies[i], commit, committed, there.err))
	}
	return items
}
