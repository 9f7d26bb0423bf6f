package embedbroker

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/twmb/franz-go/pkg/kfake"
)

// engineLog hears what the engine would keep to itself: a write that failed, which it
// may answer as if it had not, and a segment that it cut.
type engineLog struct {
	report func(repair.Event)
	failed atomic.Bool // a write failed: what the engine knows is no longer what is on disk

	mu   sync.Mutex
	told map[string]bool // of messages of one kind the first is told
}

// Logf is called by the engine, before it answers the request that failed.
func (l *engineLog) Logf(level kfake.LogLevel, format string, args ...any) {
	if level > kfake.LogLevelWarn {
		return
	}
	switch {
	case writeFailed(format):
		l.failed.Store(true)
		l.once(format, "a write failed: nothing is written until kdeck is started again, which repairs the files: "+fmt.Sprintf(format, args...))
	case strings.Contains(format, "corrupt"):
		l.report(repair.Event{What: fmt.Sprintf(format, args...), Offset: -1})
	}
}

// writeFailed reports whether a message of the engine tells of a write that failed
// and left memory and disk apart.
func writeFailed(format string) bool {
	for _, prefix := range []string{"persist ", "save session state", "rebuildSegments ", "endTx: failed to persist"} {
		if strings.HasPrefix(format, prefix) {
			return true
		}
	}
	return false
}

func (l *engineLog) once(kind, what string) {
	l.mu.Lock()
	known := l.told[kind]
	if l.told == nil {
		l.told = make(map[string]bool)
	}
	l.told[kind] = true
	l.mu.Unlock()
	if !known {
		l.report(repair.Event{What: what, Offset: -1})
	}
}
