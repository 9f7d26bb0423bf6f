package embedbroker

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
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
	engine  *engineConn // to the controller
	kfake   *kfake.Cluster
	brokers int
	dir     string // the data folder
	log     *placementLog
	trims   *trimLog
	txns    *transactions
	copies  *repair.Copies     // of the state files; nil when nothing is kept
	report  func(repair.Event) // never nil
	full    func() bool        // no room on the disk
	limits  limits

	mu      sync.RWMutex // write-locked while topics change
	closed  bool
	placed  map[string]placement
	leaders []int // partitions led, by broker
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
	firsts, err := t.log.load(t.brokers)
	if err != nil {
		return err
	}
	t.placed = make(map[string]placement)
	t.leaders = make([]int, t.brokers)
	found := resp.(*kmsg.MetadataResponse).Topics
	slices.SortFunc(found, func(a, b kmsg.MetadataResponseTopic) int {
		// Topics whose place is known come first: the others fill up.
		_, aKnown := firsts[*a.Topic]
		_, bKnown := firsts[*b.Topic]
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
		first, known := firsts[*topic.Topic]
		if !known {
			first = chooseFirst(t.leaders, len(topic.Partitions))
		}
		p := placement{First: first, Partitions: len(topic.Partitions)}
		if p.Partitions > 0 {
			p.Replicas = len(topic.Partitions[0].Replicas)
		}
		if err := t.place(*topic.Topic, p, 0); err != nil {
			return err
		}
	}
	return t.log.rewrite(t.brokers, t.placed)
}

// place makes the engine's leaders of the partitions from, from+1, ... those
// of p.
func (t *topics) place(topic string, p placement, from int) error {
	for i := from; i < p.Partitions; i++ {
		if err := t.kfake.MoveTopicPartition(topic, int32(i), p.leader(i, t.brokers)); err != nil {
			return fmt.Errorf("place partition %d of topic %s: %w", i, topic, err)
		}
	}
	t.placed[topic] = p
	p.addTo(t.leaders, from)
	return nil
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
	created := make(map[string]placement)
	for i := range resp.Topics {
		topic := &resp.Topics[i]
		if topic.ErrorCode != 0 {
			continue
		}
		p := t.placementOf(asked[topic.Topic])
		p.First = chooseFirst(t.leaders, p.Partitions)
		if err := t.place(topic.Topic, p, 0); err != nil {
			return nil, err
		}
		created[topic.Topic] = p
	}
	return resp, t.log.add(created)
}

// clear puts aside what lies where the new topics will be, as after a deletion that
// was cut short.
func (t *topics) clear(req *kmsg.CreateTopicsRequest) error {
	for i := range req.Topics {
		topic := &req.Topics[i]
		if _, ok := t.placed[topic.Topic]; ok {
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
func (t *topics) placementOf(topic *kmsg.CreateTopicsRequestTopic) placement {
	p := placement{Partitions: int(topic.NumPartitions), Replicas: int(topic.ReplicationFactor)}
	if n := len(topic.ReplicaAssignment); n > 0 {
		p.Partitions, p.Replicas = n, len(topic.ReplicaAssignment[0].Replicas)
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
	t.mu.RLock()
	missing := slices.DeleteFunc(names, func(name string) bool {
		_, ok := t.placed[name]
		return ok || !validTopicName(name)
	})
	t.mu.RUnlock()
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
func (t *topics) partitions() int {
	n := 0
	for _, l := range t.leaders {
		n += l
	}
	return n
}

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
		p := t.placed[name]
		from := p.Partitions
		for j := range req.Topics {
			if req.Topics[j].Topic == name {
				p.Partitions = int(req.Topics[j].Count)
			}
		}
		if err := t.place(name, p, from); err != nil {
			return nil, err
		}
	}
	return resp, nil
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
		if p, ok := t.placed[*topic.Topic]; ok {
			p.removeFrom(t.leaders)
			delete(t.placed, *topic.Topic)
		}
	}
	return resp, nil
}

// noteAll notes where the logs of all partitions start and end.
func (t *topics) noteAll() error {
	for name := range t.placed {
		if err := t.trims.note(t.kfake, name); err != nil {
			return err
		}
	}
	return nil
}

// truncate deletes the records of a partition before offset, or all for -1. It
// returns the new start of the log.
func (t *topics) truncate(broker int32, topic string, partition int32, offset int64) (int64, error) {
	p, ok := t.placed[topic]
	if !ok || partition < 0 || int(partition) >= p.Partitions {
		return -1, kerr.UnknownTopicOrPartition
	}
	if p.leader(int(partition), t.brokers) != broker {
		return -1, kerr.NotLeaderForPartition
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
	t.mu.RLock()
	defer t.mu.RUnlock()
	topics := []kmsg.DescribeLogDirsRequestTopic{}
	for _, name := range slices.Sorted(maps.Keys(t.placed)) {
		topic := kmsg.DescribeLogDirsRequestTopic{Topic: name}
		for p := range t.placed[name].Partitions {
			topic.Partitions = append(topic.Partitions, int32(p))
		}
		topics = append(topics, topic)
	}
	return t.held(broker, topics)
}

// held keeps those partitions that broker has a replica of. The lock is held.
func (t *topics) held(broker int32, topics []kmsg.DescribeLogDirsRequestTopic) []kmsg.DescribeLogDirsRequestTopic {
	for i := range topics {
		topic := &topics[i]
		placed := t.placed[topic.Topic]
		topic.Partitions = slices.DeleteFunc(topic.Partitions, func(p int32) bool {
			return p < 0 || int(p) >= placed.Partitions || !placed.holds(broker, int(p), t.brokers)
		})
	}
	return topics
}

// electionError is what a preferred election of a partition answers: its first
// replica leads already, or there is no such partition.
func (t *topics) electionError(topic string, partition int32) *kerr.Error {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if p, ok := t.placed[topic]; !ok || partition < 0 || int(partition) >= p.Partitions {
		return kerr.UnknownTopicOrPartition
	}
	return kerr.ElectionNotNeeded
}
