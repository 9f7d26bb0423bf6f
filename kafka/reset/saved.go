package reset

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kdeck/kdeck/kafka/disk"
	"github.com/kdeck/kdeck/kafka/model"
)

// savedVersion is the version of the file's format. Version 1 did not have what is
// marked as new in 2.
const savedVersion = 2

// Saved is a group's offsets as they were before a reset or an undo: all of them,
// enough to put every one back.
type Saved struct {
	Version   int                    `json:"version"`
	Cluster   string                 `json:"cluster"`   // what the user calls it
	ClusterID string                 `json:"clusterId"` // new in 2
	Group     string                 `json:"group"`
	Type      model.GroupType        `json:"type"`    // of the group; new in 2, before which there were no share groups
	At        time.Time              `json:"time"`    // when the offsets were read
	Reset     string                 `json:"reset"`   // the strategy that was about to be applied
	Commits   []SavedCommit          `json:"commits"` // everything that the group had committed
	Without   []model.TopicPartition `json:"without"` // partitions of the plan that had no commit
	Planned   []SavedCommit          `json:"planned"` // what was about to be written; offset -1 is deleted
	// Partial says that commits may be missing, on topics that the user could not
	// describe; new in 2.
	Partial bool `json:"partial,omitempty"`
	// TopicIDs are those of the plan's topics, as Kafka's tools spell them; new in 2.
	TopicIDs map[string]string `json:"topicIds,omitempty"`
}

// SavedCommit is the commit of one partition in a saved state.
type SavedCommit struct {
	model.TopicPartition
	model.Commit
}

// Save returns the state to keep before a plan is written. now are the facts
// that the plan was checked against.
func (p Plan) Save(now Facts) Saved {
	s := SaveCommits(now.Cluster, p.Group, p.Strategy.String(), now.At, now.Commits)
	s.ClusterID, s.Type, s.Partial, s.TopicIDs = now.ClusterID, now.Type, now.Hidden != nil, make(map[string]string)
	for _, r := range p.Rows {
		if !r.HasCurrent {
			s.Without = append(s.Without, r.TopicPartition)
		}
		if r.Changes() {
			s.Planned = append(s.Planned, SavedCommit{r.TopicPartition, r.Commit()})
		}
	}
	for _, part := range now.Partitions {
		if part.TopicID != ([16]byte{}) {
			s.TopicIDs[part.Topic] = topicID(part.TopicID)
		}
	}
	return s
}

// SaveCommits returns the state to keep before commits of a group are deleted:
// all that it has. what is about to be done is in the place of a strategy.
func SaveCommits(cluster, group, what string, at time.Time, commits map[model.TopicPartition]model.Commit) Saved {
	s := Saved{
		Version: savedVersion, Cluster: cluster, Group: group, At: at, Reset: what,
		Commits: []SavedCommit{}, Without: []model.TopicPartition{}, Planned: []SavedCommit{},
	}
	for _, tp := range slices.SortedFunc(maps.Keys(commits), model.TopicPartition.Compare) {
		s.Commits = append(s.Commits, SavedCommit{tp, commits[tp]})
	}
	return s
}

// topicID writes a topic id as Kafka's tools do.
func topicID(id [16]byte) string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// Scope is what has to be known of a group to put the state back.
func (s Saved) Scope() Scope {
	tps := slices.Clone(s.Without)
	for _, c := range s.Commits {
		tps = append(tps, c.TopicPartition)
	}
	scope := Of(tps)
	scope.Committed = true
	return scope
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
	return disk.Create(path, append(data, '\n'))
}

// timeLayout is the time in the name of a file, so that names sort by it.
const timeLayout = "20060102T150405.000000000Z"

// fileName sorts by time. The group is in it for people; the file says it
// exactly.
func (s Saved) fileName() string {
	return s.At.UTC().Format(timeLayout) + "-" + plainName(s.Group) + ".json"
}

// plainName is a group's name in the name of a file.
func plainName(group string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '_'
	}, group)
	return plain[:min(len(plain), 80)]
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
	if s.Version < 1 || s.Version > savedVersion {
		return Saved{}, fmt.Errorf("read a saved state from %s: its format is %d, this kdeck knows 1 to %d", path, s.Version, savedVersion)
	}
	for _, c := range s.Commits {
		if c.Offset < 0 || c.Partition < 0 || c.Topic == "" {
			return Saved{}, fmt.Errorf("read a saved state from %s: %s at %d is no commit", path, c.TopicPartition, c.Offset)
		}
	}
	return s, nil
}
