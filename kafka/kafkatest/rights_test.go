package kafkatest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/kafkatest"
)

func TestRightsHoldAtOnce(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Secure: true})
	cluster.Create(1, 3, nil, "orders")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, mechanism := range kafkatest.Mechanisms {
		opts, err := cluster.Context(kafkatest.Clerk, mechanism).Options(ctx)
		if err != nil {
			t.Fatal(err)
		}
		client, err := kgo.NewClient(append(opts, kgo.DisableIdempotentWrite())...)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		write := func() error {
			return client.ProduceSync(ctx, &kgo.Record{Topic: "orders", Value: []byte("1")}).FirstErr()
		}
		cluster.Allow(kafkatest.Clerk, "Write Topic:ord*")
		if err := write(); err != nil {
			t.Errorf("%s: write with the right to: %v", mechanism, err)
		}
		cluster.Allow(kafkatest.Clerk, "Describe Topic:orders")
		if err := write(); !errors.Is(err, kerr.TopicAuthorizationFailed) {
			t.Errorf("%s: write without the right to: %v", mechanism, err)
		}
		if topics, err := kadm.NewClient(client).ListTopics(ctx); err != nil || !topics.Has("orders") {
			t.Errorf("%s: list: %v, %v", mechanism, topics.Names(), err)
		}
	}
}
