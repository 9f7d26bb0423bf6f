package kafka

import (
	"context"
	"slices"
)

// TopicNames returns the names of all topics that the user may describe, sorted:
// one Metadata request.
func (c *Conn) TopicNames(ctx context.Context) ([]string, error) {
	md, err := c.Metadata(ctx)
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
