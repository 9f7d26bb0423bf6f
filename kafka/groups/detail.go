package groups

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
)

// Detail is everything about one group.
type Detail struct {
	Group    Group
	Assignor string // partition.assignment.strategy, or the assignor of the broker (KIP-848); empty when there is none
	// Epoch and AssignmentEpoch are those of KIP-848 and KIP-932: the group has a
	// new target when Epoch is ahead. Both are -1 for classic groups.
	Epoch           int32
	AssignmentEpoch int32
	Members         []model.Member // by id
	// Partitions is by topic and partition: those with a commit, those that
	// members read, and the other partitions of the topics that members
	// subscribed to by name.
	Partitions []PartitionLag
	At         time.Time
	// Partial says what could not be read, or nil.
	Partial error
	// Hidden is as in Snapshot: commits on topics that the user may not describe
	// are left out.
	Hidden error
}

// PartitionLag is where a group stands on one partition.
type PartitionLag struct {
	Topic     string
	Partition int32
	Lag       lag.Partition
	// Progress is how the group gets on, and History its past lags there, oldest
	// first, since kdeck looks at it.
	Progress lag.Progress
	History  []float64
	// Readers is the members that read it, as indexes into Members: one at most,
	// but in a share group any number.
	Readers []int

	leader  int32 // negative when there is none
	topicID [16]byte
}

// NoGroupError says that there is no group of a name.
type NoGroupError struct {
	Name string
	Near []string // existing names that look like it, best first; may be empty
}

func (e *NoGroupError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("there is no group %q; it may have been deleted, or expired after its last commit did", e.Name)
	}
	quoted := make([]string, len(e.Near))
	for i, name := range e.Near {
		quoted[i] = strconv.Quote(name)
	}
	return fmt.Sprintf("there is no group %q; did you mean %s?", e.Name, strings.Join(quoted, " or "))
}

// Detail reads one group of any type: its members, its commits, and where its
// partitions' logs begin, end and are stable. It sends a few requests to the
// coordinator and to each leader. A group that does not exist is a
// *NoGroupError.
//
// Of the partitions that are shown, or of the first 64 when none is, it also looks
// at the record that the group reads next: that tells how long it has been waiting,
// or that there is none. It needs Read on the topic.
func (c *Client) Detail(ctx context.Context, name string, shown ...model.TopicPartitions) (Detail, error) {
	group, d, err := c.findGroup(ctx, name)
	if err != nil {
		return Detail{}, err
	}
	var hidden error
	var wg sync.WaitGroup
	wg.Go(func() { hidden = c.conn.Hidden(ctx) })
	pos := c.positions(ctx, []Group{group})[name]
	wg.Wait()
	logs, logsErr := c.readLogs(ctx, topicsOf(pos, d.members), kafka.LogStart, kafka.LogEnd, kafka.LastStable)
	detail := c.newGroupDetail(group, d, pos, logs)
	detail.Partial, detail.Hidden = kafka.OneLine(detail.Partial, logsErr), hidden
	if c.peek(ctx, detail.shown(shown)) {
		c.observe(&detail.Group, detail.At, detail.Members, pos.partitions(detail.Members, logs), nil)
	}
	return detail, nil
}

