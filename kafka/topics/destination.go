package topics

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/configs"
)

// Destination is what one should know of a topic before writing records to it.
type Destination struct {
	Topic string
	// Internal says that Kafka keeps its own state in it, and lets nobody write there.
	Internal bool
	// Leaders has the node id of each partition's leader, -1 where there is none:
	// nothing can be written there.
	Leaders []int32
	ISR     []int // how many replicas of each partition are in sync
	// The configuration of the topic; zero when it could not be read, with the
	// reason in Unread.
	MinISR          int  // min.insync.replicas, which acks=all needs
	MaxMessageBytes int  // max.message.bytes of a batch of records
	Compacted       bool // cleanup.policy has compact: every record needs a key
	Unread          error
}

// Destination looks at a topic before records are written to it: a Metadata and a
// DescribeConfigs request. A topic that does not exist is an *UnknownTopicError:
// kdeck creates none by writing.
func (c *Client) Destination(ctx context.Context, topic string) (Destination, error) {
	md, err := c.conn.Metadata(ctx, topic)
	if err != nil {
		return Destination{}, err
	}
	t, err := md.Topic(topic)
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return Destination{}, c.unknownTopic(ctx, topic)
	}
	if err != nil {
		return Destination{}, kafka.Explain("look at topic "+topic, "Describe on Topic:"+topic, err)
	}
	d := Destination{Topic: topic, Internal: t.IsInternal, Leaders: slices.Repeat([]int32{-1}, len(t.Partitions)), ISR: make([]int, len(t.Partitions))}
	for _, p := range t.Partitions {
		if int(p.Partition) < len(d.Leaders) {
			d.Leaders[p.Partition], d.ISR[p.Partition] = p.Leader, len(p.ISR)
		}
	}
	keys := []string{"min.insync.replicas", "max.message.bytes", "cleanup.policy"}
	failed := configs.Request(ctx, c.conn, configs.Query{Kind: kmsg.ConfigResourceTypeTopic, Keys: keys}, []string{topic},
		func(r *kmsg.DescribeConfigsResponseResource) {
			p := readPolicy(r.Configs)
			d.MinISR, d.MaxMessageBytes, d.Compacted = p.MinISR, p.MaxMessageBytes, strings.Contains(p.Cleanup, "compact")
		})
	d.Unread = kafka.Explain("read the configuration of topic "+topic, "DescribeConfigs on Topic:"+topic, failed[topic])
	return d, nil
}
