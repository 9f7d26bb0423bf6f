package health_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/health"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
)

func led() *health.ControllerFacts { return &health.ControllerFacts{ID: 1} }

// brokersAre makes brokers 1, 2, … in these states.
func brokersAre(states ...health.State) (all []health.BrokerFacts) {
	for i, s := range states {
		b := health.BrokerFacts{ID: int32(i + 1), State: s}
		if s == health.Silent {
			b.Why = "connection refused"
		}
		all = append(all, b)
	}
	return all
}

// partitionsOf makes 42 partitions with these topics in trouble.
func partitionsOf(troubled ...health.TopicFacts) *health.PartitionFacts {
	p := &health.PartitionFacts{Troubled: troubled, AllTroubled: len(troubled), Replicas: map[int32]int{1: 42, 2: 42, 3: 42}}
	for _, t := range troubled {
		p.All.Add(t.Replication)
	}
	p.All.Partitions = 42
	return p
}

func topicWith(name string, r model.Replication, missing ...int32) health.TopicFacts {
	return health.TopicFacts{Name: name, Replication: r, Missing: missing}
}

func empty(name string, behind int64) health.GroupFacts {
	return health.GroupFacts{Name: name, Lag: behind, Unread: behind > 0}
}

func busy(name string, behind int64) health.GroupFacts {
	return health.GroupFacts{Name: name, Lag: behind}
}

// stalled is a group with a member that has been standing for two minutes.
func stalled(name string, behind int64) health.GroupFacts {
	var w lag.Watch
	g := busy(name, behind)
	for i := range 12 {
		look := w.Begin(name, time.Unix(int64(10*i), 0))
		look.Add("orders", 3, lag.Of(100, lag.Log{End: 100 + behind}), true)
		g.Watched = look.End().Summary
	}
	return g
}

