package groups

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
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
	err             error // why there is nothing else
}

// errNoProtocol stands for groups of a type that kdeck cannot describe.
var errNoProtocol = errors.New("kdeck knows no way to describe groups of this type")

// describe asks the coordinators about groups of one type: one request per
// coordinator. Every group is in the answer, with an error where need be.
func (c *Client) describe(ctx context.Context, typ model.GroupType, groups []string) map[string]description {
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
	shards := c.conn.AskCoordinators(ctx, req)
	unnamed := c.nameAssignments(ctx, shards)
	for _, shard := range shards {
		if err := cmp.Or(shard.Err, unnamed); err != nil {
			fail(describedGroups(shard.Req), err)
			continue
		}
		readDescriptions(found, shard.Meta.NodeID, shard.Resp)
	}
	fail(groups, kafka.ErrLeftOut)
	return found
}

// describeRequest is the describe API of a type of group. Every type has its
// own: the classic one calls a KIP-848 group dead.
func describeRequest(typ model.GroupType, groups []string) kmsg.Request {
	switch typ {
	case model.Classic:
		req := kmsg.NewPtrDescribeGroupsRequest()
		req.Groups = groups
		return req
	case model.Consumer:
		req := kmsg.NewPtrConsumerGroupDescribeRequest()
		req.Groups = groups
		return req
	case model.Share:
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
	md, err := c.conn.RequestMetadata(ctx, req)
	if err != nil {
		return err
	}
	for i := range md.Topics {
		for _, tp := range unnamed[md.Topics[i].TopicID] {
			tp.Topic = kafka.Deref(md.Topics[i].Topic)
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
		slices.SortFunc(d.members, func(a, b model.Member) int { return cmp.Compare(a.ID, b.ID) })
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
		m := model.Member{ID: gm.MemberID, InstanceID: kafka.Deref(gm.InstanceID), ClientID: gm.ClientID, Host: host(gm.ClientHost), Epoch: -1}
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
					m.Assigned = append(m.Assigned, model.TopicPartitions{Topic: t.Topic, Partitions: t.Partitions})
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
		d.members = append(d.members, model.Member{
			ID: gm.MemberID, InstanceID: kafka.Deref(gm.InstanceID), ClientID: gm.ClientID, Host: host(gm.ClientHost),
			Rack: kafka.Deref(gm.RackID), Epoch: gm.MemberEpoch,
			Assigned: assignment(gm.Assignment.TopicPartitions), Target: assignment(gm.TargetAssignment.TopicPartitions),
			Subscribed: slices.Sorted(slices.Values(gm.SubscribedTopics)), SubscribedRegex: kafka.Deref(gm.SubscribedTopicRegex),
		})
	}
	return d
}

func shareDescription(g *kmsg.ShareGroupDescribeResponseGroup) description {
	d := description{state: g.GroupState, protocolType: "share", assignor: g.Assignor, epoch: g.GroupEpoch, assignmentEpoch: g.AssignmentEpoch}
	for i := range g.Members {
		gm := &g.Members[i]
		m := model.Member{
			ID: gm.MemberID, ClientID: gm.ClientID, Host: host(gm.ClientHost), Rack: kafka.Deref(gm.RackID), Epoch: gm.MemberEpoch,
			Subscribed: slices.Sorted(slices.Values(gm.SubscribedTopicNames)),
		}
		for _, t := range gm.Assignment.TopicPartitions {
			m.Assigned = append(m.Assigned, model.TopicPartitions{Topic: t.Topic, Partitions: t.Partitions})
		}
		sortTopics(m.Assigned)
		d.members = append(d.members, m)
	}
	return d
}

func assignment(tps []kmsg.AssignmentTopicPartition) []model.TopicPartitions {
	topics := make([]model.TopicPartitions, 0, len(tps))
	for _, t := range tps {
		if t.Topic != "" { // a topic that is gone
			topics = append(topics, model.TopicPartitions{Topic: t.Topic, Partitions: t.Partitions})
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
