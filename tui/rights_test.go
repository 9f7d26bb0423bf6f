package tui_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// newRightsLab returns a secured cluster with the topics orders and secret, the
// group billing with commits on both, and modern, of KIP-848, whose member reads
// both.
func newRightsLab(t *testing.T) *kafkatest.Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cluster := kafkatest.Start(t, kafkatest.Config{Secure: true})
	cluster.Create(2, 3, nil, "orders", "secret")
	opts, err := cluster.Context(kafkatest.Root, "PLAIN").Options(ctx)
	if err != nil {
		t.Fatal(err)
	}
	member, err := kgo.NewClient(append(opts, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ConsumerGroup("modern"), kgo.ServerSideBalancer(), kgo.ConsumeTopics("orders", "secret"))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(member.CloseAllowingRebalance)
	var committed kadm.Offsets
	for _, topic := range []string{"orders", "secret"} {
		for range 10 {
			if err := member.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("worth reading")}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		committed.Add(kadm.Offset{Topic: topic, Partition: 0, At: 0, LeaderEpoch: -1})
	}
	if err := cluster.Admin.CommitAllOffsets(ctx, "billing", committed); err != nil {
		t.Fatal(err)
	}
	for read := 0; read < 20; {
		fetches := member.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatal(err)
		}
		read += fetches.NumRecords()
	}
	return cluster
}

// openAs runs the console as the clerk, who has these rights and no others, in
// the narrower of the two sizes that people have.
func openAs(t *testing.T, cluster *kafkatest.Cluster, rights ...string) *tuitest.Screen {
	t.Helper()
	cluster.Allow(kafkatest.Clerk, rights...)
	opts, err := cluster.Context(kafkatest.Clerk, "SCRAM-SHA-512").Options(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := admin.New(kafka.Config{Name: "lab", StateDir: t.TempDir(), Opts: opts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return tuitest.Start(t, tui.New(t.Context(), tui.Options{Client: client, Keys: keys}), 80, 24)
}

// run opens a screen by its command.
func command(s *tuitest.Screen, line string) *tuitest.Screen {
	s.Type(":").WaitFor("esc cancel")
	return s.Type(line).WaitFor(":" + line).Type("enter")
}

// TestRightsOnScreens walks through every screen as a user who may see some of
// it: what is missing is named in its place, with the right that would show it.
func TestRightsOnScreens(t *testing.T) {
	cluster := newRightsLab(t)
	t.Run("nothing", func(t *testing.T) {
		s := openAs(t, cluster)
		s.WaitFor("3 brokers up", "no topics that you may describe; needs Describe on Topic",
			"no groups that you may describe", "needs Describe on Group or Cluster", "no topic that you may describe")
		s.Type("2").WaitFor("0 topics", "only what you may describe", "needs Describe on Topic")
		s.Type("3").WaitFor("no groups that you may describe", "needs Describe on Group or Cluster")
		s.Type("4").WaitFor("127.0.0.1:", "seeing all needs", "Describe on Topic:*")
		s.Type("enter").WaitFor("holds no replica that you may describe", "DescribeConfigs on Cluster")
		s.Type("tab", "tab").WaitFor("no replica of a topic that you may describe", "needs Describe on Topic")
		command(s, "topic orders").WaitFor("needs", "Describe on Topic:orders, if it exists", "not allowed")
		command(s, "tail orders").WaitFor("needs", "Describe on Topic:orders", "cannot read")
		command(s, "group billing").WaitFor("describe group billing", "Describe on Group:billing, if it exists")
		command(s, "reset billing").WaitFor("reset offsets of billing", "Describe on Group:billing")
	})
	t.Run("some topics and groups", func(t *testing.T) {
		s := openAs(t, cluster, "Describe Topic:orders", "Describe Group:*")
		s.WaitFor("all 2 partitions that you may describe are in sync", "Under min ISR     not allowed", "DescribeConfigs on Topic:orders")
		s.Type("2").WaitFor("1 topic · 2 partitions", "only what you may describe", "orders", "needs Describe on Cluster")
		s.Type("enter").WaitFor("2 partitions · RF 3", "needs Describe on Cluster; DescribeConfigs on Topic:orders")
		s.Type("tab").WaitFor("billing", "lag here")
		s.Type("tab").WaitFor("needs DescribeConfigs on Topic:orders")
		s.Type("3").WaitFor("billing", "only what you may describe").Type("enter")
		s.WaitFor("on topics you may describ", "orders")
		s.Type("4").WaitFor("Describe on Cluster", "Describe on Topic:*", "127.0.0.1:").Type("enter")
		s.WaitFor("DescribeConfigs on Cluster", "of what you may describe", "not allowed")
		s.Type("tab").WaitFor("you may not see its log dirs", "needs Describe on Cluster")
		s.Type("tab").WaitFor("orders", "seeing all needs Describe on Cluster")
		command(s, "tail orders").WaitFor("needs", "Read on Topic:orders")
		command(s, "reset billing").WaitFor("only of topics you may describe", "1 chosen")
		s.Type("enter").WaitFor("earliest").Type("down", "enter").WaitFor("to-latest", "skips 10")
		s.Type("enter").WaitFor("type the name of the group").Type("billing", "enter")
		s.WaitFor("1 refused", "Read on Group:billing")
	})
	t.Run("the cluster, not all topics", func(t *testing.T) {
		s := openAs(t, cluster, "Describe Cluster", "Describe Topic:orders", "Read Topic:orders", "DescribeConfigs Topic:orders", "Describe Group:modern")
		s.WaitFor("all 2 partitions are in sync", "Under min ISR     0")
		s.Type("2").WaitFor("1 topic", "Describe on Topic").Type("enter").WaitFor("on disk").WaitGone("seeing all needs")
		s.Type("tab", "tab").WaitFor("retention.ms")
		s.Type("4").WaitFor("the controller is broker", "size").Type("enter").WaitFor("DescribeConfigs on Cluster")
		s.Type("tab").WaitFor("usable")
		command(s, "tail orders").WaitFor("worth reading")
		s.Type("3")
		if cluster.IsApache() { // which lists groups to who may describe the cluster
			s.WaitFor("billing", "not allowed", "needs Describe on Group:billing")
			command(s, "group modern").WaitFor("Describe on every topic that modern reads")
		}
	})
}
