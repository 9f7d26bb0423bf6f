package kafkatest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/kdeck/kdeck/embedbroker/check"
	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// The checker that the embedded cluster is held against finds Apache Kafka, whose
// nodes are killed and stopped one by one, to keep every promise: what it asks for is
// what Kafka gives.
func TestCheckerOnApacheKafka(t *testing.T) {
	c := kafkatest.Start(t, kafkatest.Config{Own: true})
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	var faults []check.Fault
	for i := range c.Nodes.Servers {
		faults = append(faults,
			check.Fault{Name: fmt.Sprint("kill node ", i), Do: func(ctx context.Context) error {
				c.Nodes.Kill(i)
				return c.Nodes.Restart(ctx, i)
			}},
			check.Fault{Name: fmt.Sprint("stop node ", i), Do: func(ctx context.Context) error {
				c.Nodes.Stop(i)
				return c.Nodes.Restart(ctx, i)
			}})
	}
	broken, err := check.Run(ctx, check.Config{
		Addrs: func() []string { return c.Nodes.Servers }, Replicas: 3, Faults: faults,
		Between: 5 * time.Second, Network: check.Network{Delay: 20 * time.Millisecond, Lose: 0.001},
		Duration: 30 * time.Second, Patience: time.Minute, Log: t.Logf, Seed: uint64(time.Now().UnixNano()),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range broken {
		t.Error(b)
	}
}
