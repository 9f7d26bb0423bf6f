package groups

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
	"github.com/kdeck/kdeck/kafka/reset"
)

// ResetFacts collects what a reset of a group's offsets is planned from: the
// group, everything it has committed, and the offsets of the scope's topics (for
// strategies of a time also those at it, and for from-group the commits of the
// other group). It takes a request to every broker, three to the coordinator and
// one of them for metadata, and three or four to each leader, whatever the number
// of partitions, and one for Hidden as GroupList does. The error says which right is
// missing where that is why. What cannot be read of a single partition is that
// partition's Problem.
func (c *Client) ResetFacts(ctx context.Context, group string, scope reset.Scope, s reset.Strategy) (reset.Facts, error) {
	facts, failed := c.ResetFactsOf(ctx, map[string]reset.Scope{group: scope}, s)
	return facts[group], failed[group]
}

// ResetFactsOf is ResetFacts of several groups, each with its own scope, for as
// many requests as one takes, but that every coordinator is asked. A group whose
// facts could not be had is in the map of errors instead.
func (c *Client) ResetFactsOf(ctx context.Context, scopes map[string]reset.Scope, s reset.Strategy) (map[string]reset.Facts, map[string]error) {
	q := resetQuestion{
		client: c, scopes: scopes, strategy: s,
		facts: make(map[string]*reset.Facts, len(scopes)), failed: make(map[string]error),
	}
	q.ask(ctx)
	facts := make(map[string]reset.Facts, len(q.facts))
	for group, f := range q.facts {
		f.Cluster, f.At = c.conn.Name(), time.Now()
		slices.SortFunc(f.Partitions, func(a, b reset.Partition) int { return a.Compare(b.TopicPartition) })
		facts[group] = *f
	}
	return facts, q.failed
}

// resetQuestion is the question for the facts of some groups, and what is known of
// the answer. A group is in facts until it is in failed.
type resetQuestion struct {
	client   *Client
	scopes   map[string]reset.Scope
	strategy reset.Strategy
	listed   map[string]listedGroup
	facts    map[string]*reset.Facts
	failed   map[string]error
}

func (q *resetQuestion) ask(ctx context.Context) {
	if err := q.list(ctx); err != nil {
		return
	}
	var described map[string]description
	var positions map[string]position
	var wg sync.WaitGroup
	wg.Go(func() { described = q.describe(ctx) })
	wg.Go(func() { positions = q.client.readOffsets(ctx, q.listed) })
	var hidden error
	wg.Go(func() { hidden = q.client.conn.Hidden(ctx) })
	wg.Wait()
	for group, f := range q.facts {
		f.Hidden = hidden
		if err := takeDescription(f, described[group]); err != nil {
			q.fail(group, err)
		} else if commits, err := positions[group].orNone().whole("fetch offsets of group "+group, group); err != nil && q.resettable(group) {
			q.fail(group, err)
		} else {
			f.Commits, f.Pending, f.Unstarted = commits, positions[group].pending, positions[group].unstarted
		}
	}
	if q.strategy.Kind == reset.FromGroup {
		q.takeSource(positions[q.strategy.From].orNone())
	}
	if err := q.addPartitions(ctx); err != nil {
		q.failAll(err)
	}
}

func (q *resetQuestion) fail(group string, err error) {
	delete(q.facts, group)
	q.failed[group] = err
}

func (q *resetQuestion) failAll(err error) {
	for group := range q.facts {
		q.fail(group, err)
	}
}

// list finds the groups in the list of groups, which has to say their types
// first, since each protocol has an API of its own. A group that is not listed
// does not exist, or may not be described; asking for it tells which.
func (q *resetQuestion) list(ctx context.Context) error {
	all, err := q.client.listGroups(ctx)
	q.listed = make(map[string]listedGroup, len(q.scopes))
	source := q.strategy.Kind == reset.FromGroup
	for _, g := range all {
		if _, asked := q.scopes[g.name]; asked || source && g.name == q.strategy.From {
			q.listed[g.name] = g
		}
	}
	for group := range q.scopes {
		g, ok := q.listed[group]
		switch {
		case !ok && err != nil:
			q.failed[group] = fmt.Errorf("look for group %s: %w", group, err)
			continue
		case !ok:
			g = listedGroup{name: group, typ: model.Classic, coordinator: -1}
			q.listed[group] = g
		}
		q.facts[group] = &reset.Facts{Group: group, Type: g.typ, State: g.state}
	}
	if len(q.facts) == 0 {
		return err
	}
	if _, ok := q.listed[q.strategy.From]; source && !ok {
		q.listed[q.strategy.From] = listedGroup{name: q.strategy.From, typ: model.Classic, coordinator: -1}
	}
	return nil
}

// resettable reports whether kdeck knows how to reset groups of the type.
func (q *resetQuestion) resettable(group string) bool {
	switch q.listed[group].typ {
	case model.Classic, model.Consumer, model.Share:
		return true
	}
	return false // is refused for its type
}

// describe finds out states and members: a request per type and coordinator.
func (q *resetQuestion) describe(ctx context.Context) map[string]description {
	byType := make(map[model.GroupType][]string)
	for group := range q.facts {
		if q.resettable(group) {
			byType[q.listed[group].typ] = append(byType[q.listed[group].typ], group)
		}
	}
	all := make(map[string]description, len(q.facts))
	var wg sync.WaitGroup
	var mu sync.Mutex
	for typ, groups := range byType {
		wg.Go(func() {
			described := q.client.describe(ctx, typ, groups)
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(all, described)
		})
	}
	wg.Wait()
	return all
}

