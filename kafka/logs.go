package kafka

import (
	"cmp"
	"context"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka/lag"
)

// logs is what the cluster tells of the logs of some topics: whether they are
// there and have a leader, and where they begin, end and are stable.
type logs struct {
	states map[string]lag.State // of each topic
	// leaderless is the partitions that nobody leads.
	leaderless map[partitionID]bool
	counts     map[string]int // partitions of each readable topic
	offsets    map[offsetKind]partitionOffsets
}

// readLogs reads the logs of topics: their metadata in one request, then for
// each kind of offset one request to every broker that leads any of their
// partitions, all at the same time. The error says what is missing; the rest is
// true.
func (c *Client) readLogs(ctx context.Context, topics []string, kinds ...offsetKind) (logs, error) {
	if len(topics) == 0 {
		return logs{}, nil
	}
	md, err := c.metadata(ctx, topics...)
	if err != nil {
		return logs{}, err
	}
	l, leaders := newLogs(md), md.leaders()
	offsets := make([]partitionOffsets, len(kinds))
	errs := make([]error, len(kinds))
	var wg sync.WaitGroup
	for i, kind := range kinds {
		wg.Go(func() { offsets[i], errs[i] = c.leaderOffsets(ctx, leaders, kind) })
	}
	wg.Wait()
	for i, kind := range kinds {
		l.offsets[kind] = offsets[i]
	}
	return l, cmp.Or(errs...) // brokers that fail one of them fail them all
}

func newLogs(md metadata) logs {
	l := logs{
		states: make(map[string]lag.State), leaderless: make(map[partitionID]bool),
		counts: md.partitionCounts(), offsets: make(map[offsetKind]partitionOffsets),
	}
	for i := range md.Topics {
		t := &md.Topics[i]
		name := deref(t.Topic)
		switch t.ErrorCode {
		case 0:
			l.states[name] = lag.Normal
		case kerr.UnknownTopicOrPartition.Code:
			l.states[name] = lag.Gone
		case kerr.TopicAuthorizationFailed.Code:
			l.states[name] = lag.Unauthorized
		default:
			l.states[name] = lag.Unread
		}
		for _, p := range t.Partitions {
			if p.Leader < 0 {
				l.leaderless[partitionID{name, p.Partition}] = true
			}
		}
	}
	return l
}

// of returns one partition's log.
func (l logs) of(topic string, partition int32) lag.Log {
	t := l.topic(topic)
	return t.of(partition)
}

// topicLogs is what is told of the logs of one topic: groups have commits on
// thousands of partitions, and looking each of them up by name is most of the
// work.
type topicLogs struct {
	logs
	name               string
	asked              bool
	state              lag.State
	count              int
	start, end, stable []int64
}

func (l logs) topic(name string) topicLogs {
	state, asked := l.states[name]
	return topicLogs{
		logs: l, name: name, asked: asked, state: state, count: l.counts[name],
		start: l.offsets[logStart][name], end: l.offsets[logEnd][name], stable: l.offsets[lastStableOffset][name],
	}
}

// of returns one partition's log.
func (t *topicLogs) of(partition int32) lag.Log {
	log := lag.Log{
		State: lag.Unread,
		Start: offsetOf(t.start, partition), End: offsetOf(t.end, partition), Stable: offsetOf(t.stable, partition),
	}
	switch {
	case !t.asked:
	case t.state == lag.Normal && int(partition) >= t.count:
		log.State = lag.Gone
	case t.leaderless[partitionID{t.name, partition}]:
		log.State = lag.Leaderless
	default:
		log.State = t.state
	}
	return log
}
