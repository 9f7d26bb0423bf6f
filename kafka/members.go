package kafka

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TopicPartitions is some partitions of a topic, in order.
type TopicPartitions struct {
	Topic      string
	Partitions []int32
}

// Member is one consumer in a group.
type Member struct {
	ID         string
	InstanceID string // group.instance.id of a static member (KIP-345); empty for a dynamic one
	ClientID   string
	Host       string // the address that it connects from
	Rack       string // empty when it told none, and in classic groups
	Epoch      int32  // member epoch (KIP-848, KIP-932); -1 in classic groups
	// Assigned is what it reads now, by topic. A classic group tells nothing
	// while it rebalances.
	Assigned []TopicPartitions
	// Target is what it shall read when the rebalance is over (KIP-848); nil
	// where the protocol has none.
	Target []TopicPartitions
	// Subscribed is the topics that it asked for, in order, and SubscribedRegex
	// the RE2 expression that it asked with instead (KIP-848).
	Subscribed      []string
	SubscribedRegex string
}

// Partitions is how many partitions the member reads.
func (m Member) Partitions() int { return countPartitions(m.Assigned) }

func countPartitions(topics []TopicPartitions) int {
	n := 0
	for _, t := range topics {
		n += len(t.Partitions)
	}
	return n
}

// description is what a coordinator tells of a group, whatever its protocol.
type description struct {
	state           string
	protocolType    string
	assignor        string
	epoch           int32 // -1 for classic groups
	assignmentEpoch int32 // -1 for classic groups
	coordinator     int32
	members         []Member
	err             error // why there is nothing else
}

// errLeftOut stands for a group or a partition that a coordinator's answer does not mention.
var errLeftOut = errors.New("the coordinator left it out of its answer")

// errNoProtocol stands for groups of a type that kdeck cannot describe.
var errNoProtocol = errors.New("kdeck knows no way to describe groups of this type")

// describe asks the coordinators about groups of one type: one request per
// coordinator. Every group is in the answer, with an error where need be.
func (c *Client) describe(ctx context.Context, typ GroupType, groups []string) map[string]description {
	found := make(map[string]description, len(groups))
	fail := func(groups []string, err error) {
		for _, g := range groups {
			if _, ok := found[g]; !ok {
				found[g] = description{err: err}
			}
		}
	}
	req := describeRequest(typ, groups)
	if req == nil {
		fail(groups, errNoProtocol)
		return found
	}
	shards := c.askCoordinators(ctx, req)
	unnamed := c.nameAssignments(ctx, shards)
	for _, shard := range shards {
		if err := cmp.Or(shard.Err, unnamed); err != nil {
			fail(describedGroups(shard.Req), err)
			continue
		}
		readDescriptions(found, shard.Meta.NodeID, shard.Resp)
	}
	fail(groups, errLeftOut)
	return found
}

// describeRequest is the describe API of a type of group. Every type has its
// own: the classic one calls a KIP-848 group dead.
func describeRequest(typ GroupType, groups []string) kmsg.Request {
	switch typ {
	case ClassicGroup:
		req := kmsg.NewPtrDescribeGroupsRequest()
		req.Groups = groups
		return req
	case ConsumerGroup:
		req := kmsg.NewPtrConsumerGroupDescribeRequest()
		req.Groups = groups
		return req
	case ShareGroup:
		req := kmsg.NewPtrShareGroupDescribeRequest()
		req.GroupIDs = groups
		return req
	}
	return nil
}

func describedGroups(req kmsg.Request) []string {
	switch req := req.(type) {
	case *kmsg.DescribeGroupsRequest:
		return req.Groups
	case *kmsg.ConsumerGroupDescribeRequest:
		return req.Groups
	case *kmsg.ShareGroupDescribeRequest:
		return req.GroupIDs
	}
	return nil
}

// nameAssignments fills in topic names where KIP-848 assignments carry the topic
// id alone: at most one request, and none to clusters that send both. Topics
// that are gone keep no name.
func (c *Client) nameAssignments(ctx context.Context, shards []kgo.ResponseShard) error {
	unnamed := make(map[[16]byte][]*kmsg.AssignmentTopicPartition)
	for _, shard := range shards {
		resp, ok := shard.Resp.(*kmsg.ConsumerGroupDescribeResponse)
		if !ok || shard.Err != nil {
			continue
		}
		for g := range resp.Groups {
			for m := range resp.Groups[g].Members {
				member := &resp.Groups[g].Members[m]
				for _, tps := range [][]kmsg.AssignmentTopicPartition{member.Assignment.TopicPartitions, member.TargetAssignment.TopicPartitions} {
					for i := range tps {
						if tps[i].Topic == "" {
							unnamed[tps[i].TopicID] = append(unnamed[tps[i].TopicID], &tps[i])
						}
					}
				}
			}
		}
	}
	if len(unnamed) == 0 {
		return nil
	}
	req := kmsg.NewPtrMetadataRequest()
	for id := range unnamed {
		rt := kmsg.NewMetadataRequestTopic() // by id since v12, KIP-516
		rt.TopicID = id
		req.Topics = append(req.Topics, rt)
	}
	md, err := c.requestMetadata(ctx, req)
	if err != nil {
		return err
	}
	for i := range md.Topics {
		for _, tp := range unnamed[md.Topics[i].TopicID] {
			tp.Topic = deref(md.Topics[i].Topic)
		}
	}
	return nil
}

