package serde

import (
	"context"
	"fmt"
)

// latest returns the newest schema of a subject, with its id. It asks for it now and
// then.
func (r *Registry) latest(ctx context.Context, subject string) (schema, int, error) {
	r.mu.Lock()
	known, ok := r.newest[subject]
	r.mu.Unlock()
	if ok && r.now().Before(known.until) {
		return known.schema, known.id, known.err
	}
	found, id, err := r.readLatest(ctx, subject)
	if err != nil && ctx.Err() != nil {
		return nil, 0, err // it was called off, which says nothing about the subject
	}
	believed := newestTime
	if err != nil {
		err = fmt.Errorf("subject %s: %w", subject, err)
		believed = retryTime
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.newest) >= maxKnown {
		clear(r.newest)
	}
	r.newest[subject] = version{lookedUp{schema: found, err: err, until: r.now().Add(believed)}, id}
	return found, id, err
}

func (r *Registry) readLatest(ctx context.Context, subject string) (schema, int, error) {
	const newest = -1
	ctx, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	found, err := r.client.SchemaByVersion(ctx, subject, newest)
	if err != nil {
		return nil, 0, r.explain(err)
	}
	compiled, err := r.compile(ctx, found.Schema)
	return compiled, found.ID, err
}
