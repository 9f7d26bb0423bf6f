package groups

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
)

// watchedLag is where a group stands on a partition, and how it gets on there.
type watchedLag struct {
	lag.Partition
	lag.Progress
}

// observe takes a look at the partitions of a group into the watch, and sums them
// up in the group, by topic and in all. each, where there is one, is told of every
// partition, with the round or nil. A group that could not be described is only summed up: it would seem
// to have no members.
func (c *Client) observe(g *Group, at time.Time, members []model.Member, partitions iter.Seq2[model.TopicPartition, lag.Partition], each func(*lag.Round, model.TopicPartition, watchedLag)) {
	topics := make(map[string]*TopicLag)
	var topic *TopicLag // of the partition before: those of one topic come together
	readers := readersOf(members)
	var round *lag.Round
	if g.Err == nil {
		round = c.watch.Begin(g.Name, at)
	}
	for id, p := range partitions {
		if topic == nil || id.Topic != topic.Topic {
			topic = topics[id.Topic]
			if topic == nil {
				topic = &TopicLag{Topic: id.Topic}
				topics[id.Topic] = topic
			}
		}
		w := watchedLag{Partition: c.peeks.known(id, p), Progress: lag.NoProgress()}
		topic.Lag.Add(w.Partition)
		if round != nil {
			w.Progress = round.Add(id.Topic, id.Partition, w.Partition, g.Rebalancing() || len(readers[id]) > 0)
			topic.Watched.Add(id.Topic, id.Partition, w.Progress)
		}
		if each != nil {
			each(round, id, w)
		}
	}
	if round != nil {
		g.Watched = round.End()
	}
	g.Topics, g.Lag = make([]TopicLag, 0, len(topics)), lag.Sum{}
	for _, t := range topics {
		g.Topics = append(g.Topics, *t)
		g.Lag.Merge(t.Lag)
	}
	slices.SortFunc(g.Topics, func(a, b TopicLag) int { return cmp.Compare(a.Topic, b.Topic) })
}

// fewOffsets is a lag that may well be transaction markers alone: a group that reads
// every transaction to its end is one offset behind, for ever.
const fewOffsets = 16

// suspect is a partition whose group seems not to get on, and which group that is.
type suspect struct {
	group     int // index
	partition *PartitionLag
}

// suspects returns what to call with every partition of a group: it collects those
// where it seems not to get on and where nobody has looked yet.
func (c *Client) suspects(found *[]suspect, group int, logs logs) func(*lag.Round, model.TopicPartition, watchedLag) {
	return func(_ *lag.Round, id model.TopicPartition, w watchedLag) {
		suspicious := w.Verdict.Bad() || w.Verdict == lag.Warn && w.Records <= fewOffsets
		if !suspicious || len(*found) == maxPeeks {
			return
		}
		p := &PartitionLag{
			Topic: id.Topic, Partition: id.Partition, Lag: w.Partition,
			leader: logs.leader(id), topicID: logs.ids[id.Topic],
		}
		if _, ask := c.lookup(p); ask {
			*found = append(*found, suspect{group, p})
		}
	}
}

// acquit looks at what the suspects would read next, and returns the groups for which
// there is nothing on some partition: these are not stuck there.
func (c *Client) acquit(ctx context.Context, suspects []suspect) (groups []int) {
	var look []*PartitionLag
	for _, s := range suspects {
		look = append(look, s.partition)
	}
	c.peek(ctx, look)
	for _, s := range suspects {
		if s.partition.Lag.State == lag.Phantom && !slices.Contains(groups, s.group) {
			groups = append(groups, s.group)
		}
	}
	return groups
}
