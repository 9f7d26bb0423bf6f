package replication_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/embedbroker/replication"
)

// script drives a model of three brokers with one partition by words, so that a
// table can tell a story and what is to be seen at its end.
type script struct {
	t   *testing.T
	m   *replication.Model
	now time.Time
	err error
}

var orders = replication.Key{Topic: "orders", Partition: 0}

func newScript(t *testing.T, minISR int, oneLog bool, replicas ...int32) *script {
	m := replication.New([]string{"", "", "", ""}, replication.Settings{
		LagTimeMax: 30 * time.Second, SessionTimeout: 9 * time.Second, CatchUp: 3 * time.Second, OneLog: oneLog,
	})
	now := time.Unix(0, 0)
	m.SetTopic(orders.Topic, replication.TopicSettings{MinISR: minISR}, now)
	m.Add(orders, replicas, 7, 100, now)
	return &script{t: t, m: m, now: now}
}

// run does one step: "stop 1", "start 1", "slow 1 10" (records a second),
// "isolate 1", "heal 1", "append 50" (records), "wait 10s", "elect",
// "elect unclean", "move 1,2", "cancel".
func (s *script) run(step string) {
	s.t.Helper()
	var id int32
	var n int64
	words := strings.Fields(step)
	if len(words) > 1 {
		_, _ = fmt.Sscan(words[1], &id) // not every word has a broker
	}
	if len(words) > 2 {
		_, _ = fmt.Sscan(words[2], &n)
	}
	s.err = nil
	switch words[0] {
	case "stop":
		s.err = s.m.Stop(id, s.now)
	case "start":
		s.err = s.m.Start(id, s.now)
	case "slow":
		s.err = s.m.Slow(id, n, s.now)
	case "isolate":
		s.err = s.m.Isolate(id, s.now)
	case "heal":
		s.err = s.m.Heal(id, s.now)
	case "append":
		p, _ := s.m.Partition(orders)
		s.m.Append(orders, p.End()+int64(id), s.now)
	case "wait":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			s.t.Fatal(err)
		}
		for end := s.now.Add(d); s.now.Before(end); {
			s.now = s.now.Add(min(100*time.Millisecond, end.Sub(s.now)))
			s.m.Advance(s.now)
		}
	case "elect":
		kind := replication.Preferred
		if len(words) > 1 {
			kind = replication.Unclean
		}
		s.err = s.m.Elect(orders, kind, s.now)
	case "move":
		var target []int32
		for _, w := range strings.Split(words[1], ",") {
			_, _ = fmt.Sscan(w, &id)
			target = append(target, id)
		}
		s.err = s.m.Reassign(orders, target, s.now)
	case "cancel":
		s.err = s.m.Reassign(orders, nil, s.now)
	default:
		s.t.Fatalf("no step %q", step)
	}
}

// state is what the tables compare: leader, epoch, ISR, ELR, high watermark, and
// the end of each replica's log.
func (s *script) state() string {
	p, _ := s.m.Partition(orders)
	var ends []string
	for _, c := range p.Copies {
		ends = append(ends, fmt.Sprintf("%d:%d", c.Broker, c.End))
	}
	slices.Sort(ends)
	return fmt.Sprintf("leader %d epoch %d isr %v elr %v hw %d ends %s", p.Leader, p.Epoch, p.ISR, p.ELR, p.HighWatermark, strings.Join(ends, " "))
}

