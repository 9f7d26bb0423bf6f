// Package replicas keeps the replicas of a running cluster: it places them, runs
// the model of package replication on the engine's one copy of the data, moves
// the engine's leaders as the model elects them, and paints over the engine's
// answers what clients are told of all that.
//
// While every broker runs and every partition is as it was placed, it holds
// nothing per partition and changes no answer.
package replicas

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kdeck/kdeck/embedbroker/replication"
	"github.com/twmb/franz-go/pkg/kfake"
)

// Engine is what a Set needs of the engine.
type Engine interface {
	MoveTopicPartition(topic string, partition, broker int32) error
	PartitionInfos(topic string) []*kfake.PartitionInfo
	CoordinatorFor(key string) int32
}

// Config tells a Set about its cluster.
type Config struct {
	Racks    []string // of the brokers, by id; "" for none
	Settings replication.Settings
	// Addr is where clients reach a broker.
	Addr func(broker int32) (host string, port int32)
	// MinISR reads min.insync.replicas of a topic.
	MinISR func(topic string) int
	// Placed is told where a partition is that moves, or has moved, so that it
	// is there at the next start.
	Placed func(topic string, p Placement, partition int32) error
}

// Set is the replicas of a cluster. Its methods may be called from any
// goroutine.
type Set struct {
	cfg    Config
	engine Engine
	layout layout

	// degraded is set while anything is not as it was placed, custom while
	// replicas are not where the engine would say: requests ask for them.
	degraded, custom atomic.Bool

	mu      sync.RWMutex
	model   *replication.Model
	placed  map[string]Placement
	names   map[[16]byte]string
	leaders []int // partitions that prefer each broker as leader
	moving  map[replication.Key]bool
	log     eventLog
	changed chan struct{} // closed and replaced when anything changes
	wake    chan struct{} // to Run
	quorum  quorum
}

// New returns the replicas of a cluster without topics.
func New(cfg Config) *Set {
	s := &Set{
		cfg:     cfg,
		layout:  newLayout(cfg.Racks),
		model:   replication.New(cfg.Racks, cfg.Settings),
		placed:  make(map[string]Placement),
		names:   make(map[[16]byte]string),
		leaders: make([]int, len(cfg.Racks)),
		moving:  make(map[replication.Key]bool),
		changed: make(chan struct{}),
		wake:    make(chan struct{}, 1),
	}
	s.quorum.leader = int32(len(cfg.Racks) - 1) // the engine's controller
	s.custom.Store(!s.layout.plain())
	return s
}

// Attach gives the replicas their engine, before anything else is asked of them.
func (s *Set) Attach(engine Engine) { s.engine = engine }

// Place places the partitions from, from+1, ... of a topic, whose others are
// placed already.
func (s *Set) Place(topic string, p Placement, from int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	away := s.away()
	if away {
		p = s.layout.giveAmong(p, from, s.model.Live)
	}
	for i := from; i < p.Partitions; i++ {
		leader := s.layout.leader(p, int32(i))
		if err := s.engine.MoveTopicPartition(topic, int32(i), leader); err != nil {
			return fmt.Errorf("place partition %d of topic %s: %w", i, topic, err)
		}
	}
	s.placed[topic] = p
	s.names[p.ID] = topic
	s.layout.count(s.leaders, p, from, 1)
	if len(p.Given) > 0 {
		s.custom.Store(true)
	}
	if away {
		s.trackNew(topic, p, from)
	}
	return nil
}

// Resume goes on with the reassignments that had not ended when the cluster did.
func (s *Set) Resume() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, topic := range slices.Sorted(maps.Keys(s.placed)) {
		for part, target := range s.placed[topic].Target {
			key := replication.Key{Topic: topic, Partition: part}
			if err := s.reassign(key, target, time.Now()); err != nil {
				return fmt.Errorf("go on with the reassignment of %s-%d: %w", topic, part, err)
			}
		}
	}
	return nil
}

// ChooseFirst chooses Placement.First of a new topic.
func (s *Set) ChooseFirst(partitions int) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.layout.chooseFirst(s.leaders, partitions)
}

// Remove forgets a topic.
func (s *Set) Remove(topic string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.placed[topic]
	if !ok {
		return
	}
	s.layout.count(s.leaders, p, 0, -1)
	delete(s.placed, topic)
	delete(s.names, p.ID)
	s.model.RemoveTopic(topic)
	for key := range s.moving {
		if key.Topic == topic {
			delete(s.moving, key)
		}
	}
	s.settle()
}

// Placement returns where a topic is.
func (s *Set) Placement(topic string) (Placement, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	p, ok := s.placed[topic]
	return p, ok
}

// TopicName is the name of the topic of an id, "" for an unknown one.
func (s *Set) TopicName(id [16]byte) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.names[id]
}

// Placements returns where all topics are.
func (s *Set) Placements() map[string]Placement {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.placed)
}

// Partitions counts the partitions of all topics.
func (s *Set) Partitions() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := 0
	for _, l := range s.leaders {
		n += l
	}
	return n
}

// Held keeps those partitions of a topic that a broker has a replica of.
func (s *Set) Held(broker int32, topic string, partitions []int32) []int32 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.DeleteFunc(partitions, func(p int32) bool {
		ids, _, ok := s.replicasOf(topic, p)
		return !ok || !slices.Contains(ids, broker)
	})
}

// HighWatermark returns up to where consumers see a partition, where that can be
// less than the engine's log.
func (s *Set) HighWatermark(topic string, partition int32) (hw int64, limited bool) {
	if !s.Degraded() {
		return 0, false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.highWatermark(topic, partition)
}

// Leader returns the leader of a partition; ok is false when there is none of
// that name.
func (s *Set) Leader(topic string, partition int32) (leader int32, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ids, state, ok := s.replicasOf(topic, partition)
	switch {
	case !ok:
		return replication.NoLeader, false
	case state != nil:
		return state.Leader, true
	}
	return ids[0], true
}

// replicasOf returns the replicas of a partition and, when it is not as it was
// placed, its state.
func (s *Set) replicasOf(topic string, partition int32) ([]int32, *replication.Partition, bool) {
	p, ok := s.placed[topic]
	if !ok || partition < 0 || int(partition) >= p.Partitions {
		return nil, nil, false
	}
	if state, ok := s.model.Partition(replication.Key{Topic: topic, Partition: partition}); ok {
		return state.Replicas, &state, true
	}
	return s.layout.replicas(p, partition), nil, true
}

// away reports whether any broker is not running.
func (s *Set) away() bool {
	return slices.ContainsFunc(s.model.Brokers(), func(b replication.Broker) bool { return b.State != replication.Running })
}

// Degraded reports whether anything is not as it was placed.
func (s *Set) Degraded() bool { return s.degraded.Load() }

// repainted reports whether metadata is not what the engine says.
func (s *Set) repainted() bool { return s.degraded.Load() || s.custom.Load() }

// Changed is closed when anything changes.
func (s *Set) Changed() <-chan struct{} {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.changed
}
