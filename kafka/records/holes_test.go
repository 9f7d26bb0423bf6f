package records

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestHoles reads logs with records compacted away at their end and in the
// middle, and with transaction markers.
func TestHoles(t *testing.T) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DefaultNumPartitions(1))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	producer, client := clients(t, fake.ListenAddrs())
	compact, zero := "compact", "0"
	config := map[string]*string{"cleanup.policy": &compact, "min.compaction.lag.ms": &zero, "segment.ms": &zero, "min.cleanable.dirty.ratio": &zero}
	if _, err := kadm.NewClient(producer).CreateTopic(t.Context(), 1, 1, config, "profiles"); err != nil {
		t.Fatal(err)
	}
	c := &cluster{producer: producer}
	for i := range 50 {
		key := []byte{'a' + byte(i%2)}
		c.write(t, &kgo.Record{Topic: "profiles", Key: key, Value: []byte{'0' + byte(i/10), '0' + byte(i%10)}})
	}
	fake.Compact()
	all, _ := readAll(t, client, Query{Topic: "profiles", From: Start{Kind: Earliest}})
	if len(all) >= 50 || len(all) < 2 {
		t.Fatalf("compaction left %d of 50 records", len(all))
	}
	last, _ := readAll(t, client, Query{Topic: "profiles", From: Start{Kind: LastN, N: 2}})
	if want := all[len(all)-2:]; values(last) != values(want) {
		t.Errorf("the last two are %s, want %s", values(last), values(want))
	}
	before, err := Before(t.Context(), client, "profiles", 0, last[1].Offset)
	if err != nil || before.Offset != last[0].Offset {
		t.Errorf("before %d is %v (%v), want %d", last[1].Offset, before, err, last[0].Offset)
	}
	at, err := At(t.Context(), client, "profiles", 0, 0)
	if err != nil || at.Offset != all[0].Offset {
		t.Errorf("the first is %v (%v), want %d", at, err, all[0].Offset)
	}
	if _, err := At(t.Context(), client, "profiles", 0, 1000); err == nil {
		t.Error("a record was found after the end")
	}
	if _, err := Before(t.Context(), client, "profiles", 0, all[0].Offset); err == nil {
		t.Error("a record was found before the start")
	}
}

// TestHolesOfApacheKafka reads a log while its cleaner takes records out, and after.
func TestHolesOfApacheKafka(t *testing.T) {
	t.Parallel() // the cleaner looks every 15 seconds
	c := startCluster(t)
	if !c.IsApache() {
		t.Skip("the embedded cluster compacts once an hour; TestHoles compacts its engine")
	}
	compact, soon, ratio := "compact", "100", "0.01"
	c.Create(2, 1, map[string]*string{"cleanup.policy": &compact, "segment.ms": &soon, "min.cleanable.dirty.ratio": &ratio, "max.compaction.lag.ms": &soon}, "profiles")
	written := 0
	for _, merged := range []bool{false, true} {
		eventually(t, "holes", func() bool {
			for i := range 20 {
				c.write(t, &kgo.Record{Topic: "profiles", Partition: int32(i % 2), Key: []byte{'a' + byte(i%4)}, Value: fmt.Append(nil, i)})
				written++
			}
			all, status := readAll(t, c.client, Query{Topic: "profiles", From: Start{Kind: Earliest}, Merged: merged})
			last := make(map[string]string)
			for _, rec := range all {
				last[string(rec.Key)] = string(rec.Value)
			}
			if status.Lag != 0 || len(last) != 4 || last["a"] != "16" || last["d"] != "19" {
				t.Fatalf("read %d of %d records to the end, %d left: %v", len(all), written, status.Lag, last)
			}
			return len(all) < written
		})
	}
}

// TestAHoleAtTheEnd ends though the last offsets hold nothing: the broker
// answers that its log ends after what it holds.
func TestAHoleAtTheEnd(t *testing.T) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DefaultNumPartitions(1), kfake.SeedTopics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	producer, client := clients(t, fake.ListenAddrs())
	c := &cluster{producer: producer}
	c.fill(t, 0, 5, 0)
	fake.ControlKey(int16(kmsg.Fetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		fetch := req.(*kmsg.FetchRequest)
		resp := fetch.ResponseKind().(*kmsg.FetchResponse)
		if len(fetch.Topics) == 0 || fetch.Topics[0].Partitions[0].FetchOffset < 5 {
			return nil, nil, false
		}
		rt := kmsg.NewFetchResponseTopic()
		rt.Topic, rt.TopicID = fetch.Topics[0].Topic, fetch.Topics[0].TopicID
		rp := kmsg.NewFetchResponseTopicPartition()
		rp.HighWatermark, rp.LastStableOffset, rp.LogStartOffset = 8, 8, 0
		rt.Partitions = append(rt.Partitions, rp)
		resp.Topics = append(resp.Topics, rt)
		return resp, nil, true
	})
	fake.ControlKey(int16(kmsg.ListOffsets), func(req kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		list := req.(*kmsg.ListOffsetsRequest)
		if list.Topics[0].Partitions[0].Timestamp != -1 {
			return nil, nil, false
		}
		resp := list.ResponseKind().(*kmsg.ListOffsetsResponse)
		rt := kmsg.NewListOffsetsResponseTopic()
		rt.Topic = "orders"
		rp := kmsg.NewListOffsetsResponseTopicPartition()
		rp.Offset = 8
		rt.Partitions = append(rt.Partitions, rp)
		resp.Topics = append(resp.Topics, rt)
		return resp, nil, true
	})
	got, status := readAll(t, client, Query{Topic: "orders", From: Start{Kind: AtOffset, N: 3}})
	if values(got) != "0:3 0:4" || status.Lag != 0 {
		t.Errorf("read %s with %d behind", values(got), status.Lag)
	}
}

func TestTransactionMarkersAreNotRecords(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 1)
	producer, err := kgo.NewClient(kgo.SeedBrokers(c.Servers...), kgo.TransactionalID("tx"), kgo.DefaultProduceTopic("orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	for _, value := range []string{"one", "two"} {
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := producer.ProduceSync(t.Context(), kgo.StringRecord(value)).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := producer.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
	}
	for _, from := range []Start{{Kind: Earliest}, {Kind: LastN, N: 2}} {
		if got, status := readAll(t, c.client, Query{Topic: "orders", From: from}); values(got) != "one two" || status.Lag != 0 {
			t.Errorf("from %s: read %q with %d behind", from, values(got), status.Lag)
		}
	}
}
