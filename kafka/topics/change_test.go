package topics_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/topics"
)

func TestCreate(t *testing.T) {
	lab := labtest.Start(t)
	spec := topics.Spec{Name: "orders-eu", Partitions: 6, ReplicationFactor: 3, Configs: map[string]string{"retention.ms": "604800000"}}
	dry, err := change.DryRun(lab.Ctx, lab.Client, lab.Client.Topics.Create(spec))
	if err != nil || dry.Err() != nil {
		t.Fatal(err, dry.Err())
	}
	if got := dry.Items()[0].String(); got != "orders-eu: 6 partitions, replication factor 3, retention.ms=604800000" {
		t.Error(got)
	}
	if names, err := ownTopics(lab, lab.Client); err != nil || slices.Contains(names, "orders-eu") {
		t.Fatalf("a dry run created it: %v, %v", names, err)
	}
	made, err := change.Run(lab.Ctx, lab.Client, lab.Client.Topics.Create(spec))
	if err != nil || made.Err() != nil {
		t.Fatal(err, made.Err())
	}
	found, err := lab.Adm.ListTopics(lab.Ctx, "orders-eu")
	if err != nil || len(found["orders-eu"].Partitions) != 6 || len(found["orders-eu"].Partitions[0].Replicas) != 3 {
		t.Errorf("%+v, %v", found, err)
	}
	configs, err := lab.Adm.DescribeTopicConfigs(lab.Ctx, "orders-eu")
	if err != nil {
		t.Fatal(err)
	}
	if got := value(configs[0], "retention.ms"); got != "604800000" {
		t.Errorf("retention.ms is %s", got)
	}
}

func value(r kadm.ResourceConfig, key string) string {
	for _, c := range r.Configs {
		if c.Key == key {
			return c.MaybeValue()
		}
	}
	return ""
}

// What the brokers decide is told before it is done (KIP-464, KIP-525).
func TestCreateWithDefaults(t *testing.T) {
	lab := labtest.Start(t)
	spec := topics.Spec{Name: "plain", Partitions: topics.BrokerDefault, ReplicationFactor: topics.BrokerDefault}
	made, err := change.Run(lab.Ctx, lab.Client, lab.Client.Topics.Create(spec))
	if err != nil || made.Err() != nil {
		t.Fatal(err, made.Err())
	}
	row := made.Items()[0].Row
	found, err := lab.Adm.ListTopics(lab.Ctx, "plain")
	if err != nil {
		t.Fatal(err)
	}
	there := found["plain"].Partitions
	if int(row.Partitions) != len(there) || int(row.ReplicationFactor) != len(there[0].Replicas) {
		t.Errorf("told %s, made %d partitions with %d replicas", row.Effect(), len(there), len(there[0].Replicas))
	}
}

func TestCreateIsRefused(t *testing.T) {
	lab := labtest.Start(t)
	lab.Cluster.Create(1, 3, nil, "orders")
	for _, c := range []struct {
		name, want string
		spec       topics.Spec
	}{
		{"exists", "create topic orders: there is such a topic already (TOPIC_ALREADY_EXISTS)", topics.Spec{Name: "orders", Partitions: 1, ReplicationFactor: 1}},
		{"a name", "create topic or ders: the name has ' '", topics.Spec{Name: "or ders", Partitions: 1, ReplicationFactor: 1}},
		{"too many replicas", "(INVALID_REPLICATION_FACTOR)", topics.Spec{Name: "wide", Partitions: 1, ReplicationFactor: 9}},
		{"no partitions", "(INVALID_PARTITIONS)", topics.Spec{Name: "none", Partitions: 0, ReplicationFactor: 1}},
		{"a value", "(INVALID_CONFIG)", topics.Spec{Name: "odd", Partitions: 1, ReplicationFactor: 1, Configs: map[string]string{"retention.ms": "soon"}}},
		{"a key", "(INVALID_CONFIG)", topics.Spec{Name: "odd", Partitions: 1, ReplicationFactor: 1, Configs: map[string]string{"retention.sm": "1"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, how := range map[string]func() (change.Result[topics.CreationRow], error){
				"dry run": func() (change.Result[topics.CreationRow], error) {
					return change.DryRun(lab.Ctx, lab.Client, lab.Client.Topics.Create(c.spec))
				},
				"run": func() (change.Result[topics.CreationRow], error) {
					return change.Run(lab.Ctx, lab.Client, lab.Client.Topics.Create(c.spec))
				},
			} {
				r, err := how()
				if err != nil {
					t.Fatal(err)
				}
				if err := r.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: %v, want %s", name, err, c.want)
				}
			}
		})
	}
	names, err := ownTopics(lab, lab.Client)
	if err != nil || !slices.Equal(names, []string{"orders"}) {
		t.Errorf("there are %v, %v", names, err)
	}
}

