package raw_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/raw"
)

// benchGroups is how many groups have commits, each on 10 topics of 10 partitions.
const benchGroups = 1000

// BenchmarkRaw holds the requests that are made by hand against the same question asked
// through kadm, on 10,000 topics of 10 partitions and 1,000 groups. floor is kadm, MB and
// kadm-MB is what each allocates, the brokers in the same process included.
func BenchmarkRaw(b *testing.B) {
	names := labtest.TopicNames(labtest.BenchTopics)
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(labtest.BenchPartitions, names...))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(cluster.Close)
	seeds := kgo.SeedBrokers(cluster.ListenAddrs()...)
	groups := commitAll(b, seeds, names)
	ctx := context.Background()
	var md *raw.Metadata

	b.Run("Metadata", func(b *testing.B) {
		against(b, seeds, func(cl *kgo.Client) error {
			var err error
			md, err = raw.AllTopics(ctx, cl)
			return err
		}, func(adm *kadm.Client) error {
			_, err := adm.Metadata(ctx)
			return err
		})
	})
	b.Run("ListOffsets", func(b *testing.B) {
		against(b, seeds, func(cl *kgo.Client) error {
			var err error
			if md, err = raw.AllTopics(ctx, cl); err != nil {
				return err
			}
			return allEnds(ctx, cl, md)
		}, func(adm *kadm.Client) error {
			_, err := adm.ListEndOffsets(ctx)
			return err
		})
	})
	b.Run("OffsetFetch", func(b *testing.B) {
		against(b, seeds, func(cl *kgo.Client) error {
			listed, failed, _ := raw.ListGroups(ctx, cl)
			byCoordinator := make(map[int32][]string)
			for _, g := range listed {
				byCoordinator[g.Coordinator] = append(byCoordinator[g.Coordinator], g.Name)
			}
			told := 0
			for coordinator, groups := range byCoordinator {
				if err := raw.OffsetFetch(ctx, cl, coordinator, groups, false, func(string, error) {}, func(string, int32, raw.Committed) { told++ }); err != nil {
					return err
				}
			}
			if want := benchGroups * 100; told != want {
				return fmt.Errorf("%d commits, want %d (%v)", told, want, failed)
			}
			return nil
		}, func(adm *kadm.Client) error {
			if _, err := adm.ListGroups(ctx); err != nil {
				return err
			}
			return adm.FetchManyOffsets(ctx, groups...).Error()
		})
	})
	b.Run("DescribeConfigs", func(b *testing.B) {
		keys := []string{"cleanup.policy", "retention.ms", "retention.bytes", "min.insync.replicas"}
		against(b, seeds, func(cl *kgo.Client) error {
			var failed error
			raw.DescribeConfigs(ctx, cl, raw.TopicConfigs, names, keys, false, func(string, []raw.Config) {}, func(_ string, err error) { failed = err })
			return failed
		}, func(adm *kadm.Client) error {
			_, err := adm.DescribeTopicConfigs(ctx, names...)
			return err
		})
	})
}

// commitAll makes the groups.
func commitAll(b *testing.B, seeds kgo.Opt, topics []string) []string {
	b.Helper()
	cl, err := kgo.NewClient(seeds)
	if err != nil {
		b.Fatal(err)
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	groups := make([]string, benchGroups)
	for g := range groups {
		groups[g] = fmt.Sprintf("group-%04d", g)
		offsets := make(kadm.Offsets)
		for t := range labtest.BenchTopicsPerGroup {
			for p := range int32(labtest.BenchPartitions) {
				offsets.AddOffset(topics[(g*labtest.BenchTopicsPerGroup+t)%len(topics)], p, 0, -1)
			}
		}
		if err := adm.CommitAllOffsets(b.Context(), groups[g], offsets); err != nil {
			b.Fatal(err)
		}
	}
	return groups
}

// allEnds asks every leader for the ends of its logs.
func allEnds(ctx context.Context, cl *kgo.Client, md *raw.Metadata) error {
	asks := make(map[int32]*raw.ListOffsets)
	for _, broker := range md.Brokers {
		asks[broker.NodeID] = raw.NewListOffsets(-1, false, len(md.Topics), len(md.Topics)*labtest.BenchPartitions)
	}
	for i := range md.Topics {
		for _, p := range md.Topics[i].Partitions {
			asks[p.Leader].Add(*md.Topics[i].Topic, p.Partition)
		}
	}
	for leader, ask := range asks {
		if err := ask.Ask(ctx, cl, leader, func(string, int32, int64, error) {}); err != nil {
			return err
		}
	}
	return nil
}

// against runs both with a new client each, in turns.
func against(b *testing.B, seeds kgo.Opt, byHand func(*kgo.Client) error, byKadm func(*kadm.Client) error) {
	b.Helper()
	var mine, theirs uint64
	side := func(sum *uint64, ask func(*kgo.Client) error) func() time.Duration {
		return func() time.Duration {
			cl, err := kgo.NewClient(seeds)
			if err != nil {
				b.Fatal(err)
			}
			defer cl.Close()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			if err := ask(cl); err != nil {
				b.Fatal(err)
			}
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			*sum += after.TotalAlloc - before.TotalAlloc
			return took
		}
	}
	rounds := labtest.Compare(b, side(&mine, byHand), side(&theirs, func(cl *kgo.Client) error { return byKadm(kadm.NewClient(cl)) }))
	b.ReportMetric(float64(mine)/float64(rounds)/1e6, "MB")
	b.ReportMetric(float64(theirs)/float64(rounds)/1e6, "kadm-MB")
}
