package records

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/unpack"
)

// largeBound is what a batch may take in these tests.
const largeBound = 1 << 20

// writeLarge writes to partition 0 of orders: a small record, a batch of three records
// with 3 MiB together, and a small record.
func writeLarge(t *testing.T, c *cluster, codec kgo.CompressionCodec, opts ...kgo.Opt) {
	t.Helper()
	producer, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(c.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(20 << 20),
		kgo.ProducerBatchCompression(codec), kgo.ProducerLinger(time.Second),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	large := bytes.Repeat([]byte("needle "), 1<<20/7)
	for i, batch := range [][]*kgo.Record{
		{{Value: []byte("needle first")}}, {{Value: large}, {Value: large}, {Value: large}}, {{Value: []byte("needle last")}},
	} {
		for _, rec := range batch {
			rec.Topic, rec.Timestamp = "orders", second(i)
		}
		if err := producer.ProduceSync(t.Context(), batch...).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

func codecs() map[string]kgo.CompressionCodec {
	return map[string]kgo.CompressionCodec{
		"gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
}

// told names records by their offsets, and batches that were not read by theirs.
func told(all []*kgo.Record) string {
	var words []string
	for _, rec := range all {
		word := fmt.Sprint(rec.Offset)
		if large := unpack.Of(rec); large != nil {
			word += fmt.Sprintf("(%d-%d:%d)", large.First, large.Last, large.Records)
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// TestALargeBatchIsARecordThatSaysSo for every reader, and those behind it come.
func TestALargeBatchIsARecordThatSaysSo(t *testing.T) {
	for name, codec := range codecs() {
		t.Run(name, func(t *testing.T) {
			c := startCluster(t)
			c.create(t, "orders", 2)
			writeLarge(t, c, codec)
			from := Query{Topic: "orders", From: Start{Kind: Earliest}, BatchBytes: largeBound}
			queries := map[string]Query{"plain": from, "merged": from, "committed": from}
			for kind, set := range map[string]func(*Query){
				"merged": func(q *Query) { q.Merged = true }, "committed": func(q *Query) { q.Committed = true },
			} {
				q := from
				set(&q)
				queries[kind] = q
			}
			for kind, q := range queries {
				all, s := readAll(t, c.client, q)
				if got := told(all); got != "0 1(1-3:3) 4" || s.Looked != 5 {
					t.Errorf("%s: read %s, looked at %d", kind, got, s.Looked)
				}
				rec := all[1]
				large := unpack.Of(rec)
				if rec.Value == nil || !rec.Timestamp.Equal(second(1)) || large.Codec != name || large.Packed <= 0 || large.Packed > 1<<20 || large.Bound != int64(largeBound) {
					t.Errorf("%s: it says %+v at %s", kind, large, rec.Timestamp)
				}
			}
			for kind, merged := range map[string]bool{"a scan": false, "a merge": true} {
				q := from
				q.Filter, q.Merged = filterOf(t, "needle"), merged
				all, s := readAll(t, c.client, q)
				if told(all) != "0 4" || s.Looked != 5 || s.Failed != 3 || s.WhyFailed == nil || !strings.Contains(s.WhyFailed.Error(), "not read: 3 records") {
					t.Errorf("%s found %s, looked at %d, could not compare %d: %v", kind, told(all), s.Looked, s.Failed, s.WhyFailed)
				}
				q.BatchBytes = 4 << 20
				if all, s := readAll(t, c.client, q); told(all) != "0 1 2 3 4" || s.Failed != 0 {
					t.Errorf("%s within a higher bound found %s, %d failed", kind, told(all), s.Failed)
				}
			}
			from.BatchBytes = 4 << 20
			if all, _ := readAll(t, c.client, from); told(all) != "0 1 2 3 4" {
				t.Errorf("within a higher bound: %s", told(all))
			}
			last := Query{Topic: "orders", From: Start{Kind: LastN, N: 2}, BatchBytes: largeBound}
			if all, _ := readAll(t, c.client, last); told(all) != "3(1-3:3) 4" { // from within the batch
				t.Errorf("the last two: %s", told(all))
			}
		})
	}
}

// TestARecordWithinALargeBatch is asked for by its offset.
func TestARecordWithinALargeBatch(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 2)
	writeLarge(t, c, kgo.GzipCompression())
	rec, err := AtWithin(t.Context(), c.client, "orders", 0, 2, largeBound)
	if err != nil || told([]*kgo.Record{rec}) != "2(1-3:3)" || unpack.After(rec) != 4 {
		t.Errorf("at 2: %v, %v", rec, err)
	}
	if rec, err = At(t.Context(), c.client, "orders", 0, 2); err != nil || unpack.Of(rec) != nil || len(rec.Value) < 1<<20-7 {
		t.Errorf("at 2 within the ordinary bound: %v", err)
	}
}

// TestAbortedLargeBatches are left out where aborted records are.
func TestAbortedLargeBatches(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 2)
	producer, err := kgo.NewClient(
		kgo.SeedBrokers(c.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(20<<20),
		kgo.ProducerBatchCompression(kgo.GzipCompression()), kgo.TransactionalID("large"),
	)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	for _, end := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} {
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		rec := &kgo.Record{Topic: "orders", Value: bytes.Repeat([]byte("x"), 2<<20)}
		if err := producer.ProduceSync(t.Context(), rec).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := producer.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	for committed, want := range map[bool]string{true: "2(2-2:1)", false: "0(0-0:1) 2(2-2:1)"} {
		q := Query{Topic: "orders", From: Start{Kind: Earliest}, Committed: committed, BatchBytes: largeBound}
		if all, _ := readAll(t, c.client, q); told(all) != want {
			t.Errorf("committed %v: %s, want %s", committed, told(all), want)
		}
	}
}

// TestAFeedHoldsLargeBatches as records, whatever its filter.
func TestAFeedHoldsLargeBatches(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 2)
	writeLarge(t, c, kgo.ZstdCompression())
	feed := NewFeed(c.client, Query{Topic: "orders", From: Start{Kind: Earliest}, Follow: true, BatchBytes: largeBound}, Limits{})
	runFeed(t, feed)
	eventually(t, "three records", func() bool { return feed.Status().Held == 3 })
	feed.SetFilter(filterOf(t, "last"))
	eventually(t, "two of them", func() bool { return feed.Status().Shown == 2 })
	var shown []*kgo.Record
	for _, held := range feed.Window(0, 3) {
		shown = append(shown, held.Record)
	}
	if got := told(shown); got != "1(1-3:3) 4" {
		t.Errorf("shows %s", got)
	}
}

// TestManyBatchesFitIntoMemory has a topic that is a thousand times as large once it is
// unpacked, in batches below every bound. The client never holds more of it than the
// budget and one batch.
func TestManyBatchesFitIntoMemory(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 2)
	producer, err := kgo.NewClient(
		kgo.SeedBrokers(c.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(20<<20),
		kgo.ProducerBatchCompression(kgo.ZstdCompression()),
	)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	value := make([]byte, 10<<20)
	const each = 30
	for p := range int32(2) {
		for range each {
			if err := producer.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Partition: p, Value: value}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for kind, q := range map[string]Query{
		"plain": {Topic: "orders", From: Start{Kind: Earliest}}, "merged": {Topic: "orders", From: Start{Kind: Earliest}, Merged: true},
	} {
		r, err := Open(t.Context(), c.client, q)
		if err != nil {
			t.Fatal(err)
		}
		seen := make([]int64, 2)
		most := int64(0)
		for {
			r.mu.Lock()
			most = max(most, r.budget.Held())
			r.mu.Unlock()
			batch, err := r.Next(t.Context())
			if err != nil {
				break
			}
			for _, rec := range batch {
				if rec.Offset != seen[rec.Partition] {
					t.Fatalf("%s: offset %d of partition %d comes when %d is due", kind, rec.Offset, rec.Partition, seen[rec.Partition])
				}
				seen[rec.Partition]++
			}
		}
		r.Close()
		if !slices.Equal(seen, []int64{each, each}) {
			t.Errorf("%s: read %v records", kind, seen)
		}
		if limit := int64(unpackedBytes + 3*11<<20); most > limit {
			t.Errorf("%s: held %d bytes, the limit is %d", kind, most, limit)
		}
	}
}
