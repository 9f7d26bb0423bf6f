package embedbroker

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/kdeck/kdeck/embedbroker/repair"
)

// eventsFile is the event log of a data folder, a JSON line for each event.
const eventsFile = "events.jsonl"

// maxEvents is the size from which on the event log begins anew; one more is kept.
const maxEvents = 1 << 20

// events writes down what happens to the data of a cluster that nobody asked for, and
// tells it.
type events struct {
	path string
	tell func(repair.Event) // nil for nobody

	mu sync.Mutex
}

// report may be called from any goroutine. An event that cannot be written is told
// all the same.
func (e *events) report(ev repair.Event) {
	_ = e.write(ev)
	if e.tell != nil {
		e.tell(ev)
	}
}

func (e *events) write(ev repair.Event) error {
	line, err := json.Marshal(struct {
		Time time.Time `json:"time"`
		repair.Event
	}{time.Now(), ev})
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if info, err := os.Stat(e.path); err == nil && info.Size() > maxEvents {
		old := filepath.Join(filepath.Dir(e.path), "events.old.jsonl")
		if err := os.Rename(e.path, old); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(e.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}
