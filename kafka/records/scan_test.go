package records

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/unpack"
	"pgregory.net/rapid"
)

// places names records by partition and offset, in order.
func places(records []*kgo.Record) string {
	texts := make([]string, len(records))
	for i, rec := range records {
		texts[i] = fmt.Sprintf("%02d:%06d", rec.Partition, rec.Offset)
	}
	slices.Sort(texts)
	return strings.Join(texts, " ")
}

// agree compares a scan with a consumer that reads the same range and looks at
// every record.
func agree(t rapid.TB, c *cluster, q Query, text string) {
	t.Helper()
	f, err := ParseFilter(text)
	if err != nil {
		t.Fatal(err)
	}
	all := readQuery(t, c, q)
	match := f.matcher(nil)
	want := slices.DeleteFunc(slices.Clone(all), func(rec *kgo.Record) bool { return !match.wantsRecord(rec) })
	q.Filter = f
	got := readQuery(t, c, q)
	if places(got) != places(want) {
		t.Fatalf("%s in %+v:\nscanned  %s\nconsumed %s", text, q, places(got), places(want))
	}
	byPlace := make(map[string]*kgo.Record)
	for _, rec := range want {
		byPlace[places([]*kgo.Record{rec})] = rec
	}
	for _, rec := range got {
		same := byPlace[places([]*kgo.Record{rec})]
		if !bytes.Equal(rec.Key, same.Key) || !bytes.Equal(rec.Value, same.Value) || len(rec.Headers) != len(same.Headers) ||
			!rec.Timestamp.Equal(same.Timestamp) || rec.Attrs != same.Attrs || rec.ProducerID != same.ProducerID || rec.Topic != same.Topic {
			t.Fatalf("%s: scanned %+v, consumed %+v", text, rec, same)
		}
	}
}

