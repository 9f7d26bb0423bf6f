package kafka

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/audit"
)

// ErrReadOnly is returned, wrapped, by every method that would change a cluster
// whose context is read-only.
var ErrReadOnly = errors.New("the context is read-only")

// ErrNoState is returned, wrapped, by methods that would change a cluster when
// there is no folder to keep a record of it.
var ErrNoState = errors.New("there is no state folder to note it in")

// MayChange is called first by every method that changes the cluster. It returns
// an error that wraps ErrReadOnly and names what was refused, or nil. what is the
// change in words.
func (c *Conn) MayChange(what string) error {
	switch {
	case c.cfg.ReadOnly:
		return fmt.Errorf("%s: refused: %w; attach without --read-only, or change the context, to allow it", what, ErrReadOnly)
	case c.cfg.StateDir == "":
		return fmt.Errorf("%s: refused: %w; set HOME or XDG_STATE_HOME", what, ErrNoState)
	}
	return nil
}

// Begin notes a change in the audit log. It is called after everything that can
// refuse the change and before its first write; the caller ends what it returns.
func (c *Conn) Begin(change audit.Change) (*audit.Pending, error) {
	return c.AuditLog().Begin(change)
}

// AuditLog is where changes to this cluster are noted.
func (c *Conn) AuditLog() audit.Log {
	return audit.Log{Path: filepath.Join(c.cfg.StateDir, "audit.jsonl"), Cluster: c.Name()}
}

// Outcome is what became of one item of a change.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"    // it took effect, as a look afterwards has shown
	Refused Outcome = "refused" // the item is as it was
	Unknown Outcome = "unknown" // no answer tells
)

// StageOf is the stage of a change of several items in the audit log.
func StageOf(outcomes ...Outcome) audit.Stage {
	outcomes = slices.Compact(slices.Sorted(slices.Values(outcomes)))
	if len(outcomes) != 1 {
		return audit.Partly
	}
	switch outcomes[0] {
	case Done:
		return audit.Done
	case Refused:
		return audit.Refused
	}
	return audit.Partly
}

// NewProducer returns a franz-go client of the same cluster for writing records,
// and the note of that in the audit log, which the caller ends. A read-only
// context refuses with ErrReadOnly; what is the change in words. The caller closes
// the client.
func (c *Conn) NewProducer(what string, change audit.Change, opts ...kgo.Opt) (*kgo.Client, *audit.Pending, error) {
	if err := c.MayChange(what); err != nil {
		return nil, nil, err
	}
	producer, err := connect(c.cfg, c.requests, opts...)
	if err != nil {
		return nil, nil, err
	}
	noted, err := c.Begin(change)
	if err != nil {
		producer.Close()
		return nil, nil, err
	}
	return producer, noted, nil
}
