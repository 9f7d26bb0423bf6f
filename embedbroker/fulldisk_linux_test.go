package embedbroker_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// On a full disk every write is refused, nothing that was refused is acknowledged
// later, reads go on, and the cluster ends in order and comes back.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, "160m")
	if dir == "" {
		t.Log("this system mounts no small disk: what is refused is tested with TestDiskGuard alone")
		return
	}
	ctx, data := testContext(t), dir+"/data"
	c := startChild(t, data, 1)
	createTopic(ctx, t, c, 1, "t")
	p := producerOf(ctx, t, c, "")
	tx := producerOf(ctx, t, c, "tx")
	p.mustSend(0, 0, "a")
	p.commit(1)
	tx.mustSend(0, 0, "in a transaction")

	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, kerr.KafkaStorageError) {
			t.Errorf("%s on a full disk: %v, want KAFKA_STORAGE_ERROR", what, err)
		}
	}
	fillDisk(t, dir)
	_, err := p.send(0, 1, "b")
	refused("Produce", err)
	refused("OffsetCommit", p.tryCommit(2))
	_, err = kadm.NewClient(p.cl).CreateTopic(ctx, 1, 1, nil, "new")
	refused("CreateTopics", err)
	_, err = tx.end(5, true)
	refused("EndTxn", err)
	if got := p.committed("group"); got != 1 {
		t.Errorf("offset %d is committed, want 1", got)
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(c.addrs...), kgo.ConsumeTopics("t"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if fetches := reader.PollFetches(ctx); fetches.Err() != nil || fetches.NumRecords() == 0 {
		t.Errorf("reading on a full disk: %d records, %v", fetches.NumRecords(), fetches.Err())
	}
	if said := c.stderr.String(); !strings.Contains(said, "is full") || !strings.Contains(said, "more bytes") {
		t.Errorf("stderr says %q", said)
	}

	emptyDisk(t, dir)
	p.mustSend(0, 1, "b") // the refused batch again
	p.commit(2)
	if _, err := tx.end(5, true); err != nil {
		t.Errorf("EndTxn once there is room: %v", err)
	}
	fillDisk(t, dir)
	if err := c.stop(); err != nil {
		t.Fatalf("an orderly stop on a full disk: %v\n%s", err, c.stderr)
	}
	for _, end := range []string{"stop", "kill", "stop"} {
		c = startChild(t, data, 1)
		p.connect(c)
		if _, err := p.send(0, 2, "c"); !errors.Is(err, kerr.KafkaStorageError) {
			t.Errorf("Produce after a start on a full disk: %v", err)
		}
		if got := p.committed("group"); got != 2 {
			t.Errorf("after %s: offset %d is committed, want 2", end, got)
		}
		if end == "kill" {
			c.kill()
		} else if err := c.stop(); err != nil {
			t.Fatal(err)
		}
	}
	emptyDisk(t, dir)
	c = startChild(t, data, 1)
	p.connect(c)
	p.mustSend(0, 2, "c")
	want(t, "records", readAll(ctx, t, c, kgo.ReadCommitted()), "a", "b", "c", "in a transaction")
}

// tryCommit commits an offset of topic t for the group "group".
func (p *rawProducer) tryCommit(offset int64) error {
	commit := make(kadm.Offsets)
	commit.AddOffset("t", 0, offset, -1)
	return commitOnce(p.ctx, p.cl, commit)
}

func commitOnce(ctx context.Context, cl *kgo.Client, commit kadm.Offsets) error {
	responses, err := kadm.NewClient(cl).CommitOffsets(ctx, "group", commit)
	if err == nil {
		err = responses.Error()
	}
	return err
}

func (p *rawProducer) commit(offset int64) {
	p.t.Helper()
	if err := p.tryCommit(offset); err != nil {
		p.t.Fatal(err)
	}
}
