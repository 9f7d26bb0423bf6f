package embedbroker_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// acked is what a cluster has acknowledged.
type acked struct {
	mu      sync.Mutex
	records map[string]bool // topic/value
	topics  map[string]int  // partitions
	commits map[string]int64
	total   int
}

func (a *acked) record(topic, value string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.records[topic+"/"+value] = true
	a.total++
	return a.total
}

// copy is what has been acknowledged by now: a client that is closed may tell of
// more.
func (a *acked) copy() *acked {
	a.mu.Lock()
	defer a.mu.Unlock()
	return &acked{records: maps.Clone(a.records), topics: maps.Clone(a.topics), commits: maps.Clone(a.commits), total: a.total}
}

// Everything that was acknowledged is there after kill -9 under load, again
// and again, on the same folder.
func TestKillKeepsAcknowledged(t *testing.T) {
	const (
		rounds   = 4
		perRound = 3000 // records acknowledged before the kill, and some more
	)
	ctx := testContext(t)
	dir := t.TempDir()
	a := &acked{records: make(map[string]bool), topics: make(map[string]int), commits: make(map[string]int64)}
	for round := range rounds {
		c := startChild(t, dir, 3)
		verify(ctx, t, c, a.copy(), round)
		load(ctx, t, c, a, round, a.copy().total+perRound+rand.IntN(500))
		<-c.done
	}
	c := startChild(t, dir, 3)
	verify(ctx, t, c, a.copy(), rounds)
	if err := c.stop(); err != nil {
		t.Fatalf("%v\n%s", err, c.stderr)
	}
	c = startChild(t, dir, 2)
	verify(ctx, t, c, a.copy(), rounds+1)
}

// load produces, commits and creates topics until enough records are
// acknowledged; then it kills the cluster while all that goes on.
func load(ctx context.Context, t *testing.T, c *child, a *acked, round, enough int) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	var once sync.Once
	run := func(f func(cl *kgo.Client)) {
		cl, err := kgo.NewClient(kgo.SeedBrokers(c.addrs...), kgo.AllowAutoTopicCreation(), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
		if err != nil {
			t.Error(err)
			return
		}
		wg.Go(func() {
			defer cl.Close()
			f(cl)
		})
	}
	for worker := range 2 {
		run(func(cl *kgo.Client) {
			for i := 0; ctx.Err() == nil; i++ {
				topic := "auto-" + strconv.Itoa(i%5)
				value := fmt.Sprintf("%d-%d-%d", round, worker, i)
				cl.Produce(ctx, &kgo.Record{Topic: topic, Value: []byte(value)}, func(_ *kgo.Record, err error) {
					if err == nil && a.record(topic, value) >= enough {
						once.Do(func() {
							c.kill()
							cancel()
						})
					}
				})
			}
		})
	}
	run(func(cl *kgo.Client) {
		for i := int64(1); ctx.Err() == nil; i++ {
			commit := make(kadm.Offsets)
			commit.AddOffset("auto-0", 0, i, -1)
			group := fmt.Sprintf("group-%d-%d", round, i%3)
			if err := kadm.NewClient(cl).CommitAllOffsets(ctx, group, commit); err == nil {
				a.mu.Lock()
				a.commits[group] = i
				a.mu.Unlock()
			}
		}
	})
	run(func(cl *kgo.Client) {
		for i := 0; ctx.Err() == nil; i++ {
			name := fmt.Sprintf("made-%d-%d", round, i)
			if _, err := kadm.NewClient(cl).CreateTopic(ctx, int32(1+i%4), 2, nil, name); err == nil {
				a.mu.Lock()
				a.topics[name] = 1 + i%4
				a.mu.Unlock()
			}
		}
	})
	wg.Wait()
}

// verify reads back all that was acknowledged.
func verify(ctx context.Context, t *testing.T, c *child, a *acked, round int) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.addrs...), kgo.ConsumeRegex(), kgo.ConsumeTopics("^auto-"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	topics, err := adm.ListTopics(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range a.topics {
		if got := len(topics[name].Partitions); got != n {
			t.Fatalf("round %d: topic %s has %d partitions, want %d", round, name, got, n)
		}
	}
	for group, at := range a.commits {
		offsets, err := adm.FetchOffsets(ctx, group)
		if err != nil {
			t.Fatal(err)
		}
		if o, _ := offsets.Lookup("auto-0", 0); o.At < at {
			t.Fatalf("round %d: group %s is committed at %d, want %d or later", round, group, o.At, at)
		}
	}
	missing := make(map[string]bool, len(a.records))
	for r := range a.records {
		missing[r] = true
	}
	for len(missing) > 0 {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("round %d: %d of %d records are missing: %v", round, len(missing), len(a.records), err)
		}
		fetches.EachRecord(func(r *kgo.Record) { delete(missing, r.Topic+"/"+string(r.Value)) })
	}
}
