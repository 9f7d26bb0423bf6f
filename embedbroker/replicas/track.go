package replicas

import (
	"fmt"
	"slices"
	"time"

	"github.com/kdeck/kdeck/embedbroker/replication"
)

// Stop shuts a broker down in the model: its leaders move. Its gate is closed
// afterwards.
func (s *Set) Stop(broker int32) error {
	return s.change(broker, s.model.Stop)
}

// Start starts a broker that is stopped. Its gate is opened before.
func (s *Set) Start(broker int32) error {
	return s.change(broker, s.model.Start)
}

// Slow makes the replicas of a broker copy at most rate records a second each.
func (s *Set) Slow(broker int32, rate int64) error {
	return s.change(broker, func(id int32, now time.Time) error { return s.model.Slow(id, rate, now) })
}

// Isolate cuts a broker off in the model.
func (s *Set) Isolate(broker int32) error {
	return s.change(broker, s.model.Isolate)
}

// Heal ends Slow and Isolate.
func (s *Set) Heal(broker int32) error {
	return s.change(broker, s.model.Heal)
}

// change does something to a broker, with all partitions that it concerns in the
// model. Answers wait for it: they are painted from the moment on at which the
// log ends are read, so that nobody sees past the high watermark in between.
func (s *Set) change(broker int32, do func(int32, time.Time) error) error {
	s.degraded.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.track(broker, now)
	s.refresh(now)
	err := do(broker, now)
	s.apply(now)
	s.settle()
	return err
}

// track takes the partitions with a replica on broker into the model.
func (s *Set) track(broker int32, now time.Time) {
	for topic, p := range s.placed {
		wanted := make(map[int32]bool)
		for part := range int32(p.Partitions) {
			if !s.model.Has(replication.Key{Topic: topic, Partition: part}) && slices.Contains(s.layout.replicas(p, part), broker) {
				wanted[part] = true
			}
		}
		s.trackPartitions(topic, p, wanted, now)
	}
}

func (s *Set) trackPartitions(topic string, p Placement, parts map[int32]bool, now time.Time) {
	if len(parts) == 0 {
		return
	}
	s.model.SetTopic(topic, replication.TopicSettings{MinISR: s.cfg.MinISR(topic)}, now)
	for _, info := range s.engine.PartitionInfos(topic) {
		if parts[info.Partition] {
			s.model.Add(replication.Key{Topic: topic, Partition: info.Partition}, s.layout.replicas(p, info.Partition), info.Epoch, info.HighWatermark, now)
		}
	}
}

// trackNew takes new partitions into the model that were made while brokers are
// away.
func (s *Set) trackNew(topic string, p Placement, from int) {
	now := time.Now()
	s.model.SetTopic(topic, replication.TopicSettings{MinISR: s.cfg.MinISR(topic)}, now)
	for _, info := range s.engine.PartitionInfos(topic) {
		if int(info.Partition) >= from {
			key := replication.Key{Topic: topic, Partition: info.Partition}
			s.model.AddCopies(key, s.layout.replicas(p, info.Partition), info.Epoch, 0, info.HighWatermark, now)
		}
	}
	s.apply(now)
	s.settle()
}

// refresh tells the model where the logs of partitions end; of all without keys.
func (s *Set) refresh(now time.Time, keys ...replication.Key) {
	if keys == nil {
		keys = s.model.Keys()
	}
	wanted := make(map[string]bool)
	for _, key := range keys {
		wanted[key.Topic] = true
	}
	for topic := range wanted {
		for _, info := range s.engine.PartitionInfos(topic) {
			s.model.Append(replication.Key{Topic: topic, Partition: info.Partition}, info.HighWatermark, now)
		}
	}
}

// apply does to the engine what the model has decided, and notes what happened.
func (s *Set) apply(now time.Time) {
	moves, events := s.model.Take()
	for _, m := range moves {
		leader := m.Leader
		if leader == replication.NoLeader {
			leader = s.absent(m.Key)
		}
		// It fails for a topic that is being deleted, which is then forgotten.
		if err := s.engine.MoveTopicPartition(m.Key.Topic, m.Key.Partition, leader); err != nil {
			s.model.Remove(m.Key)
		}
	}
	s.quorum.offset += int64(len(moves) + len(events))
	s.quorum.elect(s.model, now)
	s.log.add(events)
	s.endMoves(now)
}

