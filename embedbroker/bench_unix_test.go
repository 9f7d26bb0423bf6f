//go:build unix

package embedbroker_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"
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
//
// Both take turns and the best of each counts: what else the machine does only
// ever makes a turn slower. On a busy machine the ratios of the processor time
// of all turns, clients included, tell more: produce-cpu-ratio and
// fetch-cpu-ratio.
func BenchmarkGate(b *testing.B) {
	const (
		records = 500_000
		turns   = 6
	)
	var bare, gated best
	for range b.N {
		for range turns {
			engine, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.DataDir(b.TempDir()))
			if err != nil {
				b.Fatal(err)
			}
			bare.measure(b, engine.ListenAddrs(), records, func() {
				for p := range int32(benchPartitions) { // as even as the gate's
					if err := engine.MoveTopicPartition("bench", p, p%3); err != nil {
						b.Fatal(err)
					}
				}
			})
			engine.Close()

			cluster, err := embedbroker.Start(embedbroker.Config{Ephemeral: true})
			if err != nil {
				b.Fatal(err)
			}
			gated.measure(b, cluster.Addrs(), records, func() {})
			if err := cluster.Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(0, "ns/op") // of both
	b.ReportMetric(bare.produce.Seconds()/gated.produce.Seconds(), "produce-ratio")
	b.ReportMetric(bare.fetch.Seconds()/gated.fetch.Seconds(), "fetch-ratio")
	b.ReportMetric(bare.produceCPU.Seconds()/gated.produceCPU.Seconds(), "produce-cpu-ratio")
	b.ReportMetric(bare.fetchCPU.Seconds()/gated.fetchCPU.Seconds(), "fetch-cpu-ratio")
	b.ReportMetric(records/gated.produce.Seconds(), "produced/s")
	b.ReportMetric(records/gated.fetch.Seconds(), "fetched/s")
	b.ReportMetric(records/bare.produce.Seconds(), "floor-produced/s")
	b.ReportMetric(records/bare.fetch.Seconds(), "floor-fetched/s")
}

// best is the shortest time that records took, and the processor time of all
// turns.
type best struct{ produce, fetch, produceCPU, fetchCPU time.Duration }

// cpuTime is the processor time of this process.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func shorter(old, took time.Duration) time.Duration {
	if old == 0 {
		return took
	}
	return min(old, took)
}

const benchPartitions = 6

// measure produces n records to a new topic, which place is called after the
// creation of, and consumes them.
func (m *best) measure(b *testing.B, addrs []string, n int, place func()) {
	b.Helper()
	ctx := context.Background()
	cl, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.DefaultProduceTopic("bench"),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(100_000))
	if err != nil {
		b.Fatal(err)
	}
	defer cl.Close()
	if _, err := kadm.NewClient(cl).CreateTopic(ctx, benchPartitions, 1, nil, "bench"); err != nil {
		b.Fatal(err)
	}
	place()
	value := make([]byte, 100)
	start, cpu := time.Now(), cpuTime(b)
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
	m.produceCPU += cpuTime(b) - cpu
	m.produce = shorter(m.produce, time.Since(start))

	consumer, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.ConsumeTopics("bench"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		b.Fatal(err)
	}
	defer consumer.Close()
	start, cpu = time.Now(), cpuTime(b)
	for got := 0; got < n; {
		fetches := consumer.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			b.Fatal(err)
		}
		got += fetches.NumRecords()
	}
	m.fetchCPU += cpuTime(b) - cpu
	m.fetch = shorter(m.fetch, time.Since(start))
}

// BenchmarkResident reports the memory of a process that runs a cluster and
// has just taken and given a million records: resident-MiB.
func BenchmarkResident(b *testing.B) {
	for range b.N {
		c := startChild(b, b.TempDir(), 3)
		var m best
		m.measure(b, c.addrs, 1_000_000, func() {})
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
