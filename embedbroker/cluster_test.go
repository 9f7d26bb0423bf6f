package embedbroker_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// testTimeout bounds one test's calls to the cluster; none should need it.
const testTimeout = time.Minute

func start(t *testing.T, cfg embedbroker.Config) *embedbroker.Cluster {
	t.Helper()
	if cfg.DataDir == "" {
		cfg.Ephemeral = true
	}
	c, err := embedbroker.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func client(t *testing.T, c *embedbroker.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append(opts, kgo.SeedBrokers(c.Addrs()...))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	t.Cleanup(cancel)
	return ctx
}

// produce writes n records with the values 0 to n-1.
func produce(ctx context.Context, t *testing.T, cl *kgo.Client, topic string, n int) {
	t.Helper()
	var records []*kgo.Record
	for i := range n {
		records = append(records, &kgo.Record{Topic: topic, Key: []byte(strconv.Itoa(i)), Value: []byte(strconv.Itoa(i))})
	}
	if err := cl.ProduceSync(ctx, records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// consume reads n values of a topic from its start.
func consume(ctx context.Context, t *testing.T, c *embedbroker.Cluster, topic string, n int) []string {
	t.Helper()
	cl := client(t, c, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	var got []string
	for len(got) < n {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("after %d of %d records: %v", len(got), n, err)
		}
		fetches.EachRecord(func(r *kgo.Record) { got = append(got, string(r.Value)) })
	}
	return got
}

func TestProduceConsume(t *testing.T) {
	ctx := testContext(t)
	c := start(t, embedbroker.Config{})
	cl := client(t, c, kgo.AllowAutoTopicCreation())
	produce(ctx, t, cl, "fresh", 100)
	if got := consume(ctx, t, c, "fresh", 100); len(got) != 100 {
		t.Fatalf("consumed %d records, want 100", len(got))
	}
}

func TestRestartKeepsEverything(t *testing.T) {
	ctx := testContext(t)
	dir := filepath.Join(t.TempDir(), "deep", "er")
	cfg := embedbroker.Config{Name: "keep", Brokers: 2, DataDir: dir}

	c, err := embedbroker.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cl := client(t, c)
	adm := kadm.NewClient(cl)
	retention := "12345678"
	if _, err := adm.CreateTopic(ctx, 4, 2, map[string]*string{"retention.ms": &retention}, "kept"); err != nil {
		t.Fatal(err)
	}
	produce(ctx, t, cl, "kept", 50)
	commit := make(kadm.Offsets)
	commit.AddOffset("kept", 1, 7, -1)
	if err := adm.CommitAllOffsets(ctx, "readers", commit); err != nil {
		t.Fatal(err)
	}
	before, err := adm.Metadata(ctx, "kept")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Fatal(err)
	}

	c = start(t, cfg)
	adm = kadm.NewClient(client(t, c))
	after, err := adm.Metadata(ctx, "kept")
	if err != nil {
		t.Fatal(err)
	}
	if before.Cluster != after.Cluster || len(after.Cluster) != 22 {
		t.Errorf("cluster id was %q, is %q; want the same 22 characters", before.Cluster, after.Cluster)
	}
	if b, a := leaders(before, "kept"), leaders(after, "kept"); !slices.Equal(b, a) {
		t.Errorf("leaders were %v, are %v", b, a)
	}
	if got := consume(ctx, t, c, "kept", 50); len(got) != 50 {
		t.Errorf("consumed %d records, want 50", len(got))
	}
	offsets, err := adm.FetchOffsets(ctx, "readers")
	if err != nil {
		t.Fatal(err)
	}
	if o, _ := offsets.Lookup("kept", 1); o.At != 7 {
		t.Errorf("committed offset is %d, want 7", o.At)
	}
	configs, err := adm.DescribeTopicConfigs(ctx, "kept")
	if err != nil {
		t.Fatal(err)
	}
	if got := configValue(configs, "retention.ms"); got != retention {
		t.Errorf("retention.ms is %q, want %q", got, retention)
	}
}

func leaders(m kadm.Metadata, topic string) []int32 {
	var ids []int32
	for _, p := range m.Topics[topic].Partitions.Sorted() {
		ids = append(ids, p.Leader)
	}
	return ids
}

func configValue(configs kadm.ResourceConfigs, key string) string {
	for _, rc := range configs {
		for _, c := range rc.Configs {
			if c.Key == key {
				return c.MaybeValue()
			}
		}
	}
	return ""
}

func TestStartErrors(t *testing.T) {
	t.Run("busy port", func(t *testing.T) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		port := ln.Addr().(*net.TCPAddr).Port
		dir := filepath.Join(t.TempDir(), "untouched")
		_, err = embedbroker.Start(embedbroker.Config{Brokers: 1, Port: port, DataDir: dir})
		var busy *embedbroker.PortError
		if !errors.As(err, &busy) || busy.Port != port {
			t.Fatalf("got %v, want a PortError of port %d", err, port)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the data folder was touched: %v", err)
		}
	})
	t.Run("folder in use", func(t *testing.T) {
		dir := t.TempDir()
		start(t, embedbroker.Config{Name: "first", Brokers: 1, DataDir: dir})
		_, err := embedbroker.Start(embedbroker.Config{Name: "second", Brokers: 1, DataDir: dir})
		var used *embedbroker.InUseError
		if !errors.As(err, &used) {
			t.Fatalf("got %v, want an InUseError", err)
		}
		if used.PID != os.Getpid() || used.Name != "first" || used.Dir != dir {
			t.Errorf("got %+v", used)
		}
	})
	t.Run("unusable folder", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := embedbroker.Start(embedbroker.Config{Brokers: 1, DataDir: file})
		var unusable *embedbroker.DataDirError
		if !errors.As(err, &unusable) || unusable.Dir != file {
			t.Fatalf("got %v, want a DataDirError of %s", err, file)
		}
	})
	for _, cfg := range []embedbroker.Config{
		{Brokers: 16, Ephemeral: true},
		{Brokers: -1, Ephemeral: true},
		{Port: 65535, Ephemeral: true},
		{Brokers: 1},
		{KafkaVersion: "2.7", Ephemeral: true},
		{KafkaVersion: "new", Ephemeral: true},
	} {
		t.Run(fmt.Sprintf("%+v", cfg), func(t *testing.T) {
			if c, err := embedbroker.Start(cfg); err == nil {
				c.Close()
				t.Error("started")
			}
		})
	}
}

func TestEphemeralLeavesNothing(t *testing.T) {
	c, err := embedbroker.Start(embedbroker.Config{Brokers: 1, Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	dir, addr := c.DataDir(), c.Addrs()[0]
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", dir, err)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatalf("port is not free: %v", err)
	}
	ln.Close()
}
