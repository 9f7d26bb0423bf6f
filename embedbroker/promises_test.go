package embedbroker_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A batch whose answer was lost with the process is stored once: the retry is
// recognised, and what follows it is taken.
func TestIdempotentRetryOverKill(t *testing.T) {
	ctx, dir := testContext(t), t.TempDir()
	c := startChild(t, dir, 1)
	createTopic(ctx, t, c, 1, "t")
	p := producerOf(ctx, t, c, "")
	var at []int64
	for i := range int32(7) {
		at = append(at, p.mustSend(0, 2*i, "a", "b"))
	}
	c.kill()
	c = startChild(t, dir, 1)
	p.connect(c)
	for i := int32(2); i < 7; i++ { // the last five, as Kafka remembers
		if got := p.mustSend(0, 2*i, "a", "b"); got != at[i] {
			t.Errorf("the retry of sequence %d is at offset %d, want %d", 2*i, got, at[i])
		}
	}
	if got := p.mustSend(0, 14, "c"); got != 14 {
		t.Errorf("the next batch is at offset %d, want 14", got)
	}
	if _, err := p.send(0, 20, "gap"); err == nil {
		t.Error("a batch that leaves sequence numbers out was taken")
	}
}

// Right sequence numbers are taken after an orderly stop, more records and a kill:
// what the engine noted at the stop is older than the log.
func TestSequencesAfterStopAndKill(t *testing.T) {
	ctx, dir := testContext(t), t.TempDir()
	c := startChild(t, dir, 1)
	createTopic(ctx, t, c, 1, "t")
	p := producerOf(ctx, t, c, "")
	p.mustSend(0, 0, "a")
	if err := c.stop(); err != nil {
		t.Fatal(err)
	}
	c = startChild(t, dir, 1)
	p.connect(c)
	p.mustSend(0, 1, "b")
	c.kill()
	c = startChild(t, dir, 1)
	p.connect(c)
	p.mustSend(0, 2, "c")
	want(t, "records", readAll(ctx, t, c, kgo.ReadUncommitted()), "a", "b", "c")
}

// ends are the ways in which a cluster ends.
func ends() map[string]func(t *testing.T, c *child) {
	return map[string]func(t *testing.T, c *child){
		"kill": func(_ *testing.T, c *child) { c.kill() },
		"stop": func(t *testing.T, c *child) {
			if err := c.stop(); err != nil {
				t.Fatal(err)
			}
		},
	}
}

// What an open transaction has written is never shown as committed, whatever the
// producer does after the cluster has come back.
func TestOpenTransactionIsAborted(t *testing.T) {
	for name, end := range ends() {
		for size, partitions := range map[string]int32{"few partitions": 1, "many partitions": 2001} {
			t.Run(name+", "+size, func(t *testing.T) {
				ctx, dir := testContext(t), t.TempDir()
				c := startChild(t, dir, 1)
				createTopic(ctx, t, c, 1, "t")
				createTopic(ctx, t, c, partitions, "others")
				p := producerOf(ctx, t, c, "tx")
				p.mustSend(0, 0, "never committed")
				end(t, c)
				c = startChild(t, dir, 1)
				p.connect(c)
				again := producerOf(ctx, t, c, "tx")
				again.mustSend(0, 0, "committed")
				if _, err := again.end(5, true); err != nil {
					t.Fatal(err)
				}
				want(t, "committed", readAll(ctx, t, c, kgo.ReadCommitted()), "committed")
				if _, err := p.send(0, 1, "half"); err == nil {
					t.Error("a producer whose transaction was aborted goes on with it")
				}
				if _, err := p.end(5, true); err == nil {
					t.Error("a transaction that was aborted is committed")
				}
				c.kill()
				c = startChild(t, dir, 1)
				want(t, "committed after another kill", readAll(ctx, t, c, kgo.ReadCommitted()), "committed")
			})
		}
	}
}

// A producer whose transaction was aborted with the cluster cannot go on with it.
func TestAbortedProducerIsFenced(t *testing.T) {
	for name, end := range ends() {
		t.Run(name, func(t *testing.T) {
			ctx, dir := testContext(t), t.TempDir()
			c := startChild(t, dir, 1)
			createTopic(ctx, t, c, 1, "t")
			p := producerOf(ctx, t, c, "tx")
			p.mustSend(0, 0, "first half")
			end(t, c)
			c = startChild(t, dir, 1)
			p.connect(c)
			if _, err := p.end(5, true); err == nil {
				t.Error("half a transaction is committed")
			}
			if _, err := p.send(0, 1, "second half"); err == nil {
				t.Error("a transaction goes on without its first half")
			}
			want(t, "committed", readAll(ctx, t, c, kgo.ReadCommitted()))
		})
	}
}

