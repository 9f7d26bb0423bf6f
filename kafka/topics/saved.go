package topics

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/kdeck/kdeck/kafka/configs"
	"github.com/kdeck/kdeck/kafka/disk"
	"github.com/kdeck/kdeck/kafka/raw"
)

// savedVersion is the version of the file's format.
const savedVersion = 1

// Saved is a topic as it was before it was deleted: enough to make it again, with
// its placement and configuration and without its records.
type Saved struct {
	Version int       `json:"version"`
	Cluster string    `json:"cluster"` // what the user calls it
	At      time.Time `json:"time"`
	TopicID string    `json:"topicId"` // as Kafka's tools spell it
	Spec
	Replicas [][]int32 `json:"replicas"` // of each partition, the preferred leader first
}

func newSaved(cluster string, at time.Time, t *raw.Topic, entries []configs.Entry) Saved {
	s := Saved{
		Version: savedVersion, Cluster: cluster, At: at, TopicID: kadm.TopicID(t.TopicID).String(),
		Spec: Spec{Name: *t.Topic, Partitions: int32(len(t.Partitions)), Configs: make(map[string]string)},
	}
	partitions := slices.Clone(t.Partitions)
	slices.SortFunc(partitions, func(a, b raw.Partition) int { return cmp.Compare(a.Partition, b.Partition) })
	for _, p := range partitions {
		s.Replicas = append(s.Replicas, p.Replicas)
		s.ReplicationFactor = max(s.ReplicationFactor, int16(len(p.Replicas)))
	}
	for _, e := range entries {
		if e.Source == configs.FromTopic {
			s.Configs[e.Name] = e.Value
		}
	}
	return s
}

// Write keeps the state in a new file in the folder "topics" of the state folder.
func (s Saved) Write(stateDir string) (path string, err error) {
	data, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		// The name of a topic is safe in the name of a file, but may be too long for it.
		name := s.At.UTC().Format("20060102T150405.000000000Z") + "-" + s.Name[:min(len(s.Name), 80)] + ".json"
		path = filepath.Join(stateDir, "topics", name)
		err = disk.Create(path, append(data, '\n'))
	}
	if err != nil {
		return "", fmt.Errorf("save the configuration of topic %s: %w; nothing was changed", s.Name, err)
	}
	return path, nil
}
