package embedbroker

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/kdeck/kdeck/embedbroker/replicas"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// Defaults of topics, as of an Apache Kafka broker's configuration.
const (
	defaultPartitions = 1 // num.partitions
	defaultReplicas   = 3 // of clusters with fewer brokers, as many as there are
)

var errClosing = errors.New("cluster is closing")

// topics is what the cluster adds to the engine's topics: where their
// partitions are. All that creates, grows or deletes a topic goes through it.
type topics struct {
	engine  *engineConn   // to the controller
	engines []*engineConn // to each broker
	kfake   *kfake.Cluster
	served  *kversion.Versions
	brokers int
	racks   []string // of the brokers
	dir     string   // the data folder
	log     *placementLog
	trims   *trimLog
	txns    *transactions
	copies  *repair.Copies     // of the state files; nil when nothing is kept
	report  func(repair.Event) // never nil
	full    func() bool        // no room on the disk
	limits  limits

	replicas *replicas.Set
	minISR   atomic.Int64 // min.insync.replicas of the brokers, 0 when it has to be read

	mu     sync.RWMutex // write-locked while topics change
	closed bool
}

// load places every topic that the engine has. Each leader is elected anew, as
// when a Kafka cluster starts: the leader epoch of a partition then never goes
// back, whatever the engine remembers of it.
func (t *topics) load() error {
	req := kmsg.NewPtrMetadataRequest()
	req.Version = 10 // the first with topic ids, which every version of Kafka here knows
	resp, err := t.engine.ask(req)
	if err != nil {
		return err
	}
	placed, err := t.log.load(t.racks)
	if err != nil {
		return err
	}
	found := resp.(*kmsg.MetadataResponse).Topics
	slices.SortFunc(found, func(a, b kmsg.MetadataResponseTopic) int {
		// Topics whose place is known come first: the others fill up.
		_, aKnown := placed[*a.Topic]
		_, bKnown := placed[*b.Topic]
		if aKnown != bKnown {
			if aKnown {
				return -1
			}
			return 1
		}
		return strings.Compare(*a.Topic, *b.Topic)
	})
	for i := range found {
		topic := &found[i]
		p, known := placed[*topic.Topic]
		if !known {
			p.First = t.replicas.ChooseFirst(len(topic.Partitions))
		}
		p.ID, p.Partitions = topic.TopicID, len(topic.Partitions)
		if p.Partitions > 0 {
			p.Replicas = len(topic.Partitions[0].Replicas)
		}
		if err := t.replicas.Place(*topic.Topic, p, 0); err != nil {
			return err
		}
	}
	if err := t.log.rewrite(t.racks, t.replicas.Placements()); err != nil {
		return err
	}
	return t.replicas.Resume()
}

// change runs a function that changes topics, alone.
func (t *topics) change(f func() error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return errClosing
	}
	return f()
}

// close ends all changes, before the engine stops answering.
func (t *topics) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	return errors.Join(t.noteAll(), t.log.close(), t.trims.close())
}

// saveSettings copies what a request has changed of topics, configurations, quotas and
// users. A copy that cannot be made fails no request.
func (t *topics) saveSettings() {
	if t.copies == nil {
		return
	}
	if err := t.copies.SaveSettings(); err != nil {
		t.report(repair.Event{What: err.Error(), Offset: -1})
	}
}

