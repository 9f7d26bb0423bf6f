package groups

import (
	"time"

	"github.com/kdeck/kdeck/kafka/lag"
)

// WatchedSince makes it as if the client had seen a group without members at a time.
func (c *Client) WatchedSince(at time.Time, group, topic string, partition int32, l lag.Partition) {
	round := c.watch.Begin(group, at)
	defer round.End()
	round.Add(topic, partition, l, false)
}
