package embedbroker_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/embedbroker"
)

func TestGroupThatDoesNotExistHasNoCommits(t *testing.T) {
	ctx := testContext(t)
	cl := client(t, start(t, embedbroker.Config{Brokers: 1}))
	req := kmsg.NewPtrOffsetFetchRequest()
	group := kmsg.NewOffsetFetchRequestGroup()
	group.Group = "nobody"
	group.Topics = []kmsg.OffsetFetchRequestGroupTopic{{Topic: "orders", Partitions: []int32{3}}}
	req.Groups = append(req.Groups, group)
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		t.Fatal(err)
	}
	if g := resp.Groups[0]; g.ErrorCode != 0 || len(g.Topics) != 1 || g.Topics[0].Partitions[0].Partition != 3 || g.Topics[0].Partitions[0].Offset != -1 {
		t.Errorf("it is said to be %+v", g)
	}
}

func TestMembersAreDescribedWithTopicsAndHosts(t *testing.T) {
	ctx := testContext(t)
	c := start(t, embedbroker.Config{})
	admin := kadm.NewClient(client(t, c))
	if _, err := admin.CreateTopic(ctx, 2, 1, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	member := client(t, c, kgo.ConsumerGroup("readers"), kgo.ServerSideBalancer(), kgo.ConsumeTopics("orders"))
	for {
		groups, err := admin.DescribeConsumerGroups(ctx, "readers")
		if err != nil {
			t.Fatal(err)
		}
		members := groups["readers"].Members
		if len(members) == 0 || len(members[0].Assignment) == 0 {
			poll, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			member.PollFetches(poll) // it joins when it is polled
			cancel()
			continue
		}
		if name := groups["readers"].AssignorName; name != "uniform" {
			t.Errorf("the assignor is %q", name)
		}
		if host := members[0].ClientHost; host != "/127.0.0.1" {
			t.Errorf("the host is %q", host)
		}
		if got := members[0].Assignment["orders"]; len(got) != 2 {
			t.Errorf("the member reads %v", members[0].Assignment)
		}
		return
	}
}

func TestTransactionIsListedByItsCoordinatorAlone(t *testing.T) {
	ctx := testContext(t)
	c := start(t, embedbroker.Config{})
	first := client(t, c, kgo.TransactionalID("till"), kgo.DefaultProduceTopic("orders"))
	if _, err := kadm.NewClient(first).CreateTopic(ctx, 1, 1, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	if err := first.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := first.ProduceSync(ctx, kgo.StringRecord("1")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	var listed []int
	for broker := range c.Addrs() {
		resp, err := kmsg.NewPtrListTransactionsRequest().RequestWith(ctx, first.Broker(broker))
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, len(resp.TransactionStates))
	}
	if slices.Sort(listed); !slices.Equal(listed, []int{0, 0, 1}) {
		t.Errorf("brokers list %v transactions", listed)
	}

	second := client(t, c, kgo.TransactionalID("till"), kgo.DefaultProduceTopic("orders"))
	if _, _, err := second.ProducerID(ctx); err != nil {
		t.Fatal(err)
	}
	if err := first.EndTransaction(ctx, kgo.TryCommit); !errors.Is(err, kerr.ProducerFenced) {
		t.Errorf("the first producer is told %v", err)
	}
}

func TestAnswersThatJavaClientsNeedWhole(t *testing.T) {
	ctx := testContext(t)
	cl := client(t, start(t, embedbroker.Config{Brokers: 1}))
	create := kmsg.NewPtrCreateTopicsRequest()
	create.Topics = []kmsg.CreateTopicsRequestTopic{{Topic: "orders", NumPartitions: 1, ReplicationFactor: 1}}
	created, err := create.RequestWith(ctx, cl)
	if err != nil {
		t.Fatal(err)
	}
	if topic := created.Topics[0]; topic.ErrorCode != 0 || topic.Configs == nil {
		t.Errorf("a new topic has null configs: %+v", topic)
	}
	quotas, err := kmsg.NewPtrDescribeClientQuotasRequest().RequestWith(ctx, cl)
	if err != nil {
		t.Fatal(err)
	}
	if quotas.ErrorCode != 0 || quotas.Entries == nil {
		t.Errorf("no quotas are null: %+v", quotas)
	}
}

func TestACLsNeedAnAuthorizer(t *testing.T) {
	ctx := testContext(t)
	admin := kadm.NewClient(client(t, start(t, embedbroker.Config{Brokers: 1})))
	acl := kadm.NewACLs().Topics("orders").Operations(kadm.OpRead).Allow("User:alice").AllowHosts("*").ResourcePatternType(kadm.ACLPatternLiteral)
	created, err := admin.CreateACLs(ctx, acl)
	if err != nil || len(created) != 1 || !errors.Is(created[0].Err, kerr.SecurityDisabled) {
		t.Errorf("created %+v, %v", created, err)
	}
	if deleted, err := admin.DeleteACLs(ctx, acl); err != nil || len(deleted) != 1 || !errors.Is(deleted[0].Err, kerr.SecurityDisabled) {
		t.Errorf("deleted %+v, %v", deleted, err)
	}
	if described, err := admin.DescribeACLs(ctx, acl); err != nil || len(described) != 1 || !errors.Is(described[0].Err, kerr.SecurityDisabled) {
		t.Errorf("described %+v, %v", described, err)
	}
}

func TestRecordsOfACompactedTopicAreNotDeleted(t *testing.T) {
	ctx := testContext(t)
	cl := client(t, start(t, embedbroker.Config{Brokers: 1}))
	admin := kadm.NewClient(cl)
	compact := "compact"
	if _, err := admin.CreateTopic(ctx, 1, 1, map[string]*string{"cleanup.policy": &compact}, "users"); err != nil {
		t.Fatal(err)
	}
	produce(ctx, t, cl, "users", 3)
	var before kadm.Offsets
	before.AddOffset("users", 0, 2, -1)
	deleted, err := admin.DeleteRecords(ctx, before)
	if err != nil {
		t.Fatal(err)
	}
	if err := deleted.Error(); !errors.Is(err, kerr.PolicyViolation) {
		t.Errorf("deleting is answered with %v", err)
	}
}

func TestConfigsThatAreRefused(t *testing.T) {
	ctx := testContext(t)
	admin := kadm.NewClient(client(t, start(t, embedbroker.Config{Brokers: 1})))
	if _, err := admin.CreateTopic(ctx, 1, 1, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		broker      bool
		name, value string
		want        error
	}{
		{false, "cleanup.policy", "nonsense", kerr.InvalidConfig},
		{false, "cleanup.policy", "compact,delete", nil},
		{false, "compression.type", "zstd", nil},
		{true, "node.id", "7", kerr.InvalidRequest},
		{true, "log.cleaner.threads", "none", kerr.InvalidRequest},
		{true, "log.cleaner.threads", "2", nil},
	} {
		alter := []kadm.AlterConfig{{Name: tc.name, Value: &tc.value}}
		var altered kadm.AlterConfigsResponses
		var err error
		if tc.broker {
			altered, err = admin.AlterBrokerConfigs(ctx, alter, 0)
		} else {
			altered, err = admin.AlterTopicConfigs(ctx, alter, "orders")
		}
		if err != nil {
			t.Fatal(err)
		}
		if !errors.Is(altered[0].Err, tc.want) {
			t.Errorf("%s=%s is answered with %v", tc.name, tc.value, altered[0].Err)
		}
	}
	described, err := admin.DescribeBrokerConfigs(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range described[0].Configs {
		if c.Key == "log.cleaner.backoff.ms" && c.Source != kmsg.ConfigSourceStaticBrokerConfig {
			t.Errorf("%s, which nobody has set, is %v", c.Key, c.Source)
		}
	}
}
