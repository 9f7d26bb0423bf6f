package records

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestEveryStart(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 3)
	c.fill(t, 0, 5, 0)   // seconds 0 to 4
	c.fill(t, 1, 3, 10)  // seconds 10 to 12
	c.fill(t, 2, 30, 20) // seconds 20 to 49
	for _, tc := range []struct {
		name       string
		from       Start
		partitions []int32
		max        int64
		want       string // the values of small answers
		count      int
	}{
		{name: "earliest", from: Start{Kind: Earliest}, count: 38},
		{name: "latest", from: Start{Kind: Latest}, count: 0},
		{name: "one partition", from: Start{Kind: Earliest}, partitions: []int32{1}, want: "1:10 1:11 1:12"},
		{name: "max", from: Start{Kind: Earliest}, partitions: []int32{2}, max: 2, want: "2:20 2:21"},
		{name: "last 2", from: Start{Kind: LastN, N: 2}, want: "2:48 2:49"},
		{name: "last 34 over uneven partitions", from: Start{Kind: LastN, N: 34}, count: 34},
		{name: "last 35 of 38", from: Start{Kind: LastN, N: 35}, count: 35},
		{name: "last 1000", from: Start{Kind: LastN, N: 1000}, count: 38},
		{name: "last of chosen", from: Start{Kind: LastN, N: 4}, partitions: []int32{1, 0}, want: "0:4 1:10 1:11 1:12"},
		{name: "offset", from: Start{Kind: AtOffset, N: 28}, partitions: []int32{2}, want: "2:48 2:49"},
		{name: "time", from: Start{Kind: AtTime, Time: second(48)}, want: "2:48 2:49"},
		{name: "time between", from: Start{Kind: AtTime, Time: second(11)}, partitions: []int32{0, 1}, want: "1:11 1:12"},
		{name: "time in the future", from: Start{Kind: AtTime, Time: second(1000)}, count: 0},
		{name: "time before all", from: Start{Kind: AtTime, Time: second(-1000)}, count: 38},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, status := readAll(t, c.client, Query{Topic: "orders", From: tc.from, Partitions: tc.partitions, Max: tc.max})
			if tc.want != "" && values(got) != tc.want {
				t.Errorf("read %s, want %s", values(got), tc.want)
			}
			if tc.want == "" && len(got) != tc.count {
				t.Errorf("read %d records, want %d: %s", len(got), tc.count, values(got))
			}
			if tc.from.Kind == LastN && !slices.IsSortedFunc(got, func(a, b *kgo.Record) int { return a.Timestamp.Compare(b.Timestamp) }) {
				t.Errorf("the last records are not in the order of time: %s", values(got))
			}
			if tc.max == 0 && status.Lag != 0 {
				t.Errorf("%d records behind at the end", status.Lag)
			}
			if status.Note != "" {
				t.Errorf("unexpected note %q", status.Note)
			}
		})
	}
	requests := c.client.Requests()
	for _, name := range []string{"JoinGroup", "OffsetCommit", "FindCoordinator", "ConsumerGroupHeartbeat"} {
		if requests[name] > 0 {
			t.Errorf("reading sent %d %s requests", requests[name], name)
		}
	}
}

func TestOffsetsOutOfRangeAreSaid(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 2)
	c.fill(t, 0, 10, 0)
	c.fill(t, 1, 100, 0)
	got, status := readAll(t, c.client, Query{Topic: "orders", From: Start{Kind: AtOffset, N: 98}})
	if values(got) != "1:98 1:99" || !strings.Contains(status.Note, "partition 0 holds 0 to 10: from 10") || strings.Contains(status.Note, "partition 1") {
		t.Errorf("read %s with the note %q", values(got), status.Note)
	}
}

func TestMistakesAreExplained(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 2)
	c.create(t, "payments", 1)
	for _, tc := range []struct {
		query Query
		want  []string
	}{
		{Query{Topic: "ordres"}, []string{"ordres", "does not exist", "did you mean orders?"}},
		{Query{Topic: "PAY"}, []string{"did you mean payments?"}},
		{Query{Topic: "something-else"}, []string{"something-else", "does not exist"}},
		{Query{Topic: "orders", Partitions: []int32{1, 2}}, []string{"no partition 2", "partitions 0 to 1"}},
		{Query{Topic: "payments", Partitions: []int32{-1}}, []string{"no partition -1", "partition 0 alone"}},
	} {
		_, err := Open(t.Context(), c.client, tc.query)
		if err == nil {
			t.Errorf("%+v: no error", tc.query)
			continue
		}
		for _, want := range tc.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: %q does not say %q", tc.query, err, want)
			}
		}
	}
}

