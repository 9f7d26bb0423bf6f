package embedbroker

import (
	"errors"
	"strings"
	"testing"

	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"os"
	"path/filepath"
)

func TestLimitsOf(t *testing.T) {
	for _, tt := range []struct{ files, partitions, connections int }{
		{20_000, 7_500, 4_500},
		{1_024, 384, 225},
		{200, 0, 225},
		{1 << 20, maxPartitions, 235_926},
	} {
		if got := limitsOf(tt.files); got.partitions != tt.partitions || got.connections != tt.connections {
			t.Errorf("%d files: %+v, want %d partitions and %d connections", tt.files, got, tt.partitions, tt.connections)
		}
	}
}

// Partitions beyond what the process can keep open are refused when they are made,
// with the reason.
func TestPartitionsBeyondTheLimit(t *testing.T) {
	c, err := Start(Config{Brokers: 1, Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.topics.limits = limitsOf(leastSpare + 2*filesPerPartition*5) // 10 partitions
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.Addrs()...), kgo.AllowAutoTopicCreation())
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	if _, err := adm.CreateTopic(t.Context(), 8, 1, nil, "fits"); err != nil {
		t.Fatal(err)
	}
	resp, err := adm.CreateTopic(t.Context(), 3, 1, nil, "beyond")
	if !errors.Is(err, kerr.InvalidPartitions) || !strings.Contains(resp.ErrMessage, "RLIMIT_NOFILE") {
		t.Errorf("creating a topic: %v, %q", err, resp.ErrMessage)
	}
	more, err := adm.CreatePartitions(t.Context(), 3, "fits")
	if err != nil {
		t.Fatal(err)
	}
	if r := more["fits"]; !errors.Is(r.Err, kerr.InvalidPartitions) || !strings.Contains(r.ErrMessage, "RLIMIT_NOFILE") {
		t.Errorf("adding partitions: %v, %q", r.Err, r.ErrMessage)
	}
	if _, err := adm.CreatePartitions(t.Context(), 2, "fits"); err != nil {
		t.Error(err)
	}
}

// A write that the engine could not make is acknowledged to nobody, and what is sent
// again after the repair is stored.
func TestFailedWriteIsNotAcknowledged(t *testing.T) {
	dir := t.TempDir()
	c, cl, ctx := startClient(t, dir)
	adm := kadm.NewClient(cl)
	if _, err := adm.CreateTopic(ctx, 1, 1, nil, "t"); err != nil {
		t.Fatal(err)
	}
	commit(ctx, t, cl, 0)
	path := repair.PartitionDir(dir, "t", 0)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil { // where the engine wants a folder
		t.Fatal(err)
	}
	once, err := kgo.NewClient(kgo.SeedBrokers(c.Addrs()...), kgo.RecordRetries(2), kgo.RequestRetries(2), kgo.DisableIdempotentWrite())
	if err != nil {
		t.Fatal(err)
	}
	defer once.Close()
	if err := once.ProduceSync(ctx, &kgo.Record{Topic: "t", Value: []byte("a")}).FirstErr(); err == nil {
		t.Error("a record that was not written is acknowledged")
	}
	commitTo := make(kadm.Offsets)
	commitTo.AddOffset("t", 0, 1, -1)
	responses, err := kadm.NewClient(once).CommitOffsets(ctx, "g", commitTo)
	if err == nil {
		err = responses.Error()
	}
	if !errors.Is(err, kerr.KafkaStorageError) {
		t.Errorf("a commit after a write that failed: %v, want KAFKA_STORAGE_ERROR", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Logf("close: %v", err)
	}
	_, cl, ctx = startClient(t, dir)
	write(ctx, t, cl, 1)
	if start, end := offsets(ctx, t, cl); start != 0 || end != 1 {
		t.Errorf("log is %d to %d, want 0 to 1", start, end)
	}
}
