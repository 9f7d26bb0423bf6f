package overview

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
)

// Health is how well the partitions of a cluster are replicated, and how evenly
// they lie on its brokers.
type Health struct {
	Topics            int // topics that the user may describe
	model.Replication     // of all their partitions
	// Brokers is every broker that is up or should hold a replica, by id: one
	// that is here and not in Up is down.
	Brokers []int32
	Up      []int32 // the brokers that are up, by id
	// LeadersByBroker and ReplicasByBroker count partitions by node id, brokers
	// that are down included.
	LeadersByBroker, ReplicasByBroker map[int32]int
	At                                time.Time
	// Partial says why some partitions could not be held against their topic's
	// min.insync.replicas; nil when all were.
	Partial error
}

// Down returns the brokers that should hold replicas and are not up, by id.
func (h Health) Down() []int32 {
	var down []int32
	for _, id := range h.Brokers {
		if !slices.Contains(h.Up, id) {
			down = append(down, id)
		}
	}
	return down
}

// Health asks for the metadata of the whole cluster in one request, and at most
// once a minute for the min.insync.replicas of all topics, one request per
// 1,000 topics.
func (c *Client) Health(ctx context.Context) (Health, error) {
	md, err := c.conn.Metadata(ctx)
	if err != nil {
		return Health{}, err
	}
	c.topics.Forget(md)
	minISR, partial := c.topics.MinISR(ctx, md)
	h := healthOf(md, minISR)
	h.Partial = partial
	return h, nil
}

// healthOf summarises metadata. minISR is min.insync.replicas by topic; topics
// without one count no partition as under it.
func healthOf(m kafka.Metadata, minISR map[string]int) Health {
	h := Health{At: m.At, LeadersByBroker: make(map[int32]int), ReplicasByBroker: make(map[int32]int)}
	brokers := make(map[int32]bool)
	for _, b := range m.Brokers {
		brokers[b.NodeID] = true
		h.Up = append(h.Up, b.NodeID)
	}
	slices.Sort(h.Up)
	for i := range m.Topics {
		t := &m.Topics[i]
		if t.Topic == nil || t.ErrorCode != 0 {
			continue
		}
		h.Topics++
		h.Add(kafka.ReplicationOf(t.Partitions, minISR[*t.Topic]))
		for j := range t.Partitions {
			p := &t.Partitions[j]
			if p.Leader >= 0 {
				h.LeadersByBroker[p.Leader]++
			}
			for _, id := range p.Replicas {
				h.ReplicasByBroker[id]++
				brokers[id] = true
			}
		}
	}
	h.Brokers = slices.Sorted(maps.Keys(brokers))
	return h
}