// EndTxn that kill -9 interrupts is completed at the next start: every partition has
// its marker, the offsets are committed, and the retry is answered as Kafka does.
func TestEndTxnOverKill(t *testing.T) {
	const partitions = 1000
	tests := map[string]struct {
		version int16
		commit  bool
		epoch   int16 // raised by the end
	}{
		"commit since KIP-890": {5, true, 1},
		"commit before":        {4, true, 0},
		"abort since KIP-890":  {5, false, 1},
		"abort before":         {4, false, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, dir := testContext(t), t.TempDir()
			c := startChild(t, dir, 1)
			createTopic(ctx, t, c, partitions, "t")
			p := producerOf(ctx, t, c, "tx")
			for i := range int32(partitions) {
				p.mustSend(i, 0, strconv.Itoa(int(i)))
			}
			p.stage("readers", "t", 7)
			sizes := sizesOf(t, dir, 40)                        // of many: some are still without a marker when one of them has it
			go func() { _, _ = p.end(tt.version, tt.commit) }() // the process ends first
			for grown(sizes) == 0 {
				runtime.Gosched()
			}
			c.kill()
			c = startChild(t, dir, 1)
			p.connect(c)
			resp, err := p.end(tt.version, tt.commit)
			if err != nil {
				t.Fatalf("the retry of EndTxn: %v", err)
			}
			if tt.version >= 5 && (resp.ProducerID != p.pid || resp.ProducerEpoch != p.epoch+tt.epoch) {
				t.Errorf("the retry is answered producer %d epoch %d, want %d and %d", resp.ProducerID, resp.ProducerEpoch, p.pid, p.epoch+tt.epoch)
			}
			records, commit := 0, int64(-1)
			if tt.commit {
				records, commit = partitions, 7
			}
			if got := readAll(ctx, t, c, kgo.ReadCommitted()); len(got) != records {
				t.Errorf("%d records are committed, want %d", len(got), records)
			}
			if got := p.committed("readers"); got != commit {
				t.Errorf("offset %d is committed, want %d", got, commit)
			}
			p.epoch += tt.epoch
			seq := int32(1)
			if tt.epoch > 0 {
				seq = 0
			}
			p.mustSend(0, seq, "next")
			if _, err := p.end(tt.version, true); err != nil {
				t.Errorf("the next transaction: %v", err)
			}
		})
	}
}

// A partition that is large enough for a snapshot shows after a kill what it showed
// before: what was committed, and nothing of what was aborted or left open.
func TestLargePartitionOverKill(t *testing.T) {
	ctx, dir := testContext(t), t.TempDir()
	c := startChild(t, dir, 1)
	createTopic(ctx, t, c, 1, "t")
	large := func(text string) string { return text + strings.Repeat(".", 600<<10) }
	p := producerOf(ctx, t, c, "tx")
	txn := func(text string, commit bool) {
		t.Helper()
		p.mustSend(0, 0, large(text))
		resp, err := p.end(5, commit)
		if err != nil {
			t.Fatal(err)
		}
		p.epoch = resp.ProducerEpoch
	}
	txn("aborted", false)
	txn("committed", true)
	txn("aborted too", false)
	p.mustSend(0, 0, large("left open"))
	for range 2 {
		c.kill()
		c = startChild(t, dir, 1)
		var got []string
		for _, v := range readAll(ctx, t, c, kgo.ReadCommitted()) {
			got = append(got, strings.TrimRight(v, "."))
		}
		want(t, "committed", got, "committed")
	}
	if _, err := os.Stat(filepath.Join(dir, "partitions", "t-0", "snapshot.json")); err != nil {
		t.Error(err)
	}
}

// A transaction that has but staged offsets is not committed after a kill: they were
// in memory alone.
func TestStagedOffsetsOverKill(t *testing.T) {
	for _, version := range []int16{4, 5} {
		t.Run(strconv.Itoa(int(version)), func(t *testing.T) {
			ctx, dir := testContext(t), t.TempDir()
			c := startChild(t, dir, 1)
			createTopic(ctx, t, c, 1, "t")
			p := producerOf(ctx, t, c, "tx")
			p.stage("readers", "t", 7)
			if resp, err := p.end(version, true); err != nil {
				t.Fatal(err)
			} else if version >= 5 {
				p.epoch = resp.ProducerEpoch
			}
			p.stage("readers", "t", 8)
			c.kill()
			c = startChild(t, dir, 1)
			p.connect(c)
			if _, err := p.end(version, true); err == nil {
				t.Error("a transaction is committed without its offsets")
			}
			if got := p.committed("readers"); got != 7 {
				t.Errorf("offset %d is committed, want 7", got)
			}
		})
	}
}
