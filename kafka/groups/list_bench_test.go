package groups_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
)

// BenchmarkGroups reads the list of groups with members and total lag, and in
// turn with it the floor: what a bare kadm program sends for the same answer,
// which is to list and describe the groups, to fetch their offsets in batches,
// and to list the end offsets of the topics that they committed on.
//
// ×floor is the median time of the list over that of the floor, and requests what
// one list sends in all. The rows "first" end when the first screen of groups has its
// lag, and in those with "delay" every response takes 10 ms more.
func BenchmarkGroups(b *testing.B) {
	lab := newFaultLab(b)
	for first := 0; first < labtest.BenchTopics; first += 1000 {
		names := make([]string, 1000)
		for i := range names {
			names[i] = benchTopic(first + i)
		}
		if _, err := lab.Adm.CreateTopics(lab.Ctx, labtest.BenchPartitions, 1, nil, names...); err != nil {
			b.Fatal(err)
		}
	}
	made := 0
	for _, n := range []int{10, 200, 1000} {
		makeBenchGroups(lab, made, n)
		made = n
		b.Run(fmt.Sprintf("groups=%d", n), func(b *testing.B) { benchmarkGroups(b, lab, n) })
	}
	b.Run("first", func(b *testing.B) { benchmarkFirstLag(b, lab, made) })
	for broker := range lab.Cluster.Embedded.Stats() {
		lab.Cluster.Embedded.Delay(int32(broker), benchDelay)
	}
	b.Run("delay", func(b *testing.B) { benchmarkGroups(b, lab, made) })
	b.Run("first-delay", func(b *testing.B) { benchmarkFirstLag(b, lab, made) })
}

const (
	// benchDelay is added to every response in the rows of a slow link.
	benchDelay = 10 * time.Millisecond
	// benchScreen is how many groups a screen of 48 lines shows.
	benchScreen = 40
)

// benchmarkFirstLag is the time until the first screen of groups has its lag.
func benchmarkFirstLag(b *testing.B, lab *groupLab, n int) {
	var times []time.Duration
	requests := 0
	for b.Loop() {
		took, sent := timeFirstLag(b, lab, n)
		times, requests = append(times, took), requests+sent
	}
	for len(times) < labtest.BenchRounds {
		took, sent := timeFirstLag(b, lab, n)
		times, requests = append(times, took), requests+sent
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(labtest.Millis(labtest.Median(times)), "ms")
	b.ReportMetric(float64(requests)/float64(len(times)), "requests")
}

func timeFirstLag(b *testing.B, lab *groupLab, n int) (took time.Duration, requests int) {
	b.Helper()
	return timeFresh(b, lab, func(client *admin.Client) {
		names, err := client.Groups.List(context.Background())
		if err != nil || names.Partial != nil || len(names.Items) != n {
			b.Fatalf("%d groups, want %d: %v, %v", len(names.Items), n, err, names.Partial)
		}
		if first := client.Groups.Fill(context.Background(), names.Items[:benchScreen]); first.Partial != nil || first.Items[0].Lag.Known == 0 {
			b.Fatalf("no lag: %+v, %v", first.Items[0], first.Partial)
		}
	})
}

func benchTopic(i int) string { return fmt.Sprintf("topic-%05d", i%labtest.BenchTopics) }

func makeBenchGroups(lab *groupLab, from, to int) {
	lab.Helper()
	work := make(chan int)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for g := range work {
				offsets := make(kadm.Offsets)
				for t := range labtest.BenchTopicsPerGroup {
					for p := range int32(labtest.BenchPartitions) {
						offsets.AddOffset(benchTopic(g*labtest.BenchTopicsPerGroup+t), p, 0, -1)
					}
				}
				if err := lab.Adm.CommitAllOffsets(lab.Ctx, fmt.Sprintf("group-%04d", g), offsets); err != nil {
					lab.Error(err)
				}
			}
		})
	}
	for g := from; g < to; g++ {
		work <- g
	}
	close(work)
	wg.Wait()
}

func benchmarkGroups(b *testing.B, lab *groupLab, n int) {
	requests := 0
	rounds := labtest.Compare(b,
		func() time.Duration {
			took, sent := timeGroups(b, lab, n)
			requests += sent
			return took
		},
		func() time.Duration { return timeBareGroups(b, lab, n) })
	b.ReportMetric(float64(requests)/float64(rounds), "requests")
}

// timeGroups reads the whole list.
func timeGroups(b *testing.B, lab *groupLab, n int) (took time.Duration, requests int) {
	b.Helper()
	return timeFresh(b, lab, func(client *admin.Client) {
		groups, err := client.Groups.WithLag(context.Background())
		if err != nil || groups.Partial != nil || len(groups.Items) != n {
			b.Fatalf("%d groups, want %d: %v, %v", len(groups.Items), n, err, groups.Partial)
		}
	})
}

// timeFresh runs something with a new client, which has cached nothing, as for a
// user who just attached.
func timeFresh(b *testing.B, lab *groupLab, run func(*admin.Client)) (took time.Duration, requests int) {
	b.Helper()
	client, err := admin.New(kafka.Config{Name: "bench", Opts: []kgo.Opt{kgo.SeedBrokers(lab.Cluster.Servers...)}})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	began := time.Now()
	run(client)
	took = time.Since(began)
	for _, count := range client.Requests() {
		requests += count
	}
	return took, requests
}

// timeBareGroups is the same for the floor.
func timeBareGroups(b *testing.B, lab *groupLab, n int) time.Duration {
	b.Helper()
	bare, err := kgo.NewClient(kgo.SeedBrokers(lab.Cluster.Servers...))
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close()
	began := time.Now()
	bareGroups(b, kadm.NewClient(bare), n)
	return time.Since(began)
}

// bareGroups is the floor.
func bareGroups(b *testing.B, adm *kadm.Client, n int) {
	b.Helper()
	ctx := context.Background()
	listed, err := adm.ListGroups(ctx)
	if err != nil || len(listed) != n {
		b.Fatalf("%d groups, want %d: %v", len(listed), n, err)
	}
	names := listed.Groups()
	described, err := adm.DescribeGroups(ctx, names...)
	if err != nil {
		b.Fatal(err)
	}
	offsets := adm.FetchManyOffsets(ctx, names...)
	topics := make(map[string]bool)
	for _, g := range offsets {
		for topic := range g.Fetched {
			topics[topic] = true
		}
	}
	ends, err := adm.ListEndOffsets(ctx, slices.Collect(maps.Keys(topics))...)
	if err != nil {
		b.Fatal(err)
	}
	total := int64(0)
	for _, g := range described {
		for topic, partitions := range offsets[g.Group].Fetched {
			for p, commit := range partitions {
				end, _ := ends.Lookup(topic, p)
				total += end.Offset - commit.At
			}
		}
	}
	if total != 0 {
		b.Fatalf("the total lag is %d, want 0", total)
	}
}
