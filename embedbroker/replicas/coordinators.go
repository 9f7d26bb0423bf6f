package replicas

import (
	"fmt"
	"slices"

	"github.com/kdeck/kdeck/embedbroker/gate"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The engine gives every group and transactional id a coordinator for good. While
// that one's broker is away the next broker that is there is the coordinator, as
// when the leader of a partition of __consumer_offsets moves: what it is asked it
// asks the engine's broker, so that it knows all of the group, as a broker does
// that has read the group's log.

// Coordinator is the broker that coordinates a group or a transactional id.
func (s *Set) Coordinator(key string) int32 {
	engines := s.engine.CoordinatorFor(key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.standIn(engines)
}

// standIn is the broker that does a broker's work as coordinator: itself while
// it is there, else the next one that is.
func (s *Set) standIn(broker int32) int32 {
	n := int32(len(s.cfg.Racks))
	for i := range n {
		if id := (broker + i) % n; s.model.Live(id) {
			return id
		}
	}
	return broker
}

// EngineOf is the engine's broker that answers for a group or transactional id
// what a client asks at broker: itself, unless it stands in for that one.
func (s *Set) EngineOf(broker int32, key string) int32 {
	engines := s.engine.CoordinatorFor(key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if engines != broker && s.standIn(engines) == broker {
		return engines
	}
	return broker
}

func (s *Set) paintCoordinators(resp *kmsg.FindCoordinatorResponse) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if resp.ErrorCode == 0 && resp.Version < 4 {
		resp.NodeID = s.standIn(resp.NodeID)
		resp.Host, resp.Port = s.cfg.Addr(resp.NodeID)
	}
	for i := range resp.Coordinators {
		c := &resp.Coordinators[i]
		if c.ErrorCode == 0 {
			c.NodeID = s.standIn(c.NodeID)
			c.Host, c.Port = s.cfg.Addr(c.NodeID)
		}
	}
}

// coordinated are the requests that only a coordinator answers.
func coordinated() []kmsg.Key {
	return []kmsg.Key{
		kmsg.OffsetCommit, kmsg.OffsetFetch, kmsg.JoinGroup, kmsg.Heartbeat, kmsg.LeaveGroup, kmsg.SyncGroup,
		kmsg.DescribeGroups, kmsg.ListGroups, kmsg.DeleteGroups, kmsg.OffsetDelete,
		kmsg.ConsumerGroupHeartbeat, kmsg.ConsumerGroupDescribe,
		kmsg.ShareGroupHeartbeat, kmsg.ShareGroupDescribe,
		kmsg.DescribeShareGroupOffsets, kmsg.AlterShareGroupOffsets, kmsg.DeleteShareGroupOffsets,
		kmsg.InitProducerID, kmsg.AddPartitionsToTxn, kmsg.AddOffsetsToTxn, kmsg.EndTxn, kmsg.TxnOffsetCommit, kmsg.DescribeTransactions,
	}
}

// route lets the engine's broker answer that the client's broker stands in for.
func (s *Set) route(c *gate.Client, req kmsg.Request) (gate.Verdict, error) {
	if list, ok := req.(*kmsg.ListGroupsRequest); ok {
		return s.listGroups(c, list)
	}
	keys := coordinatedKeys(req)
	var others []int32 // the engine's brokers, other than the client's, that know the keys
	at := make(map[string]int32, len(keys))
	for _, key := range keys {
		at[key] = s.EngineOf(c.Broker, key)
		if at[key] != c.Broker && !slices.Contains(others, at[key]) {
			others = append(others, at[key])
		}
	}
	if len(others) == 0 {
		return gate.Verdict{}, nil
	}
	var answer kmsg.Response
	for _, broker := range append(others, c.Broker) {
		part := onlyKeys(req, func(key string) bool { return at[key] == broker })
		if part == nil {
			continue
		}
		resp, err := c.Ask(broker, part)
		if err != nil {
			return gate.Verdict{}, fmt.Errorf("stand in for broker %d: %w", broker, err)
		}
		answer = mergeAnswers(answer, resp)
	}
	return gate.Verdict{Answer: answer}, nil
}

// listGroups lists the groups of all engine's brokers that the client's stands
// in for.
func (s *Set) listGroups(c *gate.Client, req *kmsg.ListGroupsRequest) (gate.Verdict, error) {
	var brokers []int32
	s.mu.RLock()
	for id := range int32(len(s.cfg.Racks)) {
		if s.standIn(id) == c.Broker {
			brokers = append(brokers, id)
		}
	}
	s.mu.RUnlock()
	if len(brokers) < 2 {
		return gate.Verdict{}, nil
	}
	var all *kmsg.ListGroupsResponse
	for _, id := range brokers {
		answer, err := c.Ask(id, req)
		if err != nil {
			return gate.Verdict{}, fmt.Errorf("list the groups of broker %d: %w", id, err)
		}
		resp := answer.(*kmsg.ListGroupsResponse)
		if all == nil {
			all = resp
			continue
		}
		all.Groups = append(all.Groups, resp.Groups...)
	}
	return gate.Verdict{Answer: all}, nil
}
