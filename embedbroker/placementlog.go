package embedbroker

import (
	"iter"
	"path/filepath"
	"slices"
	"sync"

	"github.com/kdeck/kdeck/embedbroker/replicas"
)

// placementLog remembers which broker each topic's placement starts at. The
// engine keeps no replicas and draws leaders by chance, so that without it the
// leaders would be others after every start.
//
// It grows by one line per created topic, and by one for each partition whose
// replicas were chosen by a client; the last line of each counts, and a line of a
// topic takes back what was said of its partitions. A topic whose line was torn is
// placed anew.
type placementLog struct {
	mu sync.Mutex
	lineLog[placementLine]
}

// placementLine is one line: a topic, replicas of one of its partitions, or the
// brokers that the lines after it were made for.
type placementLine struct {
	Brokers   int      `json:"brokers,omitempty"`
	Racks     []string `json:"racks,omitempty"` // by broker id; none when no broker has one
	Topic     string   `json:"topic,omitempty"`
	First     int      `json:"first"`
	Partition *int32   `json:"partition,omitempty"`
	Replicas  []int32  `json:"replicas,omitempty"` // given, none for those of First
	Target    []int32  `json:"target,omitempty"`   // of a reassignment that has not ended
}

func openPlacementLog(dir string) *placementLog {
	return &placementLog{lineLog: lineLog[placementLine]{path: filepath.Join(dir, placementFile)}}
}

// load returns the placements by topic, without the number of their partitions;
// nothing when they were made for other brokers or racks.
func (l *placementLog) load(racks []string) (map[string]replicas.Placement, error) {
	placed := make(map[string]replicas.Placement)
	valid := false
	err := l.each(func(line placementLine) {
		if line.Brokers != 0 {
			valid = line.Brokers == len(racks) && slices.Equal(line.Racks, named(racks))
		}
		if line.Topic == "" || !valid {
			return
		}
		if line.Partition == nil {
			if line.First >= 0 && line.First < len(racks) {
				placed[line.Topic] = replicas.Placement{First: line.First}
			}
			return
		}
		if p, ok := placed[line.Topic]; ok && known(line.Replicas, len(racks)) && known(line.Target, len(racks)) {
			placed[line.Topic] = p.With(*line.Partition, line.Replicas, line.Target)
		}
	})
	return placed, err
}

// known reports whether all ids are of brokers.
func known(ids []int32, brokers int) bool {
	return !slices.ContainsFunc(ids, func(id int32) bool { return id < 0 || int(id) >= brokers })
}

// named is racks, or nothing when no broker has one.
func named(racks []string) []string {
	if slices.ContainsFunc(racks, func(r string) bool { return r != "" }) {
		return racks
	}
	return nil
}

// rewrite replaces the log by the placements of all topics and keeps it open.
func (l *placementLog) rewrite(racks []string, topics map[string]replicas.Placement) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lineLog.rewrite(func(yield func(placementLine) bool) {
		if !yield(placementLine{Brokers: len(racks), Racks: named(racks)}) {
			return
		}
		for name, p := range topics {
			for line := range placementLines(name, p) {
				if !yield(line) {
					return
				}
			}
		}
	})
}

// add appends the placement of a topic.
func (l *placementLog) add(topic string, p replicas.Placement) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lineLog.add(placementLines(topic, p))
}

// addPartition appends where one partition of a topic is.
func (l *placementLog) addPartition(topic string, p replicas.Placement, partition int32) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lineLog.add(func(yield func(placementLine) bool) { yield(partitionLine(topic, p, partition)) })
}

func partitionLine(topic string, p replicas.Placement, partition int32) placementLine {
	return placementLine{Topic: topic, First: p.First, Partition: &partition, Replicas: p.Given[partition], Target: p.Target[partition]}
}

func placementLines(topic string, p replicas.Placement) iter.Seq[placementLine] {
	return func(yield func(placementLine) bool) {
		if !yield(placementLine{Topic: topic, First: p.First}) {
			return
		}
		for part := range int32(p.Partitions) {
			if p.Given[part] == nil && p.Target[part] == nil {
				continue
			}
			if !yield(partitionLine(topic, p, part)) {
				return
			}
		}
	}
}
