package groups_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
)

// TestHowLongTheNextRecordWaits: the time comes from the record itself, however
// large the batch is that it stands in.
func TestHowLongTheNextRecordWaits(t *testing.T) {
	lab := newGroupLab(t)
	const partitions = 6 // two or more for each broker
	lab.Topic("orders", partitions)
	for p := range int32(partitions) {
		for hours := 3; hours > 0; hours-- {
			r := &kgo.Record{
				Topic: "orders", Partition: p, Value: bytes.Repeat([]byte("x"), 60_000),
				Timestamp: time.Now().Add(-time.Duration(hours) * time.Hour),
			}
			if err := lab.Kgo.ProduceSync(lab.Ctx, r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		lab.Commit("g", "orders", p, int64(p%4))
	}
	d := lab.Detail("g", labtest.AnyDetail)
	for i := range d.Partitions {
		p := &d.Partitions[i]
		want := time.Duration(3-p.Lag.Committed) * time.Hour
		if got := p.Progress.Delay; got.Precision != lag.Exact || got.Time < want || got.Time > want+2*time.Minute {
			t.Errorf("the record at %d of partition %d waits %+v, want %v", p.Lag.Committed, p.Partition, got, want)
		}
	}
	before := lab.Client.Requests()["Fetch"]
	if before == 0 {
		t.Fatal("nothing was fetched")
	}
	lab.Detail("g", labtest.AnyDetail)
	if again := lab.Client.Requests()["Fetch"]; again != before {
		t.Errorf("nothing has moved, yet there were %d more fetches", again-before)
	}
	lab.Commit("g", "orders", 0, 1)
	moved, err := lab.Client.Groups.Detail(lab.Ctx, "g", model.TopicPartitions{Topic: "orders", Partitions: []int32{3}})
	if err != nil || lab.Client.Requests()["Fetch"] != before {
		t.Errorf("a partition that is not shown was looked at: %v", err)
	}
	if got := moved.Partitions[0].Progress.Delay; got.Precision == lag.Exact {
		t.Errorf("without a look its delay is %+v", got)
	}
}

func TestPhantomLagOfTransactions(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("payments", 1)
	producer := lab.Join(kgo.TransactionalID("tx"))
	write := func() {
		t.Helper()
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := producer.ProduceSync(lab.Ctx, &kgo.Record{Topic: "payments", Value: []byte("x")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := producer.EndTransaction(lab.Ctx, kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
	}
	write()
	lab.Commit("g", "payments", 0, 1) // the next offset of a client that commits what it has read
	d := lab.Detail("g", func(d groups.Detail) bool { return d.Partitions[0].Lag.Log.Stable == 2 })
	wantPhantom(t, d, 1)
	write()
	d = lab.Detail("g", func(d groups.Detail) bool { return d.Partitions[0].Lag.Log.Stable == 4 })
	if p := d.Partitions[0]; p.Lag.State != lag.Normal || p.Lag.Left() != 3 || d.Group.Lag.Total() != 3 {
		t.Errorf("with a record left: %v, lag %d, of the group %d", p.Lag.State, p.Lag.Left(), d.Group.Lag.Total())
	}
}

// wantPhantom wants a group with one partition to be caught up there, some offsets
// before the end of the log.
func wantPhantom(t *testing.T, d groups.Detail, offsets int64) {
	t.Helper()
	p := d.Partitions[0]
	if p.Lag.State != lag.Phantom || p.Lag.Records != offsets || p.Lag.Left() != 0 || p.Progress.Verdict != lag.OK || p.Progress.Drain != 0 {
		t.Errorf("%v, %d offsets and %d records left, %v, drain %v", p.Lag.State, p.Lag.Records, p.Lag.Left(), p.Progress.Verdict, p.Progress.Drain)
	}
	if says := p.Lag.Explain(); !containsAll(says, "nothing left to read", fmt.Sprintf("the %d offsets", offsets)) {
		t.Errorf("it says %q", says)
	}
	if g := d.Group; g.Lag.Total() != 0 || g.Lag.Unknown != 0 || g.Topics[0].Lag.Total() != 0 || g.Watched.Worst.Verdict != lag.OK || g.Unread() {
		t.Errorf("the group: lag %+v, of the topic %+v, %v, unread: %v", g.Lag, g.Topics[0].Lag, g.Watched.Worst.Verdict, g.Unread())
	}
}

// TestPhantomLagOfCompaction: compaction takes what an aborted transaction wrote out
// of the log, and leaves a hole and a marker at its very end.
func TestPhantomLagOfCompaction(t *testing.T) {
	lab, seeds, compact := newCompactingLab(t)
	lab.Create("profiles", 1, 1, compacted)
	producer := lab.Join(seeds, kgo.TransactionalID("tx"))
	write := func(key string, n int, end kgo.TransactionEndTry) {
		t.Helper()
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for range n {
			r := &kgo.Record{Topic: "profiles", Key: []byte(key), Value: []byte("x"), Timestamp: time.Now().Add(-time.Hour)}
			if err := producer.ProduceSync(lab.Ctx, r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		if err := producer.EndTransaction(lab.Ctx, end); err != nil {
			t.Fatal(err)
		}
	}
	write("kept", 1, kgo.TryCommit)
	write("taken back", 5, kgo.TryAbort) // its marker begins a segment, which is not compacted
	lab.Commit("g", "profiles", 0, 2)
	lab.Detail("g", func(d groups.Detail) bool { return d.Partitions[0].Lag.Log.Stable == 8 })
	compact()
	d := lab.Detail("g", func(d groups.Detail) bool {
		lab.Client = lab.NewClient(kafka.Config{Opts: []kgo.Opt{seeds}}) // remembers no record
		return d.Partitions[0].Lag.State == lag.Phantom
	})
	wantPhantom(t, d, 6)
}

// compacted are the configs of a topic whose every record but the newest may be
// compacted at once.
var compacted = map[string]*string{
	"cleanup.policy": kadm.StringPtr("compact"), "min.compaction.lag.ms": kadm.StringPtr("0"),
	"segment.ms": kadm.StringPtr("1"), "min.cleanable.dirty.ratio": kadm.StringPtr("0"),
}

// newCompactingLab is a lab on a cluster that compacts, and how to tell it to: a bare
// engine, since the embedded cluster does not compact, or Apache Kafka, whose cleaner
// looks every 15 seconds by itself. (To change its pace while it runs can end it.)
func newCompactingLab(t *testing.T) (lab *groupLab, seeds kgo.Opt, compact func()) {
	t.Helper()
	if lab = newGroupLab(t); lab.Cluster.Embedded == nil {
		return lab, kgo.SeedBrokers(lab.Cluster.Servers...), func() {}
	}
	engine, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DefaultNumPartitions(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Close)
	return attachGroupLab(t, nil, engine.ListenAddrs()), kgo.SeedBrokers(engine.ListenAddrs()...), engine.Compact
}

func TestAHoleBeforeTheNextRecord(t *testing.T) {
	lab, _, compact := newCompactingLab(t)
	lab.Create("profiles", 1, 1, compacted)
	for i := range 20 {
		r := &kgo.Record{Topic: "profiles", Key: []byte("kept"), Value: []byte("x")}
		if i > 0 {
			r.Key = []byte("replaced")
		}
		if err := lab.Kgo.ProduceSync(lab.Ctx, r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	compact()
	ends, err := lab.Adm.ListEndOffsets(lab.Ctx, "profiles")
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup("profiles", 0)
	lab.Commit("g", "profiles", 0, 5)
	p := lab.Detail("g", labtest.AnyDetail).Partitions[0]
	if p.Lag.State != lag.Normal || p.Lag.Records != end.Offset-5 || p.Progress.Delay.Precision != lag.Exact {
		t.Errorf("over a hole: %v, lag %d of %d, delay %+v", p.Lag.State, p.Lag.Records, end.Offset, p.Progress.Delay)
	}
}

// TestMarkersAloneStopNobody: before a group is called stopped, kdeck looks whether
// there is anything to read.
func TestMarkersAloneStopNobody(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("payments", 1)
	producer := lab.Join(kgo.TransactionalID("tx"))
	if err := producer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := producer.ProduceSync(lab.Ctx, &kgo.Record{Topic: "payments", Value: []byte("x")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := producer.EndTransaction(lab.Ctx, kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	offsets := map[string]int64{"behind": 0, "done": 1} // at two offsets of one partition
	for group, at := range offsets {
		lab.Commit(group, "payments", 0, at)
	}
	lab.Detail("done", func(d groups.Detail) bool { return d.Partitions[0].Lag.Log.Stable == 2 })

	fresh := lab.NewClient(kafka.Config{Opts: []kgo.Opt{kgo.SeedBrokers(lab.Cluster.Servers...)}})
	lab.Client = fresh
	for group, at := range offsets {
		fresh.Groups.WatchedSince(time.Now().Add(-time.Minute), group, "payments", 0, lag.Of(at, lag.Log{End: 2}))
	}
	anyGroup := func(groups.Group) bool { return true }
	if got := lab.Until("done", anyGroup).Watched.Worst; got.Verdict != lag.OK {
		t.Errorf("the group with nothing but a marker left: %v: %s", got.Verdict, got.Reason())
	}
	if got := lab.Until("behind", anyGroup).Watched.Worst; got.Verdict != lag.Stop {
		t.Errorf("the group with a record left: %v: %s", got.Verdict, got.Reason())
	}
}

// TestGroupsTellWhatTheyAddUpTo: two answers make a pace.
func TestGroupsTellWhatTheyAddUpTo(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("orders", 2)
	lab.Produce("orders", 0, 100)
	lab.Commit("g", "orders", 0, 10)
	lab.Commit("g", "orders", 1, 0)
	lab.Client.Groups.WatchedSince(time.Now().Add(-20*time.Second), "g", "orders", 0, lag.Of(10, lag.Log{End: 100}))
	lab.Client.Groups.WatchedSince(time.Now().Add(-10*time.Second), "g", "orders", 0, lag.Of(10, lag.Log{End: 100}))
	first := lab.Until("g", func(groups.Group) bool { return true })
	lab.Commit("g", "orders", 0, 60)
	second := lab.Until("g", func(g groups.Group) bool { return g.Lag.Total() == 40 })
	if first.Watched.Worst.Verdict != lag.Stop || second.Watched.Worst.Verdict != lag.OK {
		t.Errorf("the verdicts are %v and %v", first.Watched.Worst.Verdict, second.Watched.Worst.Verdict)
	}
	if second.Watched.Direction != lag.Shrinking || second.Watched.Slowest() <= 0 || second.Watched.Slowest() == lag.Never {
		t.Errorf("direction %v, drain %v", second.Watched.Direction, second.Watched.Slowest())
	}
	if topic := second.Topics[0].Watched; topic.Slowest() != second.Watched.Slowest() || topic.Partition != 0 {
		t.Errorf("the topic drains in %v, the group in %v", topic.Slowest(), second.Watched.Slowest())
	}
	d := lab.Detail("g", labtest.AnyDetail)
	if p := d.Partitions[0]; p.Progress.Consumption <= 0 || p.Progress.Arrival != 0 || len(p.History) < 2 {
		t.Errorf("consumption %v, arrival %v, history %v", p.Progress.Consumption, p.Progress.Arrival, p.History)
	}
}
