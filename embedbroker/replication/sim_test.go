package replication_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/embedbroker/replication"
)

// world runs a model together with what it is a model of: a log of real records
// for each replica, and what producers were told.
type world struct {
	t       *testing.T
	seed    uint64
	rng     *rand.Rand
	m       *replication.Model
	now     time.Time
	brokers int
	oneLog  bool
	keys    []replication.Key
	parts   map[replication.Key]*shadow
	steps   []string
}

// shadow is what really is in the logs of one partition.
type shadow struct {
	logs    map[int32][]int // record numbers by broker
	next    int
	waiting []pending
	acked   map[int]int64 // offsets of the records acknowledged with acks=all
	unclean bool          // an unclean election has taken place: records may be lost
	before  replication.Partition
	minISR  int
}

// pending is an append with acks=all that is not answered yet.
type pending struct {
	first, end int64
	leader     int32
	records    []int
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 16)), now: time.Unix(1000, 0), parts: make(map[replication.Key]*shadow)}
	w.brokers = 1 + w.rng.IntN(5)
	w.oneLog = w.rng.IntN(3) == 0
	racks := make([]string, w.brokers)
	for i := range racks {
		racks[i] = fmt.Sprint(w.rng.IntN(3))
	}
	w.m = replication.New(racks, replication.Settings{
		LagTimeMax: 30 * time.Second, SessionTimeout: 9 * time.Second, CatchUp: 3 * time.Second,
		RebalanceEvery: time.Duration(w.rng.IntN(3)) * 20 * time.Second, OneLog: w.oneLog,
	})
	ring := replication.Ring(racks)
	for i := range 1 + w.rng.IntN(3) {
		key := replication.Key{Topic: fmt.Sprintf("t%d", i), Partition: int32(i)}
		s := &shadow{logs: make(map[int32][]int), acked: make(map[int]int64), minISR: 1 + w.rng.IntN(3)}
		w.m.SetTopic(key.Topic, replication.TopicSettings{MinISR: s.minISR, Unclean: w.rng.IntN(4) == 0}, w.now)
		w.m.Add(key, replication.Place(ring, racks, w.rng.IntN(w.brokers), 1+w.rng.IntN(w.brokers)), 0, 0, w.now)
		s.before, _ = w.m.Partition(key)
		w.keys, w.parts[key] = append(w.keys, key), s
	}
	return w
}

func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	from := max(0, len(w.steps)-40)
	for _, s := range w.steps[from:] {
		w.t.Log(s)
	}
	for _, key := range w.keys {
		p, _ := w.m.Partition(key)
		w.t.Logf("%v was %+v, is %+v", key, w.parts[key].before, p)
	}
	w.t.Fatalf("seed %d: %s", w.seed, fmt.Sprintf(format, args...))
}

// step does one thing at random, then compares the model with the world.
func (w *world) step() {
	w.now = w.now.Add(time.Duration(w.rng.IntN(1500)) * time.Millisecond)
	id := int32(w.rng.IntN(w.brokers))
	key := w.keys[w.rng.IntN(len(w.keys))]
	var did string
	var err error
	switch w.rng.IntN(14) {
	case 0:
		did, err = fmt.Sprintf("stop %d", id), w.m.Stop(id, w.now)
	case 1, 2:
		did, err = fmt.Sprintf("start %d", id), w.m.Start(id, w.now)
	case 3:
		rate := int64(w.rng.IntN(20))
		did, err = fmt.Sprintf("slow %d to %d/s", id, rate), w.m.Slow(id, rate, w.now)
	case 4:
		did, err = fmt.Sprintf("isolate %d", id), w.m.Isolate(id, w.now)
	case 5, 6:
		did, err = fmt.Sprintf("heal %d", id), w.m.Heal(id, w.now)
	case 7:
		kind := replication.Preferred
		if w.rng.IntN(4) == 0 {
			kind = replication.Unclean
		}
		did, err = fmt.Sprintf("elect %v of %v", kind, key), w.m.Elect(key, kind, w.now)
	case 8:
		var target []int32
		if w.rng.IntN(3) > 0 {
			for _, b := range w.rng.Perm(w.brokers)[:1+w.rng.IntN(w.brokers)] {
				target = append(target, int32(b))
			}
		}
		did, err = fmt.Sprintf("reassign %v to %v", key, target), w.m.Reassign(key, target, w.now)
	case 9:
		did = "much time passes"
		for range w.rng.IntN(40) {
			w.now = w.now.Add(time.Second)
			w.m.Advance(w.now)
			w.follow()
			w.check()
		}
	case 10:
		did = "time passes"
		w.m.Advance(w.now)
	default:
		did = w.append(key)
	}
	w.steps = append(w.steps, fmt.Sprintf("%v %s (%v)", w.now.Unix(), did, err))
	w.follow()
	w.check()
}

