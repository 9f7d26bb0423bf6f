package topics

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

// unknown stands where a number could not be read.
const unknown = -1

// Topic is one topic as the list shows it: what metadata and the offsets of the
// logs tell.
type Topic struct {
	Name     string
	Internal bool // the cluster's own, such as __consumer_offsets
	// Err is why the cluster tells nothing more of the topic, such as
	// LEADER_NOT_AVAILABLE while it is being created; nil when it does.
	Err error
	model.Replication
	ReplicationFactor int // of the partition with the fewest replicas
	// Records is log end offset minus log start offset, summed over the
	// partitions that have a leader; -1 when one of those did not answer.
	// Offsets are counted: transaction markers and records that compaction took
	// away are in it, so it is the most records that there can be.
	Records int64
	// Rate is records per second between this answer and the one before it,
	// transaction markers included; -1 before the second answer.
	Rate float64
}

// List lists all topics that the user may describe, ordered by name: one
// request for the metadata and two to every broker that leads a partition, for
// the starts and the ends of the logs. Partitions are held against
// min.insync.replicas once TopicPolicies or Health have read it.
func (c *Client) List(ctx context.Context) (kafka.Snapshot[Topic], error) {
	md, err := c.conn.Metadata(ctx)
	if err != nil {
		return kafka.Snapshot[Topic]{}, err
	}
	c.Forget(md)
	minISR, _ := c.knownMinISR(md)
	snap := kafka.Snapshot[Topic]{Items: listTopics(md, minISR), At: md.At}
	leaders := md.Leaders()
	// The metadata is not touched from here on: of a large cluster it is more than all
	// that comes now, and can make room for it.
	start, end, partial := c.conn.LogBounds(ctx, leaders)
	snap.Partial = partial
	c.rates.observe(time.Now(), end)
	counted := make(map[string]int64, len(leaders))
	for _, t := range leaders {
		counted[t.Topic] = records(t.Of, start[t.Topic], end[t.Topic])
	}
	for i := range snap.Items {
		t := &snap.Items[i]
		t.Rate = c.rates.rate(t.Name)
		if n, ok := counted[t.Name]; ok {
			t.Records = n
		}
	}
	return snap, nil
}

// listTopics is what metadata tells of the topics, by name.
func listTopics(m kafka.Metadata, minISR map[string]int) []Topic {
	topics := make([]Topic, 0, len(m.Topics))
	for i := range m.Topics {
		t := &m.Topics[i]
		if t.Topic == nil {
			continue
		}
		name := *t.Topic
		topics = append(topics, Topic{
			Name: name, Internal: t.IsInternal,
			Err:               kafka.Explain("describe topic "+name, "Describe on Topic:"+name, kerr.ErrorForCode(t.ErrorCode)),
			Replication:       kafka.ReplicationOf(t.Partitions, minISR[name]),
			ReplicationFactor: replicationFactor(t.Partitions),
			Records:           unknown, Rate: unknown,
		})
	}
	slices.SortFunc(topics, func(a, b Topic) int { return strings.Compare(a.Name, b.Name) })
	return topics
}

// replicationFactor is that of the partition with the fewest replicas, 0 without
// partitions.
func replicationFactor(partitions []raw.Partition) int {
	if len(partitions) == 0 {
		return 0
	}
	least := slices.MinFunc(partitions, func(a, b raw.Partition) int {
		return cmp.Compare(len(a.Replicas), len(b.Replicas))
	})
	return len(least.Replicas)
}

// records sums log end minus log start over the partitions with a leader, or is
// unknown when one of them is missing or when none has a leader.
func records(leaders []int32, start, end []int64) int64 {
	sum, led := int64(0), false
	for p, leader := range leaders {
		if leader < 0 {
			continue
		}
		led = true
		n := between(start, end, int32(p))
		if n < 0 {
			return unknown
		}
		sum += n
	}
	if !led {
		return unknown
	}
	return sum
}

// between is log end minus log start of one partition, or unknown. The start is
// read apart from the end, so it can lie after it for a moment.
func between(start, end []int64, partition int32) int64 {
	i := int(partition)
	if i < 0 || i >= len(start) || i >= len(end) || start[i] < 0 || end[i] < 0 {
		return unknown
	}
	return max(0, end[i]-start[i])
}

// Size is how much room a topic takes.
type Size struct {
	Name string
	// Disk is the bytes of the logs of all replicas on all brokers: what deleting
	// the topic would set free.
	Disk int64
}

// Sizes adds up the logs of every topic: one request per broker. When
// brokers are missing, Partial says how many, and the sizes lack their logs.
func (c *Client) Sizes(ctx context.Context) (kafka.Snapshot[Size], error) {
	dirs, err := c.conn.LogDirs(ctx)
	if len(dirs) == 0 && err != nil {
		return kafka.Snapshot[Size]{}, err
	}
	bytes := make(map[string]int64)
	for i := range dirs {
		dirs[i].Each(func(topic string, _ int32, size int64) { bytes[topic] += size })
	}
	sizes := make([]Size, 0, len(bytes))
	for topic, n := range bytes {
		sizes = append(sizes, Size{topic, n})
	}
	return kafka.Snapshot[Size]{Items: sizes, At: time.Now(), Partial: err}, nil
}