func readDescriptions(into map[string]description, coordinator int32, resp kmsg.Response) {
	add := func(group string, code int16, d description) {
		if err := kerr.ErrorForCode(code); err != nil {
			into[group] = description{coordinator: coordinator, err: err}
			return
		}
		d.coordinator = coordinator
		slices.SortFunc(d.members, func(a, b Member) int { return cmp.Compare(a.ID, b.ID) })
		into[group] = d
	}
	switch resp := resp.(type) {
	case *kmsg.DescribeGroupsResponse:
		for i := range resp.Groups {
			g := &resp.Groups[i]
			add(g.Group, g.ErrorCode, classicDescription(g))
		}
	case *kmsg.ConsumerGroupDescribeResponse:
		for i := range resp.Groups {
			g := &resp.Groups[i]
			add(g.Group, g.ErrorCode, consumerDescription(g))
		}
	case *kmsg.ShareGroupDescribeResponse:
		for i := range resp.Groups {
			g := &resp.Groups[i]
			add(g.GroupID, g.ErrorCode, shareDescription(g))
		}
	}
}

func classicDescription(g *kmsg.DescribeGroupsResponseGroup) description {
	d := description{state: g.State, protocolType: g.ProtocolType, assignor: g.Protocol, epoch: -1, assignmentEpoch: -1}
	for i := range g.Members {
		gm := &g.Members[i]
		m := Member{ID: gm.MemberID, InstanceID: deref(gm.InstanceID), ClientID: gm.ClientID, Host: host(gm.ClientHost), Epoch: -1}
		// Other protocol types ("connect") carry bytes of their own. What does
		// not parse is left out: members choose these bytes freely.
		if g.ProtocolType == "consumer" {
			var subscription kmsg.ConsumerMemberMetadata
			if subscription.ReadFrom(gm.ProtocolMetadata) == nil {
				m.Subscribed = slices.Sorted(slices.Values(subscription.Topics))
			}
			var assignment kmsg.ConsumerMemberAssignment
			if assignment.ReadFrom(gm.MemberAssignment) == nil {
				for _, t := range assignment.Topics {
					m.Assigned = append(m.Assigned, TopicPartitions{t.Topic, t.Partitions})
				}
				sortTopics(m.Assigned)
			}
		}
		d.members = append(d.members, m)
	}
	return d
}

func consumerDescription(g *kmsg.ConsumerGroupDescribeResponseGroup) description {
	d := description{state: g.State, protocolType: "consumer", assignor: g.AssignorName, epoch: g.Epoch, assignmentEpoch: g.AssignmentEpoch}
	for i := range g.Members {
		gm := &g.Members[i]
		d.members = append(d.members, Member{
			ID: gm.MemberID, InstanceID: deref(gm.InstanceID), ClientID: gm.ClientID, Host: host(gm.ClientHost),
			Rack: deref(gm.RackID), Epoch: gm.MemberEpoch,
			Assigned: assignment(gm.Assignment.TopicPartitions), Target: assignment(gm.TargetAssignment.TopicPartitions),
			Subscribed: slices.Sorted(slices.Values(gm.SubscribedTopics)), SubscribedRegex: deref(gm.SubscribedTopicRegex),
		})
	}
	return d
}

func shareDescription(g *kmsg.ShareGroupDescribeResponseGroup) description {
	d := description{state: g.GroupState, protocolType: "share", assignor: g.Assignor, epoch: g.GroupEpoch, assignmentEpoch: g.AssignmentEpoch}
	for i := range g.Members {
		gm := &g.Members[i]
		m := Member{
			ID: gm.MemberID, ClientID: gm.ClientID, Host: host(gm.ClientHost), Rack: deref(gm.RackID), Epoch: gm.MemberEpoch,
			Subscribed: slices.Sorted(slices.Values(gm.SubscribedTopicNames)),
		}
		for _, t := range gm.Assignment.TopicPartitions {
			m.Assigned = append(m.Assigned, TopicPartitions{t.Topic, t.Partitions})
		}
		sortTopics(m.Assigned)
		d.members = append(d.members, m)
	}
	return d
}

func assignment(tps []kmsg.AssignmentTopicPartition) []TopicPartitions {
	topics := make([]TopicPartitions, 0, len(tps))
	for _, t := range tps {
		if t.Topic != "" { // a topic that is gone
			topics = append(topics, TopicPartitions{t.Topic, t.Partitions})
		}
	}
	sortTopics(topics)
	return topics
}

func sortTopics(topics []TopicPartitions) {
	for _, t := range topics {
		slices.Sort(t.Partitions)
	}
	slices.SortFunc(topics, func(a, b TopicPartitions) int { return cmp.Compare(a.Topic, b.Topic) })
}

// host drops the slash that Java writes before an address without a name.
func host(s string) string { return strings.TrimPrefix(s, "/") }

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
