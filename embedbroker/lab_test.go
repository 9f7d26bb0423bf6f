package embedbroker_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/kdeck/kdeck/embedbroker/replication"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// lab is a cluster whose replicas are watched through its clients.
type lab struct {
	*testing.T
	*embedbroker.Cluster
	ctx context.Context
	cl  *kgo.Client
	adm *kadm.Client
}

// quick are settings that make a lab move fast.
func quick() map[string]string {
	return map[string]string{"replica.lag.time.max.ms": "1500", "broker.session.timeout.ms": "500"}
}

func startLab(t *testing.T, cfg embedbroker.Config) *lab {
	t.Helper()
	if cfg.Settings == nil {
		cfg.Settings = quick()
	}
	c := start(t, cfg)
	cl := client(t, c)
	return &lab{T: t, Cluster: c, ctx: testContext(t), cl: cl, adm: kadm.NewClient(cl)}
}

func (l *lab) topic(name string, partitions int32, replicas int16, minISR int) {
	l.Helper()
	n := strconv.Itoa(minISR)
	if _, err := l.adm.CreateTopic(l.ctx, partitions, replicas, map[string]*string{"min.insync.replicas": &n}, name); err != nil {
		l.Fatal(err)
	}
}

// seen is what an admin client is told of one partition, in one line.
func (l *lab) seen(topic string, partition int32) string {
	l.Helper()
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{{Topic: &topic}}
	resp, err := req.RequestWith(l.ctx, l.cl)
	if err != nil {
		l.Fatal(err)
	}
	for _, p := range resp.Topics[0].Partitions {
		if p.Partition == partition {
			line := fmt.Sprintf("leader %d isr %v", p.Leader, p.ISR)
			if len(p.OfflineReplicas) > 0 {
				line += fmt.Sprintf(" offline %v", p.OfflineReplicas)
			}
			if p.ErrorCode != 0 {
				line += fmt.Sprintf(" error %d", p.ErrorCode)
			}
			return line
		}
	}
	l.Fatalf("no partition %d of %s in %+v", partition, topic, resp)
	return ""
}

// until asks until what is seen is as wanted.
func (l *lab) until(want string, see func() string) {
	l.Helper()
	var got string
	for l.ctx.Err() == nil {
		if got = see(); got == want {
			return
		}
	}
	l.Fatalf("got %s, want %s", got, want)
}

func (l *lab) untilSeen(want string) {
	l.Helper()
	l.until(want, func() string { return l.seen("t", 0) })
}

