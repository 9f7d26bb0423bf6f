//go:build unix

package embedbroker_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// BenchmarkRestart writes 1.9 GiB and reports how long a start takes after an orderly
// end and after kill -9, until it accepts clients, and what is resident one second
// later.
func BenchmarkRestart(b *testing.B) {
	const record, total = 1000, 1900 << 20
	for range b.N {
		dir := b.TempDir()
		c := startChild(b, dir, 3)
		ctx := context.Background()
		cl, err := kgo.NewClient(kgo.SeedBrokers(c.addrs...), kgo.DefaultProduceTopic("big"), kgo.ProducerBatchCompression(kgo.NoCompression()))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := kadm.NewClient(cl).CreateTopic(ctx, benchPartitions, 1, nil, "big"); err != nil {
			b.Fatal(err)
		}
		value := make([]byte, record)
		for range total / record {
			cl.Produce(ctx, &kgo.Record{Value: value}, func(_ *kgo.Record, err error) {
				if err != nil {
					b.Error(err)
				}
			})
		}
		if err := cl.Flush(ctx); err != nil {
			b.Fatal(err)
		}
		cl.Close()
		for _, end := range []string{"stop", "kill"} {
			if end == "kill" {
				c.kill()
			} else if err := c.stop(); err != nil {
				b.Fatal(err)
			}
			start := time.Now()
			c = startChild(b, dir, 3)
			b.ReportMetric(float64(time.Since(start).Milliseconds()), end+"-ms")
			<-time.After(time.Second)
			b.ReportMetric(float64(resident(b, c.cmd.Process.Pid))/1024, end+"-resident-MiB")
		}
		if err := c.stop(); err != nil {
			b.Fatal(err)
		}
	}
}
