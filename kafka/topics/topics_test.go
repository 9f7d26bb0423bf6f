package topics_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/configs"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/topics"
)

// topicsOf returns the list of topics by name; the list must be whole.
func topicsOf(l *labtest.Lab) map[string]topics.Topic {
	l.Helper()
	list, err := l.Client.Topics.List(l.Ctx)
	if err != nil || list.Partial != nil {
		l.Fatalf("list topics: %v, partial: %v", err, list.Partial)
	}
	byName := make(map[string]topics.Topic, len(list.Items))
	for _, t := range list.Items {
		byName[t.Name] = t
	}
	return byName
}

func TestTopicsTellRecordsAndReplication(t *testing.T) {
	lab := labtest.Start(t)
	lab.Create("orders", 4, 3, nil)
	lab.Topic("empty", 1)
	lab.Produce("orders", 0, 30)
	lab.Produce("orders", 3, 12)
	deleted := make(kadm.Offsets)
	deleted.AddOffset("orders", 0, 10, -1)
	if _, err := lab.Adm.DeleteRecords(lab.Ctx, deleted); err != nil {
		t.Fatal(err)
	}

	topics := topicsOf(lab)
	orders := topics["orders"]
	if orders.Records != 32 {
		t.Errorf("30 and 12 records less 10 deleted ones counted as %d", orders.Records)
	}
	if orders.Partitions != 4 || orders.ReplicationFactor != 3 || orders.State() != model.InSync {
		t.Errorf("orders is %+v", orders)
	}
	if empty := topics["empty"]; empty.Records != 0 || empty.ReplicationFactor != 1 {
		t.Errorf("empty is %+v", empty)
	}
	if orders.Rate != -1 {
		t.Errorf("the first answer knows a rate: %v", orders.Rate)
	}
}