// create creates the topics of a valid request and places them.
func (t *topics) create(req *kmsg.CreateTopicsRequest) (*kmsg.CreateTopicsResponse, error) {
	if err := t.clear(req); err != nil {
		return nil, err
	}
	defer t.saveSettings()
	answer, err := t.engine.ask(req)
	if err != nil {
		return nil, err
	}
	resp := answer.(*kmsg.CreateTopicsResponse)
	for i := range resp.Topics {
		topic := &resp.Topics[i]
		for j := range topic.Configs { // the engine leaves the source out, which Java refuses
			topic.Configs[j].Source = int8(kmsg.ConfigSourceDynamicTopicConfig)
		}
		if topic.ErrorCode == 0 { // and no list at all where none was set
			topic.Configs = append([]kmsg.CreateTopicsResponseTopicConfig{}, topic.Configs...)
		}
	}
	if req.ValidateOnly {
		return resp, nil
	}
	asked := make(map[string]*kmsg.CreateTopicsRequestTopic, len(req.Topics))
	for i := range req.Topics {
		asked[req.Topics[i].Topic] = &req.Topics[i]
	}
	for i := range resp.Topics {
		topic := &resp.Topics[i]
		if topic.ErrorCode != 0 {
			continue
		}
		p := t.placementOf(asked[topic.Topic])
		p.First = t.replicas.ChooseFirst(p.Partitions)
		if info := t.kfake.TopicInfo(topic.Topic); info != nil {
			p.ID = info.TopicID
		}
		if err := t.place(topic.Topic, p, 0); err != nil {
			return nil, err
		}
	}
	return resp, nil
}

// place places the partitions from, from+1, ... of a topic and remembers where.
func (t *topics) place(topic string, p replicas.Placement, from int) error {
	if err := t.replicas.Place(topic, p, from); err != nil {
		return err
	}
	p, _ = t.replicas.Placement(topic)
	return t.log.add(topic, p)
}

// clear puts aside what lies where the new topics will be, as after a deletion that
// was cut short.
func (t *topics) clear(req *kmsg.CreateTopicsRequest) error {
	for i := range req.Topics {
		topic := &req.Topics[i]
		if _, ok := t.replicas.Placement(topic.Topic); ok {
			continue // the engine refuses it
		}
		if err := repair.PutTopicAside(t.dir, topic.Topic, t.placementOf(topic).Partitions, time.Now(), t.report); err != nil {
			return err
		}
	}
	return nil
}

// placementOf reads partitions and replication factor of a topic to create; -1
// stands for the default (KIP-464).
func (t *topics) placementOf(topic *kmsg.CreateTopicsRequestTopic) replicas.Placement {
	p := replicas.Placement{Partitions: int(topic.NumPartitions), Replicas: int(topic.ReplicationFactor)}
	if n := len(topic.ReplicaAssignment); n > 0 {
		p.Partitions, p.Replicas = n, len(topic.ReplicaAssignment[0].Replicas)
		p.Given = make(map[int32][]int32, n)
		for _, a := range topic.ReplicaAssignment {
			p.Given[a.Partition] = a.Replicas
		}
	}
	if p.Partitions < 0 {
		p.Partitions = defaultPartitions
	}
	if p.Replicas < 0 {
		p.Replicas = min(defaultReplicas, t.brokers)
	}
	return p
}

// autoCreate creates those of names that do not exist, as a broker with
// auto.create.topics.enable does when a client asks for their metadata. Names
// that are no topic names are left to the engine, which does not know them.
func (t *topics) autoCreate(names []string) error {
	missing := slices.DeleteFunc(names, func(name string) bool {
		_, ok := t.replicas.Placement(name)
		return ok || !validTopicName(name)
	})
	if len(missing) == 0 || t.full() {
		return nil
	}
	req := kmsg.NewPtrCreateTopicsRequest()
	req.Version = 6
	slices.Sort(missing)
	for _, name := range slices.Compact(missing) {
		topic := kmsg.NewCreateTopicsRequestTopic()
		topic.Topic, topic.NumPartitions, topic.ReplicationFactor = name, -1, -1
		req.Topics = append(req.Topics, topic)
	}
	return t.change(func() error {
		if t.partitions()+len(req.Topics) > t.limits.partitions {
			return nil // the client learns that the topics do not exist
		}
		_, err := t.create(req)
		return err
	})
}

// partitions counts the partitions of all topics.
func (t *topics) partitions() int { return t.replicas.Partitions() }