func (l *lab) do(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// offset is what ListOffsets answers for partition 0 of t; -1 asks for the end.
func (l *lab) offset(at int64) int64 {
	l.Helper()
	var offsets kadm.ListedOffsets
	var err error
	if at == -1 {
		offsets, err = l.adm.ListEndOffsets(l.ctx, "t")
	} else {
		offsets, err = l.adm.ListOffsetsAfterMilli(l.ctx, at, "t")
	}
	l.do(err)
	o, _ := offsets.Lookup("t", 0)
	return o.Offset
}

// raw is a client of one broker that never tries again.
func (l *lab) raw(broker int, opts ...kgo.Opt) *kgo.Broker {
	l.Helper()
	cl, err := kgo.NewClient(append(opts, kgo.RequestRetries(0), kgo.SeedBrokers(l.Addrs()[broker]))...)
	l.do(err)
	l.Cleanup(cl.Close)
	return cl.SeedBrokers()[0]
}

// produceRaw sends one record to a broker and returns the error of its answer.
func (l *lab) produceRaw(broker int, acks int16, timeout time.Duration) error {
	l.Helper()
	record := kmsg.Record{Value: []byte("x")}
	record.Length = int32(len(record.AppendTo(nil)) - 1)
	req := kmsg.NewPtrProduceRequest()
	req.Version = 9
	req.Acks, req.TimeoutMillis = acks, int32(timeout/time.Millisecond)
	t := kmsg.NewProduceRequestTopic()
	t.Topic = "t"
	p := kmsg.NewProduceRequestTopicPartition()
	p.Records = batch(record.AppendTo(nil))
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	acked := kgo.RequiredAcks(kgo.AllISRAcks())
	if acks == 1 {
		acked = kgo.RequiredAcks(kgo.LeaderAck())
	}
	// The client puts its own acks and timeout into the request.
	resp, err := req.RequestWith(l.ctx, l.raw(broker, acked, kgo.DisableIdempotentWrite(), kgo.ProduceRequestTimeout(timeout)))
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(resp.Topics[0].Partitions[0].ErrorCode)
}

func TestBrokerStops(t *testing.T) {
	l := startLab(t, embedbroker.Config{Brokers: 3})
	l.topic("t", 3, 3, 1)
	if got, want := l.seen("t", 0), "leader 0 isr [0 1 2]"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	open, err := net.Dial("tcp", l.Addrs()[0])
	l.do(err)
	defer open.Close()
	l.do(l.StopBroker(0))
	if _, err := open.Read(make([]byte, 1)); err == nil {
		t.Error("an open connection was not closed")
	}
	if _, err := net.Dial("tcp", l.Addrs()[0]); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a new connection: %v, want it refused", err)
	}
	if got, want := l.seen("t", 0), "leader 1 isr [1 2] offline [0]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	cluster, err := kmsg.NewPtrDescribeClusterRequest().RequestWith(l.ctx, l.cl)
	l.do(err)
	if len(cluster.Brokers) != 2 {
		t.Errorf("DescribeCluster tells %d brokers, want 2", len(cluster.Brokers))
	}
	produce(l.ctx, t, l.cl, "t", 30)
	if err := l.StopBroker(0); err == nil || err.Error() != "stop broker 0: it is stopped" {
		t.Errorf("stopped twice: %v", err)
	}
	l.do(l.StartBroker(0))
	l.untilSeen("leader 1 isr [1 2 0]")
	results, err := l.adm.ElectLeaders(l.ctx, kadm.ElectPreferredReplica, kadm.TopicsSet{"t": {0: {}}})
	l.do(err)
	if r := results["t"][0]; r.Err != nil {
		t.Errorf("preferred election: %v", r.Err)
	}
	l.untilSeen("leader 0 isr [0 1 2]") // as it was placed
	if got := consume(l.ctx, t, l.Cluster, "t", 30); len(got) != 30 {
		t.Errorf("%d records, want 30", len(got))
	}
}

// All that tells leaders and epochs tells the same.
func TestAnswersAgree(t *testing.T) {
	l := startLab(t, embedbroker.Config{Brokers: 3})
	l.topic("t", 4, 2, 1)
	produce(l.ctx, t, l.cl, "t", 20)
	l.do(l.StopBroker(1))
	l.do(l.StopBroker(2))
	l.do(l.StartBroker(1))
	md := kmsg.NewPtrMetadataRequest()
	topic := "t"
	md.Topics = []kmsg.MetadataRequestTopic{{Topic: &topic}}
	meta, err := md.RequestWith(l.ctx, l.cl)
	l.do(err)
	dtp := kmsg.NewPtrDescribeTopicPartitionsRequest()
	dtp.Topics = []kmsg.DescribeTopicPartitionsRequestTopic{{Topic: topic}}
	dtp.ResponsePartitionLimit = 100
	described, err := dtp.RequestWith(l.ctx, l.cl)
	l.do(err)
	status := l.Replicas(100, topic)
	for _, p := range meta.Topics[0].Partitions {
		d := described.Topics[0].Partitions[p.Partition]
		if p.Leader != d.LeaderID || p.LeaderEpoch != d.LeaderEpoch || p.ErrorCode != d.ErrorCode ||
			!slices.Equal(p.Replicas, d.Replicas) || !slices.Equal(p.OfflineReplicas, d.OfflineReplicas) {
			t.Errorf("Metadata tells %+v, DescribeTopicPartitions %+v", p, d)
		}
		at := slices.IndexFunc(status.Partitions, func(s embedbroker.PartitionStatus) bool { return s.Key.Partition == p.Partition })
		if s := status.Partitions[at]; s.Leader != p.Leader || s.Epoch != p.LeaderEpoch {
			t.Errorf("Metadata tells %+v, the lab %+v", p, s)
		}
		if p.Leader < 0 {
			continue
		}
		// The engine fences by the same epoch (KIP-320).
		for epoch, want := range map[int32]error{p.LeaderEpoch: nil, p.LeaderEpoch - 1: kerr.FencedLeaderEpoch, p.LeaderEpoch + 1: kerr.UnknownLeaderEpoch} {
			req := kmsg.NewPtrListOffsetsRequest()
			lt := kmsg.NewListOffsetsRequestTopic()
			lt.Topic = topic
			lp := kmsg.NewListOffsetsRequestTopicPartition()
			lp.Partition, lp.CurrentLeaderEpoch, lp.Timestamp = p.Partition, epoch, -1
			lt.Partitions = append(lt.Partitions, lp)
			req.ReplicaID, req.Topics = -1, append(req.Topics, lt)
			resp, err := req.RequestWith(l.ctx, l.raw(int(p.Leader)))
			l.do(err)
			if got := kerr.ErrorForCode(resp.Topics[0].Partitions[0].ErrorCode); !errors.Is(got, want) {
				t.Errorf("partition %d, epoch %d of %d: %v, want %v", p.Partition, epoch, p.LeaderEpoch, got, want)
			}
		}
	}
}

