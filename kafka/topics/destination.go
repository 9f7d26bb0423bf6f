package topics

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
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
	policy, err := c.policy(ctx, topic)
	d.MinISR, d.MaxMessageBytes, d.Compacted = policy.MinISR, policy.MaxMessageBytes, strings.Contains(policy.Cleanup, "compact")
	d.Unread = kafka.Explain("read the configuration of topic "+topic, "DescribeConfigs on Topic:"+topic, err)
	return d, nil
}

// policy reads the policy of one topic, from its whole configuration.
func (c *Client) policy(ctx context.Context, topic string) (Policy, error) {
	var read kadm.ResourceConfigs
	err := c.conn.Ask(ctx, func(adm *kadm.Client) (err error) {
		read, err = adm.DescribeTopicConfigs(ctx, topic)
		return err
	})
	if err != nil {
		return Policy{}, err
	}
	of, err := read.On(topic, nil)
	if err = cmp.Or(err, of.Err); err != nil {
		return Policy{}, err
	}
	p := noPolicy()
	for _, entry := range of.Configs {
		p.set(entry.Key, entry.Value)
	}
	return p, nil
}