// takeDescription takes a group's state and members over into its facts.
func takeDescription(f *reset.Facts, d description) error {
	switch {
	case d.err == nil && d.state == "": // was not asked for, because of its type
		return nil
	case errors.Is(d.err, kerr.GroupIDNotFound): // how newer brokers say Dead (KIP-1043)
		f.State = model.StateDead
		return nil
	}
	f.State, f.Members = d.state, d.members
	return kafka.Explain("describe group "+f.Group, needsToDescribe(f.Group, d.err), d.err)
}

// takeSource gives every group what the source of from-group has committed.
func (q *resetQuestion) takeSource(source position) {
	from := q.strategy.From
	commits, err := source.whole("fetch offsets of group "+from, from)
	if err != nil {
		q.failAll(err)
		return
	}
	for _, f := range q.facts {
		f.Source = commits
	}
}

// topics are the topics of a group's scope.
func (q *resetQuestion) topics(group string) map[string]bool {
	f, scope := q.facts[group], q.scopes[group]
	topics := make(map[string]bool)
	for _, topic := range scope.TopicNames() {
		topics[topic] = true
	}
	if scope.Committed {
		for tp := range f.Commits {
			topics[tp.Topic] = true
		}
		for tp := range f.Source {
			topics[tp.Topic] = true
		}
		for tp := range f.Unstarted {
			topics[tp.Topic] = true
		}
	}
	return topics
}

// addPartitions adds what the cluster knows of the topics of all groups.
func (q *resetQuestion) addPartitions(ctx context.Context) error {
	wanted := make(map[string]map[string]bool, len(q.facts))
	all := make(map[string]bool)
	for group := range q.facts {
		wanted[group] = q.topics(group)
		maps.Copy(all, wanted[group])
	}
	if len(all) == 0 { // no topics would ask for all
		return nil
	}
	md, err := q.client.conn.Metadata(ctx, slices.Sorted(maps.Keys(all))...)
	if err != nil {
		return err
	}
	offsets, err := q.client.resetOffsets(ctx, md.Leaders(), q.strategy)
	if err != nil {
		return err
	}
	problems := topicProblems(md)
	for group, f := range q.facts {
		f.ClusterID = raw.Text(md.ClusterID)
		for i := range md.Topics {
			if t := &md.Topics[i]; t.Topic != nil && t.ErrorCode == 0 && wanted[group][*t.Topic] {
				addTopic(f, t, offsets)
			}
		}
		addMissing(f, q.scopes[group], problems)
	}
	return nil
}

// topicProblem is why the cluster tells nothing of a topic.
type topicProblem struct {
	why  string
	gone bool
}

func topicProblems(md kafka.Metadata) map[string]topicProblem {
	problems := make(map[string]topicProblem)
	for i := range md.Topics {
		t := &md.Topics[i]
		switch err := kerr.ErrorForCode(t.ErrorCode); {
		case t.Topic == nil || err == nil:
		case errors.Is(err, kerr.UnknownTopicOrPartition):
			problems[*t.Topic] = topicProblem{"the topic does not exist", true}
		default:
			problems[*t.Topic] = topicProblem{kafka.Explain("describe topic", "Describe on Topic:"+*t.Topic, err).Error(), false}
		}
	}
	return problems
}

func addTopic(facts *reset.Facts, t *raw.Topic, offsets resetOffsets) {
	for _, p := range t.Partitions {
		tp := model.TopicPartition{Topic: *t.Topic, Partition: p.Partition}
		part := reset.Partition{
			TopicPartition: tp, TopicID: t.TopicID,
			LogStart: offsets.start.At(tp.Topic, tp.Partition), LogEnd: offsets.end.At(tp.Topic, tp.Partition),
			LastStable: offsets.stable.At(tp.Topic, tp.Partition), AtTime: offsets.atTime.At(tp.Topic, tp.Partition),
		}
		if part.LogEnd != model.NoOffset { // records may have been deleted up to an end that is newer
			part.LogEnd = max(part.LogEnd, part.LogStart)
		}
		switch {
		case p.Leader < 0:
			part.Problem = "it has no leader; wait until a broker with a replica of it is back"
		case part.LogStart == model.NoOffset || part.LogEnd == model.NoOffset:
			part.Problem = "its leader did not tell its offsets"
			if offsets.partial != nil {
				part.Problem += ": " + offsets.partial.Error()
			}
		}
		facts.Partitions = append(facts.Partitions, part)
	}
}

// addMissing adds the partitions of the scope that the cluster did not describe,
// each with the reason. Partition 0 stands for a topic without any.
func addMissing(facts *reset.Facts, scope reset.Scope, problems map[string]topicProblem) {
	known := make(map[model.TopicPartition]bool, len(facts.Partitions))
	for _, p := range facts.Partitions {
		known[p.TopicPartition] = true
	}
	add := func(tp model.TopicPartition) {
		if known[tp] {
			return
		}
		known[tp] = true
		problem, ok := problems[tp.Topic]
		if !ok {
			problem = topicProblem{"the partition does not exist", true}
		}
		facts.Partitions = append(facts.Partitions, reset.Partition{
			TopicPartition: tp, Problem: problem.why, Gone: problem.gone,
			LogStart: model.NoOffset, LogEnd: model.NoOffset, LastStable: model.NoOffset, AtTime: model.NoOffset,
		})
	}
	for topic, numbers := range scope.Topics {
		for _, n := range numbers {
			add(model.TopicPartition{Topic: topic, Partition: n})
		}
		if problems[topic].why != "" && len(numbers) == 0 {
			add(model.TopicPartition{Topic: topic})
		}
	}
	if scope.Committed {
		for tp := range facts.Commits {
			add(tp)
		}
	}
}
