package records

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
)

// member joins a group and polls until the test ends.
func (c *cluster) member(t *testing.T, opts ...kgo.Opt) {
	t.Helper()
	cl, err := kgo.NewClient(append(opts, kgo.SeedBrokers(c.Servers...), kgo.ConsumeTopics("orders"))...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			cl.PollFetches(ctx)
		}
	}()
	t.Cleanup(func() { cancel(); <-done; cl.CloseAllowingRebalance() })
}

// TestKafkasOwnTopicsAreWords reads what the coordinators of groups and transactions
// keep of members of every protocol.
func TestKafkasOwnTopicsAreWords(t *testing.T) {
	c := startCluster(t)
	c.create(t, "orders", 2)
	c.fill(t, 0, 5, 0)
	if want := c.Differs("own-topics", "it does not exist", ""); want != "" {
		_, err := Open(t.Context(), c.client, Query{Topic: "__consumer_offsets", From: Start{Kind: Earliest}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("reading it gives %v, want %q", err, want)
		}
		return
	}
	start := kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())
	c.member(t, kgo.ConsumerGroup("classic"), start)
	c.member(t, kgo.ConsumerGroup("next"), kgo.ServerSideBalancer(), start)
	c.member(t, kgo.ShareGroup("shared"))
	for _, w := range writers(t, c.Servers, "orders")[:2] {
		w.write(t, []*kgo.Record{{Value: []byte("x")}}, kgo.TryCommit)
	}
	wanted := map[string]string{ // a member of the value of each kind, and its beginning
		"committed offset": "committed=20", "group": "protocolType=consumer",
		"consumer group epoch": "epoch=", "consumer group member": `topics=["orders"]`, "consumer group target assignment": "assignmentEpoch=",
		"consumer group member's target assignment": `assigned.0.partitions=[`, "consumer group member's current assignment": "state=stable",
		"share group epoch": "epoch=", "share group member": `topics=["orders"]`, "share group target assignment": "assignmentEpoch=",
		"share group member's target assignment": `assigned.0.partitions=[`, "share group member's current assignment": "state=stable",
		"share group state partitions": "initialized.0.topic=orders", "transaction": "state=complete",
	}
	missing := maps.Clone(wanted)
	defer func() {
		if t.Failed() {
			t.Log("missing:", slices.Sorted(maps.Keys(missing)))
		}
	}()
	eventually(t, "records of every kind", func() bool {
		for _, topic := range []string{"__consumer_offsets", "__transaction_state"} {
			all, _ := readAll(t, c.client, Query{Topic: topic, From: Start{Kind: Earliest}})
			for _, rec := range all {
				kind, value := words(t, c, rec)
				member, begins, _ := strings.Cut(wanted[kind], "=")
				if wanted[kind] != "" && strings.HasPrefix(gjson.Get(value, member).String(), begins) {
					delete(missing, kind)
				}
			}
		}
		return len(missing) == 0
	})
}

// words decodes a record of Kafka's own; only kinds that kdeck leaves alone stay bytes.
func words(t *testing.T, c *cluster, rec *kgo.Record) (kind, value string) {
	t.Helper()
	key := c.client.Serde().Decode(rec, serde.Key)
	if key.Err != nil || key.Form != serde.Kafka {
		t.Fatalf("the key %x is %s (%v)", rec.Key, key.Form, key.Err)
	}
	kind = "transaction"
	if rec.Topic == "__consumer_offsets" {
		kind = gjson.GetBytes(key.Text, "record").String()
	}
	if rec.Value == nil {
		return kind, ""
	}
	decoded := c.client.Serde().Decode(rec, serde.Value)
	if decoded.Err != nil && !strings.Contains(decoded.Err.Error(), "decodes the key alone") {
		t.Fatalf("the value %x of %s is not decoded: %v", rec.Value, key.Text, decoded.Err)
	}
	return kind, string(decoded.Text)
}
