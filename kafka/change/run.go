package change

import (
	"context"
	"fmt"
	"slices"

	"github.com/kdeck/kdeck/kafka/audit"
	"github.com/kdeck/kdeck/kafka/model"
)

const (
	// sendRequests bounds the writing of a change, in request timeouts: one try, and
	// another one when the first reached a coordinator or controller that has moved.
	sendRequests = 3
	// readRequests bounds the look afterwards. It is counted anew, since a write that
	// got no answer has used up its own time.
	readRequests = 2
)

// DryRun returns what Run would do, and sends nothing that changes anything. Where
// the cluster may not be changed, everything is refused.
func DryRun[R Row](ctx context.Context, on Cluster, c Change[R]) (Result[R], error) {
	result, err := plan(ctx, on, c)
	if err != nil {
		return Result[R]{}, fmt.Errorf("%s: %w", c.Title(), err)
	}
	return result, nil
}

// plan looks at the cluster, and refuses everything where it may not be changed.
func plan[R Row](ctx context.Context, on Cluster, c Change[R]) (Result[R], error) {
	parts, err := c.Plan(ctx)
	if err != nil {
		return Result[R]{}, err
	}
	result := Result[R]{Kind: c.Kind(), Title: c.Title(), Parts: parts}
	why := on.MayChange(c.Title())
	for i := range parts {
		p := &parts[i]
		if p.Refused == nil && p.count(model.Planned) > 0 {
			p.Refused = why
		}
		if p.Refused != nil {
			p.refuse(p.Refused)
		}
	}
	return result, nil
}

// Run plans and executes. An error means that nothing was changed; what became of
// each item is in the result, see Result.Err.
func Run[R Row](ctx context.Context, on Cluster, c Change[R]) (Result[R], error) {
	if err := on.MayChange(c.Title()); err != nil {
		return Result[R]{}, err
	}
	shown, err := plan(ctx, on, c)
	if err != nil {
		return Result[R]{}, fmt.Errorf("%s: nothing was changed: %w", c.Title(), err)
	}
	return Execute(ctx, on, c, shown)
}

// Execute does what a preview shows, and nothing else: what moved since then is
// refused. Once the writing has begun it is not stopped by the end of ctx: a change
// that is cut off half way because a screen was left would help nobody. Parts that
// are not begun when ctx ends stay as they are.
func Execute[R Row](ctx context.Context, on Cluster, c Change[R], shown Result[R]) (Result[R], error) {
	if err := on.MayChange(c.Title()); err != nil {
		return Result[R]{}, err
	}
	result := Result[R]{Kind: c.Kind(), Title: c.Title(), Executed: true}
	together := c.Kind().Together
	if together <= 0 {
		together = max(1, len(shown.Parts))
	}
	for parts := range slices.Chunk(shown.Parts, together) {
		result.Parts = append(result.Parts, executeParts(ctx, on, c, parts)...)
	}
	return result, nil
}

// executeParts does some parts of a change, from the last look to the note of the
// result.
func executeParts[R Row](ctx context.Context, on Cluster, c Change[R], shown []Part[R]) []Part[R] {
	parts := lookAgain(ctx, c, shown)
	begun := make([]*audit.Pending, len(parts))
	var sent []*Item[R] // within parts
	for i := range parts {
		p := &parts[i]
		if p.count(model.Planned) == 0 {
			continue
		}
		var err error
		if begun[i], err = prepare(on, c.Kind(), c.Title(), p); err != nil {
			p.refuse(err)
			continue
		}
		for j := range p.Items {
			if p.Items[j].Outcome == model.Planned {
				sent = append(sent, &p.Items[j])
			}
		}
	}
	if len(sent) > 0 {
		send(context.WithoutCancel(ctx), on, c, sent)
	}
	for i := range parts {
		if begun[i] != nil {
			parts[i].Unnoted = begun[i].End(parts[i].stage(), parts[i].lines(), nil)
		}
	}
	return parts
}

// lookAgain returns the parts as they are now. When the look fails, all are refused.
func lookAgain[R Row](ctx context.Context, c Change[R], shown []Part[R]) []Part[R] {
	err := context.Cause(ctx)
	var parts []Part[R]
	if err == nil {
		parts, err = c.Again(ctx, clone(shown))
	}
	if err != nil {
		parts = clone(shown)
		for i := range parts {
			if parts[i].count(model.Planned) > 0 {
				parts[i].refuse(fmt.Errorf("%s: nothing was changed: %w", c.Title(), err))
			}
		}
	}
	for i := range parts {
		if parts[i].Refused != nil {
			parts[i].refuse(parts[i].Refused)
		}
	}
	return parts
}

// clone returns parts whose items can be changed.
func clone[R Row](parts []Part[R]) []Part[R] {
	parts = slices.Clone(parts)
	for i := range parts {
		parts[i].Items = slices.Clone(parts[i].Items)
	}
	return parts
}

// prepare keeps what was there, and notes what is about to be done. A change that
// cannot be noted is not made.
func prepare[R Row](on Cluster, kind Kind, title string, p *Part[R]) (*audit.Pending, error) {
	if p.Before != nil {
		var err error
		if p.Saved, err = p.Before.Write(on.StateDir()); err != nil {
			return nil, err
		}
	}
	return Begin(on, title, audit.Change{
		Action: kind.Action, Target: p.Target,
		Details: details{Plan: p.lines(), Saved: p.Saved, Before: p.Before},
	})
}

// details is what the audit log keeps of a part.
type details struct {
	Plan   []string `json:"plan"`            // a line for each item
	Saved  string   `json:"saved,omitempty"` // the path of the file with what was there
	Before Before   `json:"before,omitempty"`
}

// Begin notes a change in the audit log right before its first write; the caller ends
// what it returns. Run does that by itself: this is for what is no list of items, such
// as a stream of records. title names the change, in the error of a cluster that may
// not be changed.
func Begin(on Cluster, title string, c audit.Change) (*audit.Pending, error) {
	if err := on.MayChange(title); err != nil {
		return nil, err
	}
	return on.AuditLog().Begin(c)
}

// send writes items and puts what became of them in their place.
func send[R Row](ctx context.Context, on Cluster, c Change[R], sent []*Item[R]) {
	items := make([]Item[R], len(sent))
	for i, item := range sent {
		items[i] = *item
	}
	sending, cancel := context.WithTimeout(ctx, sendRequests*on.RequestTimeout())
	defer cancel()
	replies := c.Send(sending, items)
	reading, cancel := context.WithTimeout(ctx, readRequests*on.RequestTimeout())
	defer cancel()
	for i, item := range c.Judge(reading, items, replies) {
		*sent[i] = item
	}
}
