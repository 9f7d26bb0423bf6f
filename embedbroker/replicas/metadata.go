package replicas

import (
	"slices"

	"github.com/kdeck/kdeck/embedbroker/gate"
	"github.com/kdeck/kdeck/embedbroker/replication"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Overlays are what clients are told otherwise than by the engine.
func (s *Set) Overlays() map[int16]*gate.Overlay {
	overlays := map[int16]*gate.Overlay{
		int16(kmsg.Metadata):                {On: s.repainted, After: after(s.paintMetadata)},
		int16(kmsg.DescribeTopicPartitions): {On: s.repainted, After: after(s.paintTopicPartitions)},
		int16(kmsg.DescribeCluster):         {On: s.repainted, After: after(s.paintCluster)},
		int16(kmsg.FindCoordinator):         {On: s.Degraded, After: after(s.paintCoordinators)},
		int16(kmsg.ListOffsets):             {On: s.Degraded, After: after(s.paintOffsets)},
		int16(kmsg.Fetch):                   {On: s.Degraded, Before: noteFetch, After: s.afterFetch},
		int16(kmsg.Produce):                 {On: s.Degraded, Before: s.beforeProduce, After: s.afterProduce},
	}
	for _, key := range coordinated() {
		overlays[int16(key)] = &gate.Overlay{On: s.Degraded, Before: s.route}
	}
	return overlays
}

// after makes an overlay of a function that needs the response alone.
func after[R kmsg.Response](paint func(R)) func(*gate.Client, any, kmsg.Response) error {
	return func(_ *gate.Client, _ any, resp kmsg.Response) error {
		paint(resp.(R))
		return nil
	}
}

func (s *Set) paintMetadata(resp *kmsg.MetadataResponse) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	resp.Brokers = slices.DeleteFunc(resp.Brokers, func(b kmsg.MetadataResponseBroker) bool { return !s.model.Live(b.NodeID) })
	for i := range resp.Brokers {
		resp.Brokers[i].Rack = s.rack(resp.Brokers[i].NodeID, resp.Brokers[i].Rack)
	}
	resp.ControllerID = s.quorum.leader
	for i := range resp.Topics {
		t := &resp.Topics[i]
		if t.Topic == nil || t.ErrorCode != 0 {
			continue
		}
		for j := range t.Partitions {
			p := &t.Partitions[j]
			ids, state, ok := s.replicasOf(*t.Topic, p.Partition)
			if !ok || p.ErrorCode != 0 {
				continue
			}
			p.Replicas = ids
			if state == nil {
				p.ISR = ids
				continue
			}
			p.ISR, p.OfflineReplicas = list(state.ISR), s.offline(ids)
			p.Leader, p.LeaderEpoch = state.Leader, state.Epoch
			if p.Leader == replication.NoLeader {
				p.ErrorCode = kerr.LeaderNotAvailable.Code
			}
		}
	}
}

// offline are the replicas whose broker is not there.
func (s *Set) offline(ids []int32) []int32 {
	offline := []int32{}
	for _, id := range ids {
		if !s.model.Live(id) {
			offline = append(offline, id)
		}
	}
	return offline
}

// rack is the rack of a broker as clients are told, the engine's when there are
// none.
func (s *Set) rack(id int32, engines *string) *string {
	if s.layout.plain() || int(id) >= len(s.layout.racks) {
		return engines
	}
	rack := s.layout.racks[id]
	if rack == "" {
		return nil
	}
	return &rack
}

func (s *Set) paintTopicPartitions(resp *kmsg.DescribeTopicPartitionsResponse) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range resp.Topics {
		t := &resp.Topics[i]
		if t.Topic == nil || t.ErrorCode != 0 {
			continue
		}
		for j := range t.Partitions {
			p := &t.Partitions[j]
			ids, state, ok := s.replicasOf(*t.Topic, p.Partition)
			if !ok || p.ErrorCode != 0 {
				continue
			}
			p.Replicas = ids
			if state == nil {
				p.ISR = ids
				continue
			}
			p.ISR, p.OfflineReplicas, p.EligibleLeaderReplicas = list(state.ISR), s.offline(ids), list(state.ELR)
			p.LeaderID, p.LeaderEpoch = state.Leader, state.Epoch
			if p.LeaderID == replication.NoLeader {
				p.ErrorCode = kerr.LeaderNotAvailable.Code
			}
		}
	}
}

func (s *Set) paintCluster(resp *kmsg.DescribeClusterResponse) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	resp.ControllerID = s.quorum.leader
	resp.Brokers = slices.DeleteFunc(resp.Brokers, func(b kmsg.DescribeClusterResponseBroker) bool { return !s.model.Live(b.NodeID) })
	for i := range resp.Brokers {
		resp.Brokers[i].Rack = s.rack(resp.Brokers[i].NodeID, resp.Brokers[i].Rack)
	}
}

// paintOffsets ends logs at the high watermark. What a consumer asks for by time
// and lies behind it, is not there yet.
func (s *Set) paintOffsets(resp *kmsg.ListOffsetsResponse) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range resp.Topics {
		t := &resp.Topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			hw, limited := s.highWatermark(t.Topic, p.Partition)
			if !limited || p.ErrorCode != 0 {
				continue
			}
			switch {
			case resp.Version == 0:
				for k, o := range p.OldStyleOffsets {
					p.OldStyleOffsets[k] = min(o, hw)
				}
			case p.Offset >= hw && p.Timestamp >= 0:
				p.Offset, p.Timestamp, p.LeaderEpoch = -1, -1, -1
			default:
				p.Offset = min(p.Offset, hw)
			}
		}
	}
}

// highWatermark returns up to where consumers see a partition, where that can be
// less than the engine's log.
func (s *Set) highWatermark(topic string, partition int32) (hw int64, limited bool) {
	key := replication.Key{Topic: topic, Partition: partition}
	if !s.model.Limited(key) {
		return 0, false
	}
	state, _ := s.model.Partition(key)
	return state.HighWatermark, true
}
