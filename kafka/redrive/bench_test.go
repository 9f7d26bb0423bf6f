package redrive_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/redrive"
)

const benchRecords = 1_000_000

// BenchmarkRedrive sends a million small records of four partitions to three others,
// in ratio to the slower of a scan of them and a bare producer of the same records.
func BenchmarkRedrive(b *testing.B) {
	c := start(b, kafkatest.Config{})
	c.Create(4, 1, nil, "dlq")
	for i := range benchRecords {
		c.writer.Produce(b.Context(), benchRecord("dlq", i, int32(i%4)), nil)
	}
	if err := c.writer.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	scan, bare, count, run := time.Hour, time.Hour, time.Hour, time.Hour // the shortest of all rounds: others use the machine too
	round := 0
	for b.Loop() {
		round++
		floor, ours := fmt.Sprint("floor-", round), fmt.Sprint("ours-", round)
		c.Create(3, 1, nil, floor, ours)
		scan = min(scan, benchScan(b, c))
		bare = min(bare, benchBare(b, c, floor))

		began := time.Now()
		plan := c.count(b, wanted(b, "id", ours))
		count = min(count, time.Since(began))
		began = time.Now()
		report := c.run(b, plan)
		run = min(run, time.Since(began))
		if !report.Complete() || report.Stored != benchRecords {
			b.Fatalf("%+v", report)
		}
		c.Delete(floor, ours)
	}
	slower := max(scan, bare)
	b.ReportMetric(run.Seconds()/slower.Seconds(), "×floor")
	b.ReportMetric(benchRecords/run.Seconds(), "records/s")
	b.ReportMetric(benchRecords/slower.Seconds(), "floor-records/s")
	b.ReportMetric(benchRecords/count.Seconds(), "counted/s")
	b.ReportMetric(benchRecords/scan.Seconds(), "scanned/s")
	b.ReportMetric(count.Seconds()/scan.Seconds(), "count×scan")
}

func benchRecord(topic string, i int, partition int32) *kgo.Record {
	return &kgo.Record{
		Topic: topic, Partition: partition, Key: fmt.Append(nil, "key-", i%1000),
		Value: fmt.Appendf(nil, `{"id":%d,"error":"timeout","retries":3,"payload":"abcdefghijklmnopqrstuvwxyz"}`, i),
	}
}

// benchScan reads all matches.
func benchScan(b *testing.B, c *cluster) time.Duration {
	b.Helper()
	began := time.Now()
	r, err := records.Open(b.Context(), c.client, wanted(b, "id", "").Query)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for n := 0; ; {
		batch, err := r.Next(b.Context())
		n += len(batch)
		if errors.Is(err, io.EOF) && n == benchRecords {
			return time.Since(began)
		}
		if err != nil {
			b.Fatal(n, err)
		}
	}
}

// benchBare writes the same records with the client library alone.
func benchBare(b *testing.B, c *cluster, topic string) time.Duration {
	b.Helper()
	producer, err := kgo.NewClient(kgo.SeedBrokers(c.Servers...), kgo.DefaultProduceTopic(topic), kgo.ProducerLinger(5*time.Millisecond))
	if err != nil {
		b.Fatal(err)
	}
	defer producer.Close()
	began := time.Now()
	for i := range benchRecords {
		rec := benchRecord("", i, 0)
		rec.Headers = []kgo.RecordHeader{{Key: redrive.Origin, Value: fmt.Append(nil, "dlq/", i%4, "@", i/4)}}
		producer.Produce(b.Context(), rec, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	if err := producer.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
