package kafkatest

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Coordinate waits until groups and transactions have coordinators. Brokers make
// the topics that they need with the first question for one, and refuse it until
// those have leaders: on a busy machine for longer than a client tries.
func (n *Nodes) Coordinate(ctx context.Context) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers(n.Servers...))
	if err != nil {
		return err
	}
	defer cl.Close()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for _, kind := range []int8{0, 1} { // of a group, of a transaction
		req := kmsg.NewPtrFindCoordinatorRequest()
		req.CoordinatorKey, req.CoordinatorKeys, req.CoordinatorType = "first", []string{"first"}, kind // v4 takes many (KIP-699)
		for {
			resp, err := req.RequestWith(ctx, cl)
			if err == nil && len(resp.Coordinators) == 1 {
				err = kerr.ErrorForCode(resp.Coordinators[0].ErrorCode)
			}
			if err == nil {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("no coordinator of kind %d: %w", kind, err)
			case <-look.C:
			}
		}
	}
	return nil
}
