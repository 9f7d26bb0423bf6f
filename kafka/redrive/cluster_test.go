package redrive_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/redrive"
)

// patience bounds what a test waits for.
const patience = 2 * time.Minute

type cluster struct {
	*kafkatest.Cluster
	client *kafka.Conn
	writer *kgo.Client // puts records where they say
	state  string      // the folder with the audit log
}

func start(t testing.TB, cfg kafkatest.Config) *cluster {
	t.Helper()
	c := &cluster{Cluster: kafkatest.Start(t, cfg), state: t.TempDir()}
	seeds := kgo.SeedBrokers(c.Servers...)
	var err error
	if c.client, err = kafka.New(kafka.Config{Name: "test", StateDir: c.state, RequestTimeout: 2 * time.Second, Opts: []kgo.Opt{seeds}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.client.Close)
	c.writer = c.newWriter(t)
	return c
}

func (c *cluster) newWriter(t testing.TB, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	w, err := kgo.NewClient(append(opts, kgo.SeedBrokers(c.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func (c *cluster) write(t testing.TB, all ...*kgo.Record) {
	t.Helper()
	if err := c.writer.ProduceSync(t.Context(), all...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// fill writes n records to the four partitions of dlq, with one of 50 keys each. Half
// of them failed, and every third has a header that says why.
func (c *cluster) fill(t testing.TB, n int) {
	t.Helper()
	all := make([]*kgo.Record, n)
	for i := range all {
		status := "late"
		if i/50%2 == 0 {
			status = "failed"
		}
		key := i % 50
		all[i] = &kgo.Record{
			Topic: "dlq", Partition: int32(key % 4), Key: fmt.Append(nil, "k", key),
			Value: fmt.Appendf(nil, `{"id":%d,"status":%q}`, i, status), Timestamp: time.UnixMilli(1_700_000_000_000 + int64(i)),
		}
		if i%3 == 0 {
			all[i].Headers = []kgo.RecordHeader{{Key: "why", Value: []byte("timeout")}, {Key: "raw", Value: []byte{0, 0xff}}}
		}
	}
	c.write(t, all...)
}

// wanted asks for the committed matches of an expression in dlq.
func wanted(t testing.TB, expression, to string) redrive.Request {
	t.Helper()
	filter, err := records.ParseFilter(expression)
	if err != nil {
		t.Fatal(err)
	}
	options := produce.Defaults()
	options.Timeout = 30 * time.Second
	return redrive.Request{
		Query: records.Query{Topic: "dlq", From: records.Start{Kind: records.Earliest}, Filter: filter, Committed: true},
		To:    to, Options: options,
	}
}

func (c *cluster) count(t testing.TB, req redrive.Request) *redrive.Plan {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	plan, err := redrive.Count(ctx, c.client, req, &redrive.Meter{})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func (c *cluster) run(t testing.TB, plan *redrive.Plan) redrive.Report {
	t.Helper()
	report, err := redrive.Run(t.Context(), c.client, plan, &redrive.Meter{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// resume goes on with what a run has left.
func (c *cluster) resume(t testing.TB, path string) redrive.Report {
	t.Helper()
	return c.run(t, c.count(t, c.left(t, path)))
}

// left is what there is left to ask for.
func (c *cluster) left(t testing.TB, path string) redrive.Request {
	t.Helper()
	state, err := redrive.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	req, _, err := state.Resume(t.Context(), c.client)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// read returns what a topic holds.
func (c *cluster) read(t testing.TB, topic string) (found []*kgo.Record) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := records.Open(ctx, c.client, records.Query{Topic: topic, From: records.Start{Kind: records.Earliest}, Committed: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		batch, err := r.Next(ctx)
		found = append(found, batch...)
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// settled reads a topic once it holds so many records: brokers write the markers of
// transactions after they have answered.
func (c *cluster) settled(t testing.TB, topic string, n int) []*kgo.Record {
	t.Helper()
	found := c.read(t, topic)
	for until := time.Now().Add(patience); len(found) < n && time.Now().Before(until); {
		found = c.read(t, topic)
	}
	return found
}

// same says how what was sent differs from the records it should be: each once, byte
// for byte, and those of one key in their order when ordered.
func same(got, want []*kgo.Record, ordered bool) string {
	expected := make(map[string]*kgo.Record, len(want))
	for _, rec := range want {
		expected[fmt.Sprintf("%s/%d@%d", rec.Topic, rec.Partition, rec.Offset)] = rec
	}
	last := make(map[string]int64)
	for _, rec := range got {
		n := len(rec.Headers) - 1
		if n < 0 || rec.Headers[n].Key != redrive.Origin {
			return fmt.Sprintf("%d@%d has no origin", rec.Partition, rec.Offset)
		}
		origin := string(rec.Headers[n].Value)
		was := expected[origin]
		if was == nil {
			return origin + " was sent twice, or should not have been"
		}
		delete(expected, origin)
		if string(rec.Key) != string(was.Key) || string(rec.Value) != string(was.Value) || fmt.Sprint(rec.Headers[:n]) != fmt.Sprint(was.Headers) {
			return fmt.Sprintf("%s has become %+v", origin, rec)
		}
		if before, ok := last[string(rec.Key)]; ok && ordered && was.Offset < before {
			return fmt.Sprintf("key %s: offset %d after %d", rec.Key, was.Offset, before)
		}
		last[string(rec.Key)] = was.Offset
	}
	if len(expected) > 0 {
		return fmt.Sprintf("%d were not sent, as %s", len(expected), slices.Min(slices.Collect(maps.Keys(expected))))
	}
	return ""
}

// matching are the records of dlq with a text in their value.
func (c *cluster) matching(t testing.TB, text string) []*kgo.Record {
	return slices.DeleteFunc(c.read(t, "dlq"), func(r *kgo.Record) bool { return !strings.Contains(string(r.Value), text) })
}

func (c *cluster) audit(t testing.TB) string {
	t.Helper()
	log, err := os.ReadFile(filepath.Join(c.state, "audit.jsonl"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(log)
}

// until waits until something holds, for a while.
func until(holds func() bool) {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			return
		case <-look.C:
		}
	}
}
