package serde

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
	"golang.org/x/sync/errgroup"
)

const (
	// lookupTime bounds how long a schema with all that it refers to may take; a
	// person waits for it.
	lookupTime = 5 * time.Second
	// missingTime and failedTime are how long it is believed that a registry has
	// no such schema, and that it does not answer.
	missingTime = time.Minute
	failedTime  = 10 * time.Second
	// newestTime and retryTime are how long the newest schema of a subject is taken
	// for that, and how long nobody asks again after a failure: a command encodes
	// many thousand values a second.
	newestTime = 30 * time.Second
	retryTime  = 2 * time.Second
	// maxKnown bounds the schemas that are kept. Records may name any id.
	maxKnown = 2000
	// atOnce is how many schemas are read side by side, and mostWanted how many in
	// one go.
	atOnce     = 4
	mostWanted = 64
	// maxReferences bounds what one schema refers to, all in all.
	maxReferences = 200
)

// Registry reads schemas from a Confluent schema registry, each once. It is safe
// for concurrent use.
type Registry struct {
	client *sr.Client
	name   string // the address, for errors
	now    func() time.Time
	within time.Duration // lookupTime but in tests

	turn chan struct{} // held by the lookup under way

	mu     sync.Mutex
	known  map[schemaKey]lookedUp
	wanted map[schemaKey]bool
	down   lookedUp // while the registry does not answer: what holds for every id

	versions map[subjectVersion]versionFound
}

// versionFound is the schema of a version, or why there is none, and until when that
// is believed.
type versionFound struct {
	lookedUp
	id int
}

// lookedUp is what is known of a schema: the schema, or until when it is
// believed that there is none.
type lookedUp struct {
	schema schema
	err    error
	until  time.Time
}

// NewRegistry returns a registry behind a client. name is its address, for
// errors.
func NewRegistry(client *sr.Client, name string) *Registry {
	return &Registry{
		client: client, name: name, now: time.Now, within: lookupTime, turn: make(chan struct{}, 1),
		known: make(map[schemaKey]lookedUp), wanted: make(map[schemaKey]bool), versions: make(map[subjectVersion]versionFound),
	}
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 4 * maxSchema

// BoundAnswers lets a transport read no more of an answer than a schema may
// have.
func BoundAnswers(next http.RoundTripper) http.RoundTripper { return bounded{next} }

type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(req)
	if err == nil {
		body := resp.Body
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(body, maxAnswer), body}
	}
	return resp, err
}

// get returns what is known of a schema, without waiting. waiting is set where
// nothing is, and the schema is wanted then.
func (r *Registry) get(key schemaKey) (found schema, err error, waiting bool) { //nolint:revive // err is an answer here
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.known[key]
	switch {
	case ok && known.schema != nil:
		return known.schema, nil, false
	case ok && r.now().Before(known.until):
		return nil, known.err, false
	case r.now().Before(r.down.until):
		return nil, r.down.err, false
	}
	if len(r.wanted) < mostWanted {
		r.wanted[key] = true
	}
	return nil, nil, true
}

func (r *Registry) wanting() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.wanted) > 0
}

// lookup reads the wanted schemas. One lookup is under way at a time; others
// wait for it.
func (r *Registry) lookup(ctx context.Context) {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return
	}
	r.mu.Lock()
	keys := slices.Collect(maps.Keys(r.wanted))
	clear(r.wanted)
	r.mu.Unlock()
	slices.SortFunc(keys, func(a, b schemaKey) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.guid, b.guid)) })
	limit, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, key := range keys {
		group.Go(func() error {
			r.read(ctx, limit, key)
			return nil
		})
	}
	_ = group.Wait() // read keeps the errors
}

// read reads a schema and keeps the outcome. A lookup that was called off says
// nothing about the schema.
func (r *Registry) read(ctx, limit context.Context, key schemaKey) {
	compiled, err := r.fetch(limit, key)
	if ctx.Err() != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= maxKnown {
		clear(r.known)
	}
	entry := lookedUp{schema: compiled, until: r.now().Add(missingTime)}
	if err != nil {
		entry.err = fmt.Errorf("%s: %w", key, err)
		var refused *sr.ResponseError
		missing := errors.As(err, &refused) && refused.StatusCode == http.StatusNotFound
		if !missing && !errors.Is(err, errBadSchema) {
			entry.until = r.now().Add(failedTime)
			// Other ids would fail the same way, each after as long a wait.
			r.down = lookedUp{err: err, until: entry.until}
		}
	}
	r.known[key] = entry
	delete(r.wanted, key) // one that was read without being asked for in turn
}

// errBadSchema says that the registry has a schema which is of no use.
var errBadSchema = errors.New("the registry's schema cannot be used")

func (r *Registry) fetch(ctx context.Context, key schemaKey) (schema, error) {
	var found sr.Schema
	var err error
	if key.guid != "" {
		var of sr.SubjectSchema
		of, err = r.client.SchemaByGUID(ctx, key.guid)
		found = of.Schema
	} else {
		found, err = r.client.SchemaByID(ctx, key.id)
	}
	if err != nil {
		return nil, r.explain(err)
	}
	return r.compile(ctx, found)
}

func (r *Registry) compile(ctx context.Context, found sr.Schema) (schema, error) {
	src := source{kind: found.Type, text: found.Schema}
	err := r.references(ctx, &src, found.References, make(map[string]bool))
	if err != nil {
		return nil, err
	}
	compiled, err := compile(ctx, src)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBadSchema, err)
	}
	return compiled, nil
}

// references reads what a schema refers to, the innermost first.
func (r *Registry) references(ctx context.Context, src *source, refs []sr.SchemaReference, seen map[string]bool) error {
	for _, ref := range refs {
		if seen[ref.Name] {
			continue
		}
		if seen[ref.Name] = true; len(seen) > maxReferences {
			return fmt.Errorf("%w: it refers to more than %d others", errBadSchema, maxReferences)
		}
		found, err := r.client.SchemaByVersion(ctx, ref.Subject, ref.Version)
		if err != nil {
			return fmt.Errorf("%s, which it refers to: %w", ref.Name, r.explain(err))
		}
		if err := r.references(ctx, src, found.References, seen); err != nil {
			return err
		}
		src.refs = append(src.refs, reference{ref.Name, found.Schema.Schema})
	}
	return nil
}

// explain says in words what a registry did, and what to do. It quotes no page:
// proxies answer with long ones.
func (r *Registry) explain(err error) error {
	var refused *sr.ResponseError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the registry %s did not answer within %s; trying again in a while", r.name, r.within)
	case !errors.As(err, &refused):
		return fmt.Errorf("ask the registry %s: %w", r.name, innermost(err))
	}
	told := ""
	if refused.ErrorCode != 0 {
		told = ": " + shorten(refused.Message)
	}
	code := refused.StatusCode
	switch {
	case code == http.StatusNotFound && refused.ErrorCode != 0:
		told = ": it has no such schema"
	case code == http.StatusNotFound:
		told = ": it has no such schema; or check the url of schema-registry"
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		told += "; check user, password or token of schema-registry in the context"
	case code < 400:
		told = ": it sends us elsewhere; give the final url in schema-registry"
	}
	return &answerError{fmt.Sprintf("the registry %s answers %d %s%s", r.name, code, http.StatusText(code), told), refused}
}

// answerError is an answer in words.
type answerError struct {
	text string
	err  error
}

func (e *answerError) Error() string { return e.text }
func (e *answerError) Unwrap() error { return e.err }

// innermost leaves out the addresses that each layer repeats.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

func shorten(s string) string {
	const most = 200
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
