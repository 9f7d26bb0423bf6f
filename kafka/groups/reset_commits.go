package groups

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
)

// resetCommits is what one group has committed, or why that is not known. Other
// than for a list of lags, a reset must not take a partition that could not be read
// for one without a commit, so the failure of one is a failure of all.
type resetCommits struct {
	commits   map[model.TopicPartition]model.Commit
	pending   map[model.TopicPartition]bool // a transaction holds a commit that is not decided yet
	unstarted map[model.TopicPartition]bool // share-partitions without a start offset
	err       error
}

// commits fetches everything that the groups have committed, and that of the
// source of from-group: one request per coordinator and kind of group, and a second
// one where transactions are open.
func (q *resetQuestion) commits(ctx context.Context) map[string]resetCommits {
	coordinators := make(map[string]int32, len(q.listed))
	var shares []string
	for group, listed := range q.listed {
		switch listed.typ {
		case model.Classic, model.Consumer:
			coordinators[group] = listed.coordinator
		case model.Share:
			shares = append(shares, group)
		}
	}
	var all, ofShares map[string]resetCommits
	var wg sync.WaitGroup
	wg.Go(func() { all = q.client.stableCommits(ctx, coordinators) })
	wg.Go(func() { ofShares = q.client.shareStarts(ctx, shares) })
	wg.Wait()
	for group, starts := range ofShares {
		all[group] = starts
	}
	return all
}

// stableCommits fetches commits that are decided, and says where others are not.
func (c *Client) stableCommits(ctx context.Context, coordinators map[string]int32) map[string]resetCommits {
	all := c.fetchCommits(ctx, coordinators, true)
	again := make(map[string]int32)
	for group, r := range all {
		if r.err == nil && len(r.pending) > 0 {
			again[group] = coordinators[group]
		}
	}
	// Where a transaction is open, the answer held no offset: ask for the one
	// from before it.
	for group, r := range c.fetchCommits(ctx, again, false) {
		r.pending = all[group].pending
		all[group] = r
	}
	return all
}

// fetchCommits asks the coordinators (OffsetFetch v8; stable is KIP-447), one
// request each; those below 0 are looked for, as are those that have moved. Every
// group is in the answer. A group that does not exist has no commits.
func (c *Client) fetchCommits(ctx context.Context, coordinators map[string]int32, stable bool) map[string]resetCommits {
	request := func(groups []string) *kmsg.OffsetFetchRequest {
		req := commitsRequest(groups)
		req.RequireStable = stable
		return req
	}
	byCoordinator := make(map[int32][]string)
	found := make(map[string]resetCommits, len(coordinators))
	for group, coordinator := range coordinators {
		byCoordinator[coordinator] = append(byCoordinator[coordinator], group)
		found[group] = resetCommits{err: kafka.ErrLeftOut}
	}
	var elsewhere []string
	var wg sync.WaitGroup
	var mu sync.Mutex
	for coordinator, groups := range byCoordinator {
		if coordinator < 0 {
			mu.Lock()
			elsewhere = append(elsewhere, groups...)
			mu.Unlock()
			continue
		}
		wg.Go(func() {
			resp, err := c.conn.Kgo().Broker(int(coordinator)).RetriableRequest(ctx, request(groups))
			mu.Lock()
			defer mu.Unlock()
			if err == nil && resp.GetVersion() < 8 { // takes one group at a time
				elsewhere = append(elsewhere, groups...)
				return
			}
			elsewhere = append(elsewhere, readResetCommits(found, groups, resp, err)...)
		})
	}
	wg.Wait()
	if len(elsewhere) > 0 {
		for _, shard := range c.conn.AskCoordinators(ctx, request(elsewhere)) {
			var asked []string
			for _, g := range shard.Req.(*kmsg.OffsetFetchRequest).Groups {
				asked = append(asked, g.Group)
			}
			readResetCommits(found, asked, shard.Resp, shard.Err)
		}
	}
	return found
}

// readResetCommits takes in a coordinator's answer about the groups that it was
// asked for, and returns those that have another coordinator now.
func readResetCommits(found map[string]resetCommits, asked []string, resp kmsg.Response, err error) (moved []string) {
	if err == nil && len(resp.(*kmsg.OffsetFetchResponse).Groups) == 0 { // else it is that of the first group again
		err = kerr.ErrorForCode(resp.(*kmsg.OffsetFetchResponse).ErrorCode)
	}
	if err != nil {
		for _, group := range asked {
			found[group] = resetCommits{err: err}
		}
		return nil
	}
	for _, g := range resp.(*kmsg.OffsetFetchResponse).Groups {
		if g.ErrorCode == kerr.NotCoordinator.Code {
			moved = append(moved, g.Group)
		}
		found[g.Group] = readGroupCommits(&g)
	}
	return moved
}

func readGroupCommits(g *kmsg.OffsetFetchResponseGroup) resetCommits {
	if err := kerr.ErrorForCode(g.ErrorCode); err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return resetCommits{err: err}
	}
	n := 0
	for _, t := range g.Topics {
		n += len(t.Partitions)
	}
	r := resetCommits{commits: make(map[model.TopicPartition]model.Commit, n), pending: make(map[model.TopicPartition]bool)}
	for _, t := range g.Topics {
		for _, p := range t.Partitions {
			tp := model.TopicPartition{Topic: t.Topic, Partition: p.Partition}
			switch err := kerr.ErrorForCode(p.ErrorCode); {
			case errors.Is(err, kerr.UnstableOffsetCommit):
				r.pending[tp] = true
			case err != nil:
				return resetCommits{err: fmt.Errorf("%s: %w", tp, err)}
			case p.Offset >= 0: // -1: nothing committed
				r.commits[tp] = model.Commit{Offset: p.Offset, LeaderEpoch: p.LeaderEpoch, Metadata: kafka.Deref(p.Metadata)}
			}
		}
	}
	return r
}

// Offsets returns what a group has committed on a topic: the next offset that
// it would read, by partition. Partitions without a commit are left out, and a
// group that does not exist has none. It takes an OffsetFetch request to the
// coordinator, once that is found.
func (c *Client) Offsets(ctx context.Context, group, topic string) (map[int32]int64, error) {
	found := c.fetchCommits(ctx, map[string]int32{group: -1}, false)[group]
	if found.err != nil {
		return nil, kafka.Explain("read where group "+group+" stands", "Describe on Group:"+group, found.err)
	}
	offsets := make(map[int32]int64)
	for tp, commit := range found.commits {
		if tp.Topic == topic {
			offsets[tp.Partition] = commit.Offset
		}
	}
	return offsets, nil
}
