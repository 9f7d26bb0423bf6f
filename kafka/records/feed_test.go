package records

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// runFeed runs a feed until the test ends, or stop is called.
func runFeed(t testing.TB, f *Feed) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { f.Run(ctx); close(done) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func heldValues(f *Feed) string {
	first, end := f.Bounds()
	var records []*kgo.Record
	for _, held := range f.Window(first, int(end-first)) {
		records = append(records, held.Record)
	}
	return values(records)
}

func TestFeedHoldsTheNewest(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 1)
	c.fill(t, 0, 100, 0)
	f := NewFeed(c.client, Query{Follow: true, Topic: "orders", From: Start{Kind: Earliest}}, Limits{Records: 3})
	runFeed(t, f)
	eventually(t, "100 records", func() bool { return f.Status().Read == 100 })
	c.fill(t, 0, 2, 100)
	eventually(t, "102 records", func() bool { return f.Status().Read == 102 })
	if got := heldValues(f); got != "0:99 0:100 0:101" {
		t.Errorf("holds %s", got)
	}
	if s := f.Status(); s.Held != 3 || s.Dropped != 99 || s.Shown != 3 || !s.Open {
		t.Errorf("the status is %+v", s)
	}
}

// TestTheRateIsThatOfNewRecords alone: what was there already says nothing of how
// much is written.
func TestTheRateIsThatOfNewRecords(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 1)
	c.fill(t, 0, 100, 0)
	f := NewFeed(c.client, Query{Follow: true, Topic: "orders", From: Start{Kind: Earliest}}, Limits{Records: 10})
	if s := f.Status(); !s.History {
		t.Errorf("before anything is read the status is %+v", s)
	}
	runFeed(t, f)
	eventually(t, "100 records", func() bool { return f.Status().Read == 100 })
	if s := f.Status(); s.Rate != 0 || s.History {
		t.Errorf("after what was there the status is %+v", s)
	}
	c.fill(t, 0, 5, 100)
	eventually(t, "a rate", func() bool { return f.Status().Rate > 0 })
}

// TestPauseLosesNothing pauses and goes on under load, leaves and comes back,
// and keeps rows in view: every record must come exactly once.
func TestPauseLosesNothing(t *testing.T) {
	const total = 20_000
	c := startCluster(t)
	c.create(t, "orders", 3)
	f := NewFeed(c.client, Query{Follow: true, Topic: "orders", From: Start{Kind: Earliest}}, Limits{})
	stop := runFeed(t, f)
	produced := make(chan error, 1)
	go func() {
		for i := range total {
			c.producer.Produce(context.Background(), &kgo.Record{Topic: "orders", Partition: int32(i % 3), Value: fmt.Append(nil, i)}, nil)
		}
		produced <- c.producer.Flush(context.Background())
	}()
	for round := range 5 {
		eventually(t, "records", func() bool { return f.Status().Read > int64(round*total/10) })
		f.Pause(true)
		f.SetFilter(filterOf(t, fmt.Sprint(round)))
		if round%2 == 1 {
			stop()
			stop = runFeed(t, f)
		}
		f.Pause(false)
	}
	if err := <-produced; err != nil {
		t.Fatal(err)
	}
	f.SetFilter(nil)
	eventually(t, "all records", func() bool { return f.Status().Read >= total })
	seen := make(map[string]bool)
	first, end := f.Bounds()
	for _, held := range f.Window(first, int(end-first)) {
		seen[string(held.Value)] = true
	}
	if len(seen) != total || end-first != total {
		t.Errorf("%d different records of %d, want %d", len(seen), end-first, total)
	}
}

func TestPausedReadsNothing(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 1)
	f := NewFeed(c.client, Query{Follow: true, Topic: "orders"}, Limits{})
	f.Pause(true)
	runFeed(t, f)
	eventually(t, "reading", func() bool { return f.Status().Open })
	c.fill(t, 0, 10, 0)
	eventually(t, "the lag", func() bool { return f.Status().Lag == 10 })
	if s := f.Status(); s.Read != 0 || !s.Paused {
		t.Errorf("read %d records while paused", s.Read)
	}
	f.Pause(false)
	eventually(t, "the records", func() bool { return f.Status().Read == 10 })
}

// TestKeepWaitsForRoom holds the rows in view however much comes in, and goes on
// without a gap.
func TestKeepWaitsForRoom(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 1)
	c.fill(t, 0, 10, 0)
	f := NewFeed(c.client, Query{Follow: true, Topic: "orders", From: Start{Kind: Earliest}}, Limits{Records: 10})
	stop := runFeed(t, f)
	eventually(t, "10 records", func() bool { return f.Status().Read == 10 })
	f.Keep(4)
	c.fill(t, 0, 20, 10)
	eventually(t, "no room", func() bool { return f.Status().Full })
	if got := heldValues(f); got != "0:4 0:5 0:6 0:7 0:8 0:9 0:10 0:11 0:12 0:13" {
		t.Errorf("holds %s", got)
	}
	stop() // with records on their way that had no room
	runFeed(t, f)
	eventually(t, "no room again", func() bool { return f.Status().Full })
	f.Keep(-1)
	eventually(t, "30 records", func() bool { return f.Status().Read == 30 })
	if got := heldValues(f); got != "0:20 0:21 0:22 0:23 0:24 0:25 0:26 0:27 0:28 0:29" {
		t.Errorf("holds %s", got)
	}
}

