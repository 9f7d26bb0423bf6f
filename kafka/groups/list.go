package groups

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
)

// Group is one group as a list shows it.
type Group struct {
	Name  string
	Type  model.GroupType
	State string // Kafka's own word, as in "PreparingRebalance"; empty when unknown
	// ProtocolType is "consumer", "connect", "share" and so on; empty for a
	// classic group that only holds commits.
	ProtocolType string
	Coordinator  int32 // node id
	// Members is how many members the group has, or -1 when that is not known,
	// or not yet.
	Members int
	// Topics is what the group has committed on or is assigned, by topic name.
	Topics []TopicLag
	Lag    lag.Sum
	// Watched is how the lag went since kdeck looks at the group: a verdict, a
	// trend, and how long the slowest partition takes.
	Watched lag.Watched
	// Err says why members or lag are missing; nil when all is known, and
	// in a list that was not asked for them.
	Err error
}

// Consumes reports whether the group is one of those that kafka-consumer-groups.sh
// means by all groups: of the consumer protocol, or classic and not of another kind of
// client such as Connect.
func (g Group) Consumes() bool {
	return g.Type == model.Consumer || g.Type == model.Classic && (g.ProtocolType == "" || g.ProtocolType == "consumer")
}

// TopicLag is how far a group is behind on one topic, and how it gets on there.
type TopicLag struct {
	Topic   string
	Lag     lag.Sum
	Watched lag.Summary
}

// Unread reports whether the group is behind and nobody reads: an Empty group
// with lag.
func (g Group) Unread() bool { return g.State == model.StateEmpty && g.Lag.Total() > 0 }

// Rebalancing reports whether partitions are changing hands.
func (g Group) Rebalancing() bool {
	switch g.State {
	case "PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling":
		return true
	}
	return false
}

// Reader is a group that reads a topic, and how far behind it is there.
type Reader struct {
	Group   Group
	Lag     lag.Sum     // on the topic
	Watched lag.Summary // on the topic
}

// ReadersByTopic turns groups round: it tells for each topic which groups read
// it, in the order of the groups. It asks the cluster nothing.
func ReadersByTopic(groups []Group) map[string][]Reader {
	readers := make(map[string][]Reader)
	for _, g := range groups {
		for _, t := range g.Topics {
			readers[t.Topic] = append(readers[t.Topic], Reader{g, t.Lag, t.Watched})
		}
	}
	return readers
}

// List lists the groups by name, without members, topics and lag: one
// request per broker, and at most once a minute one more for Hidden. Brokers that do not answer make it partial, with an
// UnlistedError.
func (c *Client) List(ctx context.Context) (kafka.Snapshot[Group], error) {
	var hidden error
	var wg sync.WaitGroup
	wg.Go(func() { hidden = c.conn.Hidden(ctx) })
	listed, err := c.listGroups(ctx)
	wg.Wait()
	if err != nil && len(listed) == 0 {
		return kafka.Snapshot[Group]{}, err
	}
	groups := make([]Group, len(listed))
	for i, g := range listed {
		groups[i] = Group{Name: g.name, Type: g.typ, State: g.state, ProtocolType: g.protocolType, Coordinator: g.coordinator, Members: -1}
	}
	slices.SortStableFunc(groups, func(a, b Group) int { return cmp.Compare(a.Name, b.Name) })
	// A group that changes its coordinator may be listed by both.
	groups = slices.CompactFunc(groups, func(a, b Group) bool { return a.Name == b.Name })
	return kafka.Snapshot[Group]{Items: groups, At: time.Now(), Partial: err, Hidden: hidden}, nil
}

// WithLag lists the groups by name with their members, topics and lag. It sends a
// few requests per broker, whatever the number of groups: those of GroupList, and
// those of FillGroups.
func (c *Client) WithLag(ctx context.Context) (kafka.Snapshot[Group], error) {
	listed, err := c.List(ctx)
	if err != nil {
		return listed, err
	}
	if listed.Partial == nil {
		names := make(map[string]bool, len(listed.Items))
		for i := range listed.Items {
			names[listed.Items[i].Name] = true
		}
		c.watch.Keep(func(group string) bool { return names[group] })
	}
	groups := c.Fill(ctx, listed.Items)
	groups.Partial, groups.Hidden = kafka.OneLine(listed.Partial, groups.Partial), listed.Hidden
	return groups, nil
}

