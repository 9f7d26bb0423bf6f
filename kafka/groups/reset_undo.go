package groups

import (
	"context"
	"fmt"
	"time"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
	"github.com/kdeck/kdeck/kafka/reset"
)

// SavedStates returns the states of a group that were saved on this cluster, the
// newest first. Files that cannot be read are named in the error; the others are
// returned all the same.
func (c *Client) SavedStates(ctx context.Context, group string) ([]reset.SavedFile, error) {
	if !c.conn.HasStateDir() {
		return nil, fmt.Errorf("look for saved offsets of %s: %w", group, kafka.ErrNoState)
	}
	md, err := c.conn.BrokerMetadata(ctx)
	if err != nil {
		return nil, err
	}
	states, err := reset.List(savedDir(c.conn.StateDir()), group, raw.Text(md.ClusterID))
	if err != nil {
		err = fmt.Errorf("look for saved offsets of %s: %w", group, err)
	}
	return states, err
}

// stateOf is the state to keep before commits of a group are deleted: all that it
// has. what is about to be done to them is in the place of a strategy.
func (c *Client) stateOf(group string, typ model.GroupType, what string, commits map[model.TopicPartition]model.Commit) reset.Saved {
	s := reset.SaveCommits(c.conn.Name(), group, what, time.Now(), commits)
	s.ClusterID, s.Type = c.conn.ClusterID(), typ
	return s
}

// UndoPlan plans to put a group back to a saved state, see reset.Undo. It sends as
// many requests as ResetFacts.
func (c *Client) UndoPlan(ctx context.Context, group string, saved reset.Saved) (reset.Plan, error) {
	facts, err := c.ResetFacts(ctx, group, saved.Scope(), reset.Strategy{Kind: reset.UndoReset})
	if err != nil {
		return reset.Plan{}, err
	}
	return reset.Undo(facts, saved)
}
