package kafkatest

import (
	"context"
	"fmt"
)

// Joined returns when a classic group is stable with so many members: clients join
// one after the other, and each that comes begins a rebalance.
func (c *Cluster) Joined(group string, members int) {
	c.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c.until(ctx, fmt.Sprintf("%d members of %s", members, group), func() string {
		described, err := c.Admin.DescribeGroups(ctx, group)
		if err != nil {
			return err.Error()
		}
		if g := described[group]; g.Err != nil || g.State != "Stable" || len(g.Members) != members {
			return fmt.Sprintf("it is %s with %d, %v", g.State, len(g.Members), g.Err)
		}
		return ""
	})
}
