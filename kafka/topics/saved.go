package topics

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/disk"
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

func newSaved(cluster string, at time.Time, d kadm.TopicDetail, config kadm.ResourceConfig) Saved {
	s := Saved{
		Version: savedVersion, Cluster: cluster, At: at, TopicID: d.ID.String(),
		Spec: Spec{Name: d.Topic, Partitions: int32(len(d.Partitions)), Configs: make(map[string]string)},
	}
	for _, p := range slices.Sorted(maps.Keys(d.Partitions)) {
		replicas := d.Partitions[p].Replicas
		s.Replicas = append(s.Replicas, replicas)
		s.ReplicationFactor = max(s.ReplicationFactor, int16(len(replicas)))
	}
	for _, c := range config.Configs {
		if c.Source == kmsg.ConfigSourceDynamicTopicConfig && c.Value != nil {
			s.Configs[c.Key] = *c.Value
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
