package produce_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/records"
)

// patience bounds what a broker does in a test.
const patience = 30 * time.Second

type cluster struct {
	*kafkatest.Cluster
	client *kafka.Conn
	state  string // the folder with the audit log
}

func start(t *testing.T, cfg kafkatest.Config) *cluster {
	t.Helper()
	c := &cluster{Cluster: kafkatest.Start(t, cfg), state: t.TempDir()}
	c.client = c.attach(t, false)
	return c
}

func (c *cluster) attach(t *testing.T, readOnly bool) *kafka.Conn {
	t.Helper()
	client, err := kafka.New(kafka.Config{
		Name: "test", ReadOnly: readOnly, StateDir: c.state, RequestTimeout: 2 * time.Second,
		Opts: []kgo.Opt{kgo.SeedBrokers(c.Servers...)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func (c *cluster) open(t *testing.T, topic string, opts produce.Options) *produce.Producer {
	t.Helper()
	p, err := produce.Open(t.Context(), c.client, topic, opts, "produce", nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// finish is Finish with all its time.
func finish(t *testing.T, p *produce.Producer, keep bool) (produce.Summary, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return p.Finish(ctx, keep)
}

// read returns what the topic orders holds.
func (c *cluster) read(t *testing.T, committed bool) (found []*kgo.Record) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := records.Open(ctx, c.client, records.Query{Topic: "orders", From: records.Start{Kind: records.Earliest}, Until: records.Start{Kind: records.Latest}, Committed: committed})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		batch, err := r.Next(ctx)
		if err != nil {
			return found
		}
		found = append(found, batch...)
	}
}
