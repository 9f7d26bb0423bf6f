package topics

import (
	"sync"
	"time"

	"github.com/kdeck/kdeck/kafka"
)

// A meter turns samples of log end offsets into records per second. Offsets are
// counted, so transaction markers count as records and compaction does not
// lower a rate.
type meter struct {
	mu     sync.Mutex
	topics map[string]*topicMeter
}

type topicMeter struct {
	at      time.Time
	ends    []int64
	rates   []float64 // records/s of each partition between the last two samples
	history []float64 // records/s of the topic, oldest first
}

const (
	// minSampleGap is the least time between two samples: rates over less
	// jump around.
	minSampleGap = 900 * time.Millisecond
	// historyLen is how many past rates a topic keeps: a sparkline's worth.
	historyLen = 60
)

func newMeter() *meter { return &meter{topics: make(map[string]*topicMeter)} }

// observe takes in log end offsets that were read at the given time.
func (m *meter) observe(at time.Time, ends kafka.Offsets) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for topic, now := range ends {
		t := m.topics[topic]
		if t == nil {
			m.topics[topic] = &topicMeter{at: at, ends: now}
			continue
		}
		gap := at.Sub(t.at)
		if gap < minSampleGap {
			continue
		}
		t.sample(gap, now)
		t.at, t.ends = at, now
	}
}

func (t *topicMeter) sample(gap time.Duration, now []int64) {
	if len(t.rates) != len(now) {
		t.rates = make([]float64, len(now))
	}
	clear(t.rates)
	total := 0.0
	for p, end := range now {
		if p >= len(t.ends) || end < 0 || t.ends[p] < 0 {
			continue
		}
		// An end that went back is a topic that was made anew.
		t.rates[p] = max(0, float64(end-t.ends[p])) / gap.Seconds()
		total += t.rates[p]
	}
	if len(t.history) == historyLen {
		t.history = append(t.history[:0], t.history[1:]...)
	}
	t.history = append(t.history, total)
}

// forget drops topics that are no longer there.
func (m *meter) forget(exists func(topic string) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for topic := range m.topics {
		if !exists(topic) {
			delete(m.topics, topic)
		}
	}
}

// rate returns a topic's newest records per second, or -1 before the second
// sample.
func (m *meter) rate(topic string) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.topics[topic]; t != nil && len(t.history) > 0 {
		return t.history[len(t.history)-1]
	}
	return -1
}

// history returns a copy of a topic's past records per second, oldest first.
func (m *meter) history(topic string) []float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.topics[topic]; t != nil {
		return append([]float64(nil), t.history...)
	}
	return nil
}

// partitionRates returns a copy of the newest records per second of each
// partition of a topic, by partition number; nil before the second sample.
func (m *meter) partitionRates(topic string) []float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.topics[topic]; t != nil {
		return append([]float64(nil), t.rates...)
	}
	return nil
}
