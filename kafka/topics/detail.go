package topics

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/configs"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

// Detail is one topic with its partitions.
type Detail struct {
	Topic
	// ID tells a topic from another that had its name before (KIP-516); all zero
	// before Kafka 2.8.
	ID [16]byte
	// MinISR is min.insync.replicas, 0 when it is not known, with the reason in
	// MinISRErr.
	MinISR     int
	MinISRErr  error
	Partitions []Partition // by number
	// Disk is the bytes of the logs of all replicas, -1 when no broker told, with
	// the reason in SizesErr. With a reason and a number, brokers are missing.
	Disk     int64
	SizesErr error
	// History is the topic's past records per second, oldest first.
	History []float64
	At      time.Time
	Partial error // why offsets of some partitions are missing, or nil
}

// Partition is one partition of a topic.
type Partition struct {
	ID          int32
	Leader      int32 // node id, -1 when there is none
	LeaderEpoch int32 // -1 before Kafka 2.1
	Replicas    []int32
	ISR         []int32
	Offline     []int32 // replicas whose broker or log directory is down
	State       model.PartitionState
	Start, End  int64   // log start and log end offset, -1 when not known
	Rate        float64 // records/s, -1 before the second answer
	Size        int64   // bytes of the largest replica: one copy of the log; -1 when not known
	Disk        int64   // bytes of all replicas, -1 when not known
}

// Records is log end offset minus log start offset, or -1 when not known. See
// Topic.Records.
func (p Partition) Records() int64 {
	if p.Start < 0 || p.End < 0 {
		return unknown
	}
	return max(0, p.End-p.Start)
}

// Preferred reports whether the preferred leader, the first replica, leads.
func (p Partition) Preferred() bool { return len(p.Replicas) > 0 && p.Leader == p.Replicas[0] }

// UnknownTopicError says that there is no topic of a name.
type UnknownTopicError struct {
	Topic   string
	Nearest []string // names that exist and are spelled much alike, the nearest first
}

// Error names the topic and what may have been meant.
func (e *UnknownTopicError) Error() string {
	s := fmt.Sprintf("topic %s does not exist (UNKNOWN_TOPIC_OR_PARTITION)", e.Topic)
	if len(e.Nearest) > 0 {
		s += "; did you mean " + strings.Join(e.Nearest, ", ") + "?"
	}
	return s
}

// Detail describes one topic: one request for its metadata, two to every broker
// that leads one of its partitions, and one to every broker that has a replica.
// A topic that does not exist is an *UnknownTopicError.
func (c *Client) Detail(ctx context.Context, name string) (Detail, error) {
	md, err := c.conn.Metadata(ctx, name)
	if err != nil {
		return Detail{}, err
	}
	t, err := md.Topic(name)
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return Detail{}, c.unknownTopic(ctx, name)
	}
	if err != nil {
		return Detail{}, kafka.Explain("describe topic "+name, kafka.IfAny("Describe on Topic:"+name), err)
	}
	// All at once, so that a broker that does not answer costs one timeout.
	var (
		wg              sync.WaitGroup
		minISR          map[string]int
		noMinISR        error
		start, end      kafka.Offsets
		dirs            []kafka.DirContents
		partial, noSize error
	)
	wg.Go(func() { minISR, noMinISR = c.MinISR(ctx, md) })
	wg.Go(func() { start, end, partial = c.conn.LogBounds(ctx, md.Leaders()) })
	wg.Go(func() { dirs, noSize = c.conn.TopicLogDirs(ctx, name, t.Partitions) })
	wg.Wait()
	c.rates.observe(time.Now(), end)

	d := describeTopic(t, minISR[name], start[name], end[name])
	d.At, d.Partial = md.At, partial
	d.Rate, d.History = c.rates.rate(name), c.rates.history(name)
	d.SizesErr, d.MinISRErr = noSize, noMinISR
	d.addSizes(name, dirs)
	for i, rate := range c.rates.partitionRates(name) {
		if i < len(d.Partitions) {
			d.Partitions[i].Rate = rate
		}
	}
	return d, nil
}

func describeTopic(t *raw.Topic, minISR int, start, end []int64) Detail {
	d := Detail{
		Topic: Topic{
			Name: *t.Topic, Internal: t.IsInternal,
			Replication:       kafka.ReplicationOf(t.Partitions, minISR),
			ReplicationFactor: replicationFactor(t.Partitions),
			Records:           records(kafka.LeadersOf(t.Partitions), start, end),
		},
		ID: t.TopicID, MinISR: minISR, Disk: unknown,
	}
	for i := range t.Partitions {
		p := &t.Partitions[i]
		d.Partitions = append(d.Partitions, Partition{
			ID: p.Partition, Leader: p.Leader, LeaderEpoch: p.LeaderEpoch,
			Replicas: p.Replicas, ISR: p.ISR, Offline: p.OfflineReplicas,
			State: model.PartitionReplication(p.Leader, len(p.Replicas), len(p.ISR), minISR).State(),
			Start: kafka.OffsetOf(start, p.Partition), End: kafka.OffsetOf(end, p.Partition),
			Rate: unknown, Size: unknown, Disk: unknown,
		})
	}
	slices.SortFunc(d.Partitions, func(a, b Partition) int { return int(a.ID - b.ID) })
	return d
}

// addSizes adds up what the brokers told of the topic's logs.
func (d *Detail) addSizes(name string, dirs []kafka.DirContents) {
	for i := range dirs {
		dirs[i].Each(func(topic string, partition int32, size int64) {
			if topic != name || partition < 0 || int(partition) >= len(d.Partitions) {
				return
			}
			p := &d.Partitions[partition]
			p.Size = max(p.Size, size)
			p.Disk = max(p.Disk, 0) + size
			d.Disk = max(d.Disk, 0) + size
		})
	}
}

// Configs reads the whole configuration of a topic: one request.
func (c *Client) Configs(ctx context.Context, topic string) (kafka.Snapshot[configs.Entry], error) {
	entries, failed := configs.Describe(ctx, c.conn, raw.TopicConfigs, topic)
	if err := failed[topic]; err != nil {
		return kafka.Snapshot[configs.Entry]{}, kafka.Explain("describe the configuration of topic "+topic, "DescribeConfigs on Topic:"+topic, err)
	}
	return kafka.Snapshot[configs.Entry]{Items: entries[topic], At: time.Now()}, nil
}

// unknownTopic is the error for a name that does not exist, with the names that
// come nearest: one request for the metadata of all topics.
func (c *Client) unknownTopic(ctx context.Context, name string) error {
	e := &UnknownTopicError{Topic: name}
	if md, err := c.conn.Metadata(ctx); err == nil {
		for topic := range md.Readable() {
			e.Nearest = append(e.Nearest, topic)
		}
		e.Nearest = kafka.Nearest(name, e.Nearest)
	}
	return e
}