func TestAnyBytes(t *testing.T) {
	c := startCluster(t)
	c.create(t, "bytes", 1)
	large := bytes.Repeat([]byte("0123456789"), 1<<20) // 10 MB
	many := make([]kgo.RecordHeader, 100_000)
	for i := range many {
		many[i] = kgo.RecordHeader{Key: fmt.Sprint("h-", i), Value: []byte{byte(i)}}
	}
	wrote := []*kgo.Record{
		{Topic: "bytes", Key: []byte("\x1b[31m"), Value: []byte{0xff, 0x00, 0x1b}, Headers: []kgo.RecordHeader{{Key: "a", Value: nil}, {Key: "a", Value: []byte{0x80}}}},
		{Topic: "bytes", Key: nil, Value: nil},
		{Topic: "bytes", Key: []byte{}, Value: []byte{}},
		{Topic: "bytes", Key: []byte("large"), Value: large},
		{Topic: "bytes", Key: []byte("headers"), Headers: many},
	}
	c.write(t, wrote...)
	got, _ := readAll(t, c.client, Query{Topic: "bytes", From: Start{Kind: Earliest}})
	if len(got) != len(wrote) {
		t.Fatalf("read %d records, want %d", len(got), len(wrote))
	}
	for i, rec := range got {
		if !bytes.Equal(rec.Key, wrote[i].Key) || !bytes.Equal(rec.Value, wrote[i].Value) || (rec.Value == nil) != (wrote[i].Value == nil) {
			t.Errorf("record %d came back changed", i)
		}
	}
	if h := got[0].Headers; len(h) != 2 || h[1].Key != "a" || !bytes.Equal(h[1].Value, []byte{0x80}) {
		t.Errorf("the headers came back as %v", h)
	}
	same := func(a, b kgo.RecordHeader) bool { return a.Key == b.Key && bytes.Equal(a.Value, b.Value) }
	if h := got[4].Headers; !slices.EqualFunc(h, many, same) {
		t.Errorf("%d of %d headers came back, or others", len(h), len(many))
	}
	found, _ := readAll(t, c.client, Query{Topic: "bytes", From: Start{Kind: Earliest}, Filter: filterOf(t, `headers["h-99999"] != nil`)})
	if len(found) != 1 || !slices.EqualFunc(found[0].Headers, many, same) {
		t.Errorf("by the last header %d records are found", len(found))
	}
}

func TestTheStartMovesUnderTheReader(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 1)
	c.fill(t, 0, 10, 0)
	r, err := Open(t.Context(), c.client, Query{Topic: "orders", From: Start{Kind: Earliest}, Follow: true, Resume: map[int32]int64{0: 3}})
	if err != nil {
		t.Fatal(err)
	}
	positions := r.Positions()
	r.Close()
	offsets := kadm.Offsets{}
	offsets.AddOffset("orders", 0, 8, -1)
	if _, err := c.admin.DeleteRecords(t.Context(), offsets); err != nil {
		t.Fatal(err)
	}
	r, err = Open(t.Context(), c.client, Query{Topic: "orders", From: Start{Kind: Earliest}, Follow: true, Resume: positions})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := readN(t, r, 2); values(got) != "0:8 0:9" {
		t.Errorf("read %s after the start moved", values(got))
	}
	if note := r.Status().Note; !strings.Contains(note, "partition 0 holds 8 to 10: from 8") {
		t.Errorf("the note is %q", note)
	}
	c.fill(t, 0, 1, 10)
	if got := readN(t, r, 1); values(got) != "0:10" {
		t.Errorf("read %s after that", values(got))
	}
}

