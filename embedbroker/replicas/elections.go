package replicas

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/kdeck/kdeck/embedbroker/replication"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ElectLeaders elects preferred leaders (KIP-183, KIP-460). Unclean elections
// are refused.
func (s *Set) ElectLeaders(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	req := r.(*kmsg.ElectLeadersRequest)
	resp := req.ResponseKind().(*kmsg.ElectLeadersResponse)
	kind := replication.Preferred
	if req.ElectionType == 1 {
		kind = replication.Unclean
	}
	now := time.Now()
	s.refresh(now)
	if req.Topics == nil { // all; those that need none are left out
		for _, key := range slices.Clone(s.model.Keys()) {
			if err := s.model.Elect(key, kind, now); !errors.Is(err, replication.ElectionNotNeeded) {
				addElection(resp, key, err)
			}
		}
	}
	for i := range req.Topics {
		for _, p := range req.Topics[i].Partitions {
			key := replication.Key{Topic: req.Topics[i].Topic, Partition: p}
			addElection(resp, key, s.elect(key, kind, now))
		}
	}
	s.apply(now)
	s.settle()
	return resp, nil, nil
}

// elect elects a leader; a partition that the model does not hold is led by its
// preferred replica.
func (s *Set) elect(key replication.Key, kind replication.Election, now time.Time) error {
	if _, _, ok := s.replicasOf(key.Topic, key.Partition); !ok {
		return replication.UnknownPartition
	}
	if !s.model.Has(key) {
		return replication.ElectionNotNeeded
	}
	return s.model.Elect(key, kind, now)
}

func addElection(resp *kmsg.ElectLeadersResponse, key replication.Key, err error) {
	at := slices.IndexFunc(resp.Topics, func(t kmsg.ElectLeadersResponseTopic) bool { return t.Topic == key.Topic })
	if at < 0 {
		t := kmsg.NewElectLeadersResponseTopic()
		t.Topic = key.Topic
		resp.Topics, at = append(resp.Topics, t), len(resp.Topics)
	}
	part := kmsg.NewElectLeadersResponseTopicPartition()
	part.Partition = key.Partition
	if err != nil {
		why := err.Error()
		part.ErrorCode, part.ErrorMessage = electionCode(err), &why
	}
	resp.Topics[at].Partitions = append(resp.Topics[at].Partitions, part)
}

func electionCode(err error) int16 {
	switch {
	case errors.Is(err, replication.UnknownPartition):
		return kerr.UnknownTopicOrPartition.Code
	case errors.Is(err, replication.ElectionNotNeeded):
		return kerr.ElectionNotNeeded.Code
	case errors.Is(err, replication.PreferredNotAvailable):
		return kerr.PreferredLeaderNotAvailable.Code
	}
	return kerr.EligibleLeadersNotAvailable.Code
}

// AlterReassignments starts and cancels reassignments (KIP-455).
func (s *Set) AlterReassignments(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	req := r.(*kmsg.AlterPartitionAssignmentsRequest)
	resp := req.ResponseKind().(*kmsg.AlterPartitionAssignmentsResponse)
	resp.AllowReplicationFactorChange = req.AllowReplicationFactorChange
	now := time.Now()
	for i := range req.Topics {
		topic := kmsg.NewAlterPartitionAssignmentsResponseTopic()
		topic.Topic = req.Topics[i].Topic
		for _, p := range req.Topics[i].Partitions {
			part := kmsg.NewAlterPartitionAssignmentsResponseTopicPartition()
			part.Partition = p.Partition
			key := replication.Key{Topic: topic.Topic, Partition: p.Partition}
			part.ErrorCode, part.ErrorMessage = s.alterReassignment(key, p.Replicas, req, now)
			topic.Partitions = append(topic.Partitions, part)
		}
		resp.Topics = append(resp.Topics, topic)
	}
	return resp, nil, nil
}

func (s *Set) alterReassignment(key replication.Key, target []int32, req *kmsg.AlterPartitionAssignmentsRequest, now time.Time) (int16, *string) {
	if p, ok := s.placed[key.Topic]; ok && target != nil && req.Version >= 1 && !req.AllowReplicationFactorChange { // KIP-860
		if ids, _, ok := s.replicasOf(key.Topic, key.Partition); ok && len(ids) != len(target) && len(p.Target[key.Partition]) != len(target) {
			why := "the replication factor would change, which the request does not allow"
			return kerr.InvalidReplicationFactor.Code, &why
		}
	}
	err := s.reassign(key, target, now)
	if err == nil {
		return 0, nil
	}
	why := err.Error()
	var refused *replication.ReassignError
	switch {
	case !errors.As(err, &refused):
		return kerr.KafkaStorageError.Code, &why
	case refused.Unknown:
		return kerr.UnknownTopicOrPartition.Code, &why
	case refused.NoProgress:
		return kerr.NoReassignmentInProgress.Code, &why
	}
	return kerr.InvalidReplicaAssignment.Code, &why
}

// ListReassignments lists the reassignments that are under way (KIP-455).
func (s *Set) ListReassignments(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	req := r.(*kmsg.ListPartitionReassignmentsRequest)
	resp := req.ResponseKind().(*kmsg.ListPartitionReassignmentsResponse)
	resp.Topics = []kmsg.ListPartitionReassignmentsResponseTopic{}
	wanted := make(map[replication.Key]bool)
	for i := range req.Topics {
		for _, p := range req.Topics[i].Partitions {
			wanted[replication.Key{Topic: req.Topics[i].Topic, Partition: p}] = true
		}
	}
	byTopic := make(map[string][]kmsg.ListPartitionReassignmentsResponseTopicPartition)
	for _, key := range s.model.Keys() {
		state, _ := s.model.Partition(key)
		if len(state.Adding)+len(state.Removing) == 0 || req.Topics != nil && !wanted[key] {
			continue
		}
		part := kmsg.NewListPartitionReassignmentsResponseTopicPartition()
		part.Partition, part.Replicas = key.Partition, state.Replicas
		part.AddingReplicas, part.RemovingReplicas = list(state.Adding), list(state.Removing)
		byTopic[key.Topic] = append(byTopic[key.Topic], part)
	}
	for _, name := range slices.Sorted(maps.Keys(byTopic)) {
		topic := kmsg.NewListPartitionReassignmentsResponseTopic()
		topic.Topic, topic.Partitions = name, byTopic[name]
		resp.Topics = append(resp.Topics, topic)
	}
	return resp, nil, nil
}

// list is ids, never nil: Java refuses a missing list.
func list(ids []int32) []int32 {
	if ids == nil {
		return []int32{}
	}
	return ids
}
