package kafka_test

import (
	"cmp"
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// groupLab is a three-broker cluster with what tests of groups need: topics,
// records, commits and members.
type groupLab struct {
	testing.TB
	ctx     context.Context
	cluster *kafkatest.Cluster // nil when the test has a cluster of its own
	client  *kafka.Client      // the one under test
	kgo     *kgo.Client
	adm     *kadm.Client
}

func newGroupLab(tb testing.TB) *groupLab {
	tb.Helper()
	cluster := kafkatest.Start(tb, kafkatest.Config{})
	return attachGroupLab(tb, cluster, cluster.Servers)
}

// newFaultLab is newGroupLab for tests that disturb brokers.
func newFaultLab(tb testing.TB) *groupLab {
	tb.Helper()
	cluster := kafkatest.Start(tb, kafkatest.Config{Faults: true})
	return attachGroupLab(tb, cluster, cluster.Servers)
}

func attachGroupLab(tb testing.TB, cluster *kafkatest.Cluster, addrs []string, opts ...kgo.Opt) *groupLab {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	tb.Cleanup(cancel)
	lab := &groupLab{TB: tb, ctx: ctx, cluster: cluster}
	opts = append(opts, kgo.SeedBrokers(addrs...))
	lab.kgo = lab.join(opts...)
	lab.adm = kadm.NewClient(lab.kgo)
	lab.client = lab.newClient(kafka.Config{Opts: opts})
	return lab
}

func (l *groupLab) newClient(cfg kafka.Config) *kafka.Client {
	l.Helper()
	cfg.Name = "lab"
	cfg.StateDir = cmp.Or(cfg.StateDir, l.TempDir())
	client, err := kafka.New(cfg)
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(client.Close)
	return client
}

// hurry makes the client under test give up on a silent broker after a second.
func (l *groupLab) hurry() {
	l.Helper()
	l.client = l.newClient(kafka.Config{RequestTimeout: time.Second, Opts: []kgo.Opt{kgo.SeedBrokers(l.cluster.Servers...)}})
}

// join starts a client; with a group option it is a member of the group.
func (l *groupLab) join(opts ...kgo.Opt) *kgo.Client {
	l.Helper()
	if l.cluster != nil {
		opts = append(opts, kgo.SeedBrokers(l.cluster.Servers...))
	}
	cl, err := kgo.NewClient(append(opts, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(cl.CloseAllowingRebalance)
	return cl
}

func (l *groupLab) topic(name string, partitions int32) {
	l.Helper()
	l.create(name, partitions, 1, nil)
}

func (l *groupLab) create(name string, partitions int32, replication int16, configs map[string]*string) {
	l.Helper()
	if l.cluster != nil {
		l.cluster.Create(partitions, replication, configs, name)
		return
	}
	if _, err := l.adm.CreateTopic(l.ctx, partitions, replication, configs, name); err != nil {
		l.Fatal(err)
	}
}

// produce writes n records to a partition.
func (l *groupLab) produce(topic string, partition int32, n int) {
	l.Helper()
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Topic: topic, Partition: partition, Value: []byte(strconv.Itoa(i))}
	}
	if err := l.kgo.ProduceSync(l.ctx, records...).FirstErr(); err != nil {
		l.Fatal(err)
	}
}

// commit commits an offset for a group without members.
func (l *groupLab) commit(group, topic string, partition int32, offset int64) {
	l.Helper()
	offsets := make(kadm.Offsets)
	offsets.AddOffset(topic, partition, offset, -1)
	if err := l.adm.CommitAllOffsets(l.ctx, group, offsets); err != nil {
		l.Fatal(err)
	}
}

// until asks the whole list until one group is as wanted: members join in their
// own time.
func (l *groupLab) until(name string, wanted func(kafka.Group) bool) kafka.Group {
	l.Helper()
	for {
		groups, err := l.client.Groups(l.ctx)
		if err != nil {
			l.Fatal(err)
		}
		for _, g := range groups.Items {
			if g.Name == name && wanted(g) {
				return g
			}
		}
		l.pause(groups)
	}
}

// pause lets the cluster have a moment between two questions, or ends the test
// when its time is up.
func (l *groupLab) pause(last any) {
	l.Helper()
	select {
	case <-l.ctx.Done():
		l.Fatalf("the group never became as wanted; last answer: %+v", last)
	case <-time.After(20 * time.Millisecond):
	}
}
