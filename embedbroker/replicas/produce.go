package replicas

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/kdeck/kdeck/embedbroker/gate"
	"github.com/kdeck/kdeck/embedbroker/replication"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// produced is what has to be known of a produce request when it is answered.
type produced struct {
	all     bool // acks=all
	until   time.Time
	refused []kmsg.ProduceResponseTopic
	last    map[replication.Key]int64 // offset of the last record from the first
}

// beforeProduce refuses appends with acks=all to partitions with fewer replicas
// in sync than min.insync.replicas. The others go to the engine.
func (s *Set) beforeProduce(_ *gate.Client, r kmsg.Request) (gate.Verdict, error) {
	req := r.(*kmsg.ProduceRequest)
	note := &produced{
		all:   req.Acks == -1,
		until: time.Now().Add(time.Duration(req.TimeoutMillis) * time.Millisecond),
		last:  make(map[replication.Key]int64),
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	left := 0
	for i := range req.Topics {
		t := &req.Topics[i]
		name := s.topicName(t.Topic, t.TopicID)
		refused := kmsg.NewProduceResponseTopic()
		refused.Topic, refused.TopicID = t.Topic, t.TopicID
		t.Partitions = slices.DeleteFunc(t.Partitions, func(p kmsg.ProduceRequestTopicPartition) bool {
			key := replication.Key{Topic: name, Partition: p.Partition}
			if note.all && s.leads(key, s.model) && !s.model.Admits(key) {
				part := kmsg.NewProduceResponseTopicPartition()
				part.Partition, part.ErrorCode = p.Partition, kerr.NotEnoughReplicas.Code
				part.BaseOffset = -1
				refused.Partitions = append(refused.Partitions, part)
				return true
			}
			note.last[key] = lastOffset(p.Records)
			return false
		})
		if left += len(t.Partitions); len(refused.Partitions) > 0 {
			note.refused = append(note.refused, refused)
		}
	}
	if len(note.refused) == 0 {
		return gate.Verdict{Note: note}, nil
	}
	req.Topics = slices.DeleteFunc(req.Topics, func(t kmsg.ProduceRequestTopic) bool { return len(t.Partitions) == 0 })
	if left == 0 {
		resp := req.ResponseKind().(*kmsg.ProduceResponse)
		resp.Topics = note.refused
		return gate.Verdict{Answer: resp}, nil
	}
	return gate.Verdict{Forward: req, Note: note}, nil
}

// leads reports whether anybody leads the partition: whoever does not is told so
// by the engine.
func (s *Set) leads(key replication.Key, m *replication.Model) bool {
	state, ok := m.Partition(key)
	return ok && state.Leader != replication.NoLeader
}

// lastOffset is the offset of the last record of a batch from its first.
func lastOffset(batch []byte) int64 {
	const at = 23 // in a batch of format 2
	if len(batch) < at+4 {
		return 0
	}
	return int64(int32(binary.BigEndian.Uint32(batch[at:])))
}

// topicName is the name of a topic that a request names or tells by its id
// (KIP-516).
func (s *Set) topicName(name string, id [16]byte) string {
	if name == "" {
		return s.names[id]
	}
	return name
}

// afterProduce lets an answer to acks=all wait until all replicas in sync have
// the records, or the timeout of the request has passed.
func (s *Set) afterProduce(c *gate.Client, n any, r kmsg.Response) error {
	resp := r.(*kmsg.ProduceResponse)
	// Without a note, the request came before anything was degraded: it waits
	// for its first record at least, whatever its acks.
	note, ok := n.(*produced)
	if !ok {
		note = &produced{all: true, until: time.Now().Add(defaultTimeout)}
	}
	s.appended(resp, note)
	if note.all {
		s.awaitAcks(c, resp, note)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range resp.Topics {
		t := &resp.Topics[i]
		for j := range t.Partitions {
			s.paintLeader(s.topicName(t.Topic, t.TopicID), &t.Partitions[j])
		}
	}
	resp.Brokers = slices.DeleteFunc(resp.Brokers, func(b kmsg.ProduceResponseBroker) bool { return !s.model.Live(b.NodeID) })
	resp.Topics = mergeProduced(resp.Topics, note.refused)
	return nil
}

// defaultTimeout is request.timeout.ms of producers.
const defaultTimeout = 30 * time.Second

// appended tells the model where logs end now.
func (s *Set) appended(resp *kmsg.ProduceResponse, note *produced) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range resp.Topics {
		t := &resp.Topics[i]
		for j := range t.Partitions {
			if p := &t.Partitions[j]; p.ErrorCode == 0 {
				key := replication.Key{Topic: s.topicName(t.Topic, t.TopicID), Partition: p.Partition}
				s.model.Append(key, p.BaseOffset+note.last[key]+1, now)
			}
		}
	}
}

// awaitAcks waits for the replicas in sync of all partitions.
func (s *Set) awaitAcks(c *gate.Client, resp *kmsg.ProduceResponse, note *produced) {
	timeout := time.NewTimer(time.Until(note.until))
	defer timeout.Stop()
	for {
		waiting, changed := s.judge(c.Broker, resp, note, 0)
		if !waiting {
			return
		}
		select {
		case <-changed:
		case <-timeout.C:
			s.judge(c.Broker, resp, note, kerr.RequestTimedOut.Code)
			return
		case <-c.Gone:
			return
		}
	}
}

// judge gives each partition the answer that stands, and reports whether any has
// to wait. Those that wait get late, 0 for none yet.
func (s *Set) judge(broker int32, resp *kmsg.ProduceResponse, note *produced, late int16) (waiting bool, changed <-chan struct{}) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range resp.Topics {
		t := &resp.Topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			if p.ErrorCode != 0 {
				continue
			}
			key := replication.Key{Topic: s.topicName(t.Topic, t.TopicID), Partition: p.Partition}
			if !s.model.Limited(key) && s.stillLeads(key, broker) {
				continue
			}
			switch s.model.Acknowledged(key, p.BaseOffset+note.last[key]+1, broker) {
			case replication.Waiting:
				if waiting = true; late != 0 {
					p.ErrorCode, p.BaseOffset = late, -1
				}
			case replication.NotEnough:
				p.ErrorCode, p.BaseOffset = kerr.NotEnoughReplicasAfterAppend.Code, -1
			case replication.NotLeader:
				p.ErrorCode, p.BaseOffset = kerr.NotLeaderForPartition.Code, -1
			}
		}
	}
	return waiting, s.changed
}

