package records

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
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
		f := NewFeed(c.client, Query{Follow: true, Topic: "bench", From: Start{Kind: Earliest}}, Limits{})
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
	m := filterOf(b, "needle").matcher(nil)
	rec := &kgo.Record{Value: []byte(fmt.Sprintf("%0*d the quick brown fox jumps over the lazy dog", 1<<10, 7))}
	b.SetBytes(int64(len(rec.Value)))
	for b.Loop() {
		if m.wantsRecord(rec) {
			b.Fatal("found")
		}
	}
}

// searchRecords is what BenchmarkSearch looks through, 200 bytes each. KDECK_BENCH_RECORDS
// changes it.
const searchRecords = 2_000_000

// BenchmarkSearch looks for three needles in JSON, in ratio to a bare consumer that
// looks with bytes.Contains, and to kcat and grep where there is kcat.
func BenchmarkSearch(b *testing.B) {
	total := searchRecords
	if n, err := strconv.Atoi(os.Getenv("KDECK_BENCH_RECORDS")); err == nil {
		total = n
	}
	c := startCluster(b)
	c.create(b, "bench", benchPartitions)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range total {
		status, price := "paid", random.IntN(1000)
		if i == total/10 || i == total/2 || i == total-1 {
			status, price = "needle", 5000
		}
		value := fmt.Appendf(nil, `{"id":%d,"status":%q,"customer":{"id":%d,"name":"customer-%d"},"total":%d.5,"note":"`, i, status, random.Uint32(), random.Uint32(), price)
		for len(value) < 198 {
			value = append(value, "abcdefghijklmnopqrstuvwxyz .,"[random.IntN(29)])
		}
		c.producer.Produce(b.Context(), &kgo.Record{Topic: "bench", Partition: int32(i % benchPartitions), Value: append(value, `"}`...)}, nil)
	}
	if err := c.producer.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	for _, search := range []struct{ name, text string }{
		{"text", `"needle"`}, {"anycase", "needle"}, {"regexp", `/status":"nee.le/`}, {"field", `value.status == "needle"`}, {"number", `value.total > 1000`},
	} {
		b.Run(search.name, func(b *testing.B) {
			benchSearch(b, c, total, search.text, func() time.Duration { return bareSearch(b, c, total) })
		})
	}
	b.Run("kcat", func(b *testing.B) {
		if _, err := exec.LookPath("kcat"); err != nil {
			b.Skip("kcat is not installed")
		}
		benchSearch(b, c, total, `"needle"`, func() time.Duration { return kcatSearch(b, c) })
	})
}

func benchSearch(b *testing.B, c *cluster, total int, text string, floor func() time.Duration) {
	b.Helper()
	filter := filterOf(b, text)
	bare, ours := time.Hour, time.Hour
	for b.Loop() {
		bare = min(bare, floor())
		began := time.Now()
		r, err := Open(b.Context(), c.client, Query{Topic: "bench", From: Start{Kind: Earliest}, Filter: filter})
		if err != nil {
			b.Fatal(err)
		}
		found := 0
		for {
			batch, err := r.Next(b.Context())
			found += len(batch)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		looked := r.Status().Looked
		r.Close()
		ours = min(ours, time.Since(began))
		if found != 3 || looked != int64(total) {
			b.Fatalf("found %d in %d records", found, looked)
		}
	}
	b.ReportMetric(ours.Seconds()/bare.Seconds(), "×floor")
	b.ReportMetric(float64(total)/ours.Seconds(), "records/s")
	b.ReportMetric(float64(total)/bare.Seconds(), "floor-records/s")
}

// bareSearch looks for the needles with a bare consumer.
func bareSearch(b *testing.B, c *cluster, total int) time.Duration {
	b.Helper()
	began := time.Now()
	consumer, err := kgo.NewClient(kgo.SeedBrokers(c.Servers...), kgo.ConsumeTopics("bench"))
	if err != nil {
		b.Fatal(err)
	}
	defer consumer.Close()
	found, needle := 0, []byte("needle")
	for n := 0; n < total; {
		fetches := consumer.PollFetches(b.Context())
		if err := fetches.Err(); err != nil {
			b.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			n++
			if bytes.Contains(r.Value, needle) {
				found++
			}
		})
	}
	if found != 3 {
		b.Fatalf("found %d", found)
	}
	return time.Since(began)
}

// kcatSearch looks for the needles with kcat and grep.
func kcatSearch(b *testing.B, c *cluster) time.Duration {
	b.Helper()
	began := time.Now()
	out, err := exec.CommandContext(b.Context(), "sh", "-c", `kcat -b "$1" -C -q -t bench -e -o beginning | grep -cF needle`, "sh", c.Servers[0]).Output()
	if err != nil || strings.TrimSpace(string(out)) != "3" {
		b.Fatalf("kcat and grep found %s (%v)", out, err)
	}
	return time.Since(began)
}
