package groups

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
)

// groupCommits holds the commits of one group by topic and partition: thousands of
// partitions are looked up topic by topic.
type groupCommits map[string]map[int32]model.Commit

// at returns the offset that is committed on a partition, or NoOffset.
func (c groupCommits) at(topic string, partition int32) int64 {
	if commit, ok := c[topic][partition]; ok {
		return commit.Offset
	}
	return model.NoOffset
}

func (c groupCommits) put(tp model.TopicPartition, commit model.Commit) {
	if c[tp.Topic] == nil {
		c[tp.Topic] = make(map[int32]model.Commit)
	}
	c[tp.Topic][tp.Partition] = commit
}

// flat is the commits by partition.
func (c groupCommits) flat() map[model.TopicPartition]model.Commit {
	flat := make(map[model.TopicPartition]model.Commit)
	for topic, partitions := range c {
		for p, commit := range partitions {
			flat[model.TopicPartition{Topic: topic, Partition: p}] = commit
		}
	}
	return flat
}

// position is where a group stands: everything that it has committed, or the start
// offsets of a share group, with the reason for each partition that could not be read.
// A screen shows the others; what saves or changes asks for the whole.
type position struct {
	commits groupCommits // of a share group, the start offsets
	share   bool
	// reported is the lag of a share group as its coordinator counts it (KIP-1226);
	// NoOffset where it does not.
	reported  map[model.TopicPartition]int64
	unstarted map[model.TopicPartition]bool // share-partitions without a start offset
	// pending are the partitions on which a transaction holds a commit that is not
	// decided yet; known when only stable offsets were asked for (KIP-447).
	pending map[model.TopicPartition]bool
	failed  map[model.TopicPartition]error // partitions that could not be read
	err     error                          // why nothing could be read
}

func newPosition() position {
	return position{commits: make(groupCommits)}
}

// fail notes why a partition could not be read.
func (p *position) fail(tp model.TopicPartition, err error) {
	if p.failed == nil {
		p.failed = make(map[model.TopicPartition]error)
	}
	p.failed[tp] = err
}

// whole is every commit of the group, or why one of them could not be read: what is
// saved or written must not take a partition that could not be read for one without a
// commit. what is what the offsets are wanted for.
func (p position) whole(what, group string) (map[model.TopicPartition]model.Commit, error) {
	needs := "Describe on Group:" + group
	if p.err != nil {
		return nil, kafka.Explain(what, needs, p.err)
	}
	if len(p.failed) > 0 {
		first := slices.MinFunc(slices.Collect(maps.Keys(p.failed)), model.TopicPartition.Compare)
		return nil, kafka.Explain(what+": "+first.String(), needs, p.failed[first])
	}
	return p.commits.flat(), nil
}

// orNone takes a group that does not exist for one without commits: it goes with the
// last of them, and a commit creates it.
func (p position) orNone() position {
	if errors.Is(p.err, kerr.GroupIDNotFound) {
		p.err = nil
	}
	return p
}

// lag joins where the group stands on a partition with the partition's log.
func (p position) lag(topic string, partition int32, logs logs) lag.Partition {
	return p.join(model.TopicPartition{Topic: topic, Partition: partition}, p.commits.at(topic, partition), logs.of(topic, partition))
}

func (p position) join(id model.TopicPartition, at int64, log lag.Log) lag.Partition {
	switch {
	case p.err != nil || p.failed[id] != nil:
		log.State = lag.Unread
	case p.share:
		return lag.OfShare(at, p.reported[id], log)
	}
	return lag.Of(at, log)
}

// partitions goes through what the group has to do with, in no order: the
// partitions that it committed on, those where that could not be read, and those that
// its members read.
func (p position) partitions(members []model.Member, logs logs) iter.Seq2[model.TopicPartition, lag.Partition] {
	return func(yield func(model.TopicPartition, lag.Partition) bool) {
		for topic, commits := range p.commits {
			log := logs.topic(topic)
			for partition, commit := range commits {
				id := model.TopicPartition{Topic: topic, Partition: partition}
				if !yield(id, p.join(id, commit.Offset, log.of(partition))) {
					return
				}
			}
		}
		for id := range p.failed {
			if !yield(id, p.lag(id.Topic, id.Partition, logs)) {
				return
			}
		}
		for id := range readersOf(members) {
			if p.commits.at(id.Topic, id.Partition) == model.NoOffset && p.failed[id] == nil && !yield(id, p.lag(id.Topic, id.Partition, logs)) {
				return
			}
		}
	}
}

// topics is the topics that the group has committed on, or where that could not be read.
func (p position) topics() iter.Seq[string] {
	return func(yield func(string) bool) {
		for topic := range p.commits {
			if !yield(topic) {
				return
			}
		}
		for tp := range p.failed {
			if p.commits[tp.Topic] == nil && !yield(tp.Topic) {
				return
			}
		}
	}
}

// positions reads where groups of any type stand: one request per coordinator,
// and another one per coordinator of share groups.
func (c *Client) positions(ctx context.Context, groups []Group) map[string]position {
	coordinators := make(map[string]int32, len(groups))
	var sharing []string
	for i := range groups {
		if groups[i].Type == model.Share {
			sharing = append(sharing, groups[i].Name)
		} else {
			coordinators[groups[i].Name] = groups[i].Coordinator
		}
	}
	var starts map[string]position
	var wg sync.WaitGroup
	wg.Go(func() { starts = c.starts(ctx, sharing) })
	all := c.commits(ctx, coordinators, anyCommit)
	wg.Wait()
	maps.Copy(all, starts)
	return all
}

// Offsets returns what a group has committed on a topic: the next offset that
// it would read, by partition. Partitions without a commit are left out, and a
// group that does not exist has none. It takes an OffsetFetch request to the
// coordinator, once that is found.
func (c *Client) Offsets(ctx context.Context, group, topic string) (map[int32]int64, error) {
	found := c.commits(ctx, map[string]int32{group: -1}, anyCommit)[group].orNone()
	commits, err := found.whole("read where group "+group+" stands", group)
	if err != nil {
		return nil, err
	}
	offsets := make(map[int32]int64)
	for tp, commit := range commits {
		if tp.Topic == topic {
			offsets[tp.Partition] = commit.Offset
		}
	}
	return offsets, nil
}
