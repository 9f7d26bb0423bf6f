package brokers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/configs"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

// Replica is a replica that a broker should hold.
type Replica struct {
	Topic     string
	Partition int32
	Leads     bool // the broker leads the partition
	Preferred bool // the broker is first in the replica list: it leads when all is well
	InSync    bool // the broker is in the ISR
}

// Replicas asks which replicas a broker should hold: one Metadata request,
// and one for Hidden as GroupList does.
func (c *Client) Replicas(ctx context.Context, broker int32) (kafka.Snapshot[Replica], error) {
	md, err := c.conn.Metadata(ctx)
	if err != nil {
		return kafka.Snapshot[Replica]{}, err
	}
	return kafka.Snapshot[Replica]{Items: replicasOf(md, broker), At: md.At, Hidden: c.conn.Hidden(ctx)}, nil
}

func replicasOf(m kafka.Metadata, broker int32) []Replica {
	var replicas []Replica
	for i := range m.Topics {
		t := &m.Topics[i]
		if t.Topic == nil || t.ErrorCode != 0 {
			continue
		}
		for j := range t.Partitions {
			p := &t.Partitions[j]
			if !slices.Contains(p.Replicas, broker) {
				continue
			}
			replicas = append(replicas, Replica{
				Topic: *t.Topic, Partition: p.Partition, Leads: p.Leader == broker,
				Preferred: p.Replicas[0] == broker, InSync: slices.Contains(p.ISR, broker),
			})
		}
	}
	return replicas
}

// Configs reads the whole configuration of a broker, from that broker: one
// request.
func (c *Client) Configs(ctx context.Context, broker int32) (kafka.Snapshot[configs.Entry], error) {
	name := strconv.Itoa(int(broker))
	what := "describe the configuration of broker " + name
	if err := c.conn.Reach(what, broker); err != nil {
		return kafka.Snapshot[configs.Entry]{}, err
	}
	entries, failed := configs.Describe(ctx, c.conn, raw.BrokerConfigs, name)
	if err := failed[name]; err != nil {
		return kafka.Snapshot[configs.Entry]{}, kafka.Explain(what, "DescribeConfigs on Cluster", err)
	}
	return kafka.Snapshot[configs.Entry]{Items: entries[name], At: time.Now()}, nil
}

// Storage is what one broker says of its log directories.
type Storage struct {
	Dirs  []kafka.LogDir // by path
	At    time.Time
	sizes map[model.TopicPartition]int64
}

// Size is how many bytes the broker's replica of a partition takes, or -1 when
// the broker did not say.
func (s Storage) Size(topic string, partition int32) int64 {
	if size, ok := s.sizes[model.TopicPartition{Topic: topic, Partition: partition}]; ok {
		return size
	}
	return -1
}

// Storage asks one broker for its log directories and the size of each
// replica in them: one request (DescribeLogDirs, KIP-113).
func (c *Client) Storage(ctx context.Context, broker int32) (Storage, error) {
	what := fmt.Sprintf("describe the log dirs of broker %d", broker)
	if err := c.conn.Reach(what, broker); err != nil {
		return Storage{}, err
	}
	dirs, err := c.conn.BrokerLogDirs(ctx, broker)
	if err != nil {
		return Storage{}, kafka.Explain(what, "Describe on Cluster", err)
	}
	s := Storage{At: time.Now(), sizes: make(map[model.TopicPartition]int64)}
	for _, dir := range dirs {
		dir.Each(func(topic string, partition int32, size int64) {
			s.sizes[model.TopicPartition{Topic: topic, Partition: partition}] += size
		})
		s.Dirs = append(s.Dirs, dir.LogDir)
	}
	return s, nil
}
