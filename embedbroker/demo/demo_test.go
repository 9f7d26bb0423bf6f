package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/embedbroker"
)

func startCluster(t *testing.T) (servers []string, admin *kadm.Client) {
	t.Helper()
	cluster, err := embedbroker.Start(embedbroker.Config{Name: "demo-test", Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.Addrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return cluster.Addrs(), kadm.NewClient(client)
}

// eventually tries until check returns nil, and fails with its last error.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	deadline := time.Now().Add(45 * time.Second)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		<-tick.C
	}
}

func TestTrafficMakesEveryScreenAlive(t *testing.T) {
	servers, admin := startCluster(t)
	ctx := t.Context()
	traffic, err := Start(ctx, servers)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("topics are there at once, with their history", func(t *testing.T) {
		ends, err := admin.ListEndOffsets(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, topic := range topics() {
			if n := records(ends, topic.name); n < int64(topic.history) {
				t.Errorf("%s holds %d records, want at least %d", topic.name, n, topic.history)
			}
		}
	})

	t.Run("one payment is not valid JSON", func(t *testing.T) {
		invalid := 0
		for _, r := range read(t, servers, "payments", 250) {
			if !json.Valid(r.Value) {
				invalid++
			}
		}
		if invalid != 1 {
			t.Errorf("%d payments are not valid JSON, want 1", invalid)
		}
	})

	t.Run("groups are what they are meant to be", func(t *testing.T) {
		eventually(t, func() error { return lagIs(ctx, admin, "order-fulfilment", 2, 0, 60) })
		eventually(t, func() error { return lagIs(ctx, admin, "clickstream-analytics", 2, 1000, 1<<40) })
		eventually(t, func() error { return lagIs(ctx, admin, "invoice-mailer", 0, 300, 1<<40) })
		eventually(t, func() error { return lagIs(ctx, admin, "payment-ledger", 4, 0, 60) })
		eventually(t, func() error { return isNextGen(ctx, admin, "fraud-detection", 2) })
		eventually(t, func() error { return lagIs(ctx, admin, "payment-export", 1, 1, 1<<40) })
		eventually(t, func() error { return lagIs(ctx, admin, "log-archive", 0, 100, 1<<40) })
		eventually(t, func() error { return hasCommits(ctx, admin, "ledger-posting", ledger, 2) })
		eventually(t, func() error { return hasCommits(ctx, admin, "live-dashboard", "app-logs", 0) })
		eventually(t, func() error { return hasCommits(ctx, admin, "audit-export", "audit-archive", 1) })
		eventually(t, func() error { return isShare(ctx, admin, "log-workers", 2) })
	})

	traffic.Close()
	t.Run("nothing comes after Close", func(t *testing.T) {
		before, err := admin.ListEndOffsets(ctx)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Start(ctx, servers)
		if err != nil {
			t.Fatal(err)
		}
		again.Close()
		after, err := admin.ListEndOffsets(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := records(before, "audit-archive"), records(after, "audit-archive"); a != b {
			t.Errorf("a second start wrote the history of the idle topic again: %d records became %d", a, b)
		}
	})
}

func records(offsets kadm.ListedOffsets, topic string) (n int64) {
	for _, o := range offsets[topic] {
		n += o.Offset
	}
	return n
}

// read returns the first n records of a topic.
func read(t *testing.T, servers []string, topic string, n int) []*kgo.Record {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(servers...), kgo.ConsumeTopics(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var all []*kgo.Record
	for len(all) < n {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatalf("%d of %d records, then: %v", len(all), n, err)
		}
		all = append(all, fetches.Records()...)
	}
	return all
}

func lagIs(ctx context.Context, admin *kadm.Client, group string, members int, from, to int64) error {
	lags, err := admin.Lag(ctx, group)
	if err != nil {
		return err
	}
	l := lags[group]
	if lag := l.Lag.Total(); len(l.Members) != members || lag < from || lag > to {
		return fmt.Errorf("%s: %d members and lag %d, want %d and %d to %d", group, len(l.Members), lag, members, from, to)
	}
	return nil
}

func hasCommits(ctx context.Context, admin *kadm.Client, group, topic string, partitions int) error {
	commits, err := admin.FetchOffsets(ctx, group)
	if err == nil && len(commits[topic]) != partitions {
		err = fmt.Errorf("%s: commits on %d partitions of %s, want %d", group, len(commits[topic]), topic, partitions)
	}
	return err
}

func isNextGen(ctx context.Context, admin *kadm.Client, group string, members int) error {
	described, err := admin.DescribeConsumerGroups(ctx, group)
	return haveMembers(group, len(described[group].Members), members, cmp.Or(err, described[group].Err))
}

func isShare(ctx context.Context, admin *kadm.Client, group string, members int) error {
	described, err := admin.DescribeShareGroups(ctx, group)
	return haveMembers(group, len(described[group].Members), members, cmp.Or(err, described[group].Err))
}

func haveMembers(group string, got, want int, err error) error {
	if err == nil && got != want {
		err = fmt.Errorf("%s: %d members, want %d", group, got, want)
	}
	return err
}

// TestTombstones keeps the compacted topic a compacted topic.
func TestTombstones(t *testing.T) {
	tombstones := 0
	for n := range 100 {
		r := profile(n)
		if len(r.Key) == 0 {
			t.Fatalf("profile %d has no key: a compacted topic refuses it", n)
		}
		if r.Value == nil {
			tombstones++
		}
	}
	if tombstones == 0 {
		t.Error("no profile is ever deleted")
	}
}
