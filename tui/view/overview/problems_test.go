package overview

import (
	"context"
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
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/theme"
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

// Every finding leads to the screen of its subject, and is safe to show.
func TestProblemsLeadToTheirScreens(t *testing.T) {
	s := state{
		partitions: partitionsOf(
			topicWith("\x1b[31mx", model.Replication{Offline: 1}),
			topicWith("a", model.Replication{UnderReplicated: 1}, 2), topicWith("b", model.Replication{UnderReplicated: 1}, 2)),
		brokers: brokersAre(brokers.Up, brokers.Silent, brokers.Down),
		groups:  []groups.Group{stalled("mailer", 40), group("billing", "Empty", 1204), group("idle", "Empty", 9)},
	}
	s.brokers.Controller.ID = -1
	p := newProblems(page.Env{Theme: theme.New(true)})
	p.SetItems(problems(s))
	p.Resize(120, 20)
	var looks []string
	for _, f := range p.Shown() {
		g := look(f)
		looks = append(looks, strings.Join(append([]string{g.Screen}, g.Args...), " "))
	}
	want := []string{"brokers", "topic \x1b[31mx", "broker 2", "broker 3", "topics", "group mailer", "groups"}
	if !slices.Equal(looks, want) {
		t.Errorf("they lead to %q, want %q", looks, want)
	}
	if view := p.View(""); !strings.Contains(view, "✗ 1 partition of ␛[31mx has no leader") || !strings.Contains(view, "connection refused") {
		t.Errorf("the problems are\n%s", view)
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