// append writes one to five records where the leader can be reached.
func (w *world) append(key replication.Key) string {
	s := w.parts[key]
	p, _ := w.m.Partition(key)
	if p.Leader == replication.NoLeader || w.m.Brokers()[p.Leader].State == replication.Isolated {
		return fmt.Sprintf("append to %v: nobody takes it", key)
	}
	all := w.rng.IntN(3) > 0
	if all && !w.m.Admits(key) {
		return fmt.Sprintf("append to %v: refused", key)
	}
	log := s.logs[p.Leader]
	first := int64(len(log))
	var records []int
	for range 1 + w.rng.IntN(5) {
		records, s.next = append(records, s.next), s.next+1
	}
	s.logs[p.Leader] = append(slices.Clone(log), records...)
	end := first + int64(len(records))
	w.m.Append(key, end, w.now)
	if all {
		s.waiting = append(s.waiting, pending{first, end, p.Leader, records})
	}
	return fmt.Sprintf("append %v at %d to %v, all %v", records, first, key, all)
}

// follow does to the logs what the model says that happened to them.
func (w *world) follow() {
	_, events := w.m.Take()
	for _, key := range w.keys {
		s := w.parts[key]
		elections := 0
		for _, e := range events {
			if e.Kind == replication.LeaderElected && e.Topic == key.Topic {
				elections++
				s.unclean = s.unclean || strings.HasPrefix(e.Text, "unclean")
			}
		}
		p, _ := w.m.Partition(key)
		w.copyLogs(key, s, p, elections)
	}
}

// copyLogs lets replicas copy from who led before, cuts them where they part from
// who leads now, and lets them copy from that one.
func (w *world) copyLogs(key replication.Key, s *shadow, p replication.Partition, elections int) {
	old := slices.Clone(s.logs[s.before.Leader])
	if w.oneLog {
		old = s.longest()
	}
	ends := make(map[int32]int64)
	for _, c := range p.Copies {
		ends[c.Broker] = c.End
		if log := s.logs[c.Broker]; int64(len(log)) < c.End && samePrefix(log, old) == len(log) {
			s.logs[c.Broker] = slices.Clone(old[:min(c.End, int64(len(old)))])
		}
	}
	leader := s.logs[p.Leader]
	if p.Leader != replication.NoLeader {
		leader = leader[:min(int64(len(leader)), ends[p.Leader])]
		s.logs[p.Leader] = leader
	}
	for id, log := range s.logs {
		end, is := ends[id]
		switch {
		case !is && (p.Leader != replication.NoLeader || !w.oneLog):
			delete(s.logs, id)
		case !is || p.Leader == replication.NoLeader:
		case w.m.Brokers()[id].State == replication.Running && elections == 1:
			// Right after an election a replica has no more than what it
			// has in common with the new leader.
			if same := samePrefix(log, leader); w.canCopy(p, id) && end > int64(same) {
				w.fail("%v: replica %d ends at %d after the election of %d, they have %d records in common", key, id, end, p.Leader, same)
			}
			s.logs[id] = log[:min(end, int64(len(log)))]
		case w.canCopy(p, id) && end <= int64(len(leader)):
			s.logs[id] = slices.Clone(leader[:end])
		default:
			s.logs[id] = log[:min(end, int64(len(log)))]
		}
	}
	for _, c := range p.Copies {
		if s.logs[c.Broker] == nil && p.Leader != replication.NoLeader && c.End <= int64(len(leader)) {
			s.logs[c.Broker] = slices.Clone(leader[:c.End])
		}
	}
}

// samePrefix is how many records two logs have in common.
func samePrefix(a, b []int) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func (w *world) canCopy(p replication.Partition, id int32) bool {
	ok := func(id int32) bool {
		s := w.m.Brokers()[id].State
		return s == replication.Running || s == replication.Slow
	}
	return ok(id) && ok(p.Leader)
}

func (s *shadow) longest() []int {
	var longest []int
	for _, log := range s.logs {
		if len(log) > len(longest) {
			longest = log
		}
	}
	return longest
}