// TestTheStartMovesPastARunningReader deletes records that the reader has not fetched:
// there are more than it takes ahead.
func TestTheStartMovesPastARunningReader(t *testing.T) {
	const total = 20_000 // of a kilobyte
	c := startCluster(t)
	random := rand.NewChaCha8([32]byte{})
	for topic, merged := range map[string]bool{"plain": false, "merged": true} {
		c.create(t, topic, 1)
		for range total / 1000 {
			batch := make([]*kgo.Record, 1000) // a megabyte that does not compress
			for i := range batch {
				batch[i] = &kgo.Record{Topic: topic, Value: make([]byte, 1<<10)}
				_, _ = random.Read(batch[i].Value) // it never fails
			}
			c.write(t, batch...)
		}
		r, err := Open(t.Context(), c.client, Query{Topic: topic, From: Start{Kind: Earliest}, Merged: merged})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		read, last := len(readN(t, r, 1)), int64(-1)
		offsets := kadm.Offsets{}
		offsets.AddOffset(topic, 0, total-10, -1)
		if _, err := c.admin.DeleteRecords(t.Context(), offsets); err != nil {
			t.Fatal(err)
		}
		for {
			batch, err := r.Next(t.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			read, last = read+len(batch), batch[len(batch)-1].Offset
		}
		if note := r.Status().Note; last != total-1 || read >= total || !strings.Contains(note, "were deleted before they could be read") {
			t.Errorf("%s: read %d records up to %d with the note %q", topic, read, last, note)
		}
	}
}

func TestATopicIsDeletedAndCreatedAgain(t *testing.T) {
	t.Parallel() // it waits for the watch most of the time
	c := startCluster(t)
	c.create(t, "orders", 1)
	c.fill(t, 0, 5, 0)
	r, err := Open(t.Context(), c.client, Query{Topic: "orders", From: Start{Kind: Earliest}, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	readN(t, r, 5)
	if _, err := c.admin.DeleteTopics(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	reading := make(chan []*kgo.Record, 1)
	go func() {
		batch, _ := r.Next(t.Context())
		reading <- batch
	}()
	eventually(t, "the word that the topic was deleted", func() bool {
		problem := r.Status().Problem
		return problem != nil && strings.Contains(problem.Error(), "was deleted")
	})
	c.create(t, "orders", 2)
	c.producer.PurgeTopicsFromClient("orders")
	c.fill(t, 0, 1, 100)
	if got := <-reading; values(got) != "0:100" {
		t.Errorf("read %q from the new topic", values(got))
	}
	eventually(t, "no problem", func() bool { return r.Status().Problem == nil })
}

func TestPartitionsAreAdded(t *testing.T) {
	t.Parallel() // it waits for the watch most of the time
	c := startCluster(t)
	c.create(t, "orders", 1)
	r, err := Open(t.Context(), c.client, Query{Topic: "orders", From: Start{Kind: Latest}, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := c.admin.CreatePartitions(t.Context(), 1, "orders"); err != nil {
		t.Fatal(err)
	}
	c.producer.PurgeTopicsFromClient("orders")
	c.fill(t, 1, 3, 0)
	if got := readN(t, r, 3); values(got) != "1:0 1:1 1:2" {
		t.Errorf("read %s from the new partition", values(got))
	}
}

func TestReadingNeedsARight(t *testing.T) {
	t.Parallel() // it waits for the watch most of the time
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	producer, client := clients(t, fake.ListenAddrs())
	allowed := make(chan struct{})
	fake.ControlKey(int16(kmsg.Fetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		select {
		case <-allowed:
			return nil, nil, false
		default:
		}
		fake.KeepControl()
		resp := req.ResponseKind().(*kmsg.FetchResponse)
		for _, topic := range req.(*kmsg.FetchRequest).Topics {
			rt := kmsg.NewFetchResponseTopic()
			rt.Topic, rt.TopicID = topic.Topic, topic.TopicID
			rp := kmsg.NewFetchResponseTopicPartition()
			rp.ErrorCode = kerr.TopicAuthorizationFailed.Code
			rt.Partitions = append(rt.Partitions, rp)
			resp.Topics = append(resp.Topics, rt)
		}
		return resp, nil, true
	})
	c := &cluster{producer: producer}
	c.fill(t, 0, 2, 0)
	r, err := Open(t.Context(), client, Query{Topic: "orders", From: Start{Kind: Earliest}, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	reading := make(chan []*kgo.Record, 1)
	go func() {
		batch, _ := r.Next(context.WithoutCancel(t.Context()))
		reading <- batch
	}()
	eventually(t, "the right that is missing", func() bool {
		problem := r.Status().Problem
		return problem != nil && strings.Contains(problem.Error(), "needs Read on Topic:orders")
	})
	close(allowed)
	if got := <-reading; values(got) != "0:0 0:1" {
		t.Errorf("read %q once it was allowed", values(got))
	}
}

// TestABrokerStalls reads on from the others, says which does not answer, and
// reads everything once it does.
func TestABrokerStalls(t *testing.T) {
	t.Parallel() // it waits for the watch most of the time
	c := startFaultyCluster(t)
	c.create(t, "orders", 6)
	for p := range int32(6) {
		c.fill(t, p, 10, 0)
	}
	r, err := Open(t.Context(), c.client, Query{Topic: "orders", From: Start{Kind: Earliest}, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	readN(t, r, 60)
	c.Embedded.Stall(1, true)
	eventually(t, "the word that a broker does not answer", func() bool { return r.Status().Problem != nil })
	c.Embedded.Stall(1, false)
	for p := range int32(6) {
		c.fill(t, p, 10, 10)
	}
	got := readN(t, r, 60)
	eventually(t, "no problem", func() bool { return r.Status().Problem == nil })
	next := make(map[int32]int64)
	for _, rec := range got {
		if want := max(next[rec.Partition], 10); rec.Offset != want {
			t.Fatalf("partition %d: read offset %d, want %d", rec.Partition, rec.Offset, want)
		}
		next[rec.Partition] = rec.Offset + 1
	}
}