// stillLeads reports whether a broker leads a partition.
func (s *Set) stillLeads(key replication.Key, broker int32) bool {
	ids, state, ok := s.replicasOf(key.Topic, key.Partition)
	switch {
	case !ok:
		return true // deleted: the answer stands
	case state == nil:
		return ids[0] == broker
	}
	return state.Leader == broker
}

// paintLeader tells a client that asked the wrong broker who leads (KIP-951).
func (s *Set) paintLeader(topic string, p *kmsg.ProduceResponseTopicPartition) {
	if p.ErrorCode != kerr.NotLeaderForPartition.Code {
		return
	}
	if _, state, ok := s.replicasOf(topic, p.Partition); ok && state != nil {
		p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch = state.Leader, state.Epoch
	}
}

// mergeProduced adds what was refused to what the engine answers.
func mergeProduced(topics, refused []kmsg.ProduceResponseTopic) []kmsg.ProduceResponseTopic {
	for _, r := range refused {
		at := slices.IndexFunc(topics, func(t kmsg.ProduceResponseTopic) bool { return t.Topic == r.Topic && t.TopicID == r.TopicID })
		if at < 0 {
			topics = append(topics, r)
			continue
		}
		topics[at].Partitions = append(topics[at].Partitions, r.Partitions...)
	}
	return topics
}