// absent is a broker that the engine can have as the leader of a partition that
// has none: one that is away, so that nobody asks it.
func (s *Set) absent(key replication.Key) int32 {
	state, _ := s.model.Partition(key)
	for _, id := range state.Replicas {
		if !s.model.Live(id) {
			return id
		}
	}
	for _, b := range s.model.Brokers() {
		if !s.model.Live(b.ID) {
			return b.ID
		}
	}
	return 0
}

// settle forgets what is as it was placed, and tells everybody that things have
// changed.
func (s *Set) settle() {
	away := s.away()
	var nominal []replication.Key
	for _, key := range s.model.Keys() {
		if s.model.Nominal(key) && !s.moving[key] {
			nominal = append(nominal, key)
		}
	}
	if len(nominal) > 0 {
		s.model.Remove(nominal...)
	}
	s.degraded.Store(away || len(s.model.Keys()) > 0)
	close(s.changed)
	s.changed = make(chan struct{})
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// SetTopics reads the settings of topics anew.
func (s *Set) SetTopics(topics []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, topic := range topics {
		s.model.SetTopic(topic, replication.TopicSettings{MinISR: s.cfg.MinISR(topic)}, now)
	}
	s.apply(now)
	s.settle()
}

// interval is how often the model lets time pass while anything moves.
const interval = 100 * time.Millisecond

// Run lets time pass until stop is closed.
func (s *Set) Run(stop <-chan struct{}) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		if !s.Degraded() {
			select {
			case <-s.wake:
			case <-stop:
				return
			}
		}
		select {
		case <-pause.C:
		case <-stop:
			return
		}
		start := time.Now()
		s.pass(start)
		// A large cluster takes longer: most of the time is the clients'.
		pause.Reset(max(interval, 5*time.Since(start)))
	}
}

// pass lets time pass for what moves.
func (s *Set) pass(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var moving []replication.Key
	for _, key := range s.model.Keys() {
		if s.model.Moving(key) {
			moving = append(moving, key)
		}
	}
	if len(moving) > 0 {
		s.refresh(now, moving...)
	}
	s.model.AdvanceOnly(moving, now)
	s.apply(now)
	s.settle()
}

// reassign starts to move a partition, or cancels that for nil.
func (s *Set) reassign(key replication.Key, target []int32, now time.Time) error {
	p, ok := s.placed[key.Topic]
	if !ok || key.Partition < 0 || int(key.Partition) >= p.Partitions {
		return &replication.ReassignError{Unknown: true}
	}
	if target == nil && !s.moving[key] {
		return &replication.ReassignError{NoProgress: true}
	}
	s.degraded.Store(true)
	if !s.model.Has(key) {
		s.trackPartitions(key.Topic, p, map[int32]bool{key.Partition: true}, now)
	}
	s.refresh(now, key)
	if err := s.model.Reassign(key, target, now); err != nil {
		return err
	}
	s.moving[key] = true
	if target != nil {
		p.Target = with(p.Target, key.Partition, target)
		s.placed[key.Topic] = p
		if err := s.cfg.Placed(key.Topic, p, key.Partition); err != nil {
			return err
		}
	}
	s.apply(now)
	s.settle()
	return nil
}

// endMoves notes the replicas of partitions whose reassignment has ended.
func (s *Set) endMoves(now time.Time) {
	for key := range s.moving {
		state, ok := s.model.Partition(key)
		if ok && len(state.Adding)+len(state.Removing) > 0 {
			continue
		}
		delete(s.moving, key)
		p, there := s.placed[key.Topic]
		if !ok || !there {
			continue
		}
		s.leaders[s.layout.leader(p, key.Partition)]--
		p = p.give(key.Partition, state.Replicas)
		p.Target = with(p.Target, key.Partition, nil)
		s.leaders[state.Replicas[0]]++
		s.placed[key.Topic] = p
		s.custom.Store(true)
		if err := s.cfg.Placed(key.Topic, p, key.Partition); err != nil {
			s.log.add([]replication.Event{{Time: now, Broker: -1, Topic: key.Topic, Partition: key.Partition,
				Kind: "not-saved", Text: fmt.Sprintf("the new replicas are not saved for the next start: %v", err)}})
		}
	}
}
