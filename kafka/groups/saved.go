package groups

import (
	"context"
	"path/filepath"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// savedOffsets is what a group had committed before a change. The start offsets of a
// share group and the offsets of a group that had none are for the audit log alone.
type savedOffsets struct{ reset.Saved }

// Write keeps the offsets in a new file.
func (s savedOffsets) Write(stateDir string) (path string, err error) {
	if !s.inFile() {
		return "", nil
	}
	return s.Saved.Write(savedDir(stateDir))
}

// inFile reports whether there is anything that an undo could put back.
func (s savedOffsets) inFile() bool { return s.Type != model.Share && len(s.Commits) > 0 }

// follows says where the old offsets are kept.
func (s savedOffsets) follows() []string {
	switch {
	case s.inFile():
		return []string{"The old offsets are saved to a file first."}
	case s.Type == model.Share:
		return []string{"The start offsets of a share group are noted in the audit log. kdeck cannot put them back."}
	}
	return nil
}

// savedDir is the folder of saved offsets.
func savedDir(stateDir string) string { return filepath.Join(stateDir, "resets") }

// stored is everything that a group has committed, or why it is not known.
type stored struct {
	commits map[model.TopicPartition]model.Commit
	err     error
}

// storedOffsets reads everything that groups have committed, or the start offsets of
// share groups, for what saves or changes them: one partition that cannot be read fails
// its group. A group that is not there has no offsets.
func (c *Client) storedOffsets(ctx context.Context, groups []Group) map[string]stored {
	all := make(map[string]stored, len(groups))
	for group, p := range c.positions(ctx, groups) {
		commits, err := p.orNone().whole("read the offsets of group "+group, group)
		all[group] = stored{commits, err}
	}
	return all
}