func TestTopicSizesAddAllReplicas(t *testing.T) {
	lab := labtest.Start(t)
	lab.Topic("orders", 1)
	lab.Produce("orders", 0, 100)
	sizes, err := lab.Client.Topics.Sizes(lab.Ctx)
	if err != nil || sizes.Partial != nil {
		t.Fatal(err, sizes.Partial)
	}
	dirs, err := lab.Adm.DescribeAllLogDirs(lab.Ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := int64(0)
	dirs.Each(func(d kadm.DescribedLogDir) {
		for _, p := range d.Topics["orders"] {
			want += p.Size
		}
	})
	i := slices.IndexFunc(sizes.Items, func(s topics.Size) bool { return s.Name == "orders" })
	if i < 0 || sizes.Items[i].Disk != want || want == 0 {
		t.Errorf("sizes are %+v, want %d of orders", sizes.Items, want)
	}
}

func TestTopicPolicies(t *testing.T) {
	lab := labtest.Start(t)
	for name, configs := range map[string]map[string]*string{
		"plain":   nil,
		"compact": {"cleanup.policy": kadm.StringPtr("compact")},
		"both":    {"cleanup.policy": kadm.StringPtr("delete,compact"), "retention.ms": kadm.StringPtr("60000"), "retention.bytes": kadm.StringPtr("1048576")},
		"forever": {"retention.ms": kadm.StringPtr("-1"), "min.insync.replicas": kadm.StringPtr("2")},
	} {
		lab.Create(name, 1, 1, configs)
	}
	got, err := lab.Client.Topics.Policies(lab.Ctx, []string{"plain", "compact", "both", "forever", "none such"})
	if err == nil || !strings.Contains(err.Error(), "1 of 5 topics") {
		t.Errorf("a topic that does not exist: %v", err)
	}
	for name, want := range map[string]topics.Policy{
		"plain":   {Cleanup: "delete", Retention: 7 * 24 * time.Hour, RetentionBytes: -1, MinISR: 1},
		"compact": {Cleanup: "compact", Retention: 7 * 24 * time.Hour, RetentionBytes: -1, MinISR: 1},
		"both":    {Cleanup: "compact,delete", Retention: time.Minute, RetentionBytes: 1 << 20, MinISR: 1},
		"forever": {Cleanup: "delete", Retention: -1, RetentionBytes: -1, MinISR: 2},
	} {
		if got[name] != want {
			t.Errorf("%s: %+v, want %+v", name, got[name], want)
		}
	}
}

// TestUnderMinISRIsTheSameEverywhere: a topic that asks for more replicas in sync
// than it has refuses acks=all, and every count says so.
func TestUnderMinISRIsTheSameEverywhere(t *testing.T) {
	lab := labtest.Start(t)
	empty, err := lab.Client.Overview.Health(lab.Ctx) // but for internal topics
	if err != nil {
		t.Fatal(err)
	}
	two := map[string]*string{"min.insync.replicas": kadm.StringPtr("2")}
	lab.Create("strict", 3, 1, two)
	lab.Topic("plain", 2)
	health, err := lab.Client.Overview.Health(lab.Ctx)
	if err != nil || health.Partial != nil {
		t.Fatal(err, health.Partial)
	}
	if health.UnderMinISR != 3 || health.Partitions-empty.Partitions != 5 || health.Topics-empty.Topics != 2 || len(health.Down()) != 0 {
		t.Errorf("health is %+v", health)
	}
	if got := topicsOf(lab)["strict"]; got.UnderMinISR != 3 || got.Words() != "3 under min ISR" {
		t.Errorf("the list says %q", got.Words())
	}
	detail, err := lab.Client.Topics.Detail(lab.Ctx, "strict")
	if err != nil || detail.UnderMinISR != 3 || detail.Partitions[1].State != model.UnderMinISR || detail.MinISR != 2 {
		t.Errorf("the topic's screen says %+v, %v", detail, err)
	}
	before := lab.Client.Requests()["DescribeConfigs"]
	if _, err := lab.Client.Overview.Health(lab.Ctx); err != nil {
		t.Fatal(err)
	}
	if n := lab.Client.Requests()["DescribeConfigs"] - before; n != 0 {
		t.Errorf("min.insync.replicas was asked for again at once: %d requests", n)
	}
}

func TestTopicsStayWhenABrokerStalls(t *testing.T) {
	t.Parallel()
	lab := labtest.WithFaults(t)
	lab.Hurry()
	lab.Topic("orders", 6)
	for p := range int32(6) {
		lab.Produce("orders", p, 5)
	}
	if got := topicsOf(lab)["orders"].Records; got != 30 {
		t.Fatalf("%d records before anything went wrong", got)
	}
	lab.Cluster.Embedded.Stall(1, true)
	list, err := lab.Client.Topics.List(lab.Ctx)
	if err != nil {
		t.Fatalf("one of three brokers is silent and nothing is left: %v", err)
	}
	if list.Partial == nil || !strings.Contains(list.Partial.Error(), "2 of 6 partitions") {
		t.Errorf("what is missing: %v", list.Partial)
	}
	if len(list.Items) != 1 || list.Items[0].Records != -1 {
		t.Errorf("rows are %+v; want one whose records are unknown", list.Items)
	}
	detail, err := lab.Client.Topics.Detail(lab.Ctx, "orders")
	if err != nil || detail.Partial == nil {
		t.Fatalf("topic: %v, partial %v", err, detail.Partial)
	}
	for _, p := range detail.Partitions {
		if known := p.End == 5; known == (p.Leader == 1) {
			t.Errorf("partition %d, led by %d, ends at %d", p.ID, p.Leader, p.End)
		}
	}
	lab.Cluster.Embedded.Stall(1, false)
	for lab.Ctx.Err() == nil {
		if list, err = lab.Client.Topics.List(lab.Ctx); err == nil && list.Partial == nil {
			break
		}
	}
	if list.Items[0].Records != 30 {
		t.Errorf("after it came back: %+v", list.Items)
	}
}

func TestTopicTellsPartitions(t *testing.T) {
	lab := labtest.Start(t)
	lab.Create("orders", 3, 2, nil)
	lab.Produce("orders", 1, 7)
	d, err := lab.Client.Topics.Detail(lab.Ctx, "orders")
	if err != nil || d.Partial != nil || d.SizesErr != nil {
		t.Fatal(err, d.Partial, d.SizesErr)
	}
	if d.Records != 7 || len(d.Partitions) != 3 || d.ID == [16]byte{} {
		t.Errorf("topic is %+v", d)
	}
	for i, p := range d.Partitions {
		want := int64(0)
		if i == 1 {
			want = 7
		}
		if int(p.ID) != i || p.Start != 0 || p.End != want || p.Records() != want || len(p.Replicas) != 2 || !p.Preferred() || p.State != model.InSync {
			t.Errorf("partition %d is %+v", i, p)
		}
	}
	if d.Partitions[1].Size <= 0 || d.Disk < d.Partitions[1].Disk || d.Partitions[1].Disk < d.Partitions[1].Size {
		t.Errorf("sizes: %d of the topic, partition 1: %d in one copy, %d in all", d.Disk, d.Partitions[1].Size, d.Partitions[1].Disk)
	}
}

func TestTopicThatIsNotThere(t *testing.T) {
	lab := labtest.Start(t)
	lab.Topic("orders", 1)
	lab.Topic("payments", 1)
	first, err := lab.Client.Topics.Detail(lab.Ctx, "orders")
	if err != nil {
		t.Fatal(err)
	}
	_, err = lab.Client.Topics.Detail(lab.Ctx, "oders")
	var gone *topics.UnknownTopicError
	if !errors.As(err, &gone) || !slices.Equal(gone.Nearest, []string{"orders"}) {
		t.Errorf("a misspelt name: %v", err)
	}
	lab.Cluster.Delete("orders")
	if _, err = lab.Client.Topics.Detail(lab.Ctx, "orders"); !errors.As(err, &gone) {
		t.Errorf("a deleted topic: %v", err)
	}
	lab.Topic("orders", 2)
	again, err := lab.Client.Topics.Detail(lab.Ctx, "orders")
	if err != nil || again.ID == first.ID || len(again.Partitions) != 2 {
		t.Errorf("made anew: %+v, %v", again, err)
	}
}

func TestTopicConfigs(t *testing.T) {
	lab := labtest.Start(t)
	day := map[string]*string{"retention.ms": kadm.StringPtr("86400000")}
	lab.Create("orders", 1, 1, day)
	read, err := lab.Client.Topics.Configs(lab.Ctx, "orders")
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]configs.Entry)
	for _, e := range read.Items {
		byName[e.Name] = e
	}
	if e := byName["retention.ms"]; e.Value != "86400000" || e.Source != configs.FromTopic || e.Default != lab.Cluster.Differs("topic-config-default", "604800000", "") {
		t.Errorf("what was set on the topic: %+v", e)
	}
	if e := byName["cleanup.policy"]; e.Value != "delete" || e.Source != configs.FromDefault || e.Default != "delete" {
		t.Errorf("what was left alone: %+v", e)
	}
	if _, err := lab.Client.Topics.Configs(lab.Ctx, "none"); !errors.Is(err, kerr.UnknownTopicOrPartition) {
		t.Errorf("the configuration of no topic: %v", err)
	}
}

