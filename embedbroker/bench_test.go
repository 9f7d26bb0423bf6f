package embedbroker_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// BenchmarkGate produces and consumes records of 100 bytes through the gate
// and, as the floor, on the bare engine in the same run. It reports the
// throughput of the gate divided by that of the engine: produce-ratio and
// fetch-ratio, 1 being no cost at all.
func BenchmarkGate(b *testing.B) {
	const records = 1_000_000
	var bare, gated throughput
	for range b.N {
		// Both run twice and alternate, so that neither has the warmer machine.
		for range 2 {
			engine, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.DataDir(b.TempDir()))
			if err != nil {
				b.Fatal(err)
			}
			bare.measure(b, engine.ListenAddrs(), records)
			engine.Close()

			cluster, err := embedbroker.Start(embedbroker.Config{Ephemeral: true})
			if err != nil {
				b.Fatal(err)
			}
			gated.measure(b, cluster.Addrs(), records)
			if err := cluster.Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(bare.produce.Seconds()/gated.produce.Seconds(), "produce-ratio")
	b.ReportMetric(bare.fetch.Seconds()/gated.fetch.Seconds(), "fetch-ratio")
	b.ReportMetric(float64(gated.records)/gated.produce.Seconds(), "produced/s")
	b.ReportMetric(float64(gated.records)/gated.fetch.Seconds(), "fetched/s")
}

// throughput adds up how long records took.
type throughput struct {
	records        int
	produce, fetch time.Duration
}

func (m *throughput) measure(b *testing.B, addrs []string, n int) {
	b.Helper()
	ctx := context.Background()
	cl, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.DefaultProduceTopic("bench"),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(100_000))
	if err != nil {
		b.Fatal(err)
	}
	defer cl.Close()
	if _, err := kadm.NewClient(cl).CreateTopic(ctx, 3, 1, nil, "bench"); err != nil {
		b.Fatal(err)
	}
	value := make([]byte, 100)
	start := time.Now()
	for range n {
		cl.Produce(ctx, &kgo.Record{Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	if err := cl.Flush(ctx); err != nil {
		b.Fatal(err)
	}
	m.produce += time.Since(start)

	consumer, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.ConsumeTopics("bench"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		b.Fatal(err)
	}
	defer consumer.Close()
	start = time.Now()
	for got := 0; got < n; {
		fetches := consumer.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			b.Fatal(err)
		}
		got += fetches.NumRecords()
	}
	m.fetch += time.Since(start)
	m.records += n
}

// BenchmarkResident reports the memory of a process that runs a cluster and
// has just taken and given a million records: resident-MiB.
func BenchmarkResident(b *testing.B) {
	for range b.N {
		c := startChild(b, b.TempDir(), 3)
		var m throughput
		m.measure(b, c.addrs, 1_000_000)
		b.ReportMetric(float64(resident(b, c.cmd.Process.Pid))/1024, "resident-MiB")
		if err := c.stop(); err != nil {
			b.Fatal(err)
		}
	}
}

// resident reads the resident set of a process in KiB, where /proc has it.
func resident(tb testing.TB, pid int) int {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		tb.Skip(err)
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kib, _ := strconv.Atoi(f[1])
			return kib
		}
	}
	tb.Fatal("no VmRSS")
	return 0
}
