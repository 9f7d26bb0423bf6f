// Package audit keeps the record of what kdeck changed in clusters: a file of JSON
// lines that only grows. Every change has two lines with the same id, one before
// the first write and one that tells what became of it, so that a change that was
// cut off half way can be seen as well. docs/audit.md tells the names of the fields,
// which stay; new ones may come.
package audit

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"time"

	"github.com/kdeck/kdeck/kafka/disk"
)

// Stage says which of the lines of a change a line is.
type Stage string

// The stages.
const (
	Begun   Stage = "begun"   // nothing is written yet
	Done    Stage = "done"    // all of it took effect
	Partly  Stage = "partly"  // some of it took effect, or nobody knows
	Refused Stage = "refused" // none of it took effect
)

// Change is something that is about to be done to a cluster.
type Change struct {
	Action string // as in "reset-offsets"
	Target string // what it is done to, as in the name of a group
	// Details is the whole plan: a value that is encoded as a JSON object, or lines
	// of text, which become its member "plan".
	Details any
}

// Entry is one line of the log.
type Entry struct {
	Time    time.Time `json:"time"`
	ID      string    `json:"id"` // the same in all lines of one change
	Stage   Stage     `json:"stage"`
	User    string    `json:"user"` // of the operating system
	Host    string    `json:"host"` // where kdeck runs
	Cluster string    `json:"cluster"`
	Action  string    `json:"action"`
	Target  string    `json:"target"`
	// Details is the plan in a line of stage Begun, and the result in the others: a
	// JSON object.
	Details any    `json:"details,omitempty"`
	Error   string `json:"error,omitempty"`
}

// Log is the log of the changes to one cluster. The file, which many clusters
// and processes share, is made with the first entry; only the user may read it.
type Log struct {
	Path    string
	Cluster string // what the user calls the cluster
}

// Pending is a change under way.
type Pending struct {
	log   Log
	begun Entry
}

// Begin notes a change before its first write. When it returns without an error
// the line is on disk; a change that cannot be noted must not be made.
func (l Log) Begin(c Change) (*Pending, error) {
	p := &Pending{log: l, begun: Entry{
		ID: rand.Text(), Stage: Begun, User: userName(), Cluster: l.Cluster,
		Action: c.Action, Target: c.Target, Details: object("plan", c.Details),
	}}
	p.begun.Host, _ = os.Hostname() // better without than not at all
	if err := l.add(p.begun); err != nil {
		return nil, fmt.Errorf("note the change in the audit log %s: %w; nothing was written to the cluster", l.Path, err)
	}
	return p, nil
}

// End notes what became of the change: the result, an object or lines, which become
// the member "result" of one, and why it did not take effect as a whole.
func (p *Pending) End(stage Stage, result any, why error) error {
	e := p.begun
	e.Stage, e.Details = stage, object("result", result)
	if why != nil {
		e.Error = why.Error()
	}
	if err := p.log.add(e); err != nil {
		return fmt.Errorf("note the result in the audit log %s: %w", p.log.Path, err)
	}
	return nil
}

// object names lines of text, so that details are always an object.
func object(name string, details any) any {
	if lines, ok := details.([]string); ok {
		return map[string][]string{name: lines}
	}
	return details
}

// patience bounds the wait for other writers, each of which takes some milliseconds.
const patience = 10 * time.Second

// add writes a line at once, so that lines of several processes do not mix.
func (l Log) add(e Entry) error {
	e.Time = time.Now().UTC()
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	f, err := disk.OpenAppend(ctx, l.Path)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprint("uid ", os.Getuid())
}
