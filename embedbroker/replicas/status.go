package replicas

import (
	"maps"
	"slices"
	"time"

	"github.com/kdeck/kdeck/embedbroker/replication"
)

// Status is the state of the brokers and of some partitions at one time.
type Status struct {
	Brokers    []replication.Broker
	Partitions []PartitionStatus
	More       int // partitions that were left out
}

// PartitionStatus is the state of one partition.
type PartitionStatus struct {
	replication.Key
	replication.Partition
}

// Status returns the state of the brokers and of at most limit partitions of
// topics, of all topics when none is named. Those that are not as they were
// placed come first.
func (s *Set) Status(limit int, topics ...string) Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh(time.Now())
	st := Status{Brokers: s.model.Brokers()}
	if len(topics) == 0 {
		topics = slices.Sorted(maps.Keys(s.placed))
	}
	for _, odd := range []bool{true, false} {
		for _, topic := range topics {
			s.statusOf(&st, topic, odd, limit)
		}
	}
	return st
}

// statusOf adds the partitions of a topic that the model holds, or the others.
func (s *Set) statusOf(st *Status, topic string, held bool, limit int) {
	var ends map[int32]int64
	var epochs map[int32]int32
	p := s.placed[topic]
	for part := range int32(p.Partitions) {
		key := replication.Key{Topic: topic, Partition: part}
		state, ok := s.model.Partition(key)
		if ok != held {
			continue
		}
		if len(st.Partitions) >= limit {
			st.More++
			continue
		}
		if !ok {
			if ends == nil {
				ends, epochs = make(map[int32]int64), make(map[int32]int32)
				for _, info := range s.engine.PartitionInfos(topic) {
					ends[info.Partition], epochs[info.Partition] = info.HighWatermark, info.Epoch
				}
			}
			ids := s.layout.replicas(p, part)
			state = replication.Partition{Replicas: ids, ISR: ids, Leader: ids[0], Epoch: epochs[part], HighWatermark: ends[part]}
			for _, id := range ids {
				state.Copies = append(state.Copies, replication.Replica{Broker: id, End: ends[part]})
			}
		}
		st.Partitions = append(st.Partitions, PartitionStatus{key, state})
	}
}
