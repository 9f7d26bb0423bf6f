package embedbroker

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/twmb/franz-go/pkg/kfake"
)

// trim is where a partition's log starts and ends, for when its segments do
// not tell: the engine would start a partition that retention or DeleteRecords
// has emptied at offset 0 again, before the offsets that groups committed, and
// would show deleted records again that share a segment with kept ones.
type trim struct {
	ID        string `json:"id"` // of the topic, base64
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Start     int64  `json:"start"`
	End       int64  `json:"end"`
	Epoch     int32  `json:"epoch"`
}

// trimKey is the partition that a trim is of.
type trimKey struct {
	id        string
	partition int32
}

func (t trim) key() trimKey { return trimKey{t.ID, t.Partition} }

// trimLog remembers trims; the last line of a partition counts.
type trimLog struct {
	lineLog[trim]
	last map[trimKey]trim

	filled map[trimKey]bool // partitions that hold nothing but a filler
}

// openTrimLog reads the trims of those topics that still are there and
// rewrites the file with them.
func openTrimLog(dir string) (*trimLog, error) {
	l := &trimLog{lineLog: lineLog[trim]{path: filepath.Join(dir, trimFile)}, last: make(map[trimKey]trim), filled: make(map[trimKey]bool)}
	topics, err := repair.Topics(dir)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]string)
	for _, t := range topics {
		ids[t.Name] = t.ID
	}
	err = l.each(func(t trim) {
		if t.ID != "" && t.ID == ids[t.Topic] {
			l.last[t.key()] = t
		}
	})
	if err != nil {
		return nil, err
	}
	return l, l.rewrite(maps.Values(l.last))
}

// note writes down where the partitions of a topic start and end now, those
// that changed, in one write.
func (l *trimLog) note(k *kfake.Cluster, topic string, partitions ...int32) error {
	info := k.TopicInfo(topic)
	if info == nil {
		return nil
	}
	wanted := make(map[int32]bool, len(partitions))
	for _, p := range partitions {
		wanted[p] = true
	}
	id := base64.StdEncoding.EncodeToString(info.TopicID[:])
	var changed []trim
	for _, p := range k.PartitionInfos(topic) {
		t := trim{ID: id, Topic: topic, Partition: p.Partition, Start: p.LogStartOffset, End: p.HighWatermark, Epoch: p.Epoch}
		if t.End == 0 || len(wanted) > 0 && !wanted[t.Partition] || l.last[t.key()] == t {
			continue
		}
		l.last[t.key()] = t
		changed = append(changed, t)
	}
	return l.add(slices.Values(changed))
}

// fill gives every partition without a segment one with a single record, the
// last that it had, so that the engine finds the end of its log.
func (l *trimLog) fill(dir string) error {
	for _, t := range l.last {
		part := repair.PartitionDir(dir, t.Topic, t.Partition)
		bases, err := repair.Segments(part)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		base := filepath.Join(part, strconv.FormatInt(t.End-1, 10))
		batch := filler(t)
		switch {
		case len(bases) == 0:
			if err := os.MkdirAll(part, 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(base+".idx", repair.Index(batch), 0o644); err != nil {
				return err
			}
			if err := os.WriteFile(base+".dat", batch, 0o644); err != nil {
				return err
			}
		case len(bases) > 1 || bases[0] != t.End-1:
			continue
		default: // a start that was cut short may have left a filler
			raw, err := os.ReadFile(base + ".dat")
			if err != nil {
				return err
			}
			if !bytes.Equal(raw, batch) {
				continue
			}
		}
		l.filled[t.key()] = true
	}
	return nil
}

// fillerHeader tells a filler from every record of a client.
const fillerHeader = "kdeck.filler"

// filler is a record batch that ends where a partition ended.
func filler(t trim) []byte {
	return repair.OneRecord(t.End-1, t.Epoch, fillerHeader)
}

// apply trims the engine's logs as they were; the fillers go.
func (l *trimLog) apply(k *kfake.Cluster) error {
	for key, t := range l.last {
		info := k.PartitionInfo(t.Topic, t.Partition)
		if info == nil {
			continue
		}
		start := t.Start
		if l.filled[key] {
			start = t.End
		}
		if start <= info.LogStartOffset || start > info.HighWatermark {
			continue
		}
		if err := k.DeleteRecords(t.Topic, t.Partition, start); err != nil {
			return fmt.Errorf("trim %s-%d to %d: %w", t.Topic, t.Partition, start, err)
		}
	}
	return nil
}
