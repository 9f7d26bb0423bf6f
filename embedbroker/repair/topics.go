package repair

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// PartitionsDir holds a folder per partition, with segments BASE.dat (record batches
// as on the wire) and BASE.idx (an entry per batch).
const PartitionsDir = "partitions"

// OrphansDir holds folders of partitions that belonged to no topic.
const OrphansDir = "orphans"

// PartitionDir is the folder of one partition.
func PartitionDir(dir, topic string, partition int32) string {
	return filepath.Join(dir, PartitionsDir, fmt.Sprintf("%s-%d", url.PathEscape(topic), partition))
}

// Topic is a topic in the engine's own record of its topics.
type Topic struct {
	Name       string            `json:"name"`
	ID         string            `json:"id"` // base64
	Partitions int               `json:"partitions"`
	Configs    map[string]string `json:"configs"`
}

// Compacted reports whether the topic's cleanup.policy includes compact.
func (t *Topic) Compacted() bool { return strings.Contains(t.Configs["cleanup.policy"], "compact") }

// Topics reads the engine's record of its topics, none in a new folder.
func Topics(dir string) ([]Topic, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "topics.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var state struct {
		Topics []Topic `json:"topics"`
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		return nil, fmt.Errorf("read topics.json: %w", err)
	}
	return state.Topics, nil
}

// PutAside moves the folders of partitions that belong to none of the topics out of
// the engine's sight: a topic that is made anew must not begin with records of
// another. Folders without records are removed.
func PutAside(dir string, topics []Topic, now time.Time, report func(Event)) error {
	partitions := make(map[string]bool)
	for i := range topics {
		for p := range topics[i].Partitions {
			partitions[filepath.Base(PartitionDir(dir, topics[i].Name, int32(p)))] = true
		}
	}
	entries, err := os.ReadDir(filepath.Join(dir, PartitionsDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if partitions[e.Name()] || !e.IsDir() {
			continue
		}
		if err := putAside(dir, e.Name(), now, report); err != nil {
			return fmt.Errorf("put %s aside: %w", e.Name(), err)
		}
	}
	return nil
}

// PutTopicAside moves the folders of a topic's partitions away that are there before
// the topic is made.
func PutTopicAside(dir, topic string, partitions int, now time.Time, report func(Event)) error {
	for p := range partitions {
		path := PartitionDir(dir, topic, int32(p))
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := putAside(dir, filepath.Base(path), now, report); err != nil {
			return fmt.Errorf("put %s aside: %w", path, err)
		}
	}
	return nil
}

func putAside(dir, name string, now time.Time, report func(Event)) error {
	from := filepath.Join(dir, PartitionsDir, name)
	bases, err := Segments(from)
	if err != nil {
		return err
	}
	if len(bases) == 0 {
		return os.RemoveAll(from)
	}
	records := int64(0)
	for _, base := range bases {
		bs, _, _, err := scanFile(filepath.Join(from, fmt.Sprintf("%d.dat", base)))
		if err != nil {
			return err
		}
		for i := range bs {
			records += int64(bs[i].Count)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, OrphansDir), 0o755); err != nil {
		return err
	}
	to := filepath.Join(OrphansDir, name+"."+now.UTC().Format("20060102T150405.000000000"))
	report(Event{
		File: filepath.Join(PartitionsDir, name), Offset: -1,
		What: fmt.Sprintf("belongs to no topic, its %d records are put aside in %s: remove it, or bring it back while kdeck does not run", records, to),
	})
	return os.Rename(from, filepath.Join(dir, to))
}
