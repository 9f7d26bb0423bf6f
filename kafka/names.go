package kafka

import (
	"context"
	"slices"
)

// TopicNames returns the names of all topics that the user may describe, sorted:
// one Metadata request.
func (c *Client) TopicNames(ctx context.Context) ([]string, error) {
	md, err := c.metadata(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(md.Topics))
	for i := range md.Topics {
		if t := &md.Topics[i]; t.ErrorCode == 0 && t.Topic != nil {
			names = append(names, *t.Topic)
		}
	}
	slices.Sort(names)
	return names, nil
}

// GroupNames returns the names of all groups that the user may describe, sorted:
// one ListGroups request per broker. When some brokers fail, the names that the
// others know are returned beside the error.
func (c *Client) GroupNames(ctx context.Context) ([]string, error) {
	groups, err := c.listGroups(ctx)
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.name
	}
	slices.Sort(names)
	return slices.Compact(names), err // a group that just moved is listed by both coordinators
}
