package groups

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/raw"
)

// question is what kadm is asked about groups by one of its APIs.
type question[T any] struct {
	api string // says apart what the user may see
	ask func(adm *kadm.Client, groups ...string) (map[string]T, error)
}

// askGroups asks kadm about groups, in one request to each coordinator, and returns
// what it found and why the others are missing: every group is in one of both.
//
// kadm answers with nothing at all when the user may not see one of several groups.
// Each half is asked by itself then, until it is clear which groups those are; they are
// remembered for a while, so that the next questions do without them.
func askGroups[T any](ctx context.Context, c *Client, q question[T], groups []string) (found map[string]T, failed map[string]error) {
	found, failed = make(map[string]T, len(groups)), make(map[string]error)
	if len(groups) > 1 {
		groups = c.veiled.without(q.api, groups, failed)
	}
	var mu sync.Mutex
	var part func(groups []string)
	part = func(groups []string) {
		if len(groups) == 0 {
			return
		}
		var told map[string]T
		err := c.conn.Ask(ctx, func(adm *kadm.Client) (err error) {
			told, err = q.ask(adm, groups...)
			return err
		})
		var unseen *kadm.AuthError
		switch {
		case errors.As(err, &unseen) && len(groups) > 1:
			var wg sync.WaitGroup
			wg.Go(func() { part(groups[:len(groups)/2]) })
			part(groups[len(groups)/2:])
			wg.Wait()
			return
		case unseen != nil:
			c.veiled.note(q.api, groups[0], unseen.Err)
		}
		mu.Lock()
		defer mu.Unlock()
		maps.Copy(found, told)
		for group, why := range missing(groups, err) {
			if _, ok := told[group]; !ok {
				failed[group] = why
			}
		}
	}
	part(groups)
	return found, failed
}

// missing is why groups are not in kadm's answer.
func missing(groups []string, err error) map[string]error {
	why := make(map[string]error, len(groups))
	var shards *kadm.ShardErrors
	parts := errors.As(err, &shards)
	for _, g := range groups {
		why[g] = kafka.ErrLeftOut
		if err != nil && !parts {
			why[g] = err
		}
	}
	if parts {
		for _, shard := range shards.Errs {
			for _, g := range raw.GroupsOf(shard.Req) {
				why[g] = shard.Err
			}
		}
	}
	return why
}

// veiledFor is how long it is believed that the user may not see a group.
const veiledFor = time.Minute

// veiled remembers the groups that the user may not see. The zero value is empty.
type veiled struct {
	mu     sync.Mutex
	groups map[string]veiledGroup // by API and name
}

type veiledGroup struct {
	err   error
	until time.Time
}

func (v *veiled) note(api, group string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.groups == nil {
		v.groups = make(map[string]veiledGroup)
	}
	v.groups[api+" "+group] = veiledGroup{err, time.Now().Add(veiledFor)}
}

// without is the groups but for those that the user may not see, which go to failed.
func (v *veiled) without(api string, groups []string, failed map[string]error) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var left []string
	for _, group := range groups {
		known, ok := v.groups[api+" "+group]
		switch {
		case ok && time.Now().Before(known.until):
			failed[group] = known.err
			continue
		case ok:
			delete(v.groups, api+" "+group)
		}
		left = append(left, group)
	}
	return left
}
