// Package labtest is what tests of the rooms of kafka share: a cluster with topics,
// records, commits and members, a client under test, and the comparison of a
// benchmark with its floor. It is imported by tests alone.
package labtest

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/overview"
	"github.com/kdeck/kdeck/kafka/reset"
)

// Lab is a three-broker cluster with what tests of groups need: topics,
// records, commits and members.
type Lab struct {
	testing.TB
	Ctx     context.Context
	Cluster *kafkatest.Cluster // nil when the test has a cluster of its own
	Client  *admin.Client      // the one under test
	Kgo     *kgo.Client
	Adm     *kadm.Client
	way     []kgo.Opt // to a cluster of the test's own
}

// Start gives a test a cluster of three brokers.
func Start(tb testing.TB) *Lab {
	tb.Helper()
	cluster := kafkatest.Start(tb, kafkatest.Config{})
	return Attach(tb, cluster, cluster.Servers)
}

// WithFaults is Start for tests that disturb brokers.
func WithFaults(tb testing.TB) *Lab {
	tb.Helper()
	cluster := kafkatest.Start(tb, kafkatest.Config{Faults: true})
	return Attach(tb, cluster, cluster.Servers)
}

// Attach makes a lab of a cluster that runs.
func Attach(tb testing.TB, cluster *kafkatest.Cluster, addrs []string, opts ...kgo.Opt) *Lab {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	tb.Cleanup(cancel)
	lab := &Lab{TB: tb, Ctx: ctx, Cluster: cluster}
	opts = append(opts, kgo.SeedBrokers(addrs...))
	if cluster == nil {
		lab.way = opts
	}
	lab.Kgo = lab.Join(opts...)
	lab.Adm = kadm.NewClient(lab.Kgo)
	lab.Client = lab.NewClient(kafka.Config{Opts: opts})
	return lab
}

// NewClient makes a client that is closed with the test. Opts have the way to the cluster.
func (l *Lab) NewClient(cfg kafka.Config) *admin.Client {
	l.Helper()
	cfg.Name = "lab"
	cfg.StateDir = cmp.Or(cfg.StateDir, l.TempDir())
	client, err := admin.New(cfg)
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(client.Close)
	return client
}

// Hurry makes the client under test give up on a silent broker after a second.
func (l *Lab) Hurry() {
	l.Helper()
	l.Client = l.NewClient(kafka.Config{RequestTimeout: time.Second, Opts: []kgo.Opt{kgo.SeedBrokers(l.Cluster.Servers...)}})
}

// Join starts a client; with a group option it is a member of the group.
func (l *Lab) Join(opts ...kgo.Opt) *kgo.Client {
	l.Helper()
	if l.Cluster != nil {
		opts = append(opts, kgo.SeedBrokers(l.Cluster.Servers...))
	}
	opts = append(opts, l.way...)
	cl, err := kgo.NewClient(append(opts, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(cl.CloseAllowingRebalance)
	return cl
}

// Topic creates a topic of one replica.
func (l *Lab) Topic(name string, partitions int32) {
	l.Helper()
	l.Create(name, partitions, 1, nil)
}

// Create creates a topic.
func (l *Lab) Create(name string, partitions int32, replication int16, configs map[string]*string) {
	l.Helper()
	if l.Cluster != nil {
		l.Cluster.Create(partitions, replication, configs, name)
		return
	}
	if _, err := l.Adm.CreateTopic(l.Ctx, partitions, replication, configs, name); err != nil {
		l.Fatal(err)
	}
}

// Produce writes n records to a partition.
func (l *Lab) Produce(topic string, partition int32, n int) {
	l.Helper()
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Topic: topic, Partition: partition, Value: []byte(strconv.Itoa(i))}
	}
	if err := l.Kgo.ProduceSync(l.Ctx, records...).FirstErr(); err != nil {
		l.Fatal(err)
	}
}

// Commit commits an offset for a group without members.
func (l *Lab) Commit(group, topic string, partition int32, offset int64) {
	l.Helper()
	offsets := make(kadm.Offsets)
	offsets.AddOffset(topic, partition, offset, -1)
	if err := l.Adm.CommitAllOffsets(l.Ctx, group, offsets); err != nil {
		l.Fatal(err)
	}
}

// Until asks the whole list until one group is as wanted: members join in their
// own time.
func (l *Lab) Until(name string, wanted func(groups.Group) bool) groups.Group {
	l.Helper()
	for {
		groups, err := l.Client.Groups.WithLag(l.Ctx)
		if err != nil {
			l.Fatal(err)
		}
		for _, g := range groups.Items {
			if g.Name == name && wanted(g) {
				return g
			}
		}
		l.Pause(groups)
	}
}

