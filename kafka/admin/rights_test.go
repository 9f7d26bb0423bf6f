package admin_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/reset"
)

// rightsLab is a secured cluster with the topics orders and secret. The group
// billing has commits on both, and modern, of KIP-848, a member that reads both.
type rightsLab struct{ *labtest.Lab }

func newRightsLab(t *testing.T) rightsLab {
	t.Helper()
	cluster := kafkatest.Start(t, kafkatest.Config{Secure: true})
	opts, err := cluster.Context(kafkatest.Root, "SCRAM-SHA-256").Options(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lab := rightsLab{labtest.Attach(t, cluster, cluster.Servers, opts...)}
	for _, topic := range []string{"orders", "secret"} {
		lab.Create(topic, 2, 3, nil)
		lab.Produce(topic, 0, 10)
		lab.Commit("billing", topic, 0, 4)
	}
	lab.Join(append(opts, kgo.ConsumerGroup("modern"), kgo.ServerSideBalancer(), kgo.ConsumeTopics("orders", "secret"))...)
	lab.Until("modern", func(g groups.Group) bool { return g.Members == 1 && len(g.Topics) == 2 })
	return lab
}

// as returns a client of the clerk, who has these rights and no others.
func (l rightsLab) as(t *testing.T, mechanism string, rights ...string) *admin.Client {
	t.Helper()
	l.Cluster.Allow(kafkatest.Clerk, rights...)
	opts, err := l.Cluster.Context(kafkatest.Clerk, mechanism).Options(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := admin.New(kafka.Config{Name: "lab", StateDir: t.TempDir(), Opts: opts})
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
	differs := func(engine, apache string) string { return lab.Cluster.Differs("rights-of-groups", engine, apache) }
	for i, tc := range []struct {
		ask    func(*admin.Client) string
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

func (l rightsLab) controller(c *admin.Client) string {
	if c, err := c.Cluster(l.Ctx); err != nil || c.Controller.Why == nil {
		return told(c.Controller.ID, err, "needs Describe on Cluster") // the embedded engine is no KRaft and tells everyone
	}
	check, err := c.Brokers.Check(l.Ctx)
	return told(check.Controller.Why, err)
}

func (l rightsLab) overview(c *admin.Client) string {
	o, err := c.Overview.Read(l.Ctx)
	return told(o.Partial, o.Hidden, err)
}

func (l rightsLab) topics(c *admin.Client) string {
	snap, err := c.Topics.List(l.Ctx)
	if len(snap.Items) != 1 {
		return told(snap, err)
	}
	return told(snap.Items[0].Name, snap.Items[0].Records, snap.Partial, err)
}

func (l rightsLab) topicSizes(c *admin.Client) string {
	snap, err := c.Topics.Sizes(l.Ctx)
	return told(snap.Partial, err)
}

func (l rightsLab) topic(name string) func(*admin.Client) string {
	return func(c *admin.Client) string {
		d, err := c.Topics.Detail(l.Ctx, name)
		return told(d.Partial, d.SizesErr, d.MinISRErr, err)
	}
}

func (l rightsLab) topicConfigs(c *admin.Client) string {
	snap, err := c.Topics.Configs(l.Ctx, "orders")
	return told(snap.Partial, err)
}

func (l rightsLab) groups(c *admin.Client) string {
	snap, err := c.Groups.WithLag(l.Ctx)
	return told(snap.Partial, snap.Hidden, err)
}

func (l rightsLab) group(name string) func(*admin.Client) string {
	return func(c *admin.Client) string {
		d, err := c.Groups.Detail(l.Ctx, name)
		return told(d.Partial, d.Hidden, err)
	}
}

func (l rightsLab) logDirs(c *admin.Client) string {
	snap, err := c.Brokers.LogDirs(l.Ctx)
	return told(snap.Partial, err)
}

func (l rightsLab) brokerStorage(c *admin.Client) string {
	_, err := c.Brokers.Storage(l.Ctx, 1)
	return told(err)
}

func (l rightsLab) brokerConfigs(c *admin.Client) string {
	snap, err := c.Brokers.Configs(l.Ctx, 1)
	return told(snap.Partial, err)
}

// tail reads the ten records of orders, or until something is against it.
func (l rightsLab) tail(c *admin.Client) string {
	feed := records.NewFeed(c.Conn, records.Query{Topic: "orders", From: records.Start{Kind: records.LastN, N: 10}}, records.Limits{})
	ctx, cancel := context.WithCancel(l.Ctx)
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
func (l rightsLab) resets(client *admin.Client) string {
	scope := reset.Of([]model.TopicPartition{labtest.Partition("orders", 0)})
	facts, err := client.Groups.ResetFacts(l.Ctx, "billing", scope, reset.Strategy{})
	if err != nil {
		return err.Error()
	}
	plan, err := reset.Make(facts, scope, reset.Strategy{Kind: reset.ToEarliest})
	if err != nil {
		return err.Error()
	}
	result, err := labtest.Apply(l.Ctx, client, plan)
	if err != nil {
		return err.Error()
	}
	for _, row := range result.Rows {
		if row.Outcome != model.Done {
			return row.Err.Error()
		}
	}
	return "nothing was against it"
}
