package groups

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"

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

// storedOffsets reads everything that groups have committed, or the start offsets of
// share groups: one request per coordinator and kind of group. Unlike for a list of
// lags, one partition that cannot be read fails its group, since what is saved must be
// whole. A group that is not there has no offsets.
func (c *Client) storedOffsets(ctx context.Context, groups []Group) map[string]resetCommits {
	coordinators := make(map[string]int32, len(groups))
	var shares []string
	for i := range groups {
		if groups[i].Type == model.Share {
			shares = append(shares, groups[i].Name)
		} else {
			coordinators[groups[i].Name] = groups[i].Coordinator
		}
	}
	var all, ofShares map[string]resetCommits
	var wg sync.WaitGroup
	wg.Go(func() { all = c.fetchCommits(ctx, coordinators, false) })
	wg.Go(func() { ofShares = c.shareStarts(ctx, shares) })
	wg.Wait()
	for group, starts := range ofShares {
		if errors.Is(starts.err, kerr.GroupIDNotFound) { // it goes with the last of its offsets
			starts.err = nil
			ofShares[group] = starts
		}
	}
	maps.Copy(all, ofShares)
	return all
}
