package produce_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/topics"
)

func TestSendTellsThePlace(t *testing.T) {
	c := start(t, kafkatest.Config{})
	c.Create(3, 3, nil, "orders")
	at := time.UnixMilli(1_700_000_000_000)
	for _, opts := range []produce.Options{
		produce.Defaults(), {Acks: produce.Leader}, {Acks: produce.None},
		{Acks: produce.All, Idempotent: true, Compression: "zstd"}, {Acks: produce.All, Compression: "gzip"},
	} {
		p := c.open(t, "orders", opts)
		byKey := p.Send(t.Context(), produce.Message{Partition: produce.AnyPartition, Key: []byte("k"), Value: []byte("v"), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte{1}}}, Timestamp: at})
		chosen := p.Send(t.Context(), produce.Message{Partition: 2, Key: []byte("k")})
		if byKey.Err != nil || byKey.Outcome != model.Done || byKey.Partition != produce.PartitionOf([]byte("k"), 3) || (byKey.Offset < 0) != (opts.Acks == produce.None) {
			t.Errorf("%+v: by key: %+v", opts, byKey)
		}
		if chosen.Err != nil || chosen.Partition != 2 {
			t.Errorf("%+v: chosen: %+v", opts, chosen)
		}
		sum, err := finish(t, p, true)
		if err != nil || sum.Stored != 2 || sum.Messages() != 2 || sum.Bytes != 5 || len(sum.Places) == 0 {
			t.Errorf("%+v: %+v, %v", opts, sum, err)
		}
	}
	tombstones := 0
	for _, rec := range c.read(t, false) {
		switch {
		case rec.Value == nil:
			tombstones++
		case string(rec.Key) != "k" || string(rec.Value) != "v" || len(rec.Headers) != 1 || !rec.Timestamp.Equal(at):
			t.Errorf("stored %+v", rec)
		}
	}
	if tombstones != 5 {
		t.Errorf("%d tombstones, want 5", tombstones)
	}
	log, err := os.ReadFile(filepath.Join(c.state, "audit.jsonl"))
	if lines := strings.Count(string(log), "\n"); err != nil || lines != 10 || !strings.Contains(string(log), `"stored":2`) || !strings.Contains(string(log), `"details":{"options":{"acks":"all",`) {
		t.Errorf("%d lines in the audit log, %v:\n%s", lines, err, log)
	}
}

func TestKeysKeepTheirOrder(t *testing.T) {
	const keys, each = 7, 400
	c := start(t, kafkatest.Config{})
	c.Create(3, 1, nil, "orders")
	opts := produce.Defaults()
	opts.Compression, opts.Linger = "lz4", 5*time.Millisecond
	p := c.open(t, "orders", opts)
	failed := make(chan error, keys*each)
	for i := range keys * each {
		p.Queue(t.Context(), produce.Message{Partition: produce.AnyPartition, Key: fmt.Append(nil, i%keys), Value: fmt.Append(nil, i)},
			func(r produce.Receipt) { failed <- r.Err })
	}
	sum, err := finish(t, p, true)
	if err != nil || sum.Stored != keys*each {
		t.Fatalf("%+v, %v", sum, err)
	}
	last := make(map[string]int)
	for _, rec := range c.read(t, false) {
		var n int
		if _, err := fmt.Sscan(string(rec.Value), &n); err != nil {
			t.Fatal(err)
		}
		if before, ok := last[string(rec.Key)]; ok && n != before+keys {
			t.Fatalf("key %s has %d after %d", rec.Key, n, before)
		}
		last[string(rec.Key)] = n
	}
	var stored int64
	for _, span := range sum.Places {
		stored += span.Count
		if span.Last-span.First+1 != span.Count {
			t.Errorf("a span of %+v", span)
		}
	}
	if len(last) != keys || stored != sum.Stored {
		t.Errorf("%d keys, %d in places", len(last), stored)
	}
}

func TestTransactionsAreAllOrNothing(t *testing.T) {
	c := start(t, kafkatest.Config{})
	c.Create(2, 3, nil, "orders")
	message := func(partition int32) produce.Message {
		return produce.Message{Partition: partition, Value: []byte("v")}
	}
	for _, test := range []struct {
		name    string
		keep    bool
		send    []int32
		seen    int
		aborted bool
	}{
		{"kept", true, []int32{0, 1}, 2, false},
		{"given up", false, []int32{0, 1}, 0, true},
		{"one refused", true, []int32{0, 9}, 0, true},
	} {
		before := len(c.read(t, true))
		opts := produce.Defaults()
		opts.Transaction = "kdeck-test"
		p := c.open(t, "orders", opts)
		for _, partition := range test.send {
			p.Send(t.Context(), message(partition))
		}
		sum, err := finish(t, p, test.keep)
		if sum.Aborted != test.aborted || (err != nil) != (test.keep && test.aborted) {
			t.Errorf("%s: %+v, %v", test.name, sum, err)
		}
		// The coordinator writes the markers after it has answered.
		seen := -1
		for until := time.Now().Add(patience); seen != test.seen && time.Now().Before(until); {
			seen = len(c.read(t, true)) - before
		}
		if seen != test.seen {
			t.Errorf("%s: %d records are seen, want %d", test.name, seen, test.seen)
		}
	}
}

