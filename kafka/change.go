package kafka

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/kdeck/kdeck/kafka/audit"
)

// ErrReadOnly is returned, wrapped, by every method that would change a cluster
// whose context is read-only.
var ErrReadOnly = errors.New("the context is read-only")

// errNoState is returned, wrapped, by methods that would change a cluster when
// there is no folder to keep a record of it.
var errNoState = errors.New("there is no state folder to note it in")

// mutate is called first by every method that changes the cluster. It returns
// an error that wraps ErrReadOnly and names what was refused, or nil.
func (c *Client) mutate(what string) error {
	switch {
	case c.cfg.ReadOnly:
		return fmt.Errorf("%s: refused: %w; attach without --read-only, or change the context, to allow it", what, ErrReadOnly)
	case c.cfg.StateDir == "":
		return fmt.Errorf("%s: refused: %w; set HOME or XDG_STATE_HOME", what, errNoState)
	}
	return nil
}

// MayChange says why nothing can be changed in the cluster, as a method that changes
// it would, or nil: for what has to be prepared before the change. what is the
// change in words.
func (c *Client) MayChange(what string) error { return c.mutate(what) }

// begin notes a change in the audit log. It is called after everything that can
// refuse the change and before its first write; the caller ends what it returns.
func (c *Client) begin(change audit.Change) (*audit.Pending, error) {
	return c.AuditLog().Begin(change)
}

// AuditLog is where changes to this cluster are noted.
func (c *Client) AuditLog() audit.Log {
	return audit.Log{Path: filepath.Join(c.cfg.StateDir, "audit.jsonl"), Cluster: c.Name()}
}

// RequestTimeout bounds one request, see Config.
func (c *Client) RequestTimeout() time.Duration { return c.cfg.RequestTimeout }

// Outcome is what became of one item of a change.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"    // it took effect, as a look afterwards has shown
	Refused Outcome = "refused" // the item is as it was
	Unknown Outcome = "unknown" // no answer tells
)

// stageOf is the stage of a change of several items in the audit log.
func stageOf(outcomes ...Outcome) audit.Stage {
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