// join fills in the partitions, and the group's topics and lag, which follow
// from them.
func (c *Client) join(d *Detail, pos position, logs logs) {
	readers := readersOf(d.Members)
	known := make(map[model.TopicPartition]bool)
	add := func(round *lag.Round, id model.TopicPartition, w watchedLag) {
		known[id] = true
		d.Partitions = append(d.Partitions, PartitionLag{
			Topic: id.Topic, Partition: id.Partition,
			Lag: w.Partition, Progress: w.Progress, History: round.Lags(id.Topic, id.Partition), Readers: readers[id],
			leader: logs.leader(id), topicID: logs.ids[id.Topic],
		})
	}
	c.observe(&d.Group, d.At, d.Members, pos.partitions(d.Members, logs), add)
	for i := range d.Members {
		for _, topic := range d.Members[i].Subscribed {
			for p := range logs.leaders[topic] {
				id := model.TopicPartition{Topic: topic, Partition: int32(p)}
				if !known[id] {
					add(nil, id, watchedLag{Partition: pos.lag(topic, id.Partition, logs), Progress: lag.NoProgress()})
				}
			}
		}
	}
	slices.SortFunc(d.Partitions, func(a, b PartitionLag) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
}

// shown picks partitions, or the first ones when none is named.
func (d *Detail) shown(named []model.TopicPartitions) []*PartitionLag {
	var picked []*PartitionLag
	for i := range d.Partitions {
		p := &d.Partitions[i]
		if len(named) == 0 || slices.ContainsFunc(named, func(t model.TopicPartitions) bool {
			return t.Topic == p.Topic && slices.Contains(t.Partitions, p.Partition)
		}) {
			picked = append(picked, p)
		}
	}
	return picked[:min(len(picked), maxPeeks)]
}

// Idle says why a member reads nothing, or "" when it reads something, or when
// its protocol does not tell.
func (d Detail) Idle(m model.Member) string {
	switch {
	case len(m.Assigned) > 0 || d.Group.ProtocolType != "consumer" && d.Group.Type != model.Share:
		return ""
	case d.Group.Rebalancing():
		return "waits for the rebalance"
	case len(m.Subscribed) == 0 && m.SubscribedRegex == "":
		return "idle: subscribes to nothing"
	case len(d.Members) > d.readable():
		return "idle: more members than partitions"
	}
	return "idle: the assignor gave it nothing"
}

// readable is how many partitions the members could share out: what they read,
// and what exists of the topics that they subscribed to.
func (d Detail) readable() int {
	subscribed := make(map[string]bool)
	for i := range d.Members {
		for _, topic := range d.Members[i].Subscribed {
			subscribed[topic] = true
		}
	}
	n := 0
	for i := range d.Partitions {
		p := &d.Partitions[i]
		if len(p.Readers) > 0 || subscribed[p.Topic] && p.Lag.State != lag.Gone {
			n++
		}
	}
	return n
}

// findGroup describes a group of unknown type: the coordinator is asked in all
// protocols at once, which costs three small requests where listing all groups
// would ask every broker.
func (c *Client) findGroup(ctx context.Context, name string) (Group, description, error) {
	types := []model.GroupType{model.Consumer, model.Share, model.Classic}
	answers := make([]description, len(types))
	var wg sync.WaitGroup
	for i, typ := range types {
		wg.Go(func() { answers[i] = c.describe(ctx, typ, []string{name})[name] })
	}
	wg.Wait()
	for i, typ := range types {
		if d := answers[i]; exists(d) {
			if d.err != nil {
				d.coordinator = c.coordinator(ctx, name)
			}
			g := Group{Name: name, Type: typ, ProtocolType: d.protocolType, Coordinator: d.coordinator, Members: -1}
			g.describedBy(d)
			return g, d, nil
		}
	}
	// No protocol knows the group. The classic one, which every broker speaks,
	// tells whether that is because there is none.
	if err := answers[2].err; err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return Group{}, description{}, kafka.Explain("describe group "+name, kafka.IfAny("Describe on Group:"+name), err)
	}
	return c.findListed(ctx, name)
}

// coordinator finds the coordinator of a group, as a node id; -1 when nobody tells.
func (c *Client) coordinator(ctx context.Context, group string) int32 {
	var found kadm.FindCoordinatorResponses
	err := c.conn.Ask(ctx, func(adm *kadm.Client) error {
		found = adm.FindGroupCoordinators(ctx, group)
		return found.Error()
	})
	if err != nil {
		return -1
	}
	return found[group].NodeID
}

// exists reports whether a description is of a group that is there. The classic
// protocol calls a group that it does not know dead. A KIP-848 group with topics
// that the user may not describe is there, but not described.
func exists(d description) bool {
	if d.err == nil {
		return d.state != model.StateDead
	}
	return errors.Is(d.err, kerr.TopicAuthorizationFailed)
}

// findListed looks for a group that no describe API knows among all groups: it
// may be of a type that is newer than kdeck, or a slip of the fingers.
func (c *Client) findListed(ctx context.Context, name string) (Group, description, error) {
	groups, err := c.List(ctx)
	if err != nil {
		return Group{}, description{}, err
	}
	names := make([]string, len(groups.Items))
	for i, g := range groups.Items {
		if g.Name == name {
			d := description{state: g.State, epoch: -1, assignmentEpoch: -1, err: errNoProtocol}
			g.describedBy(d)
			return g, d, nil
		}
		names[i] = g.Name
	}
	return Group{}, description{}, &NoGroupError{name, kafka.Nearest(name, names)}
}

func readersOf(members []model.Member) map[model.TopicPartition][]int {
	readers := make(map[model.TopicPartition][]int)
	for i := range members {
		for _, t := range members[i].Assigned {
			for _, p := range t.Partitions {
				id := model.TopicPartition{Topic: t.Topic, Partition: p}
				readers[id] = append(readers[id], i)
			}
		}
	}
	return readers
}

// topicsOf is the topics that a group has to do with.
func topicsOf(pos position, members []model.Member) []string {
	topics := slices.Collect(pos.topics())
	for i := range members {
		topics = append(topics, members[i].Subscribed...)
		for _, t := range members[i].Assigned {
			topics = append(topics, t.Topic)
		}
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}
