package embedbroker_test

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// rawProducer sends batches of its own making, so that a test can send one twice.
type rawProducer struct {
	t     *testing.T
	ctx   context.Context
	cl    *kgo.Client
	txid  *string
	pid   int64
	epoch int16
}

// producerOf initialises a producer on a cluster; txid "" makes it idempotent only.
func producerOf(ctx context.Context, t *testing.T, c *child, txid string) *rawProducer {
	t.Helper()
	p := &rawProducer{t: t, ctx: ctx}
	p.connect(c)
	req := kmsg.NewPtrInitProducerIDRequest()
	req.TransactionTimeoutMillis = 60_000
	req.ProducerID, req.ProducerEpoch = -1, -1
	if txid != "" {
		p.txid, req.TransactionalID = &txid, &txid
	}
	resp, err := req.RequestWith(ctx, p.cl)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		t.Fatalf("InitProducerId: %v", err)
	}
	p.pid, p.epoch = resp.ProducerID, resp.ProducerEpoch
	return p
}

// connect uses another process of the cluster from now on.
func (p *rawProducer) connect(c *child) {
	p.t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.addrs...), kgo.MetadataMinAge(10*time.Millisecond))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(cl.Close)
	p.cl = cl
}

// send produces a batch of as many records as values to a partition and returns its
// base offset.
func (p *rawProducer) send(topic string, partition, seq int32, values ...string) (int64, error) {
	p.t.Helper()
	var records []byte
	for i, v := range values {
		r := kmsg.Record{OffsetDelta: int32(i), Value: []byte(v)}
		r.Length = int32(len(r.AppendTo(nil)) - 1)
		records = r.AppendTo(records)
	}
	now := time.Now().UnixMilli()
	b := kmsg.RecordBatch{
		Magic: 2, LastOffsetDelta: int32(len(values) - 1), FirstTimestamp: now, MaxTimestamp: now,
		ProducerID: p.pid, ProducerEpoch: p.epoch, FirstSequence: seq, NumRecords: int32(len(values)), Records: records,
	}
	if p.txid != nil {
		b.Attributes = 1 << 4
	}
	raw := b.AppendTo(nil)
	binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-12))
	binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
	req := kmsg.NewPtrProduceRequest()
	req.Acks, req.TimeoutMillis, req.TransactionID = -1, 10_000, p.txid
	rt := kmsg.NewProduceRequestTopic()
	rt.Topic = topic
	rp := kmsg.NewProduceRequestTopicPartition()
	rp.Partition, rp.Records = partition, raw
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	var resp *kmsg.ProduceResponse
	for _, shard := range p.cl.RequestSharded(p.ctx, req) {
		if shard.Err != nil {
			return 0, shard.Err
		}
		resp = shard.Resp.(*kmsg.ProduceResponse)
	}
	part := &resp.Topics[0].Partitions[0]
	return part.BaseOffset, kerr.ErrorForCode(part.ErrorCode)
}

func (p *rawProducer) mustSend(topic string, partition, seq int32, values ...string) int64 {
	p.t.Helper()
	at, err := p.send(topic, partition, seq, values...)
	if err != nil {
		p.t.Fatalf("produce to %s-%d with sequence %d: %v", topic, partition, seq, err)
	}
	return at
}

// end commits or aborts with a version of EndTxn.
func (p *rawProducer) end(version int16, commit bool) (*kmsg.EndTxnResponse, error) {
	p.t.Helper()
	req := kmsg.NewPtrEndTxnRequest()
	req.TransactionalID, req.ProducerID, req.ProducerEpoch, req.Commit = *p.txid, p.pid, p.epoch, commit
	resp, err := p.cl.Broker(p.coordinator()).Request(p.ctx, &atVersion{req, version})
	if err != nil {
		return nil, err
	}
	end := resp.(*kmsg.EndTxnResponse)
	return end, kerr.ErrorForCode(end.ErrorCode)
}

// atVersion pins the version of a request.
type atVersion struct {
	*kmsg.EndTxnRequest
	version int16
}

func (r *atVersion) MaxVersion() int16 { return r.version }

func (p *rawProducer) coordinator() int {
	p.t.Helper()
	req := kmsg.NewPtrFindCoordinatorRequest()
	req.CoordinatorType, req.CoordinatorKeys, req.CoordinatorKey = 1, []string{*p.txid}, *p.txid
	resp, err := req.RequestWith(p.ctx, p.cl)
	if err != nil {
		p.t.Fatal(err)
	}
	return int(resp.Coordinators[0].NodeID)
}

