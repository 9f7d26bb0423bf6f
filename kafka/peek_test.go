package kafka_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/lag"
)

// TestHowLongTheNextRecordWaits: the time comes from the record itself, however
// large the batch is that it stands in.
func TestHowLongTheNextRecordWaits(t *testing.T) {
	lab := newGroupLab(t)
	const partitions = 6 // two or more for each broker
	lab.topic("orders", partitions)
	for p := range int32(partitions) {
		for hours := 3; hours > 0; hours-- {
			r := &kgo.Record{
				Topic: "orders", Partition: p, Value: bytes.Repeat([]byte("x"), 60_000),
				Timestamp: time.Now().Add(-time.Duration(hours) * time.Hour),
			}
			if err := lab.kgo.ProduceSync(lab.ctx, r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		lab.commit("g", "orders", p, int64(p%4))
	}
	d := lab.detail("g", anyDetail)
	for i := range d.Partitions {
		p := &d.Partitions[i]
		want := time.Duration(3-p.Lag.Committed) * time.Hour
		if got := p.Progress.Delay; got.Precision != lag.Exact || got.Time < want || got.Time > want+2*time.Minute {
			t.Errorf("the record at %d of partition %d waits %+v, want %v", p.Lag.Committed, p.Partition, got, want)
		}
	}
	before := lab.client.Requests()["Fetch"]
	if before == 0 {
		t.Fatal("nothing was fetched")
	}
	lab.detail("g", anyDetail)
	if again := lab.client.Requests()["Fetch"]; again != before {
		t.Errorf("nothing has moved, yet there were %d more fetches", again-before)
	}
	lab.commit("g", "orders", 0, 1)
	moved, err := lab.client.Group(lab.ctx, "g", kafka.TopicPartitions{Topic: "orders", Partitions: []int32{3}})
	if err != nil || lab.client.Requests()["Fetch"] != before {
		t.Errorf("a partition that is not shown was looked at: %v", err)
	}
	if got := moved.Partitions[0].Progress.Delay; got.Precision == lag.Exact {
		t.Errorf("without a look its delay is %+v", got)
	}
}

func TestPhantomLagOfTransactions(t *testing.T) {
	lab := newGroupLab(t)
	lab.topic("payments", 1)
	producer := lab.join(kgo.TransactionalID("tx"))
	write := func() {
		t.Helper()
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := producer.ProduceSync(lab.ctx, &kgo.Record{Topic: "payments", Value: []byte("x")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := producer.EndTransaction(lab.ctx, kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
	}
	write()
	lab.commit("g", "payments", 0, 1) // the next offset of a client that commits what it has read
	d := lab.detail("g", func(d kafka.GroupDetail) bool { return d.Partitions[0].Lag.Log.Stable == 2 })
	p := d.Partitions[0]
	if p.Lag.State != lag.Phantom || p.Lag.Records != 1 || p.Progress.Verdict != lag.OK || p.Progress.Drain != 0 {
		t.Errorf("with a marker left: %v, lag %d, %v, drain %v", p.Lag.State, p.Lag.Records, p.Progress.Verdict, p.Progress.Drain)
	}
	write()
	d = lab.detail("g", func(d kafka.GroupDetail) bool { return d.Partitions[0].Lag.Log.Stable == 4 })
	if p := d.Partitions[0]; p.Lag.State != lag.Normal || p.Lag.Records != 3 {
		t.Errorf("with a record left: %v, lag %d", p.Lag.State, p.Lag.Records)
	}
}

func TestAHoleBeforeTheNextRecord(t *testing.T) {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DefaultNumPartitions(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	lab := attachGroupLab(t, nil, broker.ListenAddrs())
	compact, zero := "compact", "0"
	lab.create("profiles", 1, 1, map[string]*string{
		"cleanup.policy": &compact, "min.compaction.lag.ms": &zero, "segment.ms": &zero, "min.cleanable.dirty.ratio": &zero,
	})
	for i := range 20 {
		r := &kgo.Record{Topic: "profiles", Key: []byte("kept"), Value: []byte("x")}
		if i > 0 {
			r.Key = []byte("replaced")
		}
		if err := lab.kgo.ProduceSync(lab.ctx, r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	broker.Compact()
	ends, err := lab.adm.ListEndOffsets(lab.ctx, "profiles")
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup("profiles", 0)
	lab.commit("g", "profiles", 0, 5)
	p := lab.detail("g", anyDetail).Partitions[0]
	if p.Lag.State != lag.Normal || p.Lag.Records != end.Offset-5 || p.Progress.Delay.Precision != lag.Exact {
		t.Errorf("over a hole: %v, lag %d of %d, delay %+v", p.Lag.State, p.Lag.Records, end.Offset, p.Progress.Delay)
	}
}

// TestMarkersAloneStopNobody: before a group is called stopped, kdeck looks whether
// there is anything to read.
func TestMarkersAloneStopNobody(t *testing.T) {
	lab := newGroupLab(t)
	lab.topic("payments", 1)
	producer := lab.join(kgo.TransactionalID("tx"))
	if err := producer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := producer.ProduceSync(lab.ctx, &kgo.Record{Topic: "payments", Value: []byte("x")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := producer.EndTransaction(lab.ctx, kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	groups := map[string]int64{"behind": 0, "done": 1} // at two offsets of one partition
	for group, at := range groups {
		lab.commit(group, "payments", 0, at)
	}
	lab.detail("done", func(d kafka.GroupDetail) bool { return d.Partitions[0].Lag.Log.Stable == 2 })

	fresh := lab.newClient(kafka.Config{Opts: []kgo.Opt{kgo.SeedBrokers(lab.cluster.Servers...)}})
	lab.client = fresh
	for group, at := range groups {
		fresh.WatchedSince(time.Now().Add(-time.Minute), group, "payments", 0, lag.Of(at, lag.Log{End: 2}))
	}
	anyGroup := func(kafka.Group) bool { return true }
	if got := lab.until("done", anyGroup).Watched.Worst; got.Verdict != lag.OK {
		t.Errorf("the group with nothing but a marker left: %v: %s", got.Verdict, got.Reason())
	}
	if got := lab.until("behind", anyGroup).Watched.Worst; got.Verdict != lag.Stop {
		t.Errorf("the group with a record left: %v: %s", got.Verdict, got.Reason())
	}
}

// TestGroupsTellWhatTheyAddUpTo: two answers make a pace.
func TestGroupsTellWhatTheyAddUpTo(t *testing.T) {
	lab := newGroupLab(t)
	lab.topic("orders", 2)
	lab.produce("orders", 0, 100)
	lab.commit("g", "orders", 0, 10)
	lab.commit("g", "orders", 1, 0)
	lab.client.WatchedSince(time.Now().Add(-20*time.Second), "g", "orders", 0, lag.Of(10, lag.Log{End: 100}))
	lab.client.WatchedSince(time.Now().Add(-10*time.Second), "g", "orders", 0, lag.Of(10, lag.Log{End: 100}))
	first := lab.until("g", func(kafka.Group) bool { return true })
	lab.commit("g", "orders", 0, 60)
	second := lab.until("g", func(g kafka.Group) bool { return g.Lag.Total() == 40 })
	if first.Watched.Worst.Verdict != lag.Stop || second.Watched.Worst.Verdict != lag.OK {
		t.Errorf("the verdicts are %v and %v", first.Watched.Worst.Verdict, second.Watched.Worst.Verdict)
	}
	if second.Watched.Direction != lag.Shrinking || second.Watched.Slowest() <= 0 || second.Watched.Slowest() == lag.Never {
		t.Errorf("direction %v, drain %v", second.Watched.Direction, second.Watched.Slowest())
	}
	if topic := second.Topics[0].Watched; topic.Slowest() != second.Watched.Slowest() || topic.Partition != 0 {
		t.Errorf("the topic drains in %v, the group in %v", topic.Slowest(), second.Watched.Slowest())
	}
	d := lab.detail("g", anyDetail)
	if p := d.Partitions[0]; p.Progress.Consumption <= 0 || p.Progress.Arrival != 0 || len(p.History) < 2 {
		t.Errorf("consumption %v, arrival %v, history %v", p.Progress.Consumption, p.Progress.Arrival, p.History)
	}
}
