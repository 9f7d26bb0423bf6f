package groups

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

// description is what a coordinator tells of a group, whatever its protocol.
type description struct {
	state           string
	protocolType    string
	assignor        string
	epoch           int32 // -1 for classic groups
	assignmentEpoch int32 // -1 for classic groups
	coordinator     int32
	members         []model.Member
	nameless        bool  // the assignments of members lack names of topics
	err             error // why there is nothing else
}

// errNoProtocol stands for groups of a type that kdeck cannot describe.
var errNoProtocol = errors.New("kdeck knows no way to describe groups of this type")

// describe asks the coordinators about groups of one type: one request per
// coordinator. Every group is in the answer, with an error where need be. Every type
// has an API of its own: the classic one calls a KIP-848 group dead.
func (c *Client) describe(ctx context.Context, typ model.GroupType, groups []string) map[string]description {
	switch typ {
	case model.Classic:
		return describeBy(ctx, c, groups, (*kadm.Client).DescribeGroups, classicDescription)
	case model.Consumer:
		found := describeBy(ctx, c, groups, (*kadm.Client).DescribeConsumerGroups, consumerDescription)
		c.nameAssignments(ctx, found)
		return found
	case model.Share:
		return describeBy(ctx, c, groups, (*kadm.Client).DescribeShareGroups, shareDescription)
	}
	found := make(map[string]description, len(groups))
	for _, g := range groups {
		found[g] = description{err: errNoProtocol}
	}
	return found
}

// describeBy describes groups by an API of kadm.
func describeBy[M ~map[string]T, T any](ctx context.Context, c *Client, groups []string,
	ask func(*kadm.Client, context.Context, ...string) (M, error), read func(*T) description,
) map[string]description {
	q := question[T]{fmt.Sprintf("%T", *new(T)), func(adm *kadm.Client, groups ...string) (map[string]T, error) { return ask(adm, ctx, groups...) }}
	described, failed := askGroups(ctx, c, q, groups)
	found := make(map[string]description, len(groups))
	for group, d := range described {
		found[group] = read(&d)
	}
	for group, err := range failed {
		found[group] = description{coordinator: -1, err: err}
	}
	return found
}

// nameAssignments fills in assignments whose topics came without names: one request to
// each coordinator that leaves them out, and none where there is none. Topics that are
// gone keep no name.
func (c *Client) nameAssignments(ctx context.Context, found map[string]description) {
	nameless := make(map[int32][]string)
	for group, d := range found {
		if d.nameless {
			nameless[d.coordinator] = append(nameless[d.coordinator], group)
		}
	}
	for coordinator, groups := range nameless {
		assigned, err := raw.Assignments(ctx, c.conn.Kgo(), coordinator, groups)
		for _, group := range groups {
			if err != nil {
				found[group] = description{coordinator: coordinator, err: err}
			}
		}
		for _, a := range assigned {
			for i, m := range found[a.Group].members {
				if m.ID == a.Member {
					found[a.Group].members[i].Assigned, found[a.Group].members[i].Target = named(a.Now), named(a.Target)
				}
			}
		}
	}
}

func named(assigned []raw.AssignedTopic) []model.TopicPartitions {
	topics := make([]model.TopicPartitions, 0, len(assigned))
	for _, t := range assigned {
		if t.Topic != "" {
			topics = append(topics, model.TopicPartitions(t))
		}
	}
	sortTopics(topics)
	return topics
}

func classicDescription(g *kadm.DescribedGroup) description {
	d := description{
		state: g.State, protocolType: g.ProtocolType, assignor: g.Protocol, epoch: -1, assignmentEpoch: -1,
		coordinator: g.Coordinator.NodeID, err: g.Err,
	}
	for i := range g.Members {
		gm := &g.Members[i]
		m := model.Member{ID: gm.MemberID, InstanceID: raw.Text(gm.InstanceID), ClientID: gm.ClientID, Host: host(gm.ClientHost), Epoch: -1}
		// Other protocol types ("connect") carry bytes of their own. What does
		// not parse is left out: members choose these bytes freely.
		if subscription, ok := gm.Join.AsConsumer(); ok {
			m.Subscribed = slices.Sorted(slices.Values(subscription.Topics))
		}
		if assignment, ok := gm.Assigned.AsConsumer(); ok {
			for _, t := range assignment.Topics {
				m.Assigned = append(m.Assigned, model.TopicPartitions{Topic: t.Topic, Partitions: t.Partitions})
			}
			sortTopics(m.Assigned)
		}
		d.members = append(d.members, m)
	}
	return d.sorted()
}

func consumerDescription(g *kadm.DescribedConsumerGroup) description {
	d := description{
		state: g.State, protocolType: "consumer", assignor: g.AssignorName, epoch: g.Epoch, assignmentEpoch: g.AssignmentEpoch,
		coordinator: g.Coordinator.NodeID, err: g.Err,
	}
	for i := range g.Members {
		gm := &g.Members[i]
		d.nameless = d.nameless || gm.Assignment[""] != nil || gm.TargetAssignment[""] != nil
		d.members = append(d.members, model.Member{
			ID: gm.MemberID, InstanceID: raw.Text(gm.InstanceID), ClientID: gm.ClientID, Host: host(gm.ClientHost),
			Rack: raw.Text(gm.RackID), Epoch: gm.MemberEpoch,
			Assigned: assignment(gm.Assignment), Target: assignment(gm.TargetAssignment),
			Subscribed: slices.Sorted(slices.Values(gm.SubscribedTopics)), SubscribedRegex: raw.Text(gm.SubscribedTopicRegex),
		})
	}
	return d.sorted()
}

func shareDescription(g *kadm.DescribedShareGroup) description {
	d := description{
		state: g.GroupState, protocolType: "share", assignor: g.Assignor, epoch: g.GroupEpoch, assignmentEpoch: g.AssignmentEpoch,
		coordinator: g.Coordinator.NodeID, err: g.Err,
	}
	for i := range g.Members {
		gm := &g.Members[i]
		d.members = append(d.members, model.Member{
			ID: gm.MemberID, ClientID: gm.ClientID, Host: host(gm.ClientHost), Rack: raw.Text(gm.RackID), Epoch: gm.MemberEpoch,
			Subscribed: slices.Sorted(slices.Values(gm.SubscribedTopicNames)), Assigned: assignment(gm.Assignment),
		})
	}
	return d.sorted()
}

// sorted has the members by id; what could not be described has nothing else.
func (d description) sorted() description {
	if d.err != nil {
		return description{coordinator: d.coordinator, err: d.err}
	}
	slices.SortFunc(d.members, func(a, b model.Member) int { return cmp.Compare(a.ID, b.ID) })
	return d
}

// assignment is what a member has, by topic.
func assignment(of kadm.TopicsSet) []model.TopicPartitions {
	topics := make([]model.TopicPartitions, 0, len(of))
	for topic, partitions := range of {
		if topic != "" { // a topic that is gone
			topics = append(topics, model.TopicPartitions{Topic: topic, Partitions: slices.Collect(maps.Keys(partitions))})
		}
	}
	sortTopics(topics)
	return topics
}

func sortTopics(topics []model.TopicPartitions) {
	for _, t := range topics {
		slices.Sort(t.Partitions)
	}
	slices.SortFunc(topics, func(a, b model.TopicPartitions) int { return cmp.Compare(a.Topic, b.Topic) })
}

// host drops the slash that Java writes before an address without a name.
func host(s string) string { return strings.TrimPrefix(s, "/") }
