package embedbroker_test

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
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

// send produces a batch of as many records as values to a partition of topic t and
// returns its
// base offset.
func (p *rawProducer) send(partition, seq int32, values ...string) (int64, error) {
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
	rt.Topic = "t"
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

func (p *rawProducer) mustSend(partition, seq int32, values ...string) int64 {
	p.t.Helper()
	at, err := p.send(partition, seq, values...)
	if err != nil {
		p.t.Fatalf("produce to partition %d with sequence %d: %v", partition, seq, err)
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

// readAll returns the values of topic t, committed ones only or all.
func readAll(ctx context.Context, t *testing.T, c *child, level kgo.IsolationLevel) []string {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.addrs...), kgo.ConsumeTopics("t"), kgo.FetchIsolationLevel(level),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	ends, err := adm.ListCommittedOffsets(ctx, "t")
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
		if err := marker.ProduceSync(ctx, &kgo.Record{Topic: "t", Partition: o.Partition, Value: []byte("the end")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	})
	var values []string
	for left > 0 {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("read t: %v", err)
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

// committed returns the offset that a group has committed in partition 0 of topic t, -1 if none.
func (p *rawProducer) committed(group string) int64 {
	p.t.Helper()
	offsets, err := kadm.NewClient(p.cl).FetchOffsets(p.ctx, group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		p.t.Fatal(err)
	}
	if o, ok := offsets.Lookup("t", 0); ok {
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
