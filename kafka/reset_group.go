package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/reset"
)

// ResetFacts collects what a reset of a group's offsets is planned from: the
// group, everything it has committed, and the offsets of the scope's topics (for
// a to-datetime strategy also those at its time). It takes a request to every
// broker, three to the coordinator and one of them for metadata, and three or
// four to each leader, whatever the number of partitions, and one for Hidden as
// GroupList does. The error says which right is missing where that is why.
// What cannot be read of a single partition is that partition's Problem.
func (c *Client) ResetFacts(ctx context.Context, group string, scope reset.Scope, s reset.Strategy) (reset.Facts, error) {
	facts := reset.Facts{Group: group}
	listed, err := c.listedForReset(ctx, group)
	if err != nil {
		return facts, err
	}
	var describeErr, fetchErr error
	var wg sync.WaitGroup
	wg.Go(func() { describeErr = c.describeForReset(ctx, &facts, listed) })
	var commits map[reset.TopicPartition]reset.Commit
	var pending map[reset.TopicPartition]bool
	wg.Go(func() { commits, pending, fetchErr = c.stableCommits(ctx, group, listed.coordinator) })
	wg.Go(func() { facts.Hidden = c.hidden(ctx) })
	wg.Wait()
	if describeErr != nil {
		return facts, describeErr
	}
	if facts.Type != reset.Classic && facts.Type != reset.Consumer { // has no commits to be asked for
		facts.At = time.Now()
		return facts, nil
	}
	if fetchErr != nil {
		return facts, Explain("fetch offsets of group "+group, "Describe on Group:"+group, fetchErr)
	}
	facts.Commits, facts.Pending = commits, pending

	topics := make(map[string]bool)
	for _, topic := range scope.TopicNames() {
		topics[topic] = true
	}
	if scope.Committed {
		for tp := range commits {
			topics[tp.Topic] = true
		}
	}
	problems, err := c.addPartitions(ctx, &facts, slices.Sorted(maps.Keys(topics)), s)
	if err != nil {
		return facts, err
	}
	addMissing(&facts, scope, problems)
	slices.SortFunc(facts.Partitions, func(a, b reset.Partition) int { return a.Compare(b.TopicPartition) })
	facts.At = time.Now()
	return facts, nil
}

// listedForReset finds a group in the list of groups, which has to say its type
// first, since each protocol has an API of its own. A group that is not listed
// does not exist, or may not be described; asking for it tells which.
func (c *Client) listedForReset(ctx context.Context, group string) (listedGroup, error) {
	groups, err := c.listGroups(ctx)
	if i := slices.IndexFunc(groups, func(g listedGroup) bool { return g.name == group }); i >= 0 {
		return groups[i], nil
	}
	if err != nil {
		err = fmt.Errorf("look for group %s: %w", group, err)
	}
	return listedGroup{typ: ClassicGroup, coordinator: -1}, err
}

// describeForReset finds out a group's state and members.
func (c *Client) describeForReset(ctx context.Context, facts *reset.Facts, listed listedGroup) error {
	facts.Type, facts.State = reset.Type(listed.typ), listed.state
	if listed.typ != ClassicGroup && listed.typ != ConsumerGroup {
		return nil // is refused for its type
	}
	described := c.describe(ctx, listed.typ, []string{facts.Group})[facts.Group]
	if errors.Is(described.err, kerr.GroupIDNotFound) { // how newer brokers say Dead (KIP-1043)
		facts.State = reset.StateDead
		return nil
	}
	facts.State = described.state
	for _, m := range described.members {
		facts.Members = append(facts.Members, reset.Member{ID: m.ID, InstanceID: m.InstanceID, ClientID: m.ClientID, Host: m.Host})
	}
	return Explain("describe group "+facts.Group, needsToDescribe(facts.Group, described.err), described.err)
}

// addPartitions adds what the cluster knows of the topics' partitions, and
// returns what is wrong with topics of which it tells none.
func (c *Client) addPartitions(ctx context.Context, facts *reset.Facts, topics []string, s reset.Strategy) (problems map[string]string, err error) {
	if len(topics) == 0 { // no topics would ask for all
		return nil, nil
	}
	md, err := c.metadata(ctx, topics...)
	if err != nil {
		return nil, err
	}
	offsets, err := c.resetOffsets(ctx, md.leaders(), s)
	if err != nil {
		return nil, err
	}
	problems = make(map[string]string)
	slices.SortFunc(md.Topics, func(a, b kmsg.MetadataResponseTopic) int { return cmp.Compare(deref(a.Topic), deref(b.Topic)) })
	for i := range md.Topics {
		t := &md.Topics[i]
		switch err := kerr.ErrorForCode(t.ErrorCode); {
		case t.Topic == nil:
		case err == nil:
			addTopic(facts, t, offsets)
		case errors.Is(err, kerr.UnknownTopicOrPartition):
			problems[*t.Topic] = "the topic does not exist"
		default:
			problems[*t.Topic] = Explain("describe topic", "Describe on Topic:"+*t.Topic, err).Error()
		}
	}
	return problems, nil
}

