package groups

import (
	"context"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/kdeck/kdeck/kafka/reset"
)

// alterShareOffsets sends one AlterShareGroupOffsets, which the coordinator takes for
// a group that is empty. What members had begun to work on is delivered again.
func (c *Client) alterShareOffsets(ctx context.Context, group string, rows []reset.Row) (answers, error) {
	starts := make(kadm.Offsets)
	for _, r := range rows {
		starts.AddOffset(r.Topic, r.Partition, r.New, -1)
	}
	altered, err := c.conn.Admin().AlterShareGroupOffsets(ctx, group, starts)
	return answersOf(altered), err
}
