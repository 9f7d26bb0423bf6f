package admin_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
)

func TestNamesCostAFewRequestsWhateverTheirNumber(t *testing.T) {
	topics := make([]string, 500)
	for i := range topics {
		topics[i] = fmt.Sprintf("topic-%03d", i)
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(3, topics...))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	c, err := admin.New(kafka.Config{Name: "test", Opts: []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()

	groups := []string{"a group with spaces", "payments", "shipping"}
	for _, g := range groups {
		offsets := make(kadm.Offsets)
		offsets.Add(kadm.Offset{Topic: topics[0], Partition: 0, At: 0, LeaderEpoch: -1})
		if err := kadm.NewClient(c.Kgo()).CommitAllOffsets(t.Context(), g, offsets); err != nil {
			t.Fatal(err)
		}
	}

	before := c.Requests()
	got, err := c.TopicNames(t.Context())
	if err != nil || !slices.Equal(got, topics) {
		t.Errorf("%d topics, want %d sorted ones; error %v", len(got), len(topics), err)
	}
	got, err = c.Groups.Names(t.Context())
	if err != nil || !slices.Equal(got, groups) {
		t.Errorf("groups %q, want %q; error %v", got, groups, err)
	}
	after := c.Requests()
	for api, most := range map[string]int{"Metadata": 2, "ListGroups": 3} {
		if n := after[api] - before[api]; n < 1 || n > most {
			t.Errorf("%d %s requests, want 1 to %d", n, api, most)
		}
	}
}
