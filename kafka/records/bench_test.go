package records

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	benchRecords    = 1_000_000
	benchPartitions = 3
)

// fillBench writes records of 100 bytes, which do not compress, over three
// partitions.
func fillBench(b *testing.B) *cluster {
	b.Helper()
	c := startCluster(b)
	c.create(b, "bench", benchPartitions)
	random := rand.NewChaCha8([32]byte{})
	for i := range benchRecords {
		value := make([]byte, 100)
		if _, err := random.Read(value); err != nil {
			b.Fatal(err)
		}
		c.producer.Produce(b.Context(), &kgo.Record{Topic: "bench", Partition: int32(i % benchPartitions), Value: value}, nil)
	}
	if err := c.producer.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	return c
}

// floor reads the topic with a bare consumer.
func floor(b *testing.B, c *cluster) time.Duration {
	b.Helper()
	began := time.Now()
	consumer, err := kgo.NewClient(kgo.SeedBrokers(c.Servers...), kgo.ConsumeTopics("bench"))
	if err != nil {
		b.Fatal(err)
	}
	defer consumer.Close()
	bytes := 0
	for n := 0; n < benchRecords; {
		fetches := consumer.PollFetches(b.Context())
		if err := fetches.Err(); err != nil {
			b.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) { n++; bytes += len(r.Value) })
	}
	if bytes != benchRecords*100 {
		b.Fatalf("read %d bytes", bytes)
	}
	return time.Since(began)
}

// BenchmarkScan reads a topic from its start to its end, in ratio to a bare
// consumer.
func BenchmarkScan(b *testing.B) {
	c := fillBench(b)
	bare, ours := time.Hour, time.Hour // the shortest of all rounds: others use the machine too
	for b.Loop() {
		bare = min(bare, floor(b, c))
		began := time.Now()
		r, err := Open(b.Context(), c.client, Query{Topic: "bench", From: Start{Kind: Earliest}})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for {
			batch, err := r.Next(b.Context())
			for _, rec := range batch {
				n += len(rec.Value)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		r.Close()
		if n != benchRecords*100 {
			b.Fatalf("read %d bytes", n)
		}
		ours = min(ours, time.Since(began))
	}
	b.ReportMetric(ours.Seconds()/bare.Seconds(), "×floor")
	b.ReportMetric(benchRecords/ours.Seconds(), "records/s")
	b.ReportMetric(benchRecords/bare.Seconds(), "floor-records/s")
}

// BenchmarkFeed reads the same topic into the bounded memory of a screen, which
// looks at every change.
func BenchmarkFeed(b *testing.B) {
	c := fillBench(b)
	bare, ours := time.Hour, time.Hour
	updates := 0.0
	for b.Loop() {
		bare = min(bare, floor(b, c))
		began := time.Now()
		n := 0
		f := NewFeed(c.client, Query{Topic: "bench", From: Start{Kind: Earliest}}, Limits{})
		stop := runFeed(b, f)
		for f.Status().Read < benchRecords {
			if err := f.Wait(b.Context()); err != nil {
				b.Fatal(err)
			}
			_, end := f.Bounds()
			f.Window(end-40, 40)
			n++
		}
		took := time.Since(began)
		ours, updates = min(ours, took), max(updates, float64(n)/took.Seconds())
		stop()
	}
	b.ReportMetric(ours.Seconds()/bare.Seconds(), "×floor")
	b.ReportMetric(benchRecords/ours.Seconds(), "records/s")
	b.ReportMetric(benchRecords/bare.Seconds(), "floor-records/s")
	b.ReportMetric(updates, "updates/s")
}

// BenchmarkFilter looks for a text that is not there in 64 MiB of records.
func BenchmarkFilter(b *testing.B) {
	m := newMatcher("needle")
	rec := &kgo.Record{Value: []byte(fmt.Sprintf("%0*d the quick brown fox jumps over the lazy dog", 1<<10, 7))}
	b.SetBytes(int64(len(rec.Value)))
	for b.Loop() {
		if m.matches(rec) {
			b.Fatal("found")
		}
	}
}
