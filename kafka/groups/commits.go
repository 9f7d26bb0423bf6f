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

// listedGroup is a group as ListGroups names it.
type listedGroup struct {
	name         string
	typ          model.GroupType
	protocolType string // "consumer", "connect", …; empty for groups that only hold commits
	state        string // empty before Kafka 2.6
	coordinator  int32
}

// listGroups asks every broker for the groups that it coordinates: one request
// per broker. When some brokers fail, the groups of the others are returned with
// an error that says how many brokers are missing.
func (c *Client) listGroups(ctx context.Context) ([]listedGroup, error) {
	var groups []listedGroup
	var first error
	var failed []int32
	shards, err := c.conn.AskAll(ctx, func() kmsg.Request { return kmsg.NewPtrListGroupsRequest() })
	if err != nil {
		return nil, err
	}
	for _, shard := range shards {
		err := shard.Err
		if err == nil {
			err = kerr.ErrorForCode(shard.Resp.(*kmsg.ListGroupsResponse).ErrorCode)
		}
		if err != nil {
			first = kafka.FirstError(first, err)
			failed = append(failed, shard.Meta.NodeID)
			continue
		}
		for _, g := range shard.Resp.(*kmsg.ListGroupsResponse).Groups {
			typ := model.GroupType(g.GroupType)
			if typ == "" {
				typ = model.Classic
			}
			groups = append(groups, listedGroup{g.Group, typ, g.ProtocolType, g.GroupState, shard.Meta.NodeID})
		}
	}
	if len(failed) > 0 {
		what := fmt.Sprintf("list groups: %d of %d brokers", len(failed), len(shards))
		return groups, &UnlistedError{Brokers: failed, cause: kafka.Explain(what, "Describe on Cluster", first)}
	}
	return groups, nil
}

// UnlistedError says that some brokers did not list the groups that they
// coordinate; those groups are missing, not gone.
type UnlistedError struct {
	Brokers []int32 // node ids
	cause   error
}

func (e *UnlistedError) Error() string { return e.cause.Error() }
func (e *UnlistedError) Unwrap() error { return e.cause }

// groupCommits holds the commits of one group by topic and partition.
type groupCommits map[string]map[int32]model.Commit

// at returns the offset that is committed on a partition, or noOffset.
func (c groupCommits) at(topic string, partition int32) int64 {
	if commit, ok := c[topic][partition]; ok {
		return commit.Offset
	}
	return model.NoOffset
}

// committed fetches everything that the groups have committed: one request to
// each broker that has listed any of them (OffsetFetch v8, KIP-709). A group that
// could not be read is missing from the answer and has its reason in the map of
// errors. Share groups have no such commits and must not be asked for.
//
// Groups that have moved since, and all those of brokers older than 3.0, which
// take one request per group, are asked for in kgo's own way. That is not the
// first one, since it reads the metadata of every topic in an answer to find ids
// that nobody needs.
func (c *Client) committed(ctx context.Context, groups []Group) (map[string]groupCommits, map[string]error) {
	read := commitsRead{commits: make(map[string]groupCommits, len(groups)), failed: make(map[string]error)}
	names := make(map[int32][]string)
	for i := range groups {
		names[groups[i].Coordinator] = append(names[groups[i].Coordinator], groups[i].Name)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var moved []string
	for coordinator, names := range names {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, c.conn.RequestTimeout()) // no second try at a broker that does not answer
			defer cancel()
			resp, err := c.conn.Kgo().Broker(int(coordinator)).RetriableRequest(ctx, commitsRequest(names))
			mu.Lock()
			defer mu.Unlock()
			if err == nil && resp.GetVersion() < 8 {
				moved = append(moved, names...)
				return
			}
			moved = append(moved, read.add(names, resp, err)...)
		})
	}
	wg.Wait()
	if len(moved) > 0 {
		for _, shard := range c.conn.AskCoordinators(ctx, commitsRequest(moved)) {
			var asked []string
			for _, g := range shard.Req.(*kmsg.OffsetFetchRequest).Groups {
				asked = append(asked, g.Group)
			}
			read.add(asked, shard.Resp, shard.Err)
		}
	}
	for i := range groups {
		g := groups[i].Name
		if _, ok := read.commits[g]; !ok && read.failed[g] == nil {
			read.failed[g] = kafka.ErrLeftOut
		}
	}
	return read.commits, read.failed
}

func commitsRequest(groups []string) *kmsg.OffsetFetchRequest {
	req := kmsg.NewPtrOffsetFetchRequest()
	for _, g := range groups {
		rg := kmsg.NewOffsetFetchRequestGroup()
		rg.Group = g
		req.Groups = append(req.Groups, rg)
	}
	return req
}

// commitsRead is what coordinators have told of groups, by name.
type commitsRead struct {
	commits map[string]groupCommits
	failed  map[string]error
}

// add takes in the answer about the groups that were asked for, and returns those
// that have another coordinator now.
func (r commitsRead) add(asked []string, resp kmsg.Response, err error) (moved []string) {
	if err == nil {
		err = kerr.ErrorForCode(resp.(*kmsg.OffsetFetchResponse).ErrorCode)
	}
	if err != nil {
		for _, g := range asked {
			r.failed[g] = err
		}
		return nil
	}
	for _, g := range resp.(*kmsg.OffsetFetchResponse).Groups {
		switch err := kerr.ErrorForCode(g.ErrorCode); {
		case err == nil:
			r.commits[g.Group] = readCommits(g.Topics)
			delete(r.failed, g.Group)
		case errors.Is(err, kerr.NotCoordinator):
			moved = append(moved, g.Group)
			fallthrough
		default:
			r.failed[g.Group] = err
		}
	}
	return moved
}

func readCommits(topics []kmsg.OffsetFetchResponseGroupTopic) groupCommits {
	commits := make(groupCommits, len(topics))
	for _, t := range topics {
		ps := make(map[int32]model.Commit, len(t.Partitions))
		for _, p := range t.Partitions {
			if p.ErrorCode != 0 || p.Offset < 0 { // -1: nothing committed
				continue
			}
			commit := model.Commit{Offset: p.Offset, LeaderEpoch: p.LeaderEpoch}
			if p.Metadata != nil {
				commit.Metadata = *p.Metadata
			}
			ps[p.Partition] = commit
		}
		if len(ps) > 0 {
			commits[t.Topic] = ps
		}
	}
	return commits
}
