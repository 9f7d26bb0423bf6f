package groups

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

// listedGroup is a group as ListGroups names it.
type listedGroup struct {
	name         string
	typ          model.GroupType
	protocolType string // "consumer", "connect", …; empty for groups that only hold commits
	state        string // empty before Kafka 2.6
	coordinator  int32
}

// listGroups asks every broker for the groups that it coordinates: one request
// per broker. When some brokers fail, the groups of the others are returned with
// an error that says how many brokers are missing.
func (c *Client) listGroups(ctx context.Context) ([]listedGroup, error) {
	var listed []raw.ListedGroup
	var failed map[int32]error
	asked := 0
	err := c.conn.Ask(ctx, func(*kadm.Client) error {
		listed, failed, asked = raw.ListGroups(ctx, c.conn.Kgo())
		return failed[-1] // no broker was found to ask
	})
	groups := make([]listedGroup, len(listed))
	for i, g := range listed {
		typ := cmp.Or(model.GroupType(g.Type), model.Classic)
		groups[i] = listedGroup{g.Name, typ, g.ProtocolType, g.State, g.Coordinator}
	}
	if err != nil {
		return nil, kafka.Explain("list groups", "Describe on Cluster", err)
	}
	return groups, unlisted(failed, asked)
}

// Names returns the names of all groups that the user may describe, sorted:
// one ListGroups request per broker. When some brokers fail, the names that the
// others know are returned beside the error.
func (c *Client) Names(ctx context.Context) ([]string, error) {
	var listed kadm.ListedGroups
	err := c.conn.Ask(ctx, func(adm *kadm.Client) (err error) {
		listed, err = adm.ListGroups(ctx)
		return err
	})
	failed, err := kafka.FailedBrokers(err)
	if err != nil {
		return nil, kafka.Explain("list groups", "Describe on Cluster", err)
	}
	answered := make(map[int32]bool)
	for _, g := range listed {
		answered[g.Coordinator] = true
	}
	return listed.Groups(), unlisted(failed, max(len(failed)+len(answered), len(c.conn.KnownBrokers())))
}

// unlisted is that brokers did not list their groups, or nil.
func unlisted(failed map[int32]error, asked int) error {
	if len(failed) == 0 {
		return nil
	}
	brokers := slices.Sorted(maps.Keys(failed))
	what := fmt.Sprintf("list groups: %d of %d brokers", len(failed), asked)
	return &UnlistedError{Brokers: brokers, cause: kafka.Explain(what, "Describe on Cluster", failed[brokers[0]])}
}

// UnlistedError says that some brokers did not list the groups that they
// coordinate; those groups are missing, not gone.
type UnlistedError struct {
	Brokers []int32 // node ids
	cause   error
}

func (e *UnlistedError) Error() string { return e.cause.Error() }
func (e *UnlistedError) Unwrap() error { return e.cause }
