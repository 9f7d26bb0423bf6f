package kafka

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/audit"
	"github.com/kdeck/kdeck/kafka/change"
)

// ErrReadOnly is returned, wrapped, by every method that would change a cluster
// whose context is read-only.
var ErrReadOnly = errors.New("the context is read-only")

// ErrNoState is returned, wrapped, by methods that would change a cluster when
// there is no folder to keep a record of it.
var ErrNoState = errors.New("there is no state folder to note it in")

// MayChange is called first by every method that changes the cluster. It returns
// an error that wraps ErrReadOnly and names what was refused, or nil. what is the
// change in words. It may take a request, when Config.CheckCluster has not been asked.
func (c *Conn) MayChange(what string) error {
	switch {
	case c.cfg.ReadOnly:
		return fmt.Errorf("%s: refused: %w; attach without --read-only, or change the context, to allow it", what, ErrReadOnly)
	case c.cfg.StateDir == "":
		return fmt.Errorf("%s: refused: %w; set HOME or XDG_STATE_HOME", what, ErrNoState)
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.cfg.RequestTimeout)
	defer cancel()
	if err := c.checkCluster(ctx); err != nil {
		return fmt.Errorf("%s: refused: %w", what, err)
	}
	return nil
}

// checkCluster makes sure that the cluster is the one that is meant: its metadata is
// asked for when it has not been read yet.
func (c *Conn) checkCluster(ctx context.Context) error {
	if c.cfg.CheckCluster == nil {
		return nil
	}
	if id := c.ClusterID(); id != "" {
		return c.cfg.CheckCluster(id)
	}
	_, err := c.BrokerMetadata(ctx)
	return err
}

// AuditLog is where changes to this cluster are noted.
func (c *Conn) AuditLog() audit.Log {
	return audit.Log{Path: filepath.Join(c.cfg.StateDir, "audit.jsonl"), Cluster: c.Name()}
}

// NewProducer returns a franz-go client of the same cluster for writing records,
// and the note of that in the audit log, which the caller ends. A read-only
// context refuses with ErrReadOnly; what is the change in words. The caller closes
// the client.
func (c *Conn) NewProducer(what string, noted audit.Change, opts ...kgo.Opt) (*kgo.Client, *audit.Pending, error) {
	producer, err := connect(c.cfg, c.requests, opts...)
	if err != nil {
		return nil, nil, err
	}
	pending, err := change.Begin(c, what, noted)
	if err != nil {
		producer.Close()
		return nil, nil, err
	}
	return producer, pending, nil
}