func TestNoLeader(t *testing.T) {
	l := startLab(t, embedbroker.Config{Brokers: 2})
	l.topic("t", 2, 1, 1)
	produce(l.ctx, t, l.cl, "t", 20)
	l.do(l.StopBroker(0))
	if got, want := l.seen("t", 0), "leader -1 isr [] offline [0] error 5"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := l.seen("t", 1), "leader 1 isr [1]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := l.produceRaw(1, -1, time.Second); !errors.Is(err, kerr.NotLeaderForPartition) {
		t.Errorf("produce to a partition without a leader: %v", err)
	}
	results, err := l.adm.ElectLeaders(l.ctx, kadm.ElectLiveReplica, kadm.TopicsSet{"t": {0: {}}})
	l.do(err)
	if r := results["t"][0]; !errors.Is(r.Err, kerr.EligibleLeadersNotAvailable) {
		t.Errorf("an unclean election: %v", r.Err)
	}
	l.do(l.StartBroker(0))
	if got, want := l.seen("t", 0), "leader 0 isr [0]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	consume(l.ctx, t, l.Cluster, "t", 20)
}

func TestMinISR(t *testing.T) {
	l := startLab(t, embedbroker.Config{Brokers: 3})
	l.topic("t", 1, 3, 2)
	l.do(l.StopBroker(1))
	if err := l.produceRaw(0, -1, time.Second); err != nil {
		t.Errorf("acks=all with two of three in sync: %v", err)
	}
	l.do(l.StopBroker(2))
	if err := l.produceRaw(0, -1, time.Second); !errors.Is(err, kerr.NotEnoughReplicas) {
		t.Errorf("acks=all with one of three in sync: %v", err)
	}
	if err := l.produceRaw(0, 1, time.Second); err != nil {
		t.Errorf("acks=1: %v", err)
	}
	if got := l.offset(-1); got != 1 { // KIP-966: it waits for min ISR
		t.Errorf("consumers see up to %d, want 1", got)
	}
	if got := l.offset(1); got != 1 {
		t.Errorf("the first record by time is at %d, want the end, 1", got)
	}
	l.do(l.StartBroker(1))
	l.until("2", func() string { return fmt.Sprint(l.offset(-1)) })
	// The setting can be changed meanwhile.
	_, err := l.adm.AlterTopicConfigs(l.ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "min.insync.replicas", Value: kadm.StringPtr("3")}}, "t")
	l.do(err)
	if err := l.produceRaw(0, -1, time.Second); !errors.Is(err, kerr.NotEnoughReplicas) {
		t.Errorf("acks=all with two in sync and min.insync.replicas 3: %v", err)
	}
}

