package gate

import (
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Stats is what the gate of one broker has counted since it was opened.
type Stats struct {
	Broker      int32
	Addr        string
	Connections int    // open now
	Accepted    uint64 // connections since the start
	Rejected    uint64 // requests refused by closing their connection
	APIs        []APIStats
}

// APIStats counts the requests of one API key. Latency runs from the last byte
// of the request to the moment the response is handed to the network; a fetch
// that waits for data, or a join that waits for members, counts its wait.
type APIStats struct {
	Key      int16
	Name     string // as Kafka names it, e.g. "Produce"
	Requests uint64
	BytesIn  uint64        // with the 4 bytes of the length
	BytesOut uint64        // with the 4 bytes of the length
	Latency  time.Duration // sum over all requests
	Max      time.Duration
}

type apiCounters struct {
	requests, in, out atomic.Uint64
	latency, max      atomic.Int64
}

type counters struct {
	accepted, rejected atomic.Uint64
	apis               [maxKey + 1]apiCounters
}

func (a *apiCounters) served(took time.Duration, out int) {
	a.out.Add(uint64(out))
	a.latency.Add(int64(took))
	for {
		old := a.max.Load()
		if int64(took) <= old || a.max.CompareAndSwap(old, int64(took)) {
			return
		}
	}
}

// Stats returns what the gate has counted; APIs that were never called are
// left out, the others are ordered by key.
func (l *Listener) Stats() Stats {
	l.mu.Lock()
	open := len(l.conns)
	l.mu.Unlock()
	s := Stats{
		Broker:      l.cfg.Broker,
		Addr:        l.Addr().String(),
		Connections: open,
		Accepted:    l.stats.accepted.Load(),
		Rejected:    l.stats.rejected.Load(),
	}
	for key := range l.stats.apis {
		a := &l.stats.apis[key]
		n := a.requests.Load()
		if n == 0 {
			continue
		}
		s.APIs = append(s.APIs, APIStats{
			Key:      int16(key),
			Name:     kmsg.NameForKey(int16(key)),
			Requests: n,
			BytesIn:  a.in.Load(),
			BytesOut: a.out.Load(),
			Latency:  time.Duration(a.latency.Load()),
			Max:      time.Duration(a.max.Load()),
		})
	}
	return s
}
