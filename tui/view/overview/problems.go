package overview

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/overview"
	"github.com/kdeck/kdeck/tui/lagtext"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
)

// severity says how soon somebody should look at a problem.
type severity int

const (
	fine  severity = iota // not a problem
	soon                  // nothing fails yet
	alarm                 // producers or consumers are hurt now
)

// problem is one thing that is wrong, in words, and the screen to look at.
type problem struct {
	severity severity
	text     string
	look     page.Go
}

// key identifies the problem while its numbers change. There is one at most of each
// group.
func (p problem) key() string {
	if p.look.Screen == "group" {
		return p.look.Screen + "\x00" + p.look.Args[0]
	}
	words := strings.Map(func(r rune) rune {
		if r == ',' || (r >= '0' && r <= '9') {
			return -1
		}
		return r
	}, p.text)
	return strings.Join(append([]string{words, p.look.Screen}, p.look.Args...), "\x00")
}

// state is what is known of the cluster; a part that was not read yet is nil.
type state struct {
	partitions *overview.Overview
	brokers    *brokers.Check
	groups     []groups.Group
	// hidden is set when there may be more than the user may describe.
	hidden bool
}

// problems lists everything that is wrong, worst first.
func problems(s state) []problem {
	var ps []problem
	if s.brokers != nil && s.brokers.Controller.ID < 0 {
		switch why := s.brokers.Controller.Why; {
		case why == nil:
			ps = append(ps, problem{alarm, "no controller: topics, leaders and configurations cannot change", page.Go{Screen: "brokers"}})
		case !kafka.IsAuthorization(why):
			ps = append(ps, problem{alarm, "no controller is known, and without one topics and leaders cannot change: " + text.Clean(why.Error()), page.Go{Screen: "brokers"}})
		}
	}
	ps = append(ps, s.topicProblems(model.Offline)...)
	ps = append(ps, s.brokerProblems()...)
	ps = append(ps, s.topicProblems(model.UnderMinISR)...)
	ps = append(ps, s.topicProblems(model.UnderReplicated)...)
	slices.SortStableFunc(ps, func(a, b problem) int { return int(b.severity) - int(a.severity) })
	return append(append(ps, stuckGroups(s.groups)...), unreadGroups(s.groups)...)
}

// namedTopics is how many topics of a kind are named one by one.
const namedTopics = 3

// topicProblems tells which topics have partitions in a state, and none worse.
func (s state) topicProblems(kind model.PartitionState) []problem {
	if s.partitions == nil {
		return nil
	}
	var topics []overview.TroubledTopic
	for _, t := range s.partitions.Troubled {
		if t.State() == kind {
			topics = append(topics, t)
		}
	}
	if len(topics) == 0 {
		return nil
	}
	if kind == model.UnderReplicated && len(topics) > 1 {
		return []problem{s.manyTopics(kind, topics, s.partitions.UnderReplicated, strconv.Itoa(s.partitions.TroubledTopics)+" topics")}
	}
	var ps []problem
	rest := s.partitions.Count(kind)
	for i, t := range topics {
		if i == namedTopics && len(topics) > namedTopics+1 {
			return append(ps, s.manyTopics(kind, topics[i:], rest, "other topics"))
		}
		n := t.Count(kind)
		rest -= n
		ps = append(ps, problem{
			severityOf(kind),
			text.Plural(n, "partition") + " of " + text.Clean(t.Topic) + " " + predicate(kind, n) + s.cause(t.Missing),
			page.Go{Screen: "topic", Args: []string{t.Topic}},
		})
	}
	return ps
}

// manyTopics is one problem for many topics of a kind.
func (s state) manyTopics(kind model.PartitionState, topics []overview.TroubledTopic, n int, of string) problem {
	var missing []int32
	for _, t := range topics {
		missing = append(missing, t.Missing...)
	}
	slices.Sort(missing)
	return problem{
		severityOf(kind),
		text.Plural(n, "partition") + " of " + of + " " + predicate(kind, n) + s.cause(slices.Compact(missing)),
		page.Go{Screen: "topics"},
	}
}

func severityOf(kind model.PartitionState) severity {
	if kind == model.UnderReplicated {
		return soon
	}
	return alarm
}

// predicate says what n partitions in a state are or have.
func predicate(kind model.PartitionState, n int) string {
	switch kind {
	case model.Offline:
		return verb(n, "has", "have") + " no leader"
	case model.UnderMinISR:
		return verb(n, "is", "are") + " under min ISR and " + verb(n, "refuses", "refuse") + " acks=all"
	}
	return verb(n, "is", "are") + " under-replicated"
}

// cause names the brokers whose replicas are missing: those that are down, else
// those that do not answer, else those that lag.
func (s state) cause(missing []int32) string {
	for _, c := range []struct {
		ids       []int32
		one, many string
	}{
		{s.only(missing, brokers.Down), "is down", "are down"},
		{s.only(missing, brokers.Silent), "does not answer", "do not answer"},
		{missing, "is not in sync", "are not in sync"},
	} {
		if len(c.ids) > 0 {
			return "; " + brokerNames(c.ids) + " " + verb(len(c.ids), c.one, c.many)
		}
	}
	return ""
}