func TestSlowBroker(t *testing.T) {
	cfg := quick()
	cfg["replica.lag.time.max.ms"] = "600000"
	l := startLab(t, embedbroker.Config{Brokers: 2, Settings: cfg})
	l.topic("t", 1, 2, 1)
	produce(l.ctx, t, l.cl, "t", 10)
	reader := client(t, l.Cluster, kgo.ConsumeTopics("t"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	read := 0
	for read < 10 {
		read += reader.PollFetches(l.ctx).NumRecords()
	}
	l.do(l.SlowBroker(1, 0))
	if err := l.produceRaw(0, 1, time.Second); err != nil {
		t.Errorf("acks=1: %v", err)
	}
	if err := l.produceRaw(0, -1, 300*time.Millisecond); !errors.Is(err, kerr.RequestTimedOut) {
		t.Errorf("acks=all while a replica in sync is behind: %v", err)
	}
	if got := l.offset(-1); got != 10 {
		t.Errorf("consumers see up to %d, want 10", got)
	}
	acked := make(chan error, 1)
	go func() { acked <- l.produceRaw(0, -1, time.Minute) }()
	short, cancel := context.WithTimeout(l.ctx, 700*time.Millisecond)
	defer cancel()
	if n := reader.PollFetches(short).NumRecords(); n != 0 {
		t.Errorf("a consumer has read %d records behind the high watermark", n)
	}
	select {
	case err := <-acked:
		t.Errorf("acks=all was answered (%v) while a replica in sync is behind", err)
	default:
	}
	l.do(l.HealBroker(1))
	if err := <-acked; err != nil {
		t.Errorf("acks=all when it has caught up: %v", err)
	}
	for read < 13 {
		read += reader.PollFetches(l.ctx).NumRecords()
	}
	l.until("false", func() string { return fmt.Sprint(l.Degraded()) })
}

// A broker that is behind for too long leaves the ISR, and acks=all goes on
// without it.
func TestSlowBrokerLeavesTheISR(t *testing.T) {
	l := startLab(t, embedbroker.Config{Brokers: 3})
	l.topic("t", 1, 3, 2)
	l.do(l.SlowBroker(2, 1))
	produce(l.ctx, t, l.cl, "t", 200) // waits for it to leave
	if got, want := l.seen("t", 0), "leader 0 isr [0 1]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	l.do(l.HealBroker(2))
	l.untilSeen("leader 0 isr [0 1 2]")
}

func TestIsolatedBroker(t *testing.T) {
	l := startLab(t, embedbroker.Config{Brokers: 3})
	l.topic("t", 3, 3, 1)
	produce(l.ctx, t, l.cl, "t", 30)
	silent := ask(t, l.Addrs()[0])
	silent.mustAnswer()
	l.do(l.IsolateBroker(0))
	answer := silent.answers()
	other := client(t, l.Cluster, kgo.SeedBrokers(l.Addrs()[1:]...), kgo.RequestTimeoutOverhead(time.Second))
	l.cl = other
	l.untilSeen("leader 1 isr [1 2] offline [0]")
	select {
	case err := <-answer:
		t.Errorf("an isolated broker answers (%v)", err)
	default:
	}
	l.do(l.HealBroker(0))
	if err := <-answer; err != nil {
		t.Errorf("healed: %v", err)
	}
	l.untilSeen("leader 1 isr [1 2 0]")
}

// Groups and transactions go on at other coordinators, whichever broker stops.
func TestCoordinatorsMove(t *testing.T) {
	l := startLab(t, embedbroker.Config{Brokers: 3})
	l.topic("t", 3, 3, 1)
	produce(l.ctx, t, l.cl, "t", 30)
	for i := range 9 {
		commit := make(kadm.Offsets)
		commit.AddOffset("t", 0, int64(i), -1)
		l.do(l.adm.CommitAllOffsets(l.ctx, "g"+strconv.Itoa(i), commit))
	}
	for broker := range int32(3) {
		l.do(l.StopBroker(broker))
		groups, err := l.adm.ListGroups(l.ctx)
		l.do(err)
		if len(groups) != 9 {
			t.Errorf("without broker %d %d groups are listed, want 9", broker, len(groups))
		}
		described, err := l.adm.DescribeGroups(l.ctx, groups.Groups()...)
		l.do(err)
		l.do(described.Error())
		for i, o := range l.adm.FetchManyOffsets(l.ctx, groups.Groups()...) {
			l.do(o.Err)
			if got, ok := o.Fetched.Lookup("t", 0); !ok || "g"+strconv.FormatInt(got.At, 10) != i {
				t.Errorf("without broker %d group %s has committed %v", broker, i, got.At)
			}
		}
		for i := range 6 {
			txn := client(t, l.Cluster, kgo.TransactionalID("tx"+strconv.Itoa(i)), kgo.DefaultProduceTopic("t"))
			l.do(txn.BeginTransaction())
			l.do(txn.ProduceSync(l.ctx, kgo.StringRecord("in")).FirstErr())
			l.do(txn.EndTransaction(l.ctx, kgo.TryCommit))
			txn.Close()
		}
		txns, err := l.adm.ListTransactions(l.ctx, nil, nil)
		l.do(err)
		if len(txns) != 6 {
			t.Errorf("without broker %d %d transactions are listed, want 6", broker, len(txns))
		}
		l.do(l.StartBroker(broker))
		l.until("true", func() string { return fmt.Sprint(inSync(l.Replicas(100))) })
	}
}

// A group's members stay members while its coordinator moves.
func TestGroupRidesThrough(t *testing.T) {
	l := startLab(t, embedbroker.Config{Brokers: 3})
	l.topic("t", 6, 3, 2)
	var rebalances atomic.Int32
	reader := client(t, l.Cluster, kgo.ConsumeTopics("t"), kgo.ConsumerGroup("g"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.HeartbeatInterval(100*time.Millisecond), kgo.AutoCommitInterval(100*time.Millisecond),
		kgo.OnPartitionsRevoked(func(context.Context, *kgo.Client, map[string][]int32) { rebalances.Add(1) }),
		kgo.OnPartitionsLost(func(context.Context, *kgo.Client, map[string][]int32) { rebalances.Add(1) }))
	seen := make(map[string]int)
	read := func(n int) {
		t.Helper()
		for len(seen) < n {
			fetches := reader.PollFetches(l.ctx)
			l.do(l.ctx.Err())
			fetches.EachRecord(func(r *kgo.Record) { seen[string(r.Value)]++ })
		}
	}
	write := func(round int) {
		t.Helper()
		var records []*kgo.Record
		for i := range 60 {
			records = append(records, &kgo.Record{Topic: "t", Value: []byte(fmt.Sprintf("%d-%d", round, i))})
		}
		l.do(l.cl.ProduceSync(l.ctx, records...).FirstErr())
	}
	write(0)
	read(60)
	for broker := range int32(3) {
		l.do(l.StopBroker(broker))
		write(int(broker)*2 + 1)
		read(60 * (int(broker)*2 + 2))
		l.do(l.StartBroker(broker))
		write(int(broker)*2 + 2)
		read(60 * (int(broker)*2 + 3))
		l.until("true", func() string { return fmt.Sprint(inSync(l.Replicas(100, "t"))) })
	}
	for value, n := range seen {
		if n != 1 {
			t.Errorf("record %s was read %d times", value, n)
		}
	}
	if n := rebalances.Load(); n != 0 {
		t.Errorf("%d rebalances, want none: the coordinator remembers its members", n)
	}
}

// inSync reports whether all replicas of all partitions are in sync.
func inSync(s embedbroker.ReplicaStatus) bool {
	return !slices.ContainsFunc(s.Partitions, func(p embedbroker.PartitionStatus) bool { return len(p.ISR) != len(p.Replicas) })
}

func TestReassign(t *testing.T) {
	dir := t.TempDir()
	l := startLab(t, embedbroker.Config{Brokers: 4, DataDir: dir})
	l.topic("t", 2, 2, 1)
	produce(l.ctx, t, l.cl, "t", 40)
	var req kadm.AlterPartitionAssignmentsReq
	req.Assign("t", 0, []int32{2, 3})
	alter := func() error {
		t.Helper()
		resp, err := l.adm.AlterPartitionAssignments(l.ctx, req)
		l.do(err)
		return resp["t"][0].Err
	}
	l.do(alter())
	moving := func() string {
		t.Helper()
		list, err := l.adm.ListPartitionReassignments(l.ctx, kadm.TopicsSet{"t": {0: {}}})
		l.do(err)
		if len(list) == 0 {
			return "none"
		}
		p := list["t"][0]
		return fmt.Sprintf("replicas %v adding %v removing %v", p.Replicas, p.AddingReplicas, p.RemovingReplicas)
	}
	if got, want := moving(), "replicas [2 3 0 1] adding [2 3] removing [0 1]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	l.until("none", moving)
	if got, want := l.seen("t", 0), "leader 2 isr [2 3]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	req.Assign("t", 0, []int32{0, 1})
	l.do(alter())
	req = kadm.AlterPartitionAssignmentsReq{}
	req.CancelAssign("t", 0)
	l.do(alter())
	if got := moving(); got != "none" {
		t.Errorf("cancelled: %s", got)
	}
	if err := alter(); !errors.Is(err, kerr.NoReassignmentInProgress) {
		t.Errorf("nothing to cancel: %v", err)
	}
	req.Assign("t", 0, []int32{0, 9})
	if err := alter(); !errors.Is(err, kerr.InvalidReplicaAssignment) {
		t.Errorf("to a broker that does not exist: %v", err)
	}
	if got, want := l.seen("t", 0), "leader 2 isr [2 3]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	req.Assign("t", 0, []int32{1, 3})
	l.do(alter()) // the cluster ends in the middle of it
	l.cl.Close()
	l.do(l.Close())

	again := startLab(t, embedbroker.Config{Brokers: 4, DataDir: dir})
	l = again
	l.until("none", moving)
	if got, want := l.seen("t", 0), "leader 1 isr [1 3]"; got != want {
		t.Errorf("after the next start: %s, want %s", got, want)
	}
	consume(l.ctx, t, l.Cluster, "t", 40)
}

func TestAssignedByHand(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // also after a restart
		l := startLab(t, embedbroker.Config{Brokers: 3, DataDir: dir})
		if _, err := l.adm.ListTopics(l.ctx, "hand"); err != nil {
			t.Fatal(err)
		}
		req := kmsg.NewPtrCreateTopicsRequest()
		topic := kmsg.NewCreateTopicsRequestTopic()
		topic.Topic, topic.NumPartitions, topic.ReplicationFactor = "hand", -1, -1
		topic.ReplicaAssignment = []kmsg.CreateTopicsRequestTopicReplicaAssignment{{Partition: 0, Replicas: []int32{2, 0}}, {Partition: 1, Replicas: []int32{2, 1}}}
		req.Topics = append(req.Topics, topic)
		if _, err := req.RequestWith(l.ctx, l.cl); err != nil {
			t.Fatal(err)
		}
		for p, want := range []string{"leader 2 isr [2 0]", "leader 2 isr [2 1]"} {
			if got := l.seen("hand", int32(p)); got != want {
				t.Errorf("partition %d: %s, want %s", p, got, want)
			}
		}
		l.cl.Close()
		l.do(l.Close())
	}
}

func TestRacks(t *testing.T) {
	l := startLab(t, embedbroker.Config{Brokers: 4, Racks: []string{"a", "a", "b", "b"}})
	l.topic("t", 4, 2, 1)
	for p, want := range []string{"leader 0 isr [0 2]", "leader 2 isr [2 1]", "leader 1 isr [1 3]", "leader 3 isr [3 0]"} {
		if got := l.seen("t", int32(p)); got != want {
			t.Errorf("partition %d: %s, want %s", p, got, want)
		}
	}
	brokers, err := l.adm.ListBrokers(l.ctx)
	l.do(err)
	for i, b := range brokers {
		if b.Rack == nil || *b.Rack != []string{"a", "a", "b", "b"}[i] {
			t.Errorf("broker %d is in rack %v", i, b.Rack)
		}
	}
}

// TestEpochEnds: who has read all of an epoch is told its end, whoever leads now.
func TestEpochEnds(t *testing.T) {
	l := startLab(t, embedbroker.Config{Brokers: 2})
	l.topic("t", 1, 2, 1)
	ask := func(leader int, epoch int32) string {
		t.Helper()
		req := kmsg.NewPtrOffsetForLeaderEpochRequest()
		topic := kmsg.NewOffsetForLeaderEpochRequestTopic()
		topic.Topic = "t"
		p := kmsg.NewOffsetForLeaderEpochRequestTopicPartition()
		p.LeaderEpoch, p.CurrentLeaderEpoch = epoch, -1
		topic.Partitions = append(topic.Partitions, p)
		req.ReplicaID, req.Topics = -1, append(req.Topics, topic)
		resp, err := req.RequestWith(l.ctx, l.raw(leader))
		l.do(err)
		got := resp.Topics[0].Partitions[0]
		return fmt.Sprintf("epoch %d ends at %d", got.LeaderEpoch, got.EndOffset)
	}
	epoch := l.Replicas(1).Partitions[0].Epoch
	produce(l.ctx, t, l.cl, "t", 10)
	l.do(l.StopBroker(0))
	if got, want := ask(1, epoch), fmt.Sprintf("epoch %d ends at 10", epoch); got != want {
		t.Errorf("before the new leader has records: %s, want %s", got, want)
	}
	produce(l.ctx, t, l.cl, "t", 5)
	if got, want := ask(1, epoch), fmt.Sprintf("epoch %d ends at 10", epoch); got != want {
		t.Errorf("when it has some: %s, want %s", got, want)
	}
	if got, want := ask(1, epoch+1), fmt.Sprintf("epoch %d ends at 15", epoch+1); got != want {
		t.Errorf("of the leader's own epoch: %s, want %s", got, want)
	}
	if got, want := ask(1, epoch+5), "epoch -1 ends at -1"; got != want {
		t.Errorf("of an epoch that is not yet: %s, want %s", got, want)
	}
	l.do(l.StartBroker(0))
	if _, err := l.adm.DeleteRecords(l.ctx, kadm.Offsets{"t": {0: {Topic: "t", At: -1}}}); err != nil {
		t.Fatal(err)
	}
	if got, want := ask(1, epoch), fmt.Sprintf("epoch %d ends at 15", epoch); got != want {
		t.Errorf("when all records are deleted: %s, want %s", got, want)
	}
}

// A topic that is made while a broker is away has its leader elsewhere.
func TestCreatedWhileABrokerIsAway(t *testing.T) {
	l := startLab(t, embedbroker.Config{Brokers: 3})
	l.do(l.StopBroker(1))
	l.topic("one", 3, 1, 1)
	l.topic("all", 2, 3, 1)
	for p := range int32(3) {
		if got := l.seen("one", p); strings.Contains(got, "leader 1") || strings.Contains(got, "-1") {
			t.Errorf("partition %d with one replica: %s", p, got)
		}
	}
	if got := l.seen("all", 0); !strings.Contains(got, "offline [1]") {
		t.Errorf("with three replicas: %s", got)
	}
	produce(l.ctx, t, l.cl, "all", 10)
	l.do(l.StartBroker(1))
	l.until("true", func() string { return fmt.Sprint(inSync(l.Replicas(100, "all"))) })
	_, err := l.adm.DeleteTopics(l.ctx, "one", "all")
	l.do(err)
	l.until("false", func() string { return fmt.Sprint(l.Degraded()) })
}

func TestDescribeQuorum(t *testing.T) {
	l := startLab(t, embedbroker.Config{Brokers: 3})
	quorum := func() (leader, epoch int32, voters int) {
		t.Helper()
		req := kmsg.NewPtrDescribeQuorumRequest()
		topic := kmsg.NewDescribeQuorumRequestTopic()
		topic.Topic, topic.Partitions = "__cluster_metadata", []kmsg.DescribeQuorumRequestTopicPartition{{}}
		req.Topics = append(req.Topics, topic)
		resp, err := req.RequestWith(l.ctx, l.cl)
		l.do(err)
		p := resp.Topics[0].Partitions[0]
		l.do(kerr.ErrorForCode(p.ErrorCode))
		return p.LeaderID, p.LeaderEpoch, len(p.CurrentVoters)
	}
	if leader, epoch, voters := quorum(); leader != 2 || epoch != 1 || voters != 3 {
		t.Errorf("leader %d in epoch %d, %d voters", leader, epoch, voters)
	}
	l.do(l.StopBroker(2))
	if leader, epoch, voters := quorum(); leader != 0 || epoch != 2 || voters != 3 {
		t.Errorf("without broker 2: leader %d in epoch %d, %d voters", leader, epoch, voters)
	}
}

func TestNoSuchBroker(t *testing.T) {
	l := startLab(t, embedbroker.Config{Brokers: 2})
	for name, do := range map[string]func(int32) error{
		"stop": l.StopBroker, "start": l.StartBroker, "isolate": l.IsolateBroker, "heal": l.HealBroker,
		"slow": func(id int32) error { return l.SlowBroker(id, 1) },
	} {
		for _, id := range []int32{-1, 2} {
			var unknown *replication.UnknownBrokerError
			if err := do(id); !errors.As(err, &unknown) {
				t.Errorf("%s broker %d: %v", name, id, err)
			}
		}
	}
	if l.Degraded() {
		t.Error("degraded by what was refused")
	}
}

// batch is a record batch of one record.
func batch(record []byte) []byte {
	b := kmsg.RecordBatch{Magic: 2, ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, NumRecords: 1, Records: record}
	raw := b.AppendTo(nil)
	binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-12))
	binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
	return raw
}
