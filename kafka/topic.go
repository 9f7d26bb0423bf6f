package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TopicDetail is one topic with its partitions.
type TopicDetail struct {
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
	State       PartitionState
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

// Topic describes one topic: one request for its metadata, two to every broker
// that leads one of its partitions, and one to every broker that has a replica.
// A topic that does not exist is an *UnknownTopicError.
func (c *Client) Topic(ctx context.Context, name string) (TopicDetail, error) {
	md, err := c.metadata(ctx, name)
	if err != nil {
		return TopicDetail{}, err
	}
	t, err := md.only(name)
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return TopicDetail{}, c.unknownTopic(ctx, name)
	}
	if err != nil {
		return TopicDetail{}, Explain("describe topic "+name, ifAny("Describe on Topic:"+name), err)
	}
	// All at once, so that a broker that does not answer costs one timeout.
	var (
		wg              sync.WaitGroup
		minISR          map[string]int
		noMinISR        error
		start, end      partitionOffsets
		dirs            []logDir
		partial, noSize error
	)
	wg.Go(func() { minISR, noMinISR = c.minISR(ctx, md) })
	wg.Go(func() { start, end, partial = c.logBounds(ctx, md.leaders()) })
	wg.Go(func() { dirs, noSize = c.describeTopicLogDirs(ctx, name, t.Partitions) })
	wg.Wait()
	c.rates.observe(time.Now(), end)

	d := describeTopic(t, minISR[name], start[name], end[name])
	d.At, d.Partial = md.at, partial
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

// only returns the one topic that the metadata was asked for, or why the cluster
// would not describe it.
func (m metadata) only(name string) (*kmsg.MetadataResponseTopic, error) {
	for i := range m.Topics {
		if t := &m.Topics[i]; t.Topic != nil && *t.Topic == name {
			return t, kerr.ErrorForCode(t.ErrorCode)
		}
	}
	return nil, errors.New("the broker left it out of its answer")
}

func describeTopic(t *kmsg.MetadataResponseTopic, minISR int, start, end []int64) TopicDetail {
	d := TopicDetail{
		Topic: Topic{
			Name: *t.Topic, Internal: t.IsInternal,
			Replication:       replication(t.Partitions, minISR),
			ReplicationFactor: replicationFactor(t.Partitions),
			Records:           records(leadersOf(t.Partitions), start, end),
		},
		ID: t.TopicID, MinISR: minISR, Disk: unknown,
	}
	for i := range t.Partitions {
		p := &t.Partitions[i]
		d.Partitions = append(d.Partitions, Partition{
			ID: p.Partition, Leader: p.Leader, LeaderEpoch: p.LeaderEpoch,
			Replicas: p.Replicas, ISR: p.ISR, Offline: p.OfflineReplicas,
			State: partitionReplication(p.Leader, len(p.Replicas), len(p.ISR), minISR).State(),
			Start: offsetOf(start, p.Partition), End: offsetOf(end, p.Partition),
			Rate: unknown, Size: unknown, Disk: unknown,
		})
	}
	slices.SortFunc(d.Partitions, func(a, b Partition) int { return int(a.ID - b.ID) })
	return d
}

func offsetOf(offsets []int64, partition int32) int64 {
	if i := int(partition); i >= 0 && i < len(offsets) {
		return offsets[i]
	}
	return noOffset
}

// addSizes adds up what the brokers told of the topic's logs.
func (d *TopicDetail) addSizes(name string, dirs []logDir) {
	for i := range dirs {
		dirs[i].each(func(topic string, partition int32, size int64) {
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

// TopicConfigs reads the whole configuration of a topic: one request.
func (c *Client) TopicConfigs(ctx context.Context, topic string) (Snapshot[ConfigEntry], error) {
	entries, failed := c.describeConfigs(ctx, kmsg.ConfigResourceTypeTopic, topic)
	if err := failed[topic]; err != nil {
		return Snapshot[ConfigEntry]{}, Explain("describe the configuration of topic "+topic, "DescribeConfigs on Topic:"+topic, err)
	}
	return Snapshot[ConfigEntry]{Items: entries[topic], At: time.Now()}, nil
}

// unknownTopic is the error for a name that does not exist, with the names that
// come nearest: one request for the metadata of all topics.
func (c *Client) unknownTopic(ctx context.Context, name string) error {
	e := &UnknownTopicError{Topic: name}
	if md, err := c.metadata(ctx); err == nil {
		for topic := range md.readable() {
			e.Nearest = append(e.Nearest, topic)
		}
		e.Nearest = Nearest(name, e.Nearest)
	}
	return e
}