// check holds the world against what Kafka promises.
func (w *world) check() {
	for _, key := range w.keys {
		s := w.parts[key]
		p, ok := w.m.Partition(key)
		if !ok {
			w.fail("%v is gone", key)
		}
		if p.Leader != replication.NoLeader && !slices.Contains(p.ISR, p.Leader) {
			w.fail("%v: leader %d is not in the ISR %v", key, p.Leader, p.ISR)
		}
		if p.Leader != replication.NoLeader && !w.m.Live(p.Leader) {
			w.fail("%v: leader %d is not there", key, p.Leader)
		}
		if p.Epoch < s.before.Epoch || p.Epoch == s.before.Epoch && p.Leader != s.before.Leader {
			w.fail("%v: epoch %d with leader %d after epoch %d with leader %d", key, p.Epoch, p.Leader, s.before.Epoch, s.before.Leader)
		}
		if p.HighWatermark < s.before.HighWatermark && !s.unclean {
			w.fail("%v: high watermark went from %d back to %d", key, s.before.HighWatermark, p.HighWatermark)
		}
		w.checkSets(key, p)
		for _, c := range p.Copies {
			if int64(len(s.logs[c.Broker])) != c.End && (p.Leader != replication.NoLeader || !w.oneLog) {
				w.fail("%v: replica %d ends at %d, its log has %d records", key, c.Broker, c.End, len(s.logs[c.Broker]))
			}
			if slices.Contains(p.ISR, c.Broker) && c.End < p.HighWatermark {
				w.fail("%v: high watermark %d passes %d in the ISR, which ends at %d", key, p.HighWatermark, c.Broker, c.End)
			}
		}
		w.checkAcks(key, s, p)
		s.before = p
	}
}

func (w *world) checkSets(key replication.Key, p replication.Partition) {
	for name, set := range map[string][]int32{"ISR": p.ISR, "ELR": p.ELR, "adding": p.Adding, "removing": p.Removing} {
		for i, id := range set {
			if !slices.Contains(p.Replicas, id) || slices.Contains(set[:i], id) {
				w.fail("%v: %s %v of replicas %v", key, name, set, p.Replicas)
			}
		}
	}
	for _, id := range p.ISR {
		if !w.m.Live(id) {
			w.fail("%v: broker %d of the ISR %v is not there", key, id, p.ISR)
		}
		if slices.Contains(p.ELR, id) {
			w.fail("%v: ISR %v and ELR %v overlap", key, p.ISR, p.ELR)
		}
	}
	if len(p.ISR)+len(p.ELR) == 0 {
		w.fail("%v: nobody could ever lead", key)
	}
}

// checkAcks answers the appends that wait, and wants every one that was
// acknowledged in the leader's log at its offset.
func (w *world) checkAcks(key replication.Key, s *shadow, p replication.Partition) {
	s.waiting = slices.DeleteFunc(s.waiting, func(a pending) bool {
		switch w.m.Acknowledged(key, a.end, a.leader) {
		case replication.Waiting:
			return false
		case replication.Done:
			for i, r := range a.records {
				// A leader that lost an unclean election in between may answer
				// by the offsets of others: its client knows by the epoch.
				if log := s.logs[p.Leader]; a.first+int64(i) < int64(len(log)) && log[a.first+int64(i)] == r {
					s.acked[r] = a.first + int64(i)
				}
			}
		}
		return true
	})
	if p.Leader == replication.NoLeader || s.unclean {
		return
	}
	log := s.logs[p.Leader]
	for r, at := range s.acked {
		if at >= int64(len(log)) || log[at] != r {
			w.fail("%v: record %d was acknowledged at %d and is not in the log of leader %d (%d records)", key, r, at, p.Leader, len(log))
		}
	}
	for _, id := range p.ISR {
		for at := range p.HighWatermark {
			if s.logs[id][at] != log[at] {
				w.fail("%v: consumers see other records at %d on %d than on leader %d", key, at, id, p.Leader)
			}
		}
	}
}

// TestRandomSchedules runs thousands of random schedules and checks after every
// step that the model keeps Kafka's promises.
func TestRandomSchedules(t *testing.T) {
	schedules := 4000
	if testing.Short() {
		schedules = 400
	}
	for seed := range uint64(schedules) {
		w := newWorld(t, seed)
		for range 120 {
			w.step()
		}
	}
}

// TestSameScheduleSameHistory runs schedules twice: the model is deterministic.
func TestSameScheduleSameHistory(t *testing.T) {
	for seed := range uint64(50) {
		var ends [2]string
		for i := range ends {
			w := newWorld(t, seed)
			for range 120 {
				w.step()
			}
			for _, key := range w.keys {
				p, _ := w.m.Partition(key)
				ends[i] += fmt.Sprintf("%+v", p)
			}
		}
		if ends[0] != ends[1] {
			t.Fatalf("seed %d ends as\n%s\nand as\n%s", seed, ends[0], ends[1])
		}
	}
}