func TestWhatIsRefusedIsTold(t *testing.T) {
	small := "1000"
	compact := "compact"
	c := start(t, kafkatest.Config{})
	c.Create(1, 1, map[string]*string{"max.message.bytes": &small}, "small")
	c.Create(1, 1, map[string]*string{"cleanup.policy": &compact}, "compacted")
	noise := make([]byte, 3000)
	for i := range noise {
		noise[i] = byte(i * i >> 3)
	}
	zstd := produce.Options{Acks: produce.All, Idempotent: true, Compression: "zstd"}
	for _, test := range []struct {
		topic   string
		opts    produce.Options
		message produce.Message
		want    []string
	}{
		{"small", produce.Defaults(), produce.Message{Value: noise}, []string{"3000 bytes", "max.message.bytes of topic small is 1000", "compress"}},
		{"small", zstd, produce.Message{Value: noise}, []string{"too large", "send less"}},
		{"small", zstd, produce.Message{Value: []byte(strings.Repeat("a", 3000))}, nil},
		{"compacted", produce.Defaults(), produce.Message{Value: []byte("v")}, []string{"needs a key"}},
		{"small", produce.Defaults(), produce.Message{Partition: 4}, []string{"no partition 4", "0 to 0"}},
	} {
		p := c.open(t, test.topic, test.opts)
		r := p.Send(t.Context(), test.message)
		if _, err := finish(t, p, true); err != nil {
			t.Errorf("%s: %v", test.topic, err)
		}
		if test.want == nil {
			if r.Err != nil || r.Outcome != model.Done {
				t.Errorf("%s, %+v: %v", test.topic, test.opts, r.Err)
			}
			continue
		}
		if r.Err == nil || r.Outcome != model.Refused {
			t.Errorf("%s, %+v: %s, %v", test.topic, test.opts, r.Outcome, r.Err)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(r.Err.Error(), want) {
				t.Errorf("%s: %q lacks %q", test.topic, r.Err, want)
			}
		}
	}
}

func TestMissingReplicasAreTold(t *testing.T) {
	c := start(t, kafkatest.Config{Own: true})
	three := "3"
	c.Create(1, 3, map[string]*string{"min.insync.replicas": &three}, "orders")
	c.Nodes.Stop(2)
	p := c.open(t, "orders", produce.Options{Acks: produce.All, Idempotent: true, Timeout: 4 * time.Second})
	r := p.Send(t.Context(), produce.Message{})
	if r.Outcome != model.Refused || r.Err == nil || !strings.Contains(r.Err.Error(), "NOT_ENOUGH_REPLICAS") || !strings.Contains(r.Err.Error(), "acks 1") {
		t.Errorf("%s: %v", r.Outcome, r.Err)
	}
	if _, err := finish(t, p, true); err != nil {
		t.Error(err)
	}
	p = c.open(t, "orders", produce.Options{Acks: produce.Leader})
	if r := p.Send(t.Context(), produce.Message{}); r.Err != nil {
		t.Errorf("with acks 1: %v", r.Err)
	}
	if _, err := finish(t, p, true); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	c := start(t, kafkatest.Config{})
	c.Create(1, 1, nil, "orders")
	var unknown *topics.UnknownTopicError
	if _, err := produce.Open(t.Context(), c.client, "order", produce.Defaults(), "produce", nil); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "orders") {
		t.Errorf("a topic that does not exist: %v", err)
	}
	if _, err := produce.Open(t.Context(), c.attach(t, true), "orders", produce.Defaults(), "produce", nil); !errors.Is(err, kafka.ErrReadOnly) {
		t.Errorf("a read-only context: %v", err)
	}
	if _, err := produce.Open(t.Context(), c.client, "orders", produce.Options{Acks: produce.Leader, Idempotent: true}, "produce", nil); err == nil {
		t.Error("idempotent with acks 1 is taken")
	}
	var commits kadm.Offsets
	commits.AddOffset("orders", 0, 0, -1)
	if err := c.Admin.CommitAllOffsets(t.Context(), "billing", commits); err != nil {
		t.Fatal(err)
	}
	want := c.Differs("internal-topics", "does not exist", "keeps its own state")
	if _, err := produce.Open(t.Context(), c.client, "__consumer_offsets", produce.Defaults(), "produce", nil); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a topic of Kafka's own: %v", err)
	}
	if got := c.read(t, false); len(got) != 0 {
		t.Errorf("%d records were written", len(got))
	}
	if _, err := os.Stat(filepath.Join(c.state, "audit.jsonl")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was refused is in the audit log: %v", err)
	}
}

func TestASilentBrokerIsTold(t *testing.T) {
	c := start(t, kafkatest.Config{Faults: true, Brokers: 1})
	c.Create(1, 1, nil, "orders")
	p := c.open(t, "orders", produce.Options{Acks: produce.All, Idempotent: true, Timeout: 2 * time.Second})
	if r := p.Send(t.Context(), produce.Message{}); r.Err != nil {
		t.Fatal(r.Err)
	}
	c.Embedded.Stall(0, true)
	r := p.Send(t.Context(), produce.Message{})
	c.Embedded.Stall(0, false)
	if r.Err == nil || r.Outcome != model.Unknown || !strings.Contains(r.Err.Error(), "may be stored") {
		t.Errorf("%s: %v", r.Outcome, r.Err)
	}
	if sum, err := finish(t, p, true); sum.Unknown != 1 || sum.Stored != 1 || err != nil {
		t.Errorf("%+v, %v", sum, err)
	}
}
