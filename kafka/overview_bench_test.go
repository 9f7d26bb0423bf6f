package kafka_test

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/kdeck/kdeck/kafka"
)

// BenchmarkOverview is one poll of an open overview: the brokers, the state of
// all partitions, and the rates. In turn with it runs the floor, what a bare kadm
// program does for the same numbers: the metadata and the end offsets of all
// topics. Both are clients that have been at it for a while.
//
// ×floor is the time of the poll over that of the floor, and requests what one
// poll sends.
func BenchmarkOverview(b *testing.B) {
	for _, topics := range []int{50, 1000, 10_000} {
		b.Run(fmt.Sprintf("topics=%d", topics), func(b *testing.B) { benchmarkOverview(b, topics) })
	}
}

func benchmarkOverview(b *testing.B, topics int) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(benchPartitions, topicNames(topics)...))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(cluster.Close)
	lab := attachGroupLab(b, nil, cluster.ListenAddrs())
	poll := func() {
		if _, err := lab.client.CheckBrokers(lab.ctx); err != nil {
			b.Fatal(err)
		}
		o, err := lab.client.Overview(lab.ctx)
		if err != nil || o.Partitions != topics*benchPartitions {
			b.Fatalf("%d partitions, %v", o.Partitions, err)
		}
		if r, err := lab.client.Rates(lab.ctx, o, 5); err != nil || r.Partial != nil {
			b.Fatal(err, r.Partial)
		}
	}
	floor := func() {
		if _, err := lab.adm.Metadata(lab.ctx); err != nil {
			b.Fatal(err)
		}
		ends, err := lab.adm.ListEndOffsets(lab.ctx)
		if err != nil || len(ends) != topics {
			b.Fatalf("%d topics, %v", len(ends), err)
		}
	}
	poll()
	floor()
	sent := total(lab.client)
	rounds := compare(b, timed(poll), timed(floor))
	b.ReportMetric(float64(total(lab.client)-sent)/float64(rounds), "requests")
}

// total is how many requests a client has sent.
func total(c *kafka.Client) int {
	sum := 0
	for _, n := range c.Requests() {
		sum += n
	}
	return sum
}
