package kafka_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/reset"
)

// rightsLab is a secured cluster with the topics orders and secret. The group
// billing has commits on both, and modern, of KIP-848, a member that reads both.
type rightsLab struct{ *groupLab }

func newRightsLab(t *testing.T) rightsLab {
	t.Helper()
	cluster := kafkatest.Start(t, kafkatest.Config{Secure: true})
	opts, err := cluster.Context(kafkatest.Root, "SCRAM-SHA-256").Options(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lab := rightsLab{attachGroupLab(t, cluster, cluster.Servers, opts...)}
	for _, topic := range []string{"orders", "secret"} {
		lab.create(topic, 2, 3, nil)
		lab.produce(topic, 0, 10)
		lab.commit("billing", topic, 0, 4)
	}
	lab.join(append(opts, kgo.ConsumerGroup("modern"), kgo.ServerSideBalancer(), kgo.ConsumeTopics("orders", "secret"))...)
	lab.until("modern", func(g kafka.Group) bool { return g.Members == 1 && len(g.Topics) == 2 })
	return lab
}

// as returns a client of the clerk, who has these rights and no others.
func (l rightsLab) as(t *testing.T, mechanism string, rights ...string) *kafka.Client {
	t.Helper()
	l.cluster.Allow(kafkatest.Clerk, rights...)
	opts, err := l.cluster.Context(kafkatest.Clerk, mechanism).Options(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := kafka.New(kafka.Config{Name: "lab", StateDir: t.TempDir(), Opts: opts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// TestEveryMissingRightIsNamed asks every question as a user who lacks one right
// for it, and wants to read which.
func TestEveryMissingRightIsNamed(t *testing.T) {
	lab := newRightsLab(t)
	const (
		describeCluster, describeOrders, describeSecret = "Describe Cluster", "Describe Topic:orders", "Describe Topic:secret"
		describeBilling                                 = "Describe Group:billing"
		modernNeeds                                     = "needs Describe on every topic that modern reads"
	)
	differs := func(engine, apache string) string { return lab.cluster.Differs("rights-of-groups", engine, apache) }
	for i, tc := range []struct {
		ask    func(*kafka.Client) string
		rights []string
		want   string
	}{
		{lab.controller, []string{describeOrders}, "needs Describe on Cluster"},
		{lab.overview, []string{describeCluster, describeOrders}, "needs DescribeConfigs on Topic:orders"},
		{lab.overview, []string{describeOrders, describeSecret}, "needs DescribeConfigs on Topic:orders and another"},
		{lab.overview, []string{describeOrders, "DescribeConfigs Topic:orders"}, "left out; needs Describe on Topic:* and Describe on Cluster"},
		{lab.topics, []string{describeOrders}, "orders 10 <nil>"},
		{lab.topicSizes, []string{describeOrders}, "needs Describe on Cluster"},
		{lab.topic("orders"), []string{describeSecret}, "needs Describe on Topic:orders, if it exists"},
		{lab.topic("orders"), []string{describeOrders}, "needs Describe on Cluster"},
		{lab.topic("orders"), []string{describeOrders, describeCluster}, "needs DescribeConfigs on Topic:orders"},
		{lab.topic("missing"), []string{describeOrders}, "needs Describe on Topic:missing, if it exists"},
		{lab.topicConfigs, []string{describeOrders}, "needs DescribeConfigs on Topic:orders"},
		{lab.groups, nil, "what you may not describe is left out; needs Describe on Topic:* and Describe on Cluster"},
		{lab.groups, []string{describeCluster}, differs("<nil>", "needs Describe on Group:billing and another")},
		{lab.groups, []string{describeCluster, describeBilling, "Describe Group:modern", describeOrders}, differs("<nil>", modernNeeds)},
		{lab.group("billing"), []string{describeOrders}, "needs Describe on Group:billing, if it exists"},
		{lab.group("billing"), []string{describeBilling, describeOrders}, "what you may not describe is left out"},
		{lab.group("modern"), []string{"Describe Group:modern", describeOrders}, differs("<nil>", modernNeeds)},
		{lab.logDirs, []string{describeOrders}, "needs Describe on Cluster"},
		{lab.brokerStorage, []string{describeOrders}, "needs Describe on Cluster"},
		{lab.brokerConfigs, []string{describeCluster}, "needs DescribeConfigs on Cluster"},
		{lab.tail, []string{describeSecret}, "needs Describe on Topic:orders"},
		{lab.tail, []string{describeOrders}, "needs Read on Topic:orders"},
		{lab.tail, []string{"Read Topic:orders"}, "10 records"},
		{lab.resets, nil, "needs Describe on Group:billing"},
		{lab.resets, []string{"Read Group:billing"}, "needs Describe on Topic:orders"},
		{lab.resets, []string{describeBilling, describeOrders}, "needs Read on Group:billing"},
		{lab.resets, []string{"Read Group:billing", describeOrders}, "needs Read on Topic:orders"},
		{lab.resets, []string{"Read Group:billing", "Read Topic:orders"}, "nothing was against it"},
	} {
		t.Run(fmt.Sprintf("%02d %s", i, strings.Join(tc.rights, ", ")), func(t *testing.T) {
			mechanism := kafkatest.Mechanisms[i%len(kafkatest.Mechanisms)]
			if got := tc.ask(lab.as(t, mechanism, tc.rights...)); !strings.Contains(got, tc.want) {
				t.Errorf("%q does not say %q", got, tc.want)
			}
		})
	}
}

// told is what a question was answered with.
func told(answer ...any) string { return strings.TrimSpace(fmt.Sprintln(answer...)) }

func (l rightsLab) controller(c *kafka.Client) string {
	if c, err := c.Cluster(l.ctx); err != nil || c.Controller.Why == nil {
		return told(c.Controller.ID, err, "needs Describe on Cluster") // the embedded engine is no KRaft and tells everyone
	}
	check, err := c.CheckBrokers(l.ctx)
	return told(check.Controller.Why, err)
}

func (l rightsLab) overview(c *kafka.Client) string {
	o, err := c.Overview(l.ctx)
	return told(o.Partial, o.Hidden, err)
}

func (l rightsLab) topics(c *kafka.Client) string {
	snap, err := c.Topics(l.ctx)
	if len(snap.Items) != 1 {
		return told(snap, err)
	}
	return told(snap.Items[0].Name, snap.Items[0].Records, snap.Partial, err)
}

func (l rightsLab) topicSizes(c *kafka.Client) string {
	snap, err := c.TopicSizes(l.ctx)
	return told(snap.Partial, err)
}

func (l rightsLab) topic(name string) func(*kafka.Client) string {
	return func(c *kafka.Client) string {
		d, err := c.Topic(l.ctx, name)
		return told(d.Partial, d.SizesErr, d.MinISRErr, err)
	}
}

func (l rightsLab) topicConfigs(c *kafka.Client) string {
	snap, err := c.TopicConfigs(l.ctx, "orders")
	return told(snap.Partial, err)
}

func (l rightsLab) groups(c *kafka.Client) string {
	snap, err := c.Groups(l.ctx)
	return told(snap.Partial, snap.Hidden, err)
}

func (l rightsLab) group(name string) func(*kafka.Client) string {
	return func(c *kafka.Client) string {
		d, err := c.Group(l.ctx, name)
		return told(d.Partial, d.Hidden, err)
	}
}

func (l rightsLab) logDirs(c *kafka.Client) string {
	snap, err := c.LogDirs(l.ctx)
	return told(snap.Partial, err)
}

func (l rightsLab) brokerStorage(c *kafka.Client) string {
	_, err := c.BrokerStorage(l.ctx, 1)
	return told(err)
}

func (l rightsLab) brokerConfigs(c *kafka.Client) string {
	snap, err := c.BrokerConfigs(l.ctx, 1)
	return told(snap.Partial, err)
}

// tail reads the ten records of orders, or until something is against it.
func (l rightsLab) tail(c *kafka.Client) string {
	feed := records.NewFeed(c, records.Query{Topic: "orders", From: records.Start{Kind: records.LastN, N: 10}}, records.Limits{})
	ctx, cancel := context.WithCancel(l.ctx)
	defer cancel()
	go feed.Run(ctx)
	for feed.Wait(ctx) == nil {
		if s := feed.Status(); s.Problem != nil || s.Held == 10 {
			return told(s.Held, "records", s.Problem)
		}
	}
	return told(ctx.Err())
}

// resets tries a whole reset and returns the first reason against it.
func (l rightsLab) resets(client *kafka.Client) string {
	scope := reset.Of([]reset.TopicPartition{partition("orders", 0)})
	facts, err := client.ResetFacts(l.ctx, "billing", scope, reset.Strategy{})
	if err != nil {
		return err.Error()
	}
	plan, err := reset.Make(facts, scope, reset.Strategy{Kind: reset.ToEarliest})
	if err != nil {
		return err.Error()
	}
	result, err := client.ApplyReset(l.ctx, plan)
	if err != nil {
		return err.Error()
	}
	for _, row := range result.Rows {
		if row.Outcome != reset.Applied {
			return row.Err.Error()
		}
	}
	return "nothing was against it"
}
