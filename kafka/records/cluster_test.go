package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// cluster is a cluster with a client that fills it and one to test.
type cluster struct {
	*kafkatest.Cluster
	producer *kgo.Client
	admin    *kadm.Client
	client   *kafka.Conn
}

func startCluster(t testing.TB) *cluster {
	t.Helper()
	return attach(t, kafkatest.Start(t, kafkatest.Config{}))
}

// startFaultyCluster is startCluster for tests that disturb brokers.
func startFaultyCluster(t testing.TB) *cluster {
	t.Helper()
	return attach(t, kafkatest.Start(t, kafkatest.Config{Faults: true}))
}

func attach(t testing.TB, started *kafkatest.Cluster) *cluster {
	t.Helper()
	c := &cluster{Cluster: started}
	c.producer, c.client = clients(t, started.Servers)
	c.admin = kadm.NewClient(c.producer)
	return c
}

// clients returns a producer that puts records where they say, and the client
// under test.
func clients(t testing.TB, servers []string) (*kgo.Client, *kafka.Conn) {
	t.Helper()
	producer, err := kgo.NewClient(kgo.SeedBrokers(servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(20<<20))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	client, err := kafka.New(kafka.Config{Name: "test", RequestTimeout: 2 * time.Second, Opts: []kgo.Opt{kgo.SeedBrokers(servers...)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return producer, client
}

func (c *cluster) create(t testing.TB, topic string, partitions int32) {
	t.Helper()
	large := "20000000"
	c.Create(partitions, 1, map[string]*string{"max.message.bytes": &large}, topic)
}

// fill writes n records to orders with the values partition:0, partition:1, … and
// timestamps a second apart, beginning at second start.
func (c *cluster) fill(t testing.TB, partition int32, n, start int) {
	t.Helper()
	batch := make([]*kgo.Record, n)
	for i := range batch {
		batch[i] = &kgo.Record{Topic: "orders", Partition: partition, Timestamp: second(start + i), Value: fmt.Appendf(nil, "%d:%d", partition, start+i)}
	}
	c.write(t, batch...)
}

func (c *cluster) write(t testing.TB, batch ...*kgo.Record) {
	t.Helper()
	if err := c.producer.ProduceSync(t.Context(), batch...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func second(n int) time.Time { return time.Unix(1_700_000_000+int64(n), 0) }

// readAll reads a query that does not follow to its end.
func readAll(t testing.TB, client *kafka.Conn, q Query) ([]*kgo.Record, Status) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := Open(ctx, client, q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all []*kgo.Record
	for {
		batch, err := r.Next(ctx)
		all = append(all, batch...)
		if errors.Is(err, io.EOF) {
			return all, r.Status()
		}
		if err != nil {
			t.Fatalf("after %d records: %v", len(all), err)
		}
	}
}

// readN reads from a reader until it has given n records.
func readN(t testing.TB, r *Reader, n int) []*kgo.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var all []*kgo.Record
	for len(all) < n {
		batch, err := r.Next(ctx)
		if err != nil {
			t.Fatalf("after %d of %d records: %v", len(all), n, err)
		}
		all = append(all, batch...)
	}
	return all
}

func values(records []*kgo.Record) string {
	texts := make([]string, len(records))
	for i, rec := range records {
		texts[i] = string(rec.Value)
	}
	return strings.Join(texts, " ")
}

// eventually waits until something holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatal("waited in vain for: " + what)
		case <-look.C:
		}
	}
}
