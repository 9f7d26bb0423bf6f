package groups

import (
	"context"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

// spot is an offset of a partition, from which on its leader is asked for a record.
type spot struct {
	model.TopicPartition
	topicID [16]byte
	leader  int32
	offset  int64
}

// nextRecords asks a leader for the first records at some spots with one Fetch:
// spots of one topic stand together, and no two are of one partition. A broker sends
// bytes of a partition at most, and leaves it out when its batch is larger, but for
// the first one of an answer. One that does not answer is not tried again.
func (c *Client) nextRecords(ctx context.Context, leader int32, spots []spot, bytes int32) (map[model.TopicPartition]raw.Next, error) {
	ctx, cancel := context.WithTimeout(ctx, c.conn.RequestTimeout())
	defer cancel()
	asked := make([]raw.Spot, len(spots))
	for i, s := range spots {
		asked[i] = raw.Spot{Topic: s.Topic, TopicID: s.topicID, Partition: s.Partition, Offset: s.offset}
	}
	found := make(map[model.TopicPartition]raw.Next, len(spots))
	err := raw.Fetch(ctx, c.conn.Kgo(), leader, asked, bytes, c.conn.Unpack(), func(spot int, next raw.Next) {
		found[spots[spot].TopicPartition] = next
	})
	return found, err
}
