package embedbroker

import (
	"iter"
	"path/filepath"
)

// placementLog remembers which broker each topic's placement starts at. The
// engine keeps no replicas and draws leaders by chance, so that without it the
// leaders would be others after every start.
//
// It grows by one line per created topic; the last line of a topic counts. A
// topic whose line was torn is placed anew.
type placementLog struct{ lineLog[placementLine] }

// placementLine is one line: a topic, or the number of brokers that the lines
// after it were made for.
type placementLine struct {
	Brokers int    `json:"brokers,omitempty"`
	Topic   string `json:"topic,omitempty"`
	First   int    `json:"first"`
}

func openPlacementLog(dir string) *placementLog {
	return &placementLog{lineLog[placementLine]{path: filepath.Join(dir, placementFile)}}
}

// load returns the first brokers by topic, nothing when they were made for
// another number of brokers.
func (l *placementLog) load(brokers int) (map[string]int, error) {
	firsts := make(map[string]int)
	made := 0
	err := l.each(func(line placementLine) {
		if line.Brokers != 0 {
			made = line.Brokers
		}
		if line.Topic != "" && made == brokers && line.First >= 0 && line.First < brokers {
			firsts[line.Topic] = line.First
		}
	})
	return firsts, err
}

// rewrite replaces the log by the placements of all topics and keeps it open.
func (l *placementLog) rewrite(brokers int, topics map[string]placement) error {
	return l.lineLog.rewrite(func(yield func(placementLine) bool) {
		if yield(placementLine{Brokers: brokers}) {
			placementLines(topics)(yield)
		}
	})
}

// add appends the placements of new topics.
func (l *placementLog) add(topics map[string]placement) error {
	return l.lineLog.add(placementLines(topics))
}

func placementLines(topics map[string]placement) iter.Seq[placementLine] {
	return func(yield func(placementLine) bool) {
		for name, t := range topics {
			if !yield(placementLine{Topic: name, First: t.First}) {
				return
			}
		}
	}
}