// grow adds partitions to topics and places them.
func (t *topics) grow(req *kmsg.CreatePartitionsRequest) (*kmsg.CreatePartitionsResponse, error) {
	defer t.saveSettings()
	answer, err := t.engine.ask(req)
	if err != nil {
		return nil, err
	}
	resp := answer.(*kmsg.CreatePartitionsResponse)
	if req.ValidateOnly {
		return resp, nil
	}
	for i := range resp.Topics {
		if resp.Topics[i].ErrorCode != 0 {
			continue
		}
		name := resp.Topics[i].Topic
		p, _ := t.replicas.Placement(name)
		from := p.Partitions
		for j := range req.Topics {
			if req.Topics[j].Topic == name {
				p = grown(p, &req.Topics[j])
			}
		}
		if err := t.place(name, p, from); err != nil {
			return nil, err
		}
	}
	return resp, nil
}

// grown is where a topic is with the partitions that are added to it.
func grown(p replicas.Placement, req *kmsg.CreatePartitionsRequestTopic) replicas.Placement {
	from := p.Partitions
	p.Partitions = int(req.Count)
	for i, a := range req.Assignment {
		p = p.With(int32(from+i), a.Replicas, nil)
	}
	return p
}

// remove deletes topics.
func (t *topics) remove(req *kmsg.DeleteTopicsRequest) (*kmsg.DeleteTopicsResponse, error) {
	defer t.saveSettings()
	answer, err := t.engine.ask(req)
	if err != nil {
		return nil, err
	}
	resp := answer.(*kmsg.DeleteTopicsResponse)
	for i := range resp.Topics {
		topic := &resp.Topics[i]
		if topic.ErrorCode != 0 || topic.Topic == nil {
			continue
		}
		t.replicas.Remove(*topic.Topic)
	}
	return resp, nil
}

// noteAll notes where the logs of all partitions start and end.
func (t *topics) noteAll() error {
	for name := range t.replicas.Placements() {
		if err := t.trims.note(t.kfake, name); err != nil {
			return err
		}
	}
	return nil
}

// truncate deletes the records of a partition before offset, or all for -1. It
// returns the new start of the log.
func (t *topics) truncate(broker int32, topic string, partition int32, offset int64) (int64, error) {
	leader, ok := t.replicas.Leader(topic, partition)
	if !ok {
		return -1, kerr.UnknownTopicOrPartition
	}
	if leader != broker {
		return -1, kerr.NotLeaderForPartition
	}
	if hw, limited := t.replicas.HighWatermark(topic, partition); limited {
		if offset > hw {
			return -1, kerr.OffsetOutOfRange
		}
		if offset == -1 {
			offset = hw
		}
	}
	if t.compactedOnly(topic) {
		return -1, kerr.PolicyViolation
	}
	if err := t.trims.note(t.kfake, topic, partition); err != nil {
		return -1, err
	}
	if err := t.kfake.DeleteRecords(topic, partition, offset); err != nil {
		return -1, err
	}
	if err := t.trims.note(t.kfake, topic, partition); err != nil {
		return -1, err
	}
	return t.kfake.PartitionInfo(topic, partition).LogStartOffset, nil
}

// compactedOnly reports whether records of the topic may not be deleted.
func (t *topics) compactedOnly(topic string) bool {
	info := t.kfake.TopicInfo(topic)
	if info == nil {
		return false
	}
	policy := info.Configs["cleanup.policy"]
	return policy != nil && *policy == "compact"
}

// on lists the partitions of all topics that broker has a replica of.
func (t *topics) on(broker int32) []kmsg.DescribeLogDirsRequestTopic {
	topics := []kmsg.DescribeLogDirsRequestTopic{}
	placed := t.replicas.Placements()
	for _, name := range slices.Sorted(maps.Keys(placed)) {
		topic := kmsg.DescribeLogDirsRequestTopic{Topic: name}
		for p := range placed[name].Partitions {
			topic.Partitions = append(topic.Partitions, int32(p))
		}
		topics = append(topics, topic)
	}
	return t.held(broker, topics)
}

// held keeps those partitions that broker has a replica of.
func (t *topics) held(broker int32, topics []kmsg.DescribeLogDirsRequestTopic) []kmsg.DescribeLogDirsRequestTopic {
	for i := range topics {
		topic := &topics[i]
		topic.Partitions = t.replicas.Held(broker, topic.Topic, topic.Partitions)
	}
	return topics
}