func TestStories(t *testing.T) {
	for name, tc := range map[string]struct {
		minISR   int
		replicas []int32
		steps    string
		want     string
		err      string // of the last step
	}{
		"all is well": {2, []int32{0, 1, 2}, "append 10", "leader 0 epoch 7 isr [0 1 2] elr [] hw 110 ends 0:110 1:110 2:110", ""},
		"the leader stops": {2, []int32{0, 1, 2}, "append 10; stop 0; append 5",
			"leader 1 epoch 8 isr [1 2] elr [] hw 115 ends 0:110 1:115 2:115", ""},
		"a follower stops: no new epoch": {2, []int32{0, 1, 2}, "stop 2; append 5",
			"leader 0 epoch 7 isr [0 1] elr [] hw 105 ends 0:105 1:105 2:100", ""},
		"it copies what it missed": {2, []int32{0, 1, 2}, "stop 2; append 30; start 2; wait 1500ms",
			"leader 0 epoch 7 isr [0 1] elr [] hw 130 ends 0:130 1:130 2:115", ""},
		"and joins": {2, []int32{0, 1, 2}, "stop 2; append 30; start 2; wait 4s",
			"leader 0 epoch 7 isr [0 1 2] elr [] hw 130 ends 0:130 1:130 2:130", ""},
		"the old leader does not lead by itself": {2, []int32{0, 1, 2}, "stop 0; start 0; wait 4s",
			"leader 1 epoch 8 isr [1 2 0] elr [] hw 100 ends 0:100 1:100 2:100", ""},
		"until it is elected": {2, []int32{0, 1, 2}, "stop 0; start 0; wait 4s; elect",
			"leader 0 epoch 9 isr [1 2 0] elr [] hw 100 ends 0:100 1:100 2:100", ""},
		"which needs it in sync": {2, []int32{0, 1, 2}, "stop 0; append 9; start 0; elect",
			"leader 1 epoch 8 isr [1 2] elr [] hw 109 ends 0:100 1:109 2:109", replication.PreferredNotAvailable.Error()},
		"and not leading": {2, []int32{0, 1, 2}, "elect",
			"leader 0 epoch 7 isr [0 1 2] elr [] hw 100 ends 0:100 1:100 2:100", replication.ElectionNotNeeded.Error()},
		"slow: the high watermark waits": {2, []int32{0, 1, 2}, "slow 2 10; append 50; wait 2s",
			"leader 0 epoch 7 isr [0 1 2] elr [] hw 120 ends 0:150 1:150 2:120", ""},
		"slow: out after the lag time": {2, []int32{0, 1, 2}, "slow 2 1; append 500; wait 31s",
			"leader 0 epoch 7 isr [0 1] elr [] hw 600 ends 0:600 1:600 2:131", ""},
		"slow: fast enough to stay": {2, []int32{0, 1, 2}, "slow 2 1; append 20; wait 29s; append 20; wait 29s",
			"leader 0 epoch 7 isr [0 1 2] elr [] hw 140 ends 0:140 1:140 2:140", ""},
		"isolated: still in the ISR at first": {2, []int32{0, 1, 2}, "isolate 2; append 5; wait 8900ms",
			"leader 0 epoch 7 isr [0 1 2] elr [] hw 100 ends 0:105 1:105 2:100", ""},
		"isolated: then fenced": {2, []int32{0, 1, 2}, "isolate 2; append 5; wait 9s",
			"leader 0 epoch 7 isr [0 1] elr [] hw 105 ends 0:105 1:105 2:100", ""},
		"isolated leader": {2, []int32{0, 1, 2}, "isolate 0; wait 9s",
			"leader 1 epoch 8 isr [1 2] elr [] hw 100 ends 0:100 1:100 2:100", ""},
		"below min ISR the high watermark stays": {3, []int32{0, 1, 2}, "stop 2; append 5",
			"leader 0 epoch 7 isr [0 1] elr [2] hw 100 ends 0:105 1:105 2:100", ""},
		"and moves when it is back": {3, []int32{0, 1, 2}, "stop 2; append 5; start 2; wait 4s",
			"leader 0 epoch 7 isr [0 1 2] elr [] hw 105 ends 0:105 1:105 2:105", ""},
		"min ISR above the replicas is all of them": {5, []int32{0, 1}, "append 5",
			"leader 0 epoch 7 isr [0 1] elr [] hw 105 ends 0:105 1:105", ""},
		"nobody left": {1, []int32{0, 1}, "stop 1; append 5; stop 0",
			"leader -1 epoch 8 isr [] elr [0] hw 105 ends 0:105 1:100", ""},
		"who is not eligible does not lead": {1, []int32{0, 1}, "stop 1; append 5; stop 0; start 1; wait 60s",
			"leader -1 epoch 8 isr [] elr [0] hw 105 ends 0:105 1:100", ""},
		"who is does": {1, []int32{0, 1}, "stop 1; append 5; stop 0; start 1; start 0; wait 4s",
			"leader 0 epoch 9 isr [0 1] elr [] hw 105 ends 0:105 1:105", ""},
		"eligible by KIP-966": {2, []int32{0, 1}, "stop 1; append 5; stop 0; start 1; wait 1s",
			"leader 1 epoch 9 isr [1] elr [0] hw 100 ends 0:105 1:100", ""},
		"one replica": {1, []int32{3}, "stop 3; start 3", "leader 3 epoch 9 isr [3] elr [] hw 100 ends 3:100", ""},
		"unclean only where it may": {1, []int32{0, 1}, "stop 1; append 5; stop 0; start 1; elect unclean",
			"leader 1 epoch 9 isr [1] elr [] hw 100 ends 0:105 1:100", ""},
		"a move adds": {2, []int32{0, 1}, "move 2,3; wait 1500ms",
			"leader 0 epoch 7 isr [0 1] elr [] hw 100 ends 0:100 1:100 2:50 3:50", ""},
		"then removes, with a new leader": {2, []int32{0, 1}, "move 2,3; wait 4s",
			"leader 2 epoch 8 isr [2 3] elr [] hw 100 ends 2:100 3:100", ""},
		"another order of replicas is done at once": {2, []int32{0, 1}, "move 1,0",
			"leader 0 epoch 7 isr [0 1] elr [] hw 100 ends 0:100 1:100", ""},
		"fewer replicas: a new epoch": {2, []int32{0, 1, 2}, "move 0,1",
			"leader 0 epoch 8 isr [0 1] elr [] hw 100 ends 0:100 1:100", ""},
		"a move that is cancelled": {2, []int32{0, 1}, "move 2,3; wait 1s; cancel; wait 5s",
			"leader 0 epoch 8 isr [0 1] elr [] hw 100 ends 0:100 1:100", ""},
		"nothing to cancel": {2, []int32{0, 1}, "cancel",
			"leader 0 epoch 7 isr [0 1] elr [] hw 100 ends 0:100 1:100", "no reassignment is under way"},
		"to a broker that is not there": {2, []int32{0, 1}, "move 0,9",
			"leader 0 epoch 7 isr [0 1] elr [] hw 100 ends 0:100 1:100", "no broker 9: there are 0 to 3"},
		"to a broker twice": {2, []int32{0, 1}, "move 1,1",
			"leader 0 epoch 7 isr [0 1] elr [] hw 100 ends 0:100 1:100", "broker 1 is named twice"},
		"a move waits for a broker that is stopped": {2, []int32{0, 1}, "stop 3; move 2,3; wait 20s",
			"leader 0 epoch 7 isr [0 1 2] elr [] hw 100 ends 0:100 1:100 2:100 3:0", ""},
		"stopped twice":          {1, []int32{0}, "stop 1; stop 1", "leader 0 epoch 7 isr [0] elr [] hw 100 ends 0:100", "stop broker 1: it is stopped"},
		"started while it runs":  {1, []int32{0}, "start 1", "leader 0 epoch 7 isr [0] elr [] hw 100 ends 0:100", "start broker 1: it is running; only a stopped broker can be started"},
		"healed while it is off": {1, []int32{0}, "stop 1; heal 1", "leader 0 epoch 7 isr [0] elr [] hw 100 ends 0:100", "heal broker 1: it is stopped; start it first"},
		"no such broker":         {1, []int32{0}, "isolate 4", "leader 0 epoch 7 isr [0] elr [] hw 100 ends 0:100", "no broker 4: there are 0 to 3"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, tc.minISR, false, tc.replicas...)
			for _, step := range strings.Split(tc.steps, "; ") {
				s.run(step)
			}
			if got := s.state(); got != tc.want {
				t.Errorf("after %s:\n got %s\nwant %s", tc.steps, got, tc.want)
			}
			if (s.err == nil) != (tc.err == "") || s.err != nil && s.err.Error() != tc.err {
				t.Errorf("the last step answers %v, want %q", s.err, tc.err)
			}
		})
	}
}