// readAll returns the values of a topic's partition, committed ones only or all.
func readAll(ctx context.Context, t *testing.T, c *child, topic string, level kgo.IsolationLevel) []string {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.addrs...), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(level),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	ends, err := adm.ListCommittedOffsets(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	marker, err := kgo.NewClient(kgo.SeedBrokers(c.addrs...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer marker.Close()
	// A last record in each partition says when everything has been seen.
	left := 0
	ends.Each(func(o kadm.ListedOffset) {
		left++
		if err := marker.ProduceSync(ctx, &kgo.Record{Topic: topic, Partition: o.Partition, Value: []byte("the end")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	})
	var values []string
	for left > 0 {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("read %s: %v", topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if string(r.Value) == "the end" {
				left--
			} else {
				values = append(values, string(r.Value))
			}
		})
	}
	slices.Sort(values)
	return values
}

func want(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func createTopic(ctx context.Context, t *testing.T, c *child, partitions int32, topic string) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.addrs...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if _, err := kadm.NewClient(cl).CreateTopic(ctx, partitions, 1, nil, topic); err != nil {
		t.Fatal(err)
	}
}

// A batch whose answer was lost with the process is stored once: the retry is
// recognised, and what follows it is taken.
func TestIdempotentRetryOverKill(t *testing.T) {
	ctx, dir := testContext(t), t.TempDir()
	c := startChild(t, dir, 1)
	createTopic(ctx, t, c, 1, "t")
	p := producerOf(ctx, t, c, "")
	var at []int64
	for i := range int32(7) {
		at = append(at, p.mustSend("t", 0, 2*i, "a", "b"))
	}
	c.kill()
	c = startChild(t, dir, 1)
	p.connect(c)
	for i := int32(2); i < 7; i++ { // the last five, as Kafka remembers
		if got := p.mustSend("t", 0, 2*i, "a", "b"); got != at[i] {
			t.Errorf("the retry of sequence %d is at offset %d, want %d", 2*i, got, at[i])
		}
	}
	if got := p.mustSend("t", 0, 14, "c"); got != 14 {
		t.Errorf("the next batch is at offset %d, want 14", got)
	}
	if _, err := p.send("t", 0, 20, "gap"); err == nil {
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
	p.mustSend("t", 0, 0, "a")
	if err := c.stop(); err != nil {
		t.Fatal(err)
	}
	c = startChild(t, dir, 1)
	p.connect(c)
	p.mustSend("t", 0, 1, "b")
	c.kill()
	c = startChild(t, dir, 1)
	p.connect(c)
	p.mustSend("t", 0, 2, "c")
	want(t, "records", readAll(ctx, t, c, "t", kgo.ReadUncommitted()), "a", "b", "c")
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
				p.mustSend("t", 0, 0, "never committed")
				end(t, c)
				c = startChild(t, dir, 1)
				p.connect(c)
				again := producerOf(ctx, t, c, "tx")
				again.mustSend("t", 0, 0, "committed")
				if _, err := again.end(5, true); err != nil {
					t.Fatal(err)
				}
				want(t, "committed", readAll(ctx, t, c, "t", kgo.ReadCommitted()), "committed")
				if _, err := p.send("t", 0, 1, "half"); err == nil {
					t.Error("a producer whose transaction was aborted goes on with it")
				}
				if _, err := p.end(5, true); err == nil {
					t.Error("a transaction that was aborted is committed")
				}
				c.kill()
				c = startChild(t, dir, 1)
				want(t, "committed after another kill", readAll(ctx, t, c, "t", kgo.ReadCommitted()), "committed")
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
			p.mustSend("t", 0, 0, "first half")
			end(t, c)
			c = startChild(t, dir, 1)
			p.connect(c)
			if _, err := p.end(5, true); err == nil {
				t.Error("half a transaction is committed")
			}
			if _, err := p.send("t", 0, 1, "second half"); err == nil {
				t.Error("a transaction goes on without its first half")
			}
			want(t, "committed", readAll(ctx, t, c, "t", kgo.ReadCommitted()))
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
				p.mustSend("t", i, 0, strconv.Itoa(int(i)))
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
			if got := readAll(ctx, t, c, "t", kgo.ReadCommitted()); len(got) != records {
				t.Errorf("%d records are committed, want %d", len(got), records)
			}
			if got := p.committed("readers", "t"); got != commit {
				t.Errorf("offset %d is committed, want %d", got, commit)
			}
			p.epoch += tt.epoch
			seq := int32(1)
			if tt.epoch > 0 {
				seq = 0
			}
			p.mustSend("t", 0, seq, "next")
			if _, err := p.end(tt.version, true); err != nil {
				t.Errorf("the next transaction: %v", err)
			}
		})
	}
}

// stage adds an offset of a group to the transaction.
func (p *rawProducer) stage(group, topic string, offset int64) {
	p.t.Helper()
	req := kmsg.NewPtrTxnOffsetCommitRequest()
	req.TransactionalID, req.Group, req.ProducerID, req.ProducerEpoch, req.Generation = *p.txid, group, p.pid, p.epoch, -1
	topics, err := kadm.NewClient(p.cl).ListTopics(p.ctx, topic)
	if err != nil {
		p.t.Fatal(err)
	}
	rt := kmsg.NewTxnOffsetCommitRequestTopic()
	rt.Topic, rt.TopicID = topic, topics[topic].ID // by id since v6
	rp := kmsg.NewTxnOffsetCommitRequestTopicPartition()
	rp.Offset, rp.LeaderEpoch = offset, -1
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(p.ctx, p.cl)
	if err == nil {
		err = kerr.ErrorForCode(resp.Topics[0].Partitions[0].ErrorCode)
	}
	if err != nil {
		p.t.Fatalf("TxnOffsetCommit: %v", err)
	}
}

// committed returns the offset that a group has committed in partition 0, -1 if none.
func (p *rawProducer) committed(group, topic string) int64 {
	p.t.Helper()
	offsets, err := kadm.NewClient(p.cl).FetchOffsets(p.ctx, group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		p.t.Fatal(err)
	}
	if o, ok := offsets.Lookup(topic, 0); ok {
		return o.At
	}
	return -1
}

// sizesOf returns the sizes of so many segments of topic t by path.
func sizesOf(t *testing.T, dir string, count int) map[string]int64 {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "partitions", "t-*", "*.dat"))
	if err != nil {
		t.Fatal(err)
	}
	sizes := make(map[string]int64, len(paths))
	for _, path := range paths[:count] {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		sizes[path] = info.Size()
	}
	return sizes
}

// grown counts the segments that are longer than they were.
func grown(before map[string]int64) int {
	n := 0
	for path, size := range before {
		if info, err := os.Stat(path); err == nil && info.Size() > size {
			n++
		}
	}
	return n
}