// only keeps the brokers that are in a state.
func (s state) only(ids []int32, in brokers.State) []int32 {
	var kept []int32
	for _, id := range ids {
		if s.stateOf(id) == in {
			kept = append(kept, id)
		}
	}
	return kept
}

func (s state) stateOf(id int32) brokers.State {
	if s.brokers != nil {
		for _, b := range s.brokers.Brokers {
			if b.ID == id {
				return b.State
			}
		}
	}
	if s.partitions != nil && slices.Contains(s.partitions.Down(), id) {
		return brokers.Down
	}
	return brokers.Up
}

func (s state) brokerProblems() []problem {
	if s.brokers == nil {
		return nil
	}
	var ps []problem
	for _, b := range s.brokers.Brokers {
		name := fmt.Sprintf("broker %d", b.ID)
		look := page.Go{Screen: "broker", Args: []string{strconv.Itoa(int(b.ID))}}
		switch b.State {
		case brokers.Down:
			ps = append(ps, s.brokerDown(b.ID, name, look))
		case brokers.Silent:
			ps = append(ps, problem{alarm, name + " does not answer: " + text.Clean(b.Why()), look})
		case brokers.Up:
		}
	}
	return ps
}

func (s state) brokerDown(id int32, name string, look page.Go) problem {
	if s.partitions == nil {
		return problem{alarm, name + " is down", look}
	}
	n := s.partitions.ReplicasByBroker[id]
	if n == 0 {
		return problem{soon, name + " has gone; no replica is assigned to it", look}
	}
	return problem{alarm, fmt.Sprintf("%s is down; %s %s on it", name, text.Plural(n, "replica"), verb(n, "is", "are")), look}
}

// stuckGroups tells of groups that have members and do not get on all the same.
// Those without are told of by unreadGroups, at first sight.
func stuckGroups(all []groups.Group) []problem {
	var stuck []groups.Group
	for _, g := range all {
		if g.Err == nil && g.Watched.Worst.Verdict.Bad() && !g.Unread() {
			stuck = append(stuck, g)
		}
	}
	slices.SortFunc(stuck, func(a, b groups.Group) int { return byLag(b, a) })
	switch len(stuck) {
	case 0:
		return nil
	case 1:
		g := stuck[0]
		worst := g.Watched.Worst
		return []problem{{soon,
			fmt.Sprintf("group %s: %v on %s: %s", text.Clean(g.Name), worst.Verdict, text.Clean(lagtext.Where(g.Watched.Summary)), worst.Reason()),
			page.Go{Screen: "group", Args: []string{g.Name}}}}
	}
	return []problem{{soon,
		fmt.Sprintf("%d groups have members and are stuck; most of all %s", len(stuck), text.Clean(stuck[0].Name)),
		page.Go{Screen: "groups"}}}
}

// unreadGroups tells of groups that are behind while nobody reads.
func unreadGroups(all []groups.Group) []problem {
	var unread []groups.Group
	for _, g := range all {
		if g.Unread() {
			unread = append(unread, g)
		}
	}
	slices.SortFunc(unread, func(a, b groups.Group) int { return byLag(b, a) })
	switch len(unread) {
	case 0:
		return nil
	case 1:
		g := unread[0]
		return []problem{{soon,
			"group " + text.Clean(g.Name) + " is " + text.Count(g.Lag.Total()) + " records behind and has no members",
			page.Go{Screen: "group", Args: []string{g.Name}}}}
	}
	return []problem{{soon,
		fmt.Sprintf("%d groups are behind and have no members; most of all %s", len(unread), text.Clean(unread[0].Name)),
		page.Go{Screen: "groups"}}}
}

// allWell is the one calm line for when nothing is wrong.
func allWell(s state) string {
	switch {
	case s.partitions == nil:
		return ""
	case s.partitions.Partitions == 0 && s.hidden:
		return "no topics that you may describe; needs Describe on Topic"
	case s.partitions.Partitions == 0:
		return "no topics yet; the first one that is made or written to shows up here"
	}
	mine := ""
	if s.hidden {
		mine = " that you may describe"
	}
	line := "all " + text.Count(s.partitions.Partitions) + " partitions" + mine + " are in sync"
	if s.partitions.Partitions == 1 {
		line = "the one partition" + mine + " is in sync"
	}
	if s.brokers != nil && s.brokersIn(brokers.Up) == len(s.brokers.Brokers) {
		line += ", " + verb(len(s.brokers.Brokers), "the broker answers", "all "+strconv.Itoa(len(s.brokers.Brokers))+" brokers answer")
	}
	return line
}

func brokerNames(ids []int32) string {
	if len(ids) == 1 {
		return fmt.Sprintf("broker %d", ids[0])
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = strconv.Itoa(int(id))
	}
	return "brokers " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