func TestDelete(t *testing.T) {
	lab := labtest.Start(t)
	lab.Cluster.Create(2, 3, map[string]*string{"retention.ms": kadm.StringPtr("1000")}, "orders")
	lab.Cluster.Create(1, 1, nil, "stock")
	lab.Produce("orders", 0, 12)
	c := lab.Client.Topics.Delete("stock", "orders", "oders")
	shown, err := change.DryRun(lab.Ctx, lab.Client, c)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range shown.Parts {
		if p.Refused != nil {
			lines = append(lines, p.Refused.Error())
		}
		for _, i := range p.Items {
			lines = append(lines, i.String())
		}
	}
	want := []string{
		"delete topic oders: topic oders does not exist (UNKNOWN_TOPIC_OR_PARTITION); did you mean orders?",
		"orders: loses 2 partitions, 12 records", "stock: loses 1 partition, 0 records",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("shown %q", lines)
	}
	done, err := change.Execute(lab.Ctx, lab.Client, c, shown)
	if err != nil {
		t.Fatal(err)
	}
	if got := done.Tally(); got != (change.Tally{Done: 2, Refused: 1}) {
		t.Errorf("%+v: %v", got, done.Err())
	}
	if names, err := ownTopics(lab, lab.Client); err != nil || len(names) > 0 {
		t.Errorf("left are %v, %v", names, err)
	}
	data, err := os.ReadFile(done.Parts[1].Saved)
	if err != nil {
		t.Fatal(err)
	}
	var saved topics.Saved
	if err := json.Unmarshal(data, &saved); err != nil {
		t.Fatal(err)
	}
	if saved.Name != "orders" || saved.Partitions != 2 || saved.ReplicationFactor != 3 || len(saved.Replicas) != 2 || saved.Configs["retention.ms"] != "1000" {
		t.Errorf("saved %+v", saved)
	}
}

// A topic that was made anew since the preview is another topic.
func TestDeleteWhatWasShown(t *testing.T) {
	lab := labtest.Start(t)
	lab.Cluster.Create(1, 1, nil, "orders")
	c := lab.Client.Topics.Delete("orders")
	shown, err := change.DryRun(lab.Ctx, lab.Client, c)
	if err != nil {
		t.Fatal(err)
	}
	lab.Cluster.Delete("orders")
	lab.Cluster.Create(1, 1, nil, "orders")
	done, err := change.Execute(lab.Ctx, lab.Client, c, shown)
	if err != nil {
		t.Fatal(err)
	}
	var moved *change.MovedError
	if err := done.Err(); !errors.As(err, &moved) || moved.How != "it was deleted and made anew" {
		t.Errorf("%v", err)
	}
}

func TestChangesOfTopicsAreRefusedReadOnly(t *testing.T) {
	lab := labtest.Start(t)
	lab.Cluster.Create(1, 1, nil, "orders")
	client := lab.NewClient(kafka.Config{ReadOnly: true, Opts: []kgo.Opt{kgo.SeedBrokers(lab.Cluster.Servers...)}})
	_, created := change.Run(lab.Ctx, client, client.Topics.Create(topics.Spec{Name: "new", Partitions: 1, ReplicationFactor: 1}))
	_, deleted := change.Run(lab.Ctx, client, client.Topics.Delete("orders"))
	if !errors.Is(created, kafka.ErrReadOnly) || !errors.Is(deleted, kafka.ErrReadOnly) {
		t.Errorf("%v, %v", created, deleted)
	}
	if names, err := ownTopics(lab, client); err != nil || !slices.Equal(names, []string{"orders"}) {
		t.Errorf("there are %v, %v", names, err)
	}
}

// What kdeck makes is what kafka-topics.sh describes.
func TestCreateAgreesWithKafkaTopics(t *testing.T) {
	lab := labtest.Start(t)
	tools := kafkatest.NewTools(t)
	spec := topics.Spec{Name: "orders", Partitions: 3, ReplicationFactor: 2, Configs: map[string]string{"cleanup.policy": "compact"}}
	if made, err := change.Run(lab.Ctx, lab.Client, lab.Client.Topics.Create(spec)); err != nil || made.Err() != nil {
		t.Fatal(err, made.Err())
	}
	told := tools.Try(lab.Cluster, "kafka-topics --describe --topic orders")
	for _, want := range []string{"PartitionCount: 3", "ReplicationFactor: 2", "cleanup.policy=compact"} {
		if !strings.Contains(told.Out, want) {
			t.Errorf("kafka-topics does not tell %s:\n%s%s", want, told.Out, told.Err)
		}
	}
	if done, err := change.Run(lab.Ctx, lab.Client, lab.Client.Topics.Delete("orders")); err != nil || done.Err() != nil {
		t.Fatal(err, done.Err())
	}
	if told := tools.Try(lab.Cluster, "kafka-topics --list"); strings.Contains(told.Out, "orders") {
		t.Errorf("kafka-topics lists it still:\n%s", told.Out)
	}
}

// ownTopics are the names of the topics that are not Kafka's own.
func ownTopics(lab *labtest.Lab, client *admin.Client) ([]string, error) {
	list, err := client.Topics.List(lab.Ctx)
	var names []string
	for _, t := range list.Items {
		if !t.Internal {
			names = append(names, t.Name)
		}
	}
	return names, err
}
