package produce

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// wire watches the Produce requests of a client and their answers.
type wire struct {
	opened time.Time
	// requests counts those that have left, whole or in part, and connections the open
	// ones, on which a part may be on its way.
	requests, connections atomic.Int64
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

// OnBrokerConnect is part of kgo.HookBrokerConnect.
func (w *wire) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if err == nil {
		w.connections.Add(1)
	}
}

// OnBrokerDisconnect is part of kgo.HookBrokerDisconnect.
func (w *wire) OnBrokerDisconnect(kgo.BrokerMetadata, net.Conn) { w.connections.Add(-1) }

// silentSince reports whether nothing was sent after so many requests, for certain.
func (w *wire) silentSince(requests int64) bool {
	return w.connections.Load() == 0 && w.requests.Load() == requests
}

// answered is when the last answer came, since the producer was opened.
func (w *wire) answered() time.Duration { return time.Duration(w.last.Load()) }
