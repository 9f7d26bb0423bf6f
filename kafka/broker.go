package kafka

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// BrokerReplica is a replica that a broker should hold.
type BrokerReplica struct {
	Topic     string
	Partition int32
	Leads     bool // the broker leads the partition
	Preferred bool // the broker is first in the replica list: it leads when all is well
	InSync    bool // the broker is in the ISR
}

// BrokerReplicas asks which replicas a broker should hold: one Metadata request,
// and one for Hidden as GroupList does.
func (c *Client) BrokerReplicas(ctx context.Context, broker int32) (Snapshot[BrokerReplica], error) {
	md, err := c.metadata(ctx)
	if err != nil {
		return Snapshot[BrokerReplica]{}, err
	}
	return Snapshot[BrokerReplica]{Items: md.replicasOf(broker), At: md.at, Hidden: c.hidden(ctx)}, nil
}

func (m metadata) replicasOf(broker int32) []BrokerReplica {
	var replicas []BrokerReplica
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
			replicas = append(replicas, BrokerReplica{
				Topic: *t.Topic, Partition: p.Partition, Leads: p.Leader == broker,
				Preferred: p.Replicas[0] == broker, InSync: slices.Contains(p.ISR, broker),
			})
		}
	}
	return replicas
}

// BrokerConfigs reads the whole configuration of a broker, from that broker: one
// request.
func (c *Client) BrokerConfigs(ctx context.Context, broker int32) (Snapshot[ConfigEntry], error) {
	name := strconv.Itoa(int(broker))
	what := "describe the configuration of broker " + name
	if err := c.roster.reach(what, broker); err != nil {
		return Snapshot[ConfigEntry]{}, err
	}
	entries, failed := c.describeConfigs(ctx, kmsg.ConfigResourceTypeBroker, name)
	if err := failed[name]; err != nil {
		return Snapshot[ConfigEntry]{}, Explain(what, "DescribeConfigs on Cluster", err)
	}
	return Snapshot[ConfigEntry]{Items: entries[name], At: time.Now()}, nil
}

// BrokerStorage is what one broker says of its log directories.
type BrokerStorage struct {
	Dirs  []LogDir // by path
	At    time.Time
	sizes map[replicaKey]int64
}

type replicaKey struct {
	topic     string
	partition int32
}

// Size is how many bytes the broker's replica of a partition takes, or -1 when
// the broker did not say.
func (s BrokerStorage) Size(topic string, partition int32) int64 {
	if size, ok := s.sizes[replicaKey{topic, partition}]; ok {
		return size
	}
	return -1
}

// BrokerStorage asks one broker for its log directories and the size of each
// replica in them: one request (DescribeLogDirs, KIP-113).
func (c *Client) BrokerStorage(ctx context.Context, broker int32) (BrokerStorage, error) {
	what := fmt.Sprintf("describe the log dirs of broker %d", broker)
	if err := c.roster.reach(what, broker); err != nil {
		return BrokerStorage{}, err
	}
	answer, err := c.kgo.Broker(int(broker)).RetriableRequest(ctx, kmsg.NewPtrDescribeLogDirsRequest())
	if err != nil {
		return BrokerStorage{}, Explain(what, "", err)
	}
	resp := answer.(*kmsg.DescribeLogDirsResponse)
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return BrokerStorage{}, Explain(what, "Describe on Cluster", err)
	}
	s := BrokerStorage{At: time.Now(), sizes: make(map[replicaKey]int64)}
	for _, r := range resp.Dirs {
		dir := readLogDir(broker, r)
		dir.each(func(topic string, partition int32, size int64) {
			s.sizes[replicaKey{topic, partition}] += size
		})
		s.Dirs = append(s.Dirs, dir.LogDir)
	}
	slices.SortFunc(s.Dirs, func(a, b LogDir) int { return strings.Compare(a.Path, b.Path) })
	return s, nil
}
