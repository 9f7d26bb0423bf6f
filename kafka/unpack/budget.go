package unpack

import (
	"errors"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ErrNoRoom is why a batch is not unpacked now: the budget is used up. A consumer
// that meets it fetches the batch again.
var ErrNoRoom = errors.New("what was read before has not been taken yet")

// Budget bounds what a consumer holds unpacked and nobody has taken. Fetches are
// bounded by their packed bytes alone, and a thousand batches below every bound may
// come with one. It is to be among the hooks of the consumer (kgo.WithHooks), whose
// decompressor keeps to it (Decompressor.Within).
type Budget struct {
	most int64

	mu    sync.Mutex
	held  int64
	parts map[int32]int64 // of held, by partition
}

// NewBudget returns a budget of so many bytes. The first batch is always let in.
func NewBudget(most int64) *Budget { return &Budget{most: most, parts: make(map[int32]int64)} }

func (b *Budget) room() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held < b.most
}

// OnFetchBatchRead takes in that a batch of a partition was unpacked. It is part of
// kgo.HookFetchBatchRead.
func (b *Budget) OnFetchBatchRead(_ kgo.BrokerMetadata, _ string, partition int32, m kgo.FetchBatchMetrics) {
	b.mu.Lock()
	defer b.mu.Unlock()
	size := int64(m.UncompressedBytes) + recordCost*int64(m.NumRecords)
	b.parts[partition] += size
	b.held += size
}

// First processes what was fetched of a partition as kgo.ProcessFetchPartition does, but
// unpacks no further batch after one: it is for who needs the first record alone.
func (d *Decompressor) First(opts kgo.ProcessFetchPartitionOpts, p *kmsg.FetchResponseTopicPartition) (kgo.FetchPartition, int64) {
	one := NewBudget(1)
	return kgo.ProcessFetchPartition(opts, p, d.Within(one), func(m kgo.FetchBatchMetrics) {
		one.OnFetchBatchRead(kgo.BrokerMetadata{}, opts.Topic, opts.Partition, m)
	})
}

// Taken gives back what was unpacked of a partition, since the consumer has handed it
// out: it holds one fetch of a partition at a time.
func (b *Budget) Taken(partition int32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held -= b.parts[partition]
	delete(b.parts, partition)
}

// Held is how many bytes nobody has taken yet, about.
func (b *Budget) Held() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}
