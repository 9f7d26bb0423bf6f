package kafka

import (
	"maps"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/raw"
)

// requestLog counts what a client sends and how long brokers take to answer.
// It is a set of kgo hooks.
type requestLog struct {
	mu      sync.Mutex
	counts  map[string]int
	latency map[int32]time.Duration

	throttled func(*Throttle) // Config.Throttled
}

var _ kgo.HookBrokerE2E = (*requestLog)(nil)

func newRequestLog() *requestLog {
	return &requestLog{counts: make(map[string]int), latency: make(map[int32]time.Duration)}
}

// latencyWeight is the weight of the newest answer in a broker's moving
// average: high enough to show a broker that turns slow within a few polls.
const latencyWeight = 0.3

// latencyBytes is the largest request and answer that count as latency: more
// bytes measure the size of the question, not the broker.
const latencyBytes = 64 << 10

// OnBrokerE2E notes one request and its answer. Fetches are long polls whose
// duration says nothing about the broker, so they do not count as latency.
func (r *requestLog) OnBrokerE2E(meta kgo.BrokerMetadata, key int16, e2e kgo.BrokerE2E) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[raw.Name(key)]++
	if meta.NodeID < 0 || e2e.Err() != nil || raw.LongPoll(key) || e2e.BytesWritten+e2e.BytesRead > latencyBytes {
		return
	}
	took := e2e.TimeToWrite + e2e.ReadWait + e2e.TimeToRead
	if old, ok := r.latency[meta.NodeID]; ok {
		took = time.Duration(latencyWeight*float64(took) + (1-latencyWeight)*float64(old))
	}
	r.latency[meta.NodeID] = took
}

// Requests returns how many requests this client has sent since it was made,
// by the name of the API ("Metadata", "ListOffsets").
func (c *Conn) Requests() map[string]int {
	c.requests.mu.Lock()
	defer c.requests.mu.Unlock()
	return maps.Clone(c.requests.counts)
}

// Latency returns the recent round trip time of each broker that has answered,
// by node id: a moving average over the requests of this client, long polls
// and large answers excluded.
func (c *Conn) Latency() map[int32]time.Duration {
	c.requests.mu.Lock()
	defer c.requests.mu.Unlock()
	return maps.Clone(c.requests.latency)
}