func TestFilter(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 1)
	c.write(t,
		&kgo.Record{Topic: "orders", Value: []byte("Error: one")},
		&kgo.Record{Topic: "orders", Value: []byte("fine")},
		&kgo.Record{Topic: "orders", Key: []byte("ERRORS"), Value: nil},
	)
	f := NewFeed(c.client, Query{Follow: true, Topic: "orders", From: Start{Kind: Earliest}}, Limits{Records: 4})
	runFeed(t, f)
	f.SetFilter(filterOf(t, "error"))
	eventually(t, "two matches", func() bool { return f.Status().Shown == 2 })
	first, _ := f.Bounds()
	if rows := f.Window(first, 5); len(rows) != 2 || rows[0].Number != 0 || rows[1].Number != 2 || f.Row(1) != 1 || f.Row(2) != 1 {
		t.Errorf("shows %v", rows)
	}
	c.write(t, &kgo.Record{Topic: "orders", Value: []byte("errors again")}, &kgo.Record{Topic: "orders", Value: []byte("fine")}, &kgo.Record{Topic: "orders", Value: []byte("fine")})
	eventually(t, "all looked at", func() bool { return f.Status().Read == 6 && heldValues(f) == " errors again" })
	if first, end := f.Bounds(); first != 1 || end != 3 {
		t.Errorf("the rows are %d to %d, want 1 to 3: a row keeps its number", first, end)
	}
}

// TestMemoryIsBounded reads more than a feed may hold, in large records.
func TestMemoryIsBounded(t *testing.T) {
	c := startCluster(t)
	c.create(t, "large", 1)
	value := bytes.Repeat([]byte("x"), 1<<20)
	for range 12 {
		c.write(t, &kgo.Record{Topic: "large", Value: value})
	}
	f := NewFeed(c.client, Query{Follow: true, Topic: "large", From: Start{Kind: Earliest}}, Limits{Bytes: 4 << 20})
	runFeed(t, f)
	eventually(t, "12 records", func() bool { return f.Status().Read == 12 })
	if s := f.Status(); s.Held != 3 || s.Bytes > 4<<20 {
		t.Errorf("holds %d records of %d bytes", s.Held, s.Bytes)
	}
	c.write(t, &kgo.Record{Topic: "large", Value: bytes.Repeat(value, 10)})
	eventually(t, "13 records", func() bool { return f.Status().Read == 13 })
	if s := f.Status(); s.Held != 1 {
		t.Errorf("holds %d records beside one that is larger than the bound", s.Held)
	}
}

func TestFeedWaitsForATopic(t *testing.T) {
	t.Parallel() // it waits for the next attempt most of the time
	c := startCluster(t)
	f := NewFeed(c.client, Query{Follow: true, Topic: "orders", From: Start{Kind: Earliest}}, Limits{})
	runFeed(t, f)
	eventually(t, "the problem", func() bool { return f.Status().Problem != nil })
	c.create(t, "orders", 1)
	c.fill(t, 0, 1, 0)
	eventually(t, "the record", func() bool { return f.Status().Read == 1 })
	if s := f.Status(); s.Problem != nil || !s.Open {
		t.Errorf("the status is %+v", s)
	}
}

func TestCopiesShareNothingWithTheirFetch(t *testing.T) {
	var batch []*kgo.Record
	for i := range 1000 {
		batch = append(batch, &kgo.Record{
			Offset: int64(i), Key: fmt.Append(nil, i), Value: bytes.Repeat([]byte{'v'}, i*7%2000),
			Headers: []kgo.RecordHeader{{Key: "h", Value: fmt.Append(nil, i)}},
		})
	}
	batch[3].Key, batch[4].Value, batch[5].Value = nil, nil, []byte{}
	copies := cloneAll(batch)
	if len(copies) != len(batch) {
		t.Fatalf("%d copies of %d", len(copies), len(batch))
	}
	for i, c := range copies {
		want := *batch[i]
		if c.Offset != want.Offset || !bytes.Equal(c.Key, want.Key) || !bytes.Equal(c.Value, want.Value) || (c.Key == nil) != (want.Key == nil) || (c.Value == nil) != (want.Value == nil) || !bytes.Equal(c.Headers[0].Value, want.Headers[0].Value) {
			t.Fatalf("copy %d differs", i)
		}
		if len(want.Value) > 0 {
			want.Value[0] = 'x'
			if c.Value[0] == 'x' {
				t.Fatalf("copy %d shares its value", i)
			}
		}
	}
}

// TestAbortedRecordsAreKnown reads a committed and an aborted transaction with
// their markers.
func TestAbortedRecordsAreKnown(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 1)
	for _, w := range writers(t, c.Servers, "orders")[:2] {
		w.write(t, []*kgo.Record{{Value: []byte("kept")}}, kgo.TryCommit)
		w.write(t, []*kgo.Record{{Value: []byte("lost")}}, kgo.TryAbort)
	}
	f := NewFeed(c.client, Query{Follow: true, Topic: "orders", From: Start{Kind: Earliest}, Markers: true}, Limits{})
	runFeed(t, f)
	eventually(t, "all records", func() bool { return f.Status().Read == 6 })
	got := ""
	for _, held := range f.Window(0, 10) {
		switch aborts, marker := EndsTransaction(held.Record); {
		case marker:
			got += fmt.Sprintf(" abort=%v", aborts)
		case held.Aborted:
			got += " aborted:" + string(held.Value)
		default:
			got += " " + string(held.Value)
		}
	}
	if want := " kept lost kept abort=false aborted:lost abort=true"; got != want {
		t.Errorf("holds%s, want%s", got, want)
	}
}
