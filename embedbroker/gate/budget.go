package gate

import (
	"context"

	"github.com/twmb/franz-go/pkg/kmsg"
	"golang.org/x/sync/semaphore"
)

const (
	// budgetBytes is what the large requests of all clients together may
	// take while they arrive and are decoded.
	budgetBytes = 256 << 20
	// decodedFactor is how much larger a request without records may get
	// when it is decoded: an empty string takes 1 byte on the wire and 16 in
	// memory, and the smallest struct about as many times its size.
	decodedFactor = 24
	// freeBytes is what a request may take without asking the budget, so
	// that the produce requests of every day and small requests do not
	// queue for it.
	freeBytes = 2 << 20
)

// Budget bounds the memory that large requests take, for all brokers of a
// cluster together.
type Budget struct{ sem *semaphore.Weighted }

// NewBudget returns a budget that nothing has been taken from.
func NewBudget() *Budget { return &Budget{sem: semaphore.NewWeighted(budgetBytes)} }

// acquire takes what a request of n bytes needs, waiting for others to give
// back if it must, until gone is closed. Small requests need nothing.
func (b *Budget) acquire(gone <-chan struct{}, key int16, n int) (int64, error) {
	cost := int64(n)
	if key != int16(kmsg.Produce) {
		cost *= decodedFactor
	}
	if cost <= freeBytes {
		return 0, nil
	}
	if b.sem.TryAcquire(cost) {
		return cost, nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := b.sem.Acquire(ctx, cost); err != nil {
		return 0, err
	}
	return cost, nil
}

func (b *Budget) release(cost int64) {
	if cost > 0 {
		b.sem.Release(cost)
	}
}