func addTopic(facts *reset.Facts, t *kmsg.MetadataResponseTopic, offsets resetOffsets) {
	for _, p := range t.Partitions {
		tp := reset.TopicPartition{Topic: *t.Topic, Partition: p.Partition}
		part := reset.Partition{
			TopicPartition: tp, TopicID: t.TopicID,
			LogStart: offsets.start.at(tp.Topic, tp.Partition), LogEnd: offsets.end.at(tp.Topic, tp.Partition),
			LastStable: offsets.stable.at(tp.Topic, tp.Partition), AtTime: offsets.atTime.at(tp.Topic, tp.Partition),
		}
		if part.LogEnd != reset.None { // records may have been deleted up to an end that is newer
			part.LogEnd = max(part.LogEnd, part.LogStart)
		}
		switch {
		case p.Leader < 0:
			part.Problem = "it has no leader; wait until a broker with a replica of it is back"
		case part.LogStart == reset.None || part.LogEnd == reset.None:
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
func addMissing(facts *reset.Facts, scope reset.Scope, problems map[string]string) {
	known := make(map[reset.TopicPartition]bool, len(facts.Partitions))
	for _, p := range facts.Partitions {
		known[p.TopicPartition] = true
	}
	add := func(tp reset.TopicPartition) {
		if known[tp] {
			return
		}
		known[tp] = true
		problem := problems[tp.Topic]
		if problem == "" {
			problem = "the partition does not exist"
		}
		facts.Partitions = append(facts.Partitions, reset.Partition{
			TopicPartition: tp, Problem: problem,
			LogStart: reset.None, LogEnd: reset.None, LastStable: reset.None, AtTime: reset.None,
		})
	}
	for topic, numbers := range scope.Topics {
		for _, n := range numbers {
			add(reset.TopicPartition{Topic: topic, Partition: n})
		}
		if problems[topic] != "" && len(numbers) == 0 {
			add(reset.TopicPartition{Topic: topic})
		}
	}
	if scope.Committed {
		for tp := range facts.Commits {
			add(tp)
		}
	}
}

// resetOffsets are the offsets of a plan's topics.
type resetOffsets struct {
	start, end, stable, atTime partitionOffsets
	partial                    error // why some are missing
}

// resetOffsets reads the ends after the offsets at a time, so that a log that grows
// meanwhile never ends before a record that was found in it.
func (c *Client) resetOffsets(ctx context.Context, l leaders, s reset.Strategy) (resetOffsets, error) {
	var o resetOffsets
	var timeErr error
	if s.Kind == reset.ToDatetime {
		o.atTime, timeErr = c.leaderOffsets(ctx, l, offsetAt(s.At.UnixMilli()))
	}
	var wg sync.WaitGroup
	wg.Go(func() { o.start, o.end, o.partial = c.logBounds(ctx, l) })
	switch s.Kind {
	case reset.ToOffset, reset.ShiftBy, reset.ToDatetime, reset.ToLatest:
		// Only a warning hangs on the last stable offset, and only where the
		// new offset may be past it.
		wg.Go(func() { o.stable, _ = c.leaderOffsets(ctx, l, lastStableOffset) })
	}
	wg.Wait()
	if timeErr != nil && o.partial == nil {
		// A missing answer must not pass for "no record at or after the time".
		return o, fmt.Errorf("find the offsets at %s: %w", reset.FormatTime(s.At), timeErr)
	}
	return o, nil
}

// stableCommits fetches everything that a group has committed, and the partitions
// on which a transaction holds a commit that is not decided yet. Other than a
// list of lags, a reset must not take a partition that could not be read for one
// without a commit, so any other failure of one is a failure of all.
func (c *Client) stableCommits(ctx context.Context, group string, coordinator int32) (map[reset.TopicPartition]reset.Commit, map[reset.TopicPartition]bool, error) {
	commits, pending, err := c.fetchCommits(ctx, group, coordinator, true)
	if err != nil || len(pending) == 0 {
		return commits, nil, err
	}
	// Where a transaction is open, the answer held no offset: ask for the one
	// from before it.
	commits, _, err = c.fetchCommits(ctx, group, coordinator, false)
	return commits, pending, err
}

// fetchCommits asks the coordinator (OffsetFetch v8; stable is KIP-447); below 0 it
// is looked for. A group that does not exist has no commits.
func (c *Client) fetchCommits(ctx context.Context, group string, coordinator int32, stable bool) (commits map[reset.TopicPartition]reset.Commit, pending map[reset.TopicPartition]bool, err error) {
	req := kmsg.NewPtrOffsetFetchRequest()
	req.RequireStable = stable
	rg := kmsg.NewOffsetFetchRequestGroup()
	rg.Group = group
	req.Groups = append(req.Groups, rg)
	resp, err := c.offsetFetch(ctx, coordinator, req)
	if err != nil {
		return nil, nil, err
	}
	n := 0
	for _, g := range resp.Groups {
		for _, t := range g.Topics {
			n += len(t.Partitions)
		}
	}
	commits = make(map[reset.TopicPartition]reset.Commit, n)
	pending = make(map[reset.TopicPartition]bool)
	for _, g := range resp.Groups {
		if err := kerr.ErrorForCode(g.ErrorCode); err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
			return nil, nil, err
		}
		for _, t := range g.Topics {
			for _, p := range t.Partitions {
				tp := reset.TopicPartition{Topic: t.Topic, Partition: p.Partition}
				switch err := kerr.ErrorForCode(p.ErrorCode); {
				case errors.Is(err, kerr.UnstableOffsetCommit):
					pending[tp] = true
				case err != nil:
					return nil, nil, fmt.Errorf("%s: %w", tp, err)
				case p.Offset >= 0: // -1: nothing committed
					commits[tp] = reset.Commit{Offset: p.Offset, LeaderEpoch: p.LeaderEpoch, Metadata: deref(p.Metadata)}
				}
			}
		}
	}
	return commits, pending, nil
}