// TestTopicsOfAUserWithFewRights: what a user may not describe is not listed, and
// says so when it is asked for by name.
func TestTopicsOfAUserWithFewRights(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.EnableACLs(), kfake.EnableSASL(),
		kfake.User("PLAIN", "ann", "secret",
			kfake.ACL{Resource: kmsg.ACLResourceTypeTopic, Name: "open", Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationDescribe, Allow: true}),
		kfake.Superuser("PLAIN", "root", "secret"),
		kfake.SeedTopics(2, "open", "hidden"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	login := kgo.SASL(plain.Auth{User: "ann", Pass: "secret"}.AsMechanism())
	lab := labtest.Attach(t, nil, cluster.ListenAddrs(), login)

	topics := topicsOf(lab)
	if len(topics) != 1 || topics["open"].Records != 0 {
		t.Errorf("ann sees %+v", topics)
	}
	for what, tc := range map[string]struct {
		ask   func(context.Context) error
		needs string
	}{
		"a hidden topic":  {func(ctx context.Context) error { _, err := lab.Client.Topics.Detail(ctx, "hidden"); return err }, "needs Describe on Topic:hidden"},
		"a configuration": {func(ctx context.Context) error { _, err := lab.Client.Topics.Configs(ctx, "open"); return err }, "needs DescribeConfigs on Topic:open"},
		"sizes":           {func(ctx context.Context) error { _, err := lab.Client.Topics.Sizes(ctx); return err }, "needs Describe on Cluster"},
		"policies": {func(ctx context.Context) error {
			_, err := lab.Client.Topics.Policies(ctx, []string{"open"})
			return err
		}, "needs DescribeConfigs on Topic"},
	} {
		if err := tc.ask(lab.Ctx); !kafka.IsAuthorization(err) || !strings.Contains(err.Error(), tc.needs) {
			t.Errorf("%s: %v; want %q", what, err, tc.needs)
		}
	}
	for range 2 { // the second answer is remembered, and must say the same
		health, err := lab.Client.Overview.Health(lab.Ctx)
		if err != nil || health.Partitions != 2 || !kafka.IsAuthorization(health.Partial) {
			t.Errorf("health %+v, %v", health, err)
		}
	}
	detail, err := lab.Client.Topics.Detail(lab.Ctx, "open")
	if err != nil || detail.Disk != -1 || !kafka.IsAuthorization(detail.SizesErr) {
		t.Errorf("the open topic: %+v, %v", detail, err)
	}
}

// TestTopicsCostAFewRequests: never one request per topic.
func TestTopicsCostAFewRequests(t *testing.T) {
	names := labtest.TopicNames(3000)
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(2, names...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	lab := labtest.Attach(t, nil, cluster.ListenAddrs())
	before := lab.Client.Requests()
	topics := topicsOf(lab)
	if len(topics) != len(names) {
		t.Fatalf("%d topics of %d", len(topics), len(names))
	}
	if _, err := lab.Client.Topics.Sizes(lab.Ctx); err != nil {
		t.Fatal(err)
	}
	if policies, err := lab.Client.Topics.Policies(lab.Ctx, names); err != nil || len(policies) != len(names) {
		t.Fatalf("%d policies, %v", len(policies), err)
	}
	if _, err := lab.Client.Overview.Health(lab.Ctx); err != nil {
		t.Fatal(err)
	}
	after := lab.Client.Requests()
	for api, most := range map[string]int{
		"Metadata":        4, // the list, the health, and the addresses of the brokers twice
		"ListOffsets":     6, // three leaders, starts and ends
		"DescribeLogDirs": 3,
		"DescribeConfigs": 3, // 1,000 topics each; the health remembers them
	} {
		if n := after[api] - before[api]; n > most || n == 0 {
			t.Errorf("%d %s requests, want at most %d", n, api, most)
		}
	}
}
