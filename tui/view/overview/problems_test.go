package overview

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/overview"
)

// brokersAre makes a check of brokers 1, 2, … in these states, led by broker 1.
func brokersAre(states ...brokers.State) *brokers.Check {
	check := &brokers.Check{Controller: kafka.Controller{ID: 1}}
	for i, s := range states {
		b := brokers.Broker{Node: model.Node{ID: int32(i + 1)}, State: s}
		if s == brokers.Silent {
			b.Err = syscall.ECONNREFUSED
		}
		check.Brokers = append(check.Brokers, b)
	}
	return check
}

// partitionsOf makes an overview of 42 partitions with these topics in trouble.
func partitionsOf(troubled ...overview.TroubledTopic) *overview.Overview {
	o := &overview.Overview{Troubled: troubled, TroubledTopics: len(troubled)}
	for _, t := range troubled {
		o.Add(t.Replication)
	}
	o.Partitions = 42
	o.ReplicasByBroker = map[int32]int{1: 42, 2: 42, 3: 42}
	return o
}

func topicWith(name string, r model.Replication, missing ...int32) overview.TroubledTopic {
	return overview.TroubledTopic{Topic: name, Replication: r, Missing: missing}
}

func group(name, state string, behind int64) groups.Group {
	return groups.Group{Name: name, State: state, Lag: lag.Sum{Records: behind, Known: 1}}
}

// stalled is a group with a member that has been standing for two minutes.
func stalled(name string, behind int64) groups.Group {
	var w lag.Watch
	g := group(name, "Stable", behind)
	for i := range 12 {
		look := w.Begin(name, time.Unix(int64(10*i), 0))
		look.Add("orders", 3, lag.Of(100, lag.Log{End: 100 + behind}), true)
		g.Watched = look.End()
	}
	return g
}

