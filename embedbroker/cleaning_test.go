package embedbroker

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func startClient(t *testing.T, dir string) (*Cluster, *kgo.Client, context.Context) {
	t.Helper()
	c, err := Start(Config{Brokers: 2, DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.Addrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return c, cl, ctx
}

// write produces n records one batch each, over two keys of topic t.
func write(ctx context.Context, t *testing.T, cl *kgo.Client, n int) {
	t.Helper()
	for i := range n {
		r := &kgo.Record{Topic: "t", Key: []byte{byte(i % 2)}, Value: []byte(strconv.Itoa(i))}
		r.Timestamp = time.Now().AddDate(-1, 0, 0) // old for any retention by default
		if err := cl.ProduceSync(ctx, r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// offsets returns where the log of partition 0 of topic t starts and ends.
func offsets(ctx context.Context, t *testing.T, cl *kgo.Client) (start, end int64) {
	t.Helper()
	adm := kadm.NewClient(cl)
	starts, err := adm.ListStartOffsets(ctx, "t")
	if err != nil {
		t.Fatal(err)
	}
	ends, err := adm.ListEndOffsets(ctx, "t")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := starts.Lookup("t", 0)
	e, _ := ends.Lookup("t", 0)
	return s.Offset, e.Offset
}

// commit commits an offset of partition 0 of topic t for group g.
func commit(ctx context.Context, t *testing.T, cl *kgo.Client, at int64) {
	t.Helper()
	o := make(kadm.Offsets)
	o.AddOffset("t", 0, at, -1)
	if err := kadm.NewClient(cl).CommitAllOffsets(ctx, "g", o); err != nil {
		t.Fatal(err)
	}
}

func committed(ctx context.Context, t *testing.T, cl *kgo.Client) int64 {
	t.Helper()
	all, err := kadm.NewClient(cl).FetchOffsets(ctx, "g")
	if err != nil {
		t.Fatal(err)
	}
	o, _ := all.Lookup("t", 0)
	return o.At
}

// Offsets never go back: not when all records are deleted, nor when some are,
// nor at the start after.
func TestDeletedRecordsStayDeleted(t *testing.T) {
	for _, tt := range []struct {
		name  string
		to    int64
		start int64
	}{{"all", -1, 10}, {"some", 4, 4}} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			c, cl, ctx := startClient(t, dir)
			adm := kadm.NewClient(cl)
			if _, err := adm.CreateTopic(ctx, 1, 1, nil, "t"); err != nil {
				t.Fatal(err)
			}
			write(ctx, t, cl, 10)
			to := make(kadm.Offsets)
			to.AddOffset("t", 0, tt.to, -1)
			deleted, err := adm.DeleteRecords(ctx, to)
			if err == nil {
				err = deleted.Error()
			}
			if err != nil {
				t.Fatal(err)
			}
			for restart := range 3 {
				if start, end := offsets(ctx, t, cl); start != tt.start || end != 10 {
					t.Fatalf("restart %d: log is %d to %d, want %d to 10", restart, start, end, tt.start)
				}
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
				c, cl, ctx = startClient(t, dir)
			}
			write(ctx, t, cl, 1)
			if start, end := offsets(ctx, t, cl); start != tt.start || end != 11 {
				t.Errorf("log is %d to %d, want %d to 11", start, end, tt.start)
			}
		})
	}
}

// Retention empties a log, and its end is still where it was after a restart.
func TestRetention(t *testing.T) {
	dir := t.TempDir()
	c, cl, ctx := startClient(t, dir)
	short := "1"
	if _, err := kadm.NewClient(cl).CreateTopic(ctx, 1, 1, map[string]*string{"retention.ms": &short}, "t"); err != nil {
		t.Fatal(err)
	}
	old := &kgo.Record{Topic: "t", Timestamp: time.Now().Add(-time.Hour)}
	if err := cl.ProduceSync(ctx, old).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := c.topics.change(func() error { return c.clean(false) }); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	_, cl, ctx = startClient(t, dir)
	if start, end := offsets(ctx, t, cl); start != 1 || end != 1 {
		t.Errorf("log is %d to %d, want 1 to 1", start, end)
	}
}

// Compaction keeps the last value of every key, and leaves no second copies.
func TestCompaction(t *testing.T) {
	dir := t.TempDir()
	c, cl, ctx := startClient(t, dir)
	policy := "compact"
	if _, err := kadm.NewClient(cl).CreateTopic(ctx, 1, 1, map[string]*string{"cleanup.policy": &policy}, "t"); err != nil {
		t.Fatal(err)
	}
	write(ctx, t, cl, 20)
	before := c.kfake.PartitionInfo("t", 0).NumBytes
	if err := c.topics.change(func() error { return c.clean(true) }); err != nil {
		t.Fatal(err)
	}
	if after := c.kfake.PartitionInfo("t", 0).NumBytes; after >= before/2 {
		t.Errorf("%d bytes were %d before", after, before)
	}
	values := make(map[byte]string)
	consumer, err := kgo.NewClient(kgo.SeedBrokers(c.Addrs()...), kgo.ConsumeTopics("t"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	for values[1] != "19" {
		fetches := consumer.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("%v, got %v", err, values)
		}
		fetches.EachRecord(func(r *kgo.Record) { values[r.Key[0]] = string(r.Value) })
	}
	if values[0] != "18" {
		t.Errorf("values are %v", values)
	}
}
