package serde

import (
	"context"
	"fmt"
)

// subjectVersion is a version of a subject; 0 is the newest.
type subjectVersion struct {
	subject string
	version int
}

// version returns the schema of a version of a subject with its id. It asks for it now
// and then. Version 0 is the newest.
func (r *Registry) version(ctx context.Context, subject string, version int) (schema, int, error) {
	key := subjectVersion{subject, version}
	r.mu.Lock()
	known, ok := r.versions[key]
	r.mu.Unlock()
	if ok && r.now().Before(known.until) {
		return known.schema, known.id, known.err
	}
	found, id, err := r.readVersion(ctx, key)
	if err != nil && ctx.Err() != nil {
		return nil, 0, err // it was called off, which says nothing about the subject
	}
	believed := newestTime
	if err != nil {
		err = fmt.Errorf("subject %s: %w", subject, err)
		if version != 0 {
			err = fmt.Errorf("version %d of %w", version, err)
		}
		believed = retryTime
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.versions) >= maxKnown {
		clear(r.versions)
	}
	r.versions[key] = versionFound{lookedUp{schema: found, err: err, until: r.now().Add(believed)}, id}
	return found, id, err
}

func (r *Registry) readVersion(ctx context.Context, key subjectVersion) (schema, int, error) {
	const newest = -1
	version := key.version
	if version == 0 {
		version = newest
	}
	ctx, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	found, err := r.client.SchemaByVersion(ctx, key.subject, version)
	if err != nil {
		return nil, 0, r.explain(err)
	}
	compiled, err := r.compile(ctx, found.Schema)
	return compiled, found.ID, err
}

// knows reports whether a subject was found lately.
func (r *Registry) knows(subject string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.versions[subjectVersion{subject, 0}]
	return ok && known.schema != nil
}

// load returns a schema, and waits for it where it has not been read.
func (r *Registry) load(ctx context.Context, key schemaKey) (schema, error) {
	found, err, waiting := r.get(key)
	if !waiting {
		return found, err
	}
	limit, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	r.read(ctx, limit, key)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	found, err, waiting = r.get(key)
	if waiting {
		err = fmt.Errorf("%s could not be read", key)
	}
	return found, err
}