// Fill returns groups that GroupList has listed with their members, topics
// and lag: describe (one request to each coordinator for each type of group there
// is), committed offsets, and the log end offsets of the topics that have commits.
// Before a group is said not to get on, the record that it would read next is looked
// at, as by Group. What could not be read is told by the groups' Err and by Partial.
func (c *Client) Fill(ctx context.Context, listed []Group) kafka.Snapshot[Group] {
	groups := kafka.Snapshot[Group]{Items: slices.Clone(listed)}
	var described map[string]description
	var positions map[string]position
	var wg sync.WaitGroup
	wg.Go(func() { described = c.describeAll(ctx, groups.Items) })
	wg.Go(func() { positions = c.positions(ctx, groups.Items) })
	wg.Wait()
	logs, logsErr := c.readLogs(ctx, committedTopics(positions), kafka.LogEnd)

	groups.At = time.Now()
	var stuck []suspect
	observe := func(i int, each func(*lag.Round, model.TopicPartition, watchedLag)) {
		g := &groups.Items[i]
		members := described[g.Name].members
		c.observe(g, groups.At, members, positions[g.Name].partitions(members, logs), each)
	}
	for i := range groups.Items {
		g := &groups.Items[i]
		g.describedBy(described[g.Name])
		if err := positions[g.Name].err; err != nil {
			g.Err = kafka.Explain("read the offsets of group "+g.Name, "Describe on Group:"+g.Name, err)
			continue
		}
		observe(i, c.suspects(&stuck, i, logs))
	}
	for _, i := range c.acquit(ctx, stuck) {
		observe(i, nil)
	}
	groups.Partial = kafka.OneLine(groupsProblem(groups.Items), logsErr)
	return groups
}

func (g *Group) describedBy(d description) {
	if d.err != nil {
		g.Err = kafka.Explain("describe group "+g.Name, needsToDescribe(g.Name, d.err), d.err)
		return
	}
	g.State, g.Members = d.state, len(d.members)
	g.ProtocolType = cmp.Or(g.ProtocolType, d.protocolType)
}

// needsToDescribe is the right whose lack kept a group from being described.
// KIP-848 hides a group whole with any topic of its members.
func needsToDescribe(group string, err error) string {
	if errors.Is(err, kerr.TopicAuthorizationFailed) {
		return "Describe on every topic that " + group + " reads"
	}
	return "Describe on Group:" + group
}

// groupsProblem sums up what could not be read of single groups.
func groupsProblem(groups []Group) error {
	var first error
	var failed, forbidden []string
	for i := range groups {
		if err := groups[i].Err; err != nil {
			first = kafka.FirstError(first, err)
			failed = append(failed, groups[i].Name)
			if errors.Is(err, kerr.GroupAuthorizationFailed) {
				forbidden = append(forbidden, groups[i].Name)
			}
		}
	}
	switch {
	case len(failed) < 2:
		return first
	case len(forbidden) == len(failed):
		what := fmt.Sprintf("describe %d of %d groups", len(failed), len(groups))
		return kafka.Explain(what, kafka.NeedsOn("Describe", "Group", forbidden), kerr.GroupAuthorizationFailed)
	}
	return fmt.Errorf("%d of %d groups could not be read whole; the first: %w", len(failed), len(groups), first)
}

// describeAll describes groups of any type, each type at the same time.
func (c *Client) describeAll(ctx context.Context, groups []Group) map[string]description {
	names := make(map[model.GroupType][]string)
	for i := range groups {
		names[groups[i].Type] = append(names[groups[i].Type], groups[i].Name)
	}
	all := make(map[string]description, len(groups))
	var mu sync.Mutex
	var wg sync.WaitGroup
	for typ, names := range names {
		wg.Go(func() {
			described := c.describe(ctx, typ, names)
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(all, described)
		})
	}
	wg.Wait()
	return all
}

// committedTopics is the topics that any of the groups has committed on.
func committedTopics(positions map[string]position) []string {
	topics := make(map[string]bool)
	for _, p := range positions {
		for topic := range p.topics() {
			topics[topic] = true
		}
	}
	return slices.Collect(maps.Keys(topics))
}