func readQuery(t rapid.TB, c *cluster, q Query) []*kgo.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := Open(ctx, c.client, q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all []*kgo.Record
	for {
		batch, err := r.Next(ctx)
		all = append(all, batch...)
		if errors.Is(err, io.EOF) {
			if lag := r.Status().Lag; lag != 0 {
				t.Fatalf("%d behind at the end", lag)
			}
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// writer writes batches with one compression, in transactions or not.
type writer struct {
	*kgo.Client
	inTx bool
}

func writers(t testing.TB, servers []string, topic string) []writer {
	t.Helper()
	var all []writer
	for i, codec := range []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()} {
		opts := []kgo.Opt{
			kgo.SeedBrokers(servers...), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()),
			kgo.ProducerBatchCompression(codec), kgo.ProducerBatchMaxBytes(20 << 20),
		}
		for _, inTx := range []bool{false, true} {
			with := slices.Clone(opts)
			if inTx {
				with = append(with, kgo.TransactionalID(fmt.Sprint("tx-", i)))
			}
			cl, err := kgo.NewClient(with...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(cl.Close)
			all = append(all, writer{cl, inTx})
		}
	}
	return all
}

// write writes a batch, and ends its transaction.
func (w writer) write(t rapid.TB, batch []*kgo.Record, end kgo.TransactionEndTry) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if w.inTx {
		if err := w.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.ProduceSync(ctx, batch...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if w.inTx {
		if err := w.EndTransaction(ctx, end); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAScanFindsWhatAConsumerFinds writes batches of every compression, in
// transactions that are committed or aborted or in none, moves the start of the
// log, and looks for texts in keys, values and headers.
func TestAScanFindsWhatAConsumerFinds(t *testing.T) {
	c := startCluster(t)
	c.create(t, "mixed", 3)
	all := writers(t, c.Servers, "mixed")
	searches := []string{"needle", "NEEDLE", "dle-1", "/ne+dle-[0-3]/", "/dle|xyz/", `value.n == "needle"`, `value.i > 3`, `headers["h"] == "needle"`, "offset % 2 == 0"}
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 4).Draw(rt, "batches") {
			w := all[rapid.IntRange(0, len(all)-1).Draw(rt, "writer")]
			var batch []*kgo.Record
			for range rapid.IntRange(1, 20).Draw(rt, "records") {
				batch = append(batch, drawRecord(rt))
			}
			w.write(rt, batch, kgo.TransactionEndTry(rapid.Bool().Draw(rt, "commit")))
		}
		if rapid.IntRange(0, 5).Draw(rt, "delete") == 0 {
			deleteTo(rt, c, "mixed", int32(rapid.IntRange(0, 2).Draw(rt, "partition")), int64(rapid.IntRange(1, 8).Draw(rt, "by")))
		}
		q := Query{Topic: "mixed", From: Start{Kind: Earliest}, Committed: rapid.Bool().Draw(rt, "committed")}
		switch rapid.IntRange(0, 3).Draw(rt, "range") {
		case 0:
			q.Partitions = []int32{1}
		case 1:
			q.From = Start{Kind: LastEach, N: int64(rapid.IntRange(1, 30).Draw(rt, "last"))}
		case 2:
			q.Until = Start{Kind: AtOffset, N: int64(rapid.IntRange(0, 50).Draw(rt, "until"))}
		}
		settle(rt, c, "mixed")
		agree(rt, c, q, searches[rapid.IntRange(0, len(searches)-1).Draw(rt, "search")])
	})
}

// settle waits until the markers of all transactions are written, which Apache
// Kafka does after it has told their end, so that the log stays as it is.
func settle(t rapid.TB, c *cluster, topic string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		stable, err := c.admin.ListCommittedOffsets(ctx, topic)
		if err != nil {
			t.Fatal(err)
		}
		ends, err := c.admin.ListEndOffsets(ctx, topic)
		if err != nil {
			t.Fatal(err)
		}
		open := false
		ends.Each(func(end kadm.ListedOffset) {
			last, ok := stable.Lookup(topic, end.Partition)
			open = open || !ok || last.Offset < end.Offset
		})
		if !open {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("transactions stay open: stable %v, ends %v", stable, ends)
		case <-look.C:
		}
	}
}

func drawRecord(t *rapid.T) *kgo.Record {
	text := func(label string) []byte {
		return rapid.SampledFrom([][]byte{
			nil, {}, []byte("needle"), []byte("Needle-1"), []byte("needl"), []byte("e"), []byte(`{"n":"needle","i":3}`),
			[]byte(`{"n":"n\u0065edle","i":4.5}`), []byte(`{"i":"x"}`), bytes.Repeat([]byte("long "), 400),
		}).Draw(t, label)
	}
	rec := &kgo.Record{Partition: int32(rapid.IntRange(0, 2).Draw(t, "partition")), Key: text("key"), Value: text("value")}
	if rapid.Bool().Draw(t, "with header") {
		rec.Headers = []kgo.RecordHeader{{Key: "h", Value: text("header")}, {Key: string(text("name"))}}
	}
	return rec
}

// deleteTo deletes so many records from the start of a partition.
func deleteTo(t rapid.TB, c *cluster, topic string, partition int32, by int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	log, err := c.client.TopicLog(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	offsets := kadm.Offsets{}
	offsets.AddOffset(topic, partition, min(log.Starts[partition]+by, log.Ends[partition]), -1)
	if _, err := c.admin.DeleteRecords(ctx, offsets); err != nil {
		t.Fatal(err)
	}
}

// TestAScanPassesHoles scans a compacted log, whose batches keep their offsets.
func TestAScanPassesHoles(t *testing.T) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DefaultNumPartitions(1))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	producer, client := clients(t, fake.ListenAddrs())
	c := &cluster{producer: producer, client: client}
	compact, zero := "compact", "0"
	config := map[string]*string{"cleanup.policy": &compact, "min.compaction.lag.ms": &zero, "segment.ms": &zero, "min.cleanable.dirty.ratio": &zero}
	if _, err := kadm.NewClient(producer).CreateTopic(t.Context(), 1, 1, config, "profiles"); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		c.write(t, &kgo.Record{Topic: "profiles", Key: []byte{'a' + byte(i%7)}, Value: fmt.Append(nil, "v", i)})
	}
	fake.Compact()
	agree(t, c, Query{Topic: "profiles", From: Start{Kind: Earliest}}, "v4")
	agree(t, c, Query{Topic: "profiles", From: Start{Kind: AtOffset, N: 44}}, "v")
}

// TestTheStartMovesUnderAScan deletes records after the range was found.
func TestTheStartMovesUnderAScan(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 1)
	c.fill(t, 0, 10, 0)
	log, err := c.client.TopicLog(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	deleteTo(t, c, "orders", 0, 8)
	r, err := start(c.client, Query{Topic: "orders", Filter: filterOf(t, "0:")}, log, map[int32]int64{0: 3}, map[int32]int64{0: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := readN(t, r, 2); values(got) != "0:8 0:9" {
		t.Errorf("found %s", values(got))
	}
	if note := r.Status().Note; !strings.Contains(note, "partition 0: offsets 3 to 7 were deleted before they could be read") {
		t.Errorf("the note is %q", note)
	}
	if _, err := r.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("ended with %v", err)
	}
}

// TestAScanFollows goes on with what comes after it, without a gap.
func TestAScanFollows(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 3)
	c.fill(t, 1, 20, 0)
	r, err := Open(t.Context(), c.client, Query{Topic: "orders", From: Start{Kind: Earliest}, Follow: true, Filter: filterOf(t, "/:1?7$/")})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := readN(t, r, 2); values(got) != "1:7 1:17" {
		t.Errorf("found %s", values(got))
	}
	c.fill(t, 1, 30, 20)
	c.fill(t, 2, 10, 0)
	c.write(t, &kgo.Record{Topic: "orders", Partition: 1, Value: []byte("1:7")})
	if got := readN(t, r, 2); len(got) != 2 {
		t.Errorf("found %s", values(got))
	}
	eventually(t, "the end", func() bool { return r.Status().Lag == 0 })
	if s := r.Status(); s.Looked != 61 || s.Problem != nil {
		t.Errorf("the status is %+v", s)
	}
}