// TestOneLog tells what is otherwise when all replicas are one log.
func TestOneLog(t *testing.T) {
	s := newScript(t, 1, true, 0, 1)
	for _, step := range []string{"slow 1 0", "append 50", "stop 0"} {
		s.run(step)
	}
	if got, want := s.state(), "leader 1 epoch 8 isr [1] elr [] hw 150 ends 0:150 1:150"; got != want {
		t.Errorf("a leader that was behind: got %s, want %s", got, want)
	}
	s = newScript(t, 1, true, 0, 1)
	s.m.SetTopic(orders.Topic, replication.TopicSettings{MinISR: 1, Unclean: true}, s.now)
	for _, step := range []string{"stop 1", "append 50", "stop 0", "start 1", "elect unclean"} {
		s.run(step)
	}
	if !errors.Is(s.err, replication.UncleanNotPossible) {
		t.Errorf("an unclean election answers %v", s.err)
	}
	if got, want := s.state(), "leader -1 epoch 8 isr [] elr [0] hw 150 ends 0:150 1:100"; got != want {
		t.Errorf("an unclean election: got %s, want %s", got, want)
	}
}

// TestUncleanTruncates: with logs of their own, the old leader loses what the
// new one never had.
func TestUncleanTruncates(t *testing.T) {
	s := newScript(t, 1, false, 0, 1)
	s.m.SetTopic(orders.Topic, replication.TopicSettings{MinISR: 1, Unclean: true}, s.now)
	for _, step := range []string{"stop 1", "append 50", "stop 0", "start 1", "append 10", "start 0", "wait 4s"} {
		s.run(step)
	}
	if got, want := s.state(), "leader 1 epoch 9 isr [1 0] elr [] hw 110 ends 0:110 1:110"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestAcks tells how an append with acks=all is answered.
func TestAcks(t *testing.T) {
	for name, tc := range map[string]struct {
		before, after string
		want          replication.Acks
	}{
		"all have it":              {"", "", replication.Done},
		"one is behind":            {"slow 2 1", "", replication.Waiting},
		"until it has it":          {"slow 2 1", "wait 10s", replication.Done},
		"or has left the ISR":      {"slow 2 0", "wait 31s", replication.Done},
		"which may be too few":     {"slow 1 0; slow 2 0", "wait 31s", replication.Waiting},
		"the leader stops":         {"slow 2 1", "stop 0", replication.NotLeader},
		"too few, but all have it": {"", "stop 1; stop 2", replication.NotEnough},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, 2, true, 0, 1, 2)
			run := func(steps string) {
				for _, step := range strings.Split(steps, "; ") {
					if step != "" {
						s.run(step)
					}
				}
			}
			run(tc.before)
			s.run("append 10")
			run(tc.after)
			if got := s.m.Acknowledged(orders, 110, 0); got != tc.want {
				t.Errorf("got %v, want %v (%s)", got, tc.want, s.state())
			}
		})
	}
}

