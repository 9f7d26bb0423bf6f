package groups

import (
	"cmp"
	"context"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

// logs is what the cluster tells of the logs of some topics: whether they are
// there and have a leader, and where they begin, end and are stable.
type logs struct {
	states map[string]lag.State // of each topic that was asked for
	// leaders is who leads each partition of each readable topic, as a node id;
	// negative where nobody does.
	leaders map[string][]int32
	ids     map[string][16]byte // of each readable topic; zero before Kafka 2.8
	offsets map[kafka.OffsetKind]kafka.Offsets
}

// readLogs reads the logs of topics: their metadata in one request, then for
// each kind of offset one request to every broker that leads any of their
// partitions, all at the same time. The error says what is missing; the rest is
// true.
func (c *Client) readLogs(ctx context.Context, topics []string, kinds ...kafka.OffsetKind) (logs, error) {
	if len(topics) == 0 {
		return logs{}, nil
	}
	md, err := c.conn.Metadata(ctx, topics...)
	if err != nil {
		return logs{}, err
	}
	leaders := md.Leaders()
	l := newLogs(md, leaders)
	offsets := make([]kafka.Offsets, len(kinds))
	errs := make([]error, len(kinds))
	var wg sync.WaitGroup
	for i, kind := range kinds {
		wg.Go(func() { offsets[i], errs[i] = c.conn.LeaderOffsets(ctx, leaders, kind) })
	}
	wg.Wait()
	for i, kind := range kinds {
		l.offsets[kind] = offsets[i]
	}
	return l, cmp.Or(errs...) // brokers that fail one of them fail them all
}

func newLogs(md kafka.Metadata, leaders kafka.Leaders) logs {
	l := logs{
		states: make(map[string]lag.State, len(md.Topics)), leaders: make(map[string][]int32, len(leaders)),
		ids: make(map[string][16]byte, len(leaders)), offsets: make(map[kafka.OffsetKind]kafka.Offsets),
	}
	for _, t := range leaders {
		l.leaders[t.Topic] = t.Of
	}
	for i := range md.Topics {
		t := &md.Topics[i]
		name := raw.Text(t.Topic)
		switch t.ErrorCode {
		case 0:
			l.states[name], l.ids[name] = lag.Normal, t.TopicID
		case kerr.UnknownTopicOrPartition.Code:
			l.states[name] = lag.Gone
		case kerr.TopicAuthorizationFailed.Code:
			l.states[name] = lag.Unauthorized
		default:
			l.states[name] = lag.Unread
		}
	}
	return l
}

// of returns one partition's log.
func (l logs) of(topic string, partition int32) lag.Log {
	t := l.topic(topic)
	return t.of(partition)
}

// leader returns who leads a partition, or -1.
func (l logs) leader(id model.TopicPartition) int32 {
	if of := l.leaders[id.Topic]; id.Partition >= 0 && int(id.Partition) < len(of) {
		return of[id.Partition]
	}
	return -1
}

// topicLogs is what is told of the logs of one topic: groups have commits on
// thousands of partitions, and looking each of them up by name is most of the
// work.
type topicLogs struct {
	asked              bool
	state              lag.State
	leaders            []int32
	start, end, stable []int64
}

func (l logs) topic(name string) topicLogs {
	state, asked := l.states[name]
	return topicLogs{
		asked: asked, state: state, leaders: l.leaders[name],
		start: l.offsets[kafka.LogStart][name], end: l.offsets[kafka.LogEnd][name], stable: l.offsets[kafka.LastStable][name],
	}
}

// of returns one partition's log.
func (t *topicLogs) of(partition int32) lag.Log {
	log := lag.Log{
		State: lag.Unread,
		Start: kafka.OffsetOf(t.start, partition), End: kafka.OffsetOf(t.end, partition), Stable: kafka.OffsetOf(t.stable, partition),
	}
	switch {
	case !t.asked:
	case t.state == lag.Normal && (partition < 0 || int(partition) >= len(t.leaders)):
		log.State = lag.Gone
	case t.state == lag.Normal && t.leaders[partition] < 0:
		log.State = lag.Leaderless
	default:
		log.State = t.state
	}
	return log
}