func TestProblems(t *testing.T) {
	const up, silent, down = brokers.Up, brokers.Silent, brokers.Down
	var many []overview.TroubledTopic
	for i := range 9 {
		many = append(many, topicWith(fmt.Sprintf("t%d", i), model.Replication{Partitions: 4, Offline: 2}, 2))
	}
	for name, tc := range map[string]struct {
		state state
		want  []string
	}{
		"all well": {state{partitions: partitionsOf(), brokers: brokersAre(up, up, up)}, nil},
		"no leader because a broker is down": {
			state{partitions: partitionsOf(topicWith("orders", model.Replication{Offline: 3, UnderReplicated: 3}, 2)), brokers: brokersAre(up, down, up)},
			[]string{
				"✗ 3 partitions of orders have no leader; broker 2 is down > topic orders",
				"✗ broker 2 is down; 42 replicas are on it > broker 2",
			},
		},
		"one partition, two brokers": {
			state{partitions: partitionsOf(topicWith("orders", model.Replication{UnderMinISR: 1, UnderReplicated: 1}, 2, 3)), brokers: brokersAre(up, down, down)},
			[]string{
				"✗ broker 2 is down; 42 replicas are on it > broker 2",
				"✗ broker 3 is down; 42 replicas are on it > broker 3",
				"✗ 1 partition of orders is under min ISR and refuses acks=all; brokers 2 and 3 are down > topic orders",
			},
		},
		"a replica that lags": {
			state{partitions: partitionsOf(topicWith("orders", model.Replication{UnderReplicated: 1}, 3)), brokers: brokersAre(up, up, up)},
			[]string{"! 1 partition of orders is under-replicated; broker 3 is not in sync > topic orders"},
		},
		"lagging replicas of many topics": {
			state{partitions: partitionsOf(
				topicWith("orders", model.Replication{UnderReplicated: 5}, 2),
				topicWith("payments", model.Replication{UnderReplicated: 4}, 2, 3)), brokers: brokersAre(up, silent, up)},
			[]string{
				"✗ broker 2 does not answer: connection refused > broker 2",
				"! 9 partitions of 2 topics are under-replicated; broker 2 does not answer > topics",
			},
		},
		"more topics than one reads": {
			state{partitions: partitionsOf(many...), brokers: brokersAre(up, up, up)},
			[]string{
				"✗ 2 partitions of t0 have no leader; broker 2 is not in sync > topic t0",
				"✗ 2 partitions of t1 have no leader; broker 2 is not in sync > topic t1",
				"✗ 2 partitions of t2 have no leader; broker 2 is not in sync > topic t2",
				"✗ 12 partitions of other topics have no leader; broker 2 is not in sync > topics",
			},
		},
		"a broker that is gone for good": {
			state{partitions: partitionsOf(), brokers: brokersAre(up, up, up, down)},
			[]string{"! broker 4 has gone; no replica is assigned to it > broker 4"},
		},
		"a broker is down and the partitions are not read yet": {
			state{brokers: brokersAre(down)}, []string{"✗ broker 1 is down > broker 1"},
		},
		"no controller": {
			state{brokers: &brokers.Check{Controller: kafka.Controller{ID: -1}}},
			[]string{"✗ no controller: topics, leaders and configurations cannot change > brokers"},
		},
		"a controller that nobody tells": {
			state{brokers: &brokers.Check{Controller: kafka.Controller{ID: -1, Why: errors.New("no answer in time")}}},
			[]string{"✗ no controller is known, and without one topics and leaders cannot change: no answer in time > brokers"},
		},
		"a controller that may not be known": {
			state{brokers: &brokers.Check{Controller: kafka.Controller{ID: -1, Why: kerr.ClusterAuthorizationFailed}}}, nil,
		},
		"a group that nobody reads": {
			state{groups: []groups.Group{group("billing", "Empty", 1204), group("idle", "Empty", 0), group("busy", "Stable", 9)}},
			[]string{"! group billing is 1,204 records behind and has no members > group billing"},
		},
		"groups that nobody reads": {
			state{groups: []groups.Group{group("a", "Empty", 1), group("b", "Empty", 2)}},
			[]string{"! 2 groups are behind and have no members; most of all b > groups"},
		},
		"a group that is stuck": {
			state{groups: []groups.Group{stalled("mailer", 40), group("busy", "Stable", 9)}},
			[]string{"! group mailer: STALL on orders/3: a member holds it, but the commit stands at 100 for 1m50s while 40 wait > group mailer"},
		},
		"groups that are stuck": {
			state{groups: []groups.Group{stalled("a", 4), stalled("b", 5), group("c", "Empty", 7)}},
			[]string{
				"! 2 groups have members and are stuck; most of all b > groups",
				"! group c is 7 records behind and has no members > group c",
			},
		},
		"escape sequences": {
			state{partitions: partitionsOf(topicWith("\x1b[31mx", model.Replication{Offline: 1}))},
			[]string{"✗ 1 partition of ␛[31mx has no leader > topic \x1b[31mx"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range problems(tc.state) {
				look := strings.Join(append([]string{p.look.Screen}, p.look.Args...), " ")
				got = append(got, sign(p.severity)+" "+p.text+" > "+look)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestCalmLine(t *testing.T) {
	one := partitionsOf()
	one.Partitions = 1
	for want, s := range map[string]state{
		"all 42 partitions are in sync":                                         {partitions: partitionsOf()},
		"all 42 partitions are in sync, all 3 brokers answer":                   {partitions: partitionsOf(), brokers: brokersAre(0, 0, 0)},
		"the one partition is in sync, the broker answers":                      {partitions: one, brokers: brokersAre(0)},
		"no topics yet; the first one that is made or written to shows up here": {partitions: &overview.Overview{}},
		"": {},
	} {
		if got := allWell(s); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestFacts(t *testing.T) {
	forbidden := partitionsOf()
	forbidden.Partial = kerr.TopicAuthorizationFailed
	for name, tc := range map[string]struct {
		state state
		want  string // name, value and severity of the facts that matter
	}{
		"nothing known":      {state{}, "Brokers –/0 Under min ISR –/0 Controller –/0 Groups –/0 Total lag –/0"},
		"a silent broker":    {state{brokers: brokersAre(brokers.Up, brokers.Silent)}, "Brokers 1 of 2 answer/2 Under min ISR –/0 Controller broker 1/0 Groups –/0 Total lag –/0"},
		"a broker down":      {state{brokers: brokersAre(brokers.Up, brokers.Down)}, "Brokers 1 of 2 up/2 Under min ISR –/0 Controller broker 1/0 Groups –/0 Total lag –/0"},
		"a KRaft controller": {state{brokers: &brokers.Check{Controller: kafka.Controller{ID: 3000}}}, "Brokers 0 of 0 up/0 Under min ISR –/0 Controller node 3000/0 Groups –/0 Total lag –/0"},
		"no right to know the controller": {
			state{brokers: &brokers.Check{Controller: kafka.Controller{ID: -1, Why: kerr.ClusterAuthorizationFailed}}},
			"Brokers 0 of 0 up/0 Under min ISR –/0 Controller not allowed/0 Groups –/0 Total lag –/0",
		},
		"no right to know min ISR": {state{partitions: forbidden}, "Brokers –/0 Under min ISR not allowed/0 Controller –/0 Groups –/0 Total lag –/0"},
		"groups": {
			state{partitions: partitionsOf(topicWith("x", model.Replication{UnderMinISR: 2})), groups: []groups.Group{
				group("a", "Stable", 5), group("b", "Empty", 7), group("c", "Stable", 0), {Name: "d", Err: context.DeadlineExceeded},
			}},
			"Brokers –/0 Under min ISR 2/2 Controller –/0 Groups 2 stable, 1 empty, 1 unknown/0 Total lag 12+/0",
		},
		"no groups": {state{groups: []groups.Group{}}, "Brokers –/0 Under min ISR –/0 Controller –/0 Groups none/0 Total lag 0/0"},
	} {
		t.Run(name, func(t *testing.T) {
			shown := []string{"Brokers", "Under min ISR", "Controller", "Groups", "Total lag"}
			var got []string
			for _, column := range facts(tc.state) {
				for _, f := range column {
					if slices.Contains(shown, f.name) {
						got = append(got, fmt.Sprintf("%s %s/%d", f.name, f.value, f.severity))
					}
				}
			}
			if got := strings.Join(got, " "); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}