// TestAScanSurvivesANewLeader moves a partition to another broker after the range was
// found.
func TestAScanSurvivesANewLeader(t *testing.T) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(2, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	producer, client := clients(t, fake.ListenAddrs())
	c := &cluster{producer: producer, client: client}
	c.fill(t, 0, 10, 0)
	c.fill(t, 1, 10, 0)
	log, err := client.TopicLog(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	if err := fake.MoveTopicPartition("orders", 0, 1-log.Leaders[0]); err != nil {
		t.Fatal(err)
	}
	r, err := start(client, Query{Topic: "orders", Filter: filterOf(t, ":7")}, log, map[int32]int64{0: 0, 1: 0}, map[int32]int64{0: 10, 1: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := readN(t, r, 2); places(got) != "00:000007 01:000007" {
		t.Errorf("found %s", places(got))
	}
}

// TestAScanReadsLargeRecords has one that is larger than a fetch.
func TestAScanReadsLargeRecords(t *testing.T) {
	c := startCluster(t)
	c.create(t, "large", 2)
	large := append(bytes.Repeat([]byte("0123456789"), 1<<20), "needle"...)
	for p := range int32(2) {
		c.write(t, &kgo.Record{Topic: "large", Partition: p, Value: []byte("small")}, &kgo.Record{Topic: "large", Partition: p, Value: large}, &kgo.Record{Topic: "large", Partition: p, Value: []byte("needle")})
	}
	agree(t, c, Query{Topic: "large", From: Start{Kind: Earliest}}, "needle")
}

// TestADamagedBatchIsSaid ends a scan with the place of what cannot be read.
func TestADamagedBatchIsSaid(t *testing.T) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	producer, client := clients(t, fake.ListenAddrs())
	c := &cluster{producer: producer}
	c.fill(t, 0, 1, 0)
	fake.ControlKey(int16(kmsg.Fetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		fetch := req.(*kmsg.FetchRequest)
		resp := fetch.ResponseKind().(*kmsg.FetchResponse)
		rt := kmsg.NewFetchResponseTopic()
		rt.Topic, rt.TopicID = fetch.Topics[0].Topic, fetch.Topics[0].TopicID
		rp := kmsg.NewFetchResponseTopicPartition()
		rp.HighWatermark, rp.RecordBatches = 1, rawBatch(t, "x")
		rp.RecordBatches[len(rp.RecordBatches)-1] ^= 1
		rt.Partitions = append(rt.Partitions, rp)
		resp.Topics = append(resp.Topics, rt)
		return resp, nil, true
	})
	r, err := Open(t.Context(), client, Query{Topic: "orders", From: Start{Kind: Earliest}, Filter: filterOf(t, "x")})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Next(t.Context()); err == nil || !strings.Contains(err.Error(), "read topic orders partition 0: the batch at offset 0 is damaged") {
		t.Errorf("ended with %v", err)
	}
}

// rawBatch is a batch of one record with a value, as a broker keeps it.
func rawBatch(t testing.TB, value string) []byte {
	t.Helper()
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "raw"))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	producer, _ := clients(t, fake.ListenAddrs())
	c := &cluster{producer: producer}
	c.write(t, &kgo.Record{Topic: "raw", Key: []byte("k"), Value: []byte(value), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("v")}}})
	req := kmsg.NewPtrFetchRequest()
	req.MaxBytes = 1 << 20
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic = "raw"
	topic.TopicID = fake.TopicInfo("raw").TopicID
	partition := kmsg.NewFetchRequestTopicPartition()
	partition.PartitionMaxBytes = 1 << 20
	topic.Partitions = append(topic.Partitions, partition)
	req.Topics = append(req.Topics, topic)
	resp, err := producer.Broker(0).Request(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return resp.(*kmsg.FetchResponse).Topics[0].Partitions[0].RecordBatches
}

// FuzzSift gives a scan bytes of any kind: it must end, and never with a record
// outside the range.
func FuzzSift(f *testing.F) {
	raw := rawBatch(f, "needle")
	f.Add(raw, "needle")
	f.Add(append(slices.Clone(raw), raw...), "offset >= 0")
	f.Add(raw[:len(raw)-3], "/n.*e/")
	large, err := newLargeBatches(unpack.Bound)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, fetched []byte, text string) {
		filter, err := ParseFilter(text)
		if err != nil || filter == nil {
			return
		}
		answer := kmsg.NewFetchResponseTopicPartition()
		answer.RecordBatches = fetched
		c := &chunk{topic: "any", from: 0, end: 10, answer: &answer, unpack: large.unpack}
		sifter, err := newSifter(filter, nil, large)
		if err != nil {
			t.Fatal(err)
		}
		sifter.part(c, func(part sifted) bool {
			for _, rec := range part.records {
				if rec.Offset < 0 || rec.Offset >= 10 {
					t.Fatalf("offset %d is outside the range", rec.Offset)
				}
			}
			return true
		})
	})
}
