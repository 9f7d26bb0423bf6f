package labtest

import (
	"context"

	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// Done is what became of one part of a change.
type Done[R change.Row] struct {
	Rows    []DoneRow[R]
	Saved   string // path of the file with what was there
	Unnoted error
}

// DoneRow is what became of one item.
type DoneRow[R change.Row] struct {
	Row     R
	Outcome model.Outcome
	Err     error
}

// Count returns how many items had an outcome.
func (d Done[R]) Count(o model.Outcome) int {
	n := 0
	for _, row := range d.Rows {
		if row.Outcome == o {
			n++
		}
	}
	return n
}

// Complete reports whether every item is as the change wants it.
func (d Done[R]) Complete() bool {
	return d.Count(model.Done)+d.Count(model.Unchanged) == len(d.Rows)
}

// Run makes a change of one target. The error is why nothing was done to it.
func Run[R change.Row](ctx context.Context, client *admin.Client, c change.Change[R]) (Done[R], error) {
	result, err := change.Run(ctx, client, c)
	if err != nil {
		return Done[R]{}, err
	}
	part := result.Parts[0]
	done := Done[R]{Saved: part.Saved, Unnoted: part.Unnoted}
	for _, item := range part.Items {
		done.Rows = append(done.Rows, DoneRow[R]{item.Row, item.Outcome, item.Err})
	}
	return done, part.Refused
}

// Apply writes a plan.
func Apply(ctx context.Context, client *admin.Client, plan reset.Plan) (Done[groups.ResetRow], error) {
	return Run(ctx, client, client.Groups.Reset(plan))
}
