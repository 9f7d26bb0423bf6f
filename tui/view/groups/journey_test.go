package groups_test

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

// cluster starts a cluster with a group that was stopped with lag, and one with
// more members than partitions, all of which have joined it.
func cluster(t *testing.T) *kafkatest.Cluster {
	t.Helper()
	c := kafkatest.Start(t, kafkatest.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c.Create(1, 3, nil, "orders")
	seeds := kgo.SeedBrokers(c.Servers...)
	cl, err := kgo.NewClient(seeds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	for range 1500 {
		cl.Produce(ctx, &kgo.Record{Topic: "orders", Value: []byte("x")}, nil)
	}
	if err := cl.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	offsets := make(kadm.Offsets)
	offsets.AddOffset("orders", 0, 100, -1)
	if err := c.Admin.CommitAllOffsets(ctx, "stopped", offsets); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"app-1", "app-2"} {
		member, err := kgo.NewClient(seeds, kgo.ConsumerGroup("busy"), kgo.ConsumeTopics("orders"), kgo.ClientID(name), kgo.DisableAutoCommit())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(member.Close)
	}
	c.Joined("busy", 2)
	return c
}

func open(t *testing.T, c *kafkatest.Cluster, screen string, w, h int) *tuitest.Screen {
	t.Helper()
	client, err := admin.New(kafka.Config{Name: "lab", Opts: []kgo.Opt{kgo.SeedBrokers(c.Servers...)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return tuitest.Start(t, tui.New(t.Context(), tui.Options{Client: client, Keys: keys, Open: screen}), w, h)
}

func TestFromTheListToTheMembers(t *testing.T) {
	c := cluster(t)
	for _, size := range [][2]int{{80, 24}, {160, 48}} {
		s := open(t, c, "groups", size[0], size[1])
		s.WaitFor("2 groups", "stopped", "Empty, unread", "1,400", "busy", "Stable")
		s.WaitFor("behind", "verdict")
		s.Type("enter").WaitFor("Empty, nobody reads", "orders", "1,500", "1,400", "the next record is")
		s.Type("tab").WaitFor("no members: nobody reads with this group now")
		s.Type("esc").WaitFor("2 groups")
		s.Type("/", "busy", "enter").WaitGone("stopped").Type("enter").WaitFor("no commit", "2 members")
		s.Type("tab").WaitFor("app-1", "app-2", "orders 0", "idle: more memb")
	}
}

func TestAGroupThatDoesNotExist(t *testing.T) {
	s := open(t, cluster(t), "group stoped", 80, 24)
	s.WaitFor(`there is no group "stoped"; did you mean "stopped"?`)
}
