package reset

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// savedVersion is the version of the file's format.
const savedVersion = 1

// Saved is a group's offsets as they were before a reset: all of them, enough to
// put every one back.
type Saved struct {
	Version int              `json:"version"`
	Cluster string           `json:"cluster"` // what the user calls it
	Group   string           `json:"group"`
	At      time.Time        `json:"time"`    // when the offsets were read
	Reset   string           `json:"reset"`   // the strategy that was about to be applied
	Commits []SavedCommit    `json:"commits"` // everything that the group had committed
	Without []TopicPartition `json:"without"` // partitions of the plan that had no commit
	Planned []SavedCommit    `json:"planned"` // what was about to be written
}

// SavedCommit is the commit of one partition in a saved state.
type SavedCommit struct {
	TopicPartition
	Commit
}

// Save returns the state to keep before a plan is written. now are the facts
// that the plan was checked against.
func (p Plan) Save(cluster string, now Facts) Saved {
	s := SaveCommits(cluster, p.Group, p.Strategy.String(), now.At, now.Commits)
	for _, r := range p.Rows {
		if !r.HasCurrent {
			s.Without = append(s.Without, r.TopicPartition)
		}
		if r.Changes() {
			s.Planned = append(s.Planned, SavedCommit{r.TopicPartition, r.Commit()})
		}
	}
	return s
}

// SaveCommits returns the state to keep before commits of a group are deleted:
// all that it has. what is about to be done is in the place of a strategy.
func SaveCommits(cluster, group, what string, at time.Time, commits map[TopicPartition]Commit) Saved {
	s := Saved{
		Version: savedVersion, Cluster: cluster, Group: group, At: at, Reset: what,
		Commits: []SavedCommit{}, Without: []TopicPartition{}, Planned: []SavedCommit{},
	}
	for _, tp := range slices.SortedFunc(maps.Keys(commits), TopicPartition.Compare) {
		s.Commits = append(s.Commits, SavedCommit{tp, commits[tp]})
	}
	return s
}

// Write puts the state into a new file in the folder, which is made when
// missing, and returns its path. When it returns, the file is on disk and not
// only in memory. Only the user may read it.
func (s Saved) Write(dir string) (path string, err error) {
	path = filepath.Join(dir, s.fileName())
	if err := s.write(path); err != nil {
		return "", fmt.Errorf("save the old offsets of %s to %s: %w; nothing was written to the cluster", s.Group, path, err)
	}
	return path, nil
}

func (s Saved) write(path string) error {
	for _, c := range s.Commits {
		if !utf8.ValidString(s.Group + c.Topic + c.Metadata) {
			return fmt.Errorf("%s: its name or metadata is not UTF-8 and cannot be kept exactly", c.TopicPartition)
		}
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return syncDir(filepath.Dir(path))
}

// fileName sorts by time. The group is in it for people; the file says it
// exactly.
func (s Saved) fileName() string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '_'
	}, s.Group)
	return s.At.UTC().Format("20060102T150405.000000000Z") + "-" + plain[:min(len(plain), 80)] + ".json"
}

// Load reads a saved state.
func Load(path string) (Saved, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Saved{}, fmt.Errorf("read a saved state: %w", err)
	}
	var s Saved
	if err := json.Unmarshal(data, &s); err != nil {
		return Saved{}, fmt.Errorf("read a saved state from %s: %w", path, err)
	}
	if s.Version != savedVersion {
		return Saved{}, fmt.Errorf("read a saved state from %s: its format is %d, this kdeck knows %d", path, s.Version, savedVersion)
	}
	return s, nil
}