func TestJudge(t *testing.T) {
	const up, silent, down = health.Up, health.Silent, health.Down
	var many []health.TopicFacts
	for i := range 9 {
		many = append(many, topicWith(fmt.Sprintf("t%d", i), model.Replication{Partitions: 4, Offline: 2}, 2))
	}
	for name, tc := range map[string]struct {
		facts health.Facts
		want  []string
	}{
		"all well": {health.Facts{Partitions: partitionsOf(), Controller: led(), Brokers: brokersAre(up, up, up)}, nil},
		"no leader because a broker is down": {
			health.Facts{Partitions: partitionsOf(topicWith("orders", model.Replication{Offline: 3, UnderReplicated: 3}, 2)), Controller: led(), Brokers: brokersAre(up, down, up)},
			[]string{
				"✗ 3 partitions of orders have no leader; broker 2 is down > topic orders",
				"✗ broker 2 is down; 42 replicas are on it > broker 2",
			},
		},
		"one partition, two brokers": {
			health.Facts{Partitions: partitionsOf(topicWith("orders", model.Replication{UnderMinISR: 1, UnderReplicated: 1}, 2, 3)), Controller: led(), Brokers: brokersAre(up, down, down)},
			[]string{
				"✗ broker 2 is down; 42 replicas are on it > broker 2",
				"✗ broker 3 is down; 42 replicas are on it > broker 3",
				"✗ 1 partition of orders is under min ISR and refuses acks=all; brokers 2 and 3 are down > topic orders",
			},
		},
		"a replica that lags": {
			health.Facts{Partitions: partitionsOf(topicWith("orders", model.Replication{UnderReplicated: 1}, 3)), Controller: led(), Brokers: brokersAre(up, up, up)},
			[]string{"! 1 partition of orders is under-replicated; broker 3 is not in sync > topic orders"},
		},
		"lagging replicas of many topics": {
			health.Facts{Partitions: partitionsOf(
				topicWith("orders", model.Replication{UnderReplicated: 5}, 2),
				topicWith("payments", model.Replication{UnderReplicated: 4}, 2, 3)), Controller: led(), Brokers: brokersAre(up, silent, up)},
			[]string{
				"✗ broker 2 does not answer: connection refused > broker 2",
				"! 9 partitions of 2 topics are under-replicated; broker 2 does not answer > topics",
			},
		},
		"more topics than one reads": {
			health.Facts{Partitions: partitionsOf(many...), Controller: led(), Brokers: brokersAre(up, up, up)},
			[]string{
				"✗ 2 partitions of t0 have no leader; broker 2 is not in sync > topic t0",
				"✗ 2 partitions of t1 have no leader; broker 2 is not in sync > topic t1",
				"✗ 2 partitions of t2 have no leader; broker 2 is not in sync > topic t2",
				"✗ 12 partitions of other topics have no leader; broker 2 is not in sync > topics",
			},
		},
		"a broker that is gone for good": {
			health.Facts{Partitions: partitionsOf(), Controller: led(), Brokers: brokersAre(up, up, up, down)},
			[]string{"! broker 4 has gone; no replica is assigned to it > broker 4"},
		},
		"a broker is down and the partitions are not read yet": {
			health.Facts{Controller: led(), Brokers: brokersAre(down)}, []string{"✗ broker 1 is down > broker 1"},
		},
		"no controller": {
			health.Facts{Controller: &health.ControllerFacts{ID: -1}},
			[]string{"✗ no controller: topics, leaders and configurations cannot change > brokers"},
		},
		"a controller that nobody tells": {
			health.Facts{Controller: &health.ControllerFacts{ID: -1, Unknown: "no answer in time"}},
			[]string{"✗ no controller is known, and without one topics and leaders cannot change: no answer in time > brokers"},
		},
		"a controller that may not be known": {
			health.Facts{Controller: &health.ControllerFacts{ID: -1, Unknown: "not authorized", Forbidden: true}}, nil,
		},
		"a group that nobody reads": {
			health.Facts{Groups: []health.GroupFacts{empty("billing", 1204), empty("idle", 0), busy("busy", 9)}},
			[]string{"! group billing is 1,204 records behind and has no members > group billing"},
		},
		"groups that nobody reads": {
			health.Facts{Groups: []health.GroupFacts{empty("a", 1), empty("b", 2)}},
			[]string{"! 2 groups are behind and have no members; most of all b > groups"},
		},
		"a group that is stuck": {
			health.Facts{Groups: []health.GroupFacts{stalled("mailer", 40), busy("busy", 9)}},
			[]string{"! group mailer: STALL on orders/3: a member holds it, but the commit stands at 100 for 1m50s while 40 wait > group mailer"},
		},
		"groups that are stuck": {
			health.Facts{Groups: []health.GroupFacts{stalled("a", 4), stalled("b", 5), empty("c", 7)}},
			[]string{
				"! 2 groups have members and are stuck; most of all b > groups",
				"! group c is 7 records behind and has no members > group c",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range health.Judge(tc.facts) {
				sign := map[health.Severity]string{health.Warning: "!", health.Error: "✗"}[f.Severity]
				got = append(got, strings.TrimSpace(sign+" "+f.Sentence+" > "+string(f.Subject.Kind)+" "+f.Subject.Name))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

// What identifies a finding does not change with its numbers, and no two findings of a
// cluster share it.
func TestIDsStay(t *testing.T) {
	const up, down = health.Up, health.Down
	facts := func(n int, behind int64) health.Facts {
		var many []health.TopicFacts
		for i := range 5 {
			many = append(many, topicWith(fmt.Sprint("t", i), model.Replication{Partitions: 9, Offline: n}, 2))
		}
		return health.Facts{
			Controller: &health.ControllerFacts{ID: -1},
			Brokers:    brokersAre(up, down),
			Partitions: partitionsOf(append(many,
				topicWith("strict-2024", model.Replication{UnderMinISR: n}, 2),
				topicWith("a", model.Replication{UnderReplicated: n}, 2), topicWith("b", model.Replication{UnderReplicated: n}, 2))...),
			Groups: []health.GroupFacts{stalled("mailer-7", behind), empty("billing", behind)},
		}
	}
	ids := func(findings []health.Finding) (ids []string) {
		for _, f := range findings {
			ids = append(ids, f.ID)
		}
		return ids
	}
	few, more := health.Judge(facts(1, 40)), health.Judge(facts(3, 4000))
	want := []string{
		"no-controller", "partitions-offline/t0", "partitions-offline/t1", "partitions-offline/t2", "partitions-offline-others",
		"broker-down/2", "under-min-isr/strict-2024", "under-replicated-others", "group-stuck/mailer-7", "group-unread/billing",
	}
	if got := ids(few); !slices.Equal(got, want) {
		t.Errorf("the ids are %q, want %q", got, want)
	}
	if got := ids(more); !slices.Equal(got, want) {
		t.Errorf("with other numbers the ids are %q", got)
	}
	if few[1].Sentence == more[1].Sentence {
		t.Error("the numbers did not change")
	}
	if health.Worst(few) != health.Error || health.Worst(few[8:]) != health.Warning || health.Worst(nil) != health.Good {
		t.Error("the worst is not the worst")
	}
}

func TestEvidence(t *testing.T) {
	found := health.Judge(health.Facts{
		Brokers:    brokersAre(health.Up, health.Down),
		Partitions: partitionsOf(topicWith("orders", model.Replication{Partitions: 6, Offline: 2}, 2)),
		Groups:     []health.GroupFacts{empty("a", 5), empty("b", 7)},
	})
	var got []string
	for _, f := range found {
		got = append(got, fmt.Sprintf("%s %+v", f.Rule, f.Evidence))
	}
	want := []string{
		"partitions-offline {Partitions:2 Topics:1 Brokers:[2] Replicas:0 Groups:0 Lag:0 Reason:}",
		"broker-down {Partitions:0 Topics:0 Brokers:[2] Replicas:42 Groups:0 Lag:0 Reason:}",
		"groups-unread {Partitions:0 Topics:0 Brokers:[] Replicas:0 Groups:2 Lag:12 Reason:}",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
