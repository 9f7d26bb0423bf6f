package kafka

import (
	"context"
	"errors"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/reset"
)

// describeForReset finds out a group's type, state and members. Each protocol
// has an API of its own, and to those of the others a group does not exist
// (KIP-848), so the list of groups has to say the type first. A group that is
// not listed does not exist, or may not be described; asking for it tells which.
func (c *Client) describeForReset(ctx context.Context, facts *reset.Facts) error {
	groups, listErr := c.listGroups(ctx)
	listed := listedGroup{typ: ClassicGroup}
	if i := slices.IndexFunc(groups, func(g listedGroup) bool { return g.name == facts.Group }); i >= 0 {
		listed = groups[i]
	} else if listErr != nil {
		return listErr
	}
	facts.Type, facts.State = reset.Type(listed.typ), listed.state
	var err error
	switch listed.typ {
	case ClassicGroup:
		facts.State, facts.Members, err = c.describeClassic(ctx, facts.Group)
	case ConsumerGroup:
		facts.State, facts.Members, err = c.describeConsumer(ctx, facts.Group)
	}
	if errors.Is(err, kerr.GroupIDNotFound) { // how newer brokers say Dead (KIP-1043)
		facts.State, err = reset.StateDead, nil
	}
	return err
}

// describeClassic asks the coordinator for the members of a classic group
// (DescribeGroups).
func (c *Client) describeClassic(ctx context.Context, group string) (state string, members []reset.Member, err error) {
	req := kmsg.NewPtrDescribeGroupsRequest()
	req.Groups = []string{group}
	resp, err := req.RequestWith(ctx, c.kgo)
	if err != nil {
		return "", nil, err
	}
	for _, g := range resp.Groups {
		if err := kerr.ErrorForCode(g.ErrorCode); err != nil {
			return "", nil, err
		}
		state = g.State
		for _, m := range g.Members {
			members = append(members, reset.Member{ID: m.MemberID, InstanceID: deref(m.InstanceID), ClientID: m.ClientID, Host: m.ClientHost})
		}
	}
	return state, members, nil
}

// describeConsumer asks the coordinator for the members of a KIP-848 group
// (ConsumerGroupDescribe).
func (c *Client) describeConsumer(ctx context.Context, group string) (state string, members []reset.Member, err error) {
	req := kmsg.NewPtrConsumerGroupDescribeRequest()
	req.Groups = []string{group}
	resp, err := req.RequestWith(ctx, c.kgo)
	if err != nil {
		return "", nil, err
	}
	for _, g := range resp.Groups {
		if err := kerr.ErrorForCode(g.ErrorCode); err != nil {
			return "", nil, err
		}
		state = g.State
		for _, m := range g.Members {
			members = append(members, reset.Member{ID: m.MemberID, InstanceID: deref(m.InstanceID), ClientID: m.ClientID, Host: m.ClientHost})
		}
	}
	return state, members, nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
