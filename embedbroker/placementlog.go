package embedbroker

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// placementLog remembers which broker each topic's placement starts at. The
// engine keeps no replicas and draws leaders by chance, so that without it the
// leaders would be others after every start.
//
// It is a file of JSON lines that grows by one line per created topic; the
// last line of a topic counts. A line that a crash tore is skipped: the topic
// is placed anew.
type placementLog struct {
	path string
	file *os.File
}

// placementLine is one line: a topic, or the number of brokers that the lines
// after it were made for.
type placementLine struct {
	Brokers int    `json:"brokers,omitempty"`
	Topic   string `json:"topic,omitempty"`
	First   int    `json:"first"`
}

func openPlacementLog(dir string) *placementLog {
	return &placementLog{path: filepath.Join(dir, placementFile)}
}

// load returns the first brokers by topic, nothing when they were made for
// another number of brokers.
func (l *placementLog) load(brokers int) (map[string]int, error) {
	firsts := make(map[string]int)
	f, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return firsts, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	made := 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var line placementLine
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		if line.Brokers != 0 {
			made = line.Brokers
		}
		if line.Topic != "" && made == brokers && line.First >= 0 && line.First < brokers {
			firsts[line.Topic] = line.First
		}
	}
	return firsts, lines.Err()
}

// rewrite replaces the log by the placements of all topics and keeps it open.
func (l *placementLog) rewrite(brokers int, topics map[string]placement) error {
	tmp := l.path + ".tmp"
	f, err := os.Create(tmp)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	err = enc.Encode(placementLine{Brokers: brokers})
	for name, t := range topics {
		if err == nil {
			err = enc.Encode(placementLine{Topic: name, First: t.First})
		}
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = os.Rename(tmp, l.path)
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", l.path, err)
	}
	l.file = f
	return nil
}

// add appends the placements of new topics in one write.
func (l *placementLog) add(topics map[string]placement) error {
	var b []byte
	for name, t := range topics {
		line, err := json.Marshal(placementLine{Topic: name, First: t.First})
		if err != nil {
			return err
		}
		b = append(append(b, line...), '\n')
	}
	_, err := l.file.Write(b)
	return err
}

func (l *placementLog) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
