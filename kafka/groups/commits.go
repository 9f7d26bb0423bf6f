package groups

import (
	"context"
	"errors"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

// Which commits are read where a transaction is open that holds one.
const (
	anyCommit    = false // the one from before it
	stableCommit = true  // none, and that it is pending (KIP-447)
)

// commits reads everything that groups have committed (OffsetFetch): one request to
// each coordinator, see raw.OffsetFetch. Where that is below 0, kadm looks for it, as for
// groups that have moved. Every group is in the answer. Share groups have no such commits and must not
// be asked for.
func (c *Client) commits(ctx context.Context, coordinators map[string]int32, stable bool) map[string]position {
	read := &commitsRead{found: make(map[string]position, len(coordinators))}
	byCoordinator := make(map[int32][]string)
	for group, coordinator := range coordinators {
		read.found[group] = position{err: kafka.ErrLeftOut}
		if coordinator < 0 {
			read.elsewhere = append(read.elsewhere, group)
		} else {
			byCoordinator[coordinator] = append(byCoordinator[coordinator], group)
		}
	}
	var wg sync.WaitGroup
	for coordinator, groups := range byCoordinator {
		wg.Go(func() { c.askCoordinator(ctx, coordinator, groups, stable, read) })
	}
	wg.Wait()
	if len(read.elsewhere) > 0 {
		c.findCommits(ctx, read.elsewhere, stable, read)
	}
	return read.found
}

// commitsRead is what coordinators have told of groups.
type commitsRead struct {
	mu        sync.Mutex
	found     map[string]position
	elsewhere []string // groups whose coordinator has to be found
}

// askCoordinator asks one broker about the groups that it has listed.
func (c *Client) askCoordinator(ctx context.Context, coordinator int32, groups []string, stable bool, read *commitsRead) {
	ctx, cancel := context.WithTimeout(ctx, c.conn.RequestTimeout()) // no second try at a broker that does not answer
	defer cancel()
	told := make(map[string]position, len(groups))
	var group, topic string
	var of position
	var commits map[int32]model.Commit // of the topic before: those of one topic come together
	err := raw.OffsetFetch(ctx, c.conn.Kgo(), coordinator, groups, stable,
		func(name string, err error) {
			group, topic, of, commits = name, "", newPosition(), nil
			of.err = err
			told[group] = of
		},
		func(t string, partition int32, r raw.Committed) {
			if r.Err != nil {
				of.take(model.TopicPartition{Topic: t, Partition: partition}, model.Commit{}, r.Err)
				told[group] = of
				return
			}
			if r.Offset < 0 { // nothing committed
				return
			}
			if commits == nil || t != topic {
				topic, commits = t, of.commits[t]
			}
			if commits == nil {
				commits = make(map[int32]model.Commit)
				of.commits[t] = commits
			}
			commits[partition] = model.Commit{Offset: r.Offset, LeaderEpoch: r.LeaderEpoch, Metadata: r.Metadata}
		})
	read.mu.Lock()
	defer read.mu.Unlock()
	if errors.Is(err, raw.ErrOldOffsetFetch) {
		read.elsewhere = append(read.elsewhere, groups...)
		return
	}
	for _, g := range groups {
		p, ok := told[g]
		switch {
		case err != nil:
			p = position{err: err}
		case !ok:
			continue
		case errors.Is(p.err, kerr.NotCoordinator):
			read.elsewhere = append(read.elsewhere, g)
		}
		read.found[g] = p
	}
}

// findCommits asks about groups whose coordinators kadm finds.
func (c *Client) findCommits(ctx context.Context, groups []string, stable bool, read *commitsRead) {
	if stable {
		ctx = kadm.RequireStable(ctx)
	}
	var fetched kadm.FetchOffsetsResponses
	_ = c.conn.Ask(ctx, func(adm *kadm.Client) error { // each group has its own error
		fetched = adm.FetchManyOffsets(ctx, groups...)
		if fetched.AllFailed() {
			return fetched.Error()
		}
		return nil
	})
	for group, f := range fetched {
		if f.Err != nil {
			read.found[group] = position{err: f.Err}
			continue
		}
		p := newPosition()
		f.Fetched.Each(func(o kadm.OffsetResponse) {
			p.take(model.TopicPartition{Topic: o.Topic, Partition: o.Partition},
				model.Commit{Offset: o.At, LeaderEpoch: o.LeaderEpoch, Metadata: o.Metadata}, o.Err)
		})
		read.found[group] = p
	}
}

// take takes in what the coordinator said of a partition.
func (p *position) take(tp model.TopicPartition, commit model.Commit, err error) {
	switch {
	case errors.Is(err, kerr.UnstableOffsetCommit):
		if p.pending == nil {
			p.pending = make(map[model.TopicPartition]bool)
		}
		p.pending[tp] = true
	case err != nil:
		p.fail(tp, err)
	case commit.Offset >= 0: // -1: nothing committed
		p.commits.put(tp, commit)
	}
}

// stableCommits reads commits that are decided, and says where others are not: one
// request per coordinator, and a second one where transactions are open.
func (c *Client) stableCommits(ctx context.Context, coordinators map[string]int32) map[string]position {
	all := c.commits(ctx, coordinators, stableCommit)
	again := make(map[string]int32)
	for group, p := range all {
		if p.err == nil && len(p.pending) > 0 {
			again[group] = coordinators[group]
		}
	}
	// Where a transaction is open, the answer held no offset: ask for the one
	// from before it.
	for group, p := range c.commits(ctx, again, anyCommit) {
		p.pending = all[group].pending
		all[group] = p
	}
	return all
}

// starts reads the start offsets of the share-partitions of share groups, which stand
// in the place of commits: everything before them is done (DescribeShareGroupOffsets,
// KIP-932). One request per coordinator. Every group is in the answer.
func (c *Client) starts(ctx context.Context, groups []string) map[string]position {
	found := make(map[string]position, len(groups))
	if len(groups) == 0 {
		return found
	}
	q := question[kadm.DescribedShareGroupOffsets]{"offsets", func(adm *kadm.Client, groups ...string) (map[string]kadm.DescribedShareGroupOffsets, error) {
		return adm.DescribeShareGroupOffsets(ctx, groups...)
	}}
	described, failed := askGroups(ctx, c, q, groups)
	for group, err := range failed {
		found[group] = position{share: true, err: err}
	}
	for group, d := range described {
		p := newPosition()
		p.share, p.err = true, d.Err
		p.reported, p.unstarted = make(map[model.TopicPartition]int64), make(map[model.TopicPartition]bool)
		d.Offsets.Each(func(o kadm.ShareOffset) {
			tp := model.TopicPartition{Topic: o.Topic, Partition: o.Partition}
			switch {
			case o.Err != nil:
				p.fail(tp, o.Err)
			case o.StartOffset < 0: // the leader has not chosen one yet
				p.unstarted[tp] = true
			default:
				// The epoch is that of the present leader, and none of the offset's.
				p.commits.put(tp, model.Commit{Offset: o.StartOffset, LeaderEpoch: -1})
				p.reported[tp] = o.Lag
			}
		})
		found[group] = p
	}
	return found
}

// readOffsets is commits and starts of groups by their type, for resets: the commits
// that are decided, and what is pending.
func (c *Client) readOffsets(ctx context.Context, listed map[string]listedGroup) map[string]position {
	coordinators := make(map[string]int32, len(listed))
	var sharing []string
	for group, l := range listed {
		switch l.typ {
		case model.Classic, model.Consumer:
			coordinators[group] = l.coordinator
		case model.Share:
			sharing = append(sharing, group)
		}
	}
	var starts map[string]position
	var wg sync.WaitGroup
	wg.Go(func() { starts = c.starts(ctx, sharing) })
	all := c.stableCommits(ctx, coordinators)
	wg.Wait()
	for group, p := range starts {
		all[group] = p
	}
	return all
}
