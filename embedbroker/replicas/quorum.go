package replicas

import (
	"time"

	"github.com/kdeck/kdeck/embedbroker/replication"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// quorum is who is the active controller. Every broker is a controller too.
type quorum struct {
	leader int32
	epoch  int32
	offset int64 // of the metadata log: one for each change and event
	gone   map[int32]follower
}

// follower is how far a controller had come when it went.
type follower struct {
	end int64
	at  time.Time
}

// elect moves the leadership when the broker that has it is away, to the next
// one. Nobody counts votes: the last one that is there decides alone.
func (q *quorum) elect(m *replication.Model, now time.Time) {
	brokers := m.Brokers()
	for _, b := range brokers {
		switch _, gone := q.gone[b.ID]; {
		case m.Live(b.ID):
			delete(q.gone, b.ID)
		case !gone:
			if q.gone == nil {
				q.gone = make(map[int32]follower)
			}
			q.gone[b.ID] = follower{q.offset, now}
		}
	}
	for range brokers {
		if m.Live(q.leader) {
			return
		}
		q.leader = (q.leader + 1) % int32(len(brokers))
		q.epoch++
	}
}

// Controller is the broker that is the active controller.
func (s *Set) Controller() int32 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.quorum.leader
}

const metadataTopic = "__cluster_metadata"

// DescribeQuorum tells who is the active controller and how far the others are
// (KIP-595, KIP-836).
func (s *Set) DescribeQuorum(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	req := r.(*kmsg.DescribeQuorumRequest)
	resp := req.ResponseKind().(*kmsg.DescribeQuorumResponse)
	for i := range req.Topics {
		topic := kmsg.NewDescribeQuorumResponseTopic()
		topic.Topic = req.Topics[i].Topic
		for _, p := range req.Topics[i].Partitions {
			part := kmsg.NewDescribeQuorumResponseTopicPartition()
			part.Partition = p.Partition
			if topic.Topic != metadataTopic || p.Partition != 0 {
				part.ErrorCode = kerr.UnknownTopicOrPartition.Code
			} else {
				s.describeQuorum(&part)
			}
			topic.Partitions = append(topic.Partitions, part)
		}
		resp.Topics = append(resp.Topics, topic)
	}
	return resp, nil, nil
}

func (s *Set) describeQuorum(part *kmsg.DescribeQuorumResponseTopicPartition) {
	now := time.Now()
	part.LeaderID, part.LeaderEpoch, part.HighWatermark = s.quorum.leader, s.quorum.epoch+1, s.quorum.offset
	part.Observers = []kmsg.DescribeQuorumResponseTopicPartitionReplicaState{}
	for _, b := range s.model.Brokers() {
		f, gone := s.quorum.gone[b.ID]
		if !gone {
			f = follower{s.quorum.offset, now}
		}
		voter := kmsg.NewDescribeQuorumResponseTopicPartitionReplicaState()
		voter.ReplicaID, voter.LogEndOffset = b.ID, f.end
		voter.LastFetchTimestamp, voter.LastCaughtUpTimestamp = f.at.UnixMilli(), f.at.UnixMilli()
		part.CurrentVoters = append(part.CurrentVoters, voter)
	}
}
