package topics_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
)

// BenchmarkTopics reads the list of topics with 10 partitions each, and in turn
// with it the floor: the same requests sent by a bare kgo client that throws the
// answers away. Each reading has a new client, as for a user who just attached.
//
// ×floor is the time of the list over that of the floor, and requests what one
// list sends in all.
func BenchmarkTopics(b *testing.B) {
	for _, n := range []int{50, 1000, 10_000} {
		b.Run(fmt.Sprintf("topics=%d", n), func(b *testing.B) {
			names := labtest.TopicNames(n)
			cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(10, names...))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(cluster.Close)
			benchmarkTopics(b, kgo.SeedBrokers(cluster.ListenAddrs()...), names)
		})
	}
}

func benchmarkTopics(b *testing.B, seeds kgo.Opt, names []string) {
	requests := 0
	rounds := labtest.Compare(b,
		func() time.Duration {
			client, err := admin.New(kafka.Config{Name: "bench", Opts: []kgo.Opt{seeds}})
			if err != nil {
				b.Fatal(err)
			}
			defer client.Close()
			began := time.Now()
			topics, err := client.Topics.List(context.Background())
			took := time.Since(began)
			if err != nil || topics.Partial != nil || len(topics.Items) != len(names) || topics.Items[0].Records != 0 {
				b.Fatalf("%d topics, want %d: %v, %v", len(topics.Items), len(names), err, topics.Partial)
			}
			requests += labtest.Total(client)
			return took
		},
		func() time.Duration {
			bare, err := kgo.NewClient(seeds)
			if err != nil {
				b.Fatal(err)
			}
			defer bare.Close()
			began := time.Now()
			bareTopics(b, bare)
			return time.Since(began)
		})
	b.ReportMetric(float64(requests)/float64(rounds), "requests")
}

// bareTopics is the floor: metadata, then the starts and the ends of all logs.
func bareTopics(b *testing.B, cl *kgo.Client) {
	b.Helper()
	ctx := context.Background()
	md, err := kmsg.NewPtrMetadataRequest().RequestWith(ctx, cl)
	if err != nil {
		b.Fatal(err)
	}
	for _, at := range []int64{-2, -1} {
		req := kmsg.NewPtrListOffsetsRequest()
		for _, t := range md.Topics {
			rt := kmsg.NewListOffsetsRequestTopic()
			rt.Topic = *t.Topic
			for _, p := range t.Partitions {
				rp := kmsg.NewListOffsetsRequestTopicPartition()
				rp.Partition, rp.Timestamp = p.Partition, at
				rt.Partitions = append(rt.Partitions, rp)
			}
			req.Topics = append(req.Topics, rt)
		}
		for _, shard := range cl.RequestSharded(ctx, req) {
			if shard.Err != nil {
				b.Fatal(shard.Err)
			}
		}
	}
}

// BenchmarkTopicExtras reads what fills the columns after the rows are there, at
// 10,000 topics: sizes and policies.
func BenchmarkTopicExtras(b *testing.B) {
	names := labtest.TopicNames(10_000)
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(10, names...))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(cluster.Close)
	client, err := admin.New(kafka.Config{Name: "bench", Opts: []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	b.Run("sizes", func(b *testing.B) {
		for b.Loop() {
			if _, err := client.Topics.Sizes(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("policies", func(b *testing.B) {
		for b.Loop() {
			if policies, err := client.Topics.Policies(b.Context(), names); err != nil || len(policies) != len(names) {
				b.Fatalf("%d policies, %v", len(policies), err)
			}
		}
	})
}
