// Package demo makes a cluster alive: real producers and real consumer groups,
// over the network like anyone else's, that give every screen something true to
// show: steady and bursty topics, keyed and compacted ones, transactions, and a group
// for everything that can become of one: it keeps up, falls behind, chokes, stops,
// goes back, never commits, or has commits that fit no log any more. Nothing here is special to the embedded cluster.
package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Traffic is running demo traffic.
type Traffic struct {
	way     []kgo.Opt // in
	stop    context.CancelFunc
	running sync.WaitGroup
}

// Start creates the demo topics that are missing and starts the producers and
// consumer groups. It returns when the topics exist and hold their first
// records, so that a screen opened next is not empty. The traffic ends with
// Close, or with ctx. The clients have the options way besides, as TLS and SASL.
func Start(ctx context.Context, servers []string, way ...kgo.Opt) (*Traffic, error) {
	ctx, stop := context.WithCancel(ctx)
	t := &Traffic{way: append([]kgo.Opt{kgo.SeedBrokers(servers...)}, way...), stop: stop}
	producer, err := t.client(kgo.ClientID("demo-shop"))
	if err != nil {
		stop()
		return nil, fmt.Errorf("start the demo traffic: %w", err)
	}
	if err := t.prepare(ctx, producer); err != nil {
		stop()
		producer.Close()
		return nil, fmt.Errorf("start the demo traffic: %w", err)
	}
	for _, topic := range topics() {
		t.run(func() { topic.produce(ctx, producer) })
	}
	t.run(func() { t.keepLedger(ctx) })
	for _, g := range groups() {
		for member := range g.members {
			t.run(func() { t.consume(ctx, g, member) })
		}
	}
	go func() {
		<-ctx.Done()
		t.running.Wait()
		producer.Close()
	}()
	return t, nil
}

// Close ends the traffic: consumers leave their groups, producers flush what
// they hold. It returns when all of them are gone.
func (t *Traffic) Close() {
	t.stop()
	t.running.Wait()
}

// client is a client that gets in.
func (t *Traffic) client(opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(slices.Clone(t.way), opts...)...)
}

func (t *Traffic) run(fn func()) {
	t.running.Add(1)
	go func() {
		defer t.running.Done()
		fn()
	}()
}

// prepare creates the topics that are missing and gives those their history, so
// that a second start on the same data adds nothing twice.
func (t *Traffic) prepare(ctx context.Context, producer *kgo.Client) error {
	admin := kadm.NewClient(producer)
	fresh := make(map[string]bool)
	for _, topic := range topics() {
		resp, err := admin.CreateTopic(ctx, topic.partitions, -1, topic.configs, topic.name)
		if err == nil {
			err = resp.Err
		}
		switch {
		case err == nil:
			fresh[topic.name] = true
			if err := topic.fill(ctx, producer); err != nil {
				return fmt.Errorf("write the first records of %s: %w", topic.name, err)
			}
		case !errors.Is(err, kerr.TopicAlreadyExists):
			return fmt.Errorf("create the topic %s: %w", topic.name, err)
		}
	}
	return leave(ctx, admin, fresh)
}
