package produce

import (
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// wire watches the Produce requests of a client and their answers.
type wire struct {
	opened time.Time
	// requests counts those that have left, whole or in part. A message that failed
	// and after which none has left is not stored for certain.
	requests atomic.Int64
	// last is when the last answer came, in nanoseconds since opened: looking at the
	// clock for every record would take a part of the time that it takes to send it.
	last atomic.Int64
}

// OnBrokerWrite is part of kgo.HookBrokerWrite.
func (w *wire) OnBrokerWrite(_ kgo.BrokerMetadata, key int16, bytes int, _, _ time.Duration, _ error) {
	if key == int16(kmsg.Produce) && bytes > 0 {
		w.requests.Add(1)
	}
}

// OnBrokerRead is part of kgo.HookBrokerRead.
func (w *wire) OnBrokerRead(_ kgo.BrokerMetadata, key int16, _ int, _, _ time.Duration, _ error) {
	if key == int16(kmsg.Produce) {
		w.last.Store(int64(time.Since(w.opened)))
	}
}

// answered is when the last answer came, since the producer was opened.
func (w *wire) answered() time.Duration { return time.Duration(w.last.Load()) }