// Pause lets the cluster have a moment between two questions, or ends the test
// when its time is up.
func (l *Lab) Pause(last any) {
	l.Helper()
	select {
	case <-l.Ctx.Done():
		l.Fatalf("the group never became as wanted; last answer: %+v", last)
	case <-time.After(20 * time.Millisecond):
	}
}

// ResetStart is the timestamp of record 0 of every partition; record n is n
// seconds later.
var ResetStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Partition names a partition.
func Partition(topic string, n int32) model.TopicPartition {
	return model.TopicPartition{Topic: topic, Partition: n}
}

// SeedReset makes the topic orders with two partitions that hold the offsets 10
// to 99, and the group billing with a commit at 50 on each that has an old leader
// epoch and metadata.
func (l *Lab) SeedReset() {
	l.Helper()
	l.Topic("orders", 2)
	deleted := make(kadm.Offsets)
	committed := make(kadm.Offsets)
	for p := range int32(2) {
		var records []*kgo.Record
		for n := range 100 {
			records = append(records, &kgo.Record{Topic: "orders", Partition: p, Timestamp: ResetStart.Add(time.Duration(n) * time.Second)})
		}
		if err := l.Kgo.ProduceSync(l.Ctx, records...).FirstErr(); err != nil {
			l.Fatal(err)
		}
		deleted.AddOffset("orders", p, 10, -1)
		committed.Add(kadm.Offset{Topic: "orders", Partition: p, At: 50, LeaderEpoch: 0, Metadata: "mine"})
	}
	if _, err := l.Adm.DeleteRecords(l.Ctx, deleted); err != nil {
		l.Fatal(err)
	}
	if err := l.Adm.CommitAllOffsets(l.Ctx, "billing", committed); err != nil {
		l.Fatal(err)
	}
}

// Offsets reads a group's commits with a client of its own.
func (l *Lab) Offsets(group string) map[model.TopicPartition]kadm.Offset {
	l.Helper()
	found, err := l.Adm.FetchOffsets(l.Ctx, group)
	if err != nil {
		l.Fatal(err)
	}
	offsets := make(map[model.TopicPartition]kadm.Offset)
	found.Each(func(o kadm.OffsetResponse) { offsets[Partition(o.Topic, o.Partition)] = o.Offset })
	return offsets
}

// Plan makes the plan of billing's reset.
func (l *Lab) Plan(client *admin.Client, scope reset.Scope, s reset.Strategy) reset.Plan {
	l.Helper()
	return l.PlanOf("billing", client, scope, s)
}

// PlanOf makes the plan of a group's reset.
func (l *Lab) PlanOf(group string, client *admin.Client, scope reset.Scope, s reset.Strategy) reset.Plan {
	l.Helper()
	facts, err := client.Groups.ResetFacts(l.Ctx, group, scope, s)
	if err != nil {
		l.Fatal(err)
	}
	plan, err := reset.Make(facts, scope, s)
	if err != nil {
		l.Fatal(err)
	}
	return plan
}

// AllCommitted is the scope of everything that a group has committed.
var AllCommitted = reset.Scope{Committed: true}

// CheckBrokers asks every broker whether it answers.
func (l *Lab) CheckBrokers() brokers.Check {
	l.Helper()
	check, err := l.Client.Brokers.Check(l.Ctx)
	if err != nil {
		l.Fatal(err)
	}
	return check
}

// BrokerStates is the state of each broker, by id.
func BrokerStates(check brokers.Check) []brokers.State {
	var states []brokers.State
	for _, b := range check.Brokers {
		states = append(states, b.State)
	}
	return states
}

// UntilBroker asks until a broker is as wanted.
func (l *Lab) UntilBroker(id int, want brokers.State) {
	l.Helper()
	for {
		check, err := l.Client.Brokers.Check(l.Ctx)
		if err == nil && check.Brokers[id].State == want {
			return
		}
		l.Pause(check)
	}
}

// Health asks until the partitions of the cluster are as wanted.
func (l *Lab) Health(wanted func(overview.Health) bool) overview.Health {
	l.Helper()
	for {
		h, err := l.Client.Overview.Health(l.Ctx)
		if err == nil && wanted(h) {
			return h
		}
		l.Pause(h)
	}
}

// Detail asks for a group until it is there and as wanted.
func (l *Lab) Detail(name string, wanted func(groups.Detail) bool) groups.Detail {
	l.Helper()
	for {
		d, err := l.Client.Groups.Detail(l.Ctx, name)
		var none *groups.NoGroupError
		if err != nil && !errors.As(err, &none) {
			l.Fatal(err)
		}
		if err == nil && wanted(d) {
			return d
		}
		l.Pause(d)
	}
}

// AnyDetail takes a group as it is.
func AnyDetail(groups.Detail) bool { return true }
