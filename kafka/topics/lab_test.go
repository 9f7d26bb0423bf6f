package topics_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/profile"
)

// lab is a cluster and a client of it.
type lab struct {
	*testing.T
	*kafkatest.Cluster
	client *kafka.Client
	state  string // folder
	ctx    context.Context
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{T: t, Cluster: kafkatest.Start(t, kafkatest.Config{}), state: t.TempDir()}
	l.client = l.attach(kafka.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	l.ctx = ctx
	return l
}

// attach returns another client of the cluster.
func (l *lab) attach(cfg kafka.Config) *kafka.Client {
	l.Helper()
	opts, err := profile.Context{Name: "lab", BootstrapServers: l.Servers}.Options(l.T.Context())
	if err != nil {
		l.Fatal(err)
	}
	cfg.Name, cfg.StateDir, cfg.Opts = "lab", l.state, opts
	client, err := kafka.New(cfg)
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(client.Close)
	return client
}

// produce writes records to partition 0.
func (l *lab) produce(topic string, records int) {
	l.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(l.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		l.Fatal(err)
	}
	defer cl.Close()
	for range records {
		if err := cl.ProduceSync(l.ctx, &kgo.Record{Topic: topic, Value: []byte("x")}).FirstErr(); err != nil {
			l.Fatal(err)
		}
	}
}
