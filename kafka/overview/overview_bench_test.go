package overview_test

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
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
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(labtest.BenchPartitions, labtest.TopicNames(topics)...))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(cluster.Close)
	lab := labtest.Attach(b, nil, cluster.ListenAddrs())
	poll := func() {
		if _, err := lab.Client.Brokers.Check(lab.Ctx); err != nil {
			b.Fatal(err)
		}
		o, err := lab.Client.Overview.Read(lab.Ctx)
		if err != nil || o.Partitions != topics*labtest.BenchPartitions {
			b.Fatalf("%d partitions, %v", o.Partitions, err)
		}
		if r, err := lab.Client.Topics.Rates(lab.Ctx, o.Leaders, 5); err != nil || r.Partial != nil {
			b.Fatal(err, r.Partial)
		}
	}
	floor := func() {
		if _, err := lab.Adm.Metadata(lab.Ctx); err != nil {
			b.Fatal(err)
		}
		ends, err := lab.Adm.ListEndOffsets(lab.Ctx)
		if err != nil || len(ends) != topics {
			b.Fatalf("%d topics, %v", len(ends), err)
		}
	}
	poll()
	floor()
	sent := labtest.Total(lab.Client)
	rounds := labtest.Compare(b, labtest.Timed(poll), labtest.Timed(floor))
	b.ReportMetric(float64(labtest.Total(lab.Client)-sent)/float64(rounds), "requests")
}