func TestAdmits(t *testing.T) {
	s := newScript(t, 2, true, 0, 1)
	if !s.m.Admits(orders) {
		t.Error("refuses acks=all with all in sync")
	}
	s.run("stop 1")
	if s.m.Admits(orders) {
		t.Error("takes acks=all with one of two in sync and min.insync.replicas 2")
	}
}

// TestNominal: a partition is nominal when nothing is left of what was done.
func TestNominal(t *testing.T) {
	s := newScript(t, 1, true, 0, 1, 2)
	for _, step := range []struct {
		do   string
		want bool
	}{
		{"append 5", true},
		{"stop 0", false},
		{"start 0", false}, // another one leads
		{"wait 4s", false},
		{"elect", true},
		{"slow 1 100", false}, // though it is not behind
		{"heal 1", true},
		{"move 1,2,3", false},
		{"wait 4s", true}, // with other replicas
	} {
		if s.run(step.do); s.m.Nominal(orders) != step.want {
			t.Errorf("after %q: nominal %v, %s", step.do, !step.want, s.state())
		}
	}
}

// TestEvents: what happened is told in plain words, with the broker and why.
func TestEvents(t *testing.T) {
	s := newScript(t, 2, true, 0, 1)
	for _, step := range []string{"stop 0", "start 0", "wait 4s"} {
		s.run(step)
	}
	moves, events := s.m.Take()
	var told []string
	for _, e := range events {
		told = append(told, fmt.Sprintf("%s %d %s: %s", e.Kind, e.Broker, e.Topic, e.Text))
	}
	want := []string{
		"broker-stopped 0 : shut down; what it leads moves to another replica in sync",
		"isr-shrank 0 orders: left the ISR: broker 0 stopped",
		"leader-elected 1 orders: leads in epoch 8: broker 0 stopped",
		"below-min-isr 1 orders: 1 in sync, below min.insync.replicas 2: acks=all is refused: broker 0 stopped",
		"broker-started 0 : started; its replicas copy what they missed",
		"isr-grew 0 orders: joined the ISR: broker 0 has caught up",
	}
	if !slices.Equal(told, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
	if want := []replication.Move{{Key: orders, Leader: 1, Epoch: 8}}; !slices.Equal(moves, want) {
		t.Errorf("moves %v, want %v", moves, want)
	}
	if moves, events := s.m.Take(); len(moves)+len(events) > 0 {
		t.Errorf("told twice: %v %v", moves, events)
	}
}

func TestRebalance(t *testing.T) {
	m := replication.New([]string{"", ""}, replication.Settings{CatchUp: time.Second, RebalanceEvery: 10 * time.Second, OneLog: true})
	now := time.Unix(0, 0)
	m.Add(orders, []int32{0, 1}, 0, 0, now)
	m.Advance(now)
	_, _ = m.Stop(0, now), m.Start(0, now)
	m.Advance(now.Add(9 * time.Second))
	if p, _ := m.Partition(orders); p.Leader != 1 {
		t.Errorf("broker %d leads before the interval", p.Leader)
	}
	m.Advance(now.Add(10 * time.Second))
	if p, _ := m.Partition(orders); p.Leader != 0 || p.Epoch != 2 {
		t.Errorf("broker %d leads in epoch %d after the interval", p.Leader, p.Epoch)
	}
}
