package embedbroker_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// checkPlaced fails unless every partition has its leader first, as many
// replicas as asked and all of them in sync, and the leaders are even.
func checkPlaced(t *testing.T, topics kadm.TopicDetails, brokers, replicas int) {
	t.Helper()
	total := make([]int, brokers)
	for _, topic := range topics {
		own := make([]int, brokers)
		for _, p := range topic.Partitions {
			if len(p.Replicas) != replicas || p.Leader != p.Replicas[0] || !slices.Equal(p.Replicas, p.ISR) {
				t.Errorf("%s-%d: leader %d, replicas %v, in sync %v; want %d replicas", topic.Topic, p.Partition, p.Leader, p.Replicas, p.ISR, replicas)
			}
			own[p.Leader]++
			total[p.Leader]++
		}
		if slices.Max(own)-slices.Min(own) > 1 {
			t.Errorf("%s is led %v", topic.Topic, own)
		}
	}
	if slices.Max(total)-slices.Min(total) > 2 {
		t.Errorf("all topics are led %v", total)
	}
}

func TestMetadataIsPlaced(t *testing.T) {
	ctx := testContext(t)
	cfg := embedbroker.Config{Brokers: 4, DataDir: t.TempDir()}
	c := start(t, cfg)
	cl := client(t, c, kgo.AllowAutoTopicCreation())
	adm := kadm.NewClient(cl)
	for n := range int32(12) {
		if _, err := adm.CreateTopic(ctx, n+1, 3, nil, fmt.Sprintf("made-%d", n)); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 6 { // the first answer after an automatic creation counts
		req := kmsg.NewPtrMetadataRequest()
		req.AllowAutoTopicCreation = true
		name := fmt.Sprintf("auto-%d", n)
		req.Topics = []kmsg.MetadataRequestTopic{{Topic: &name}}
		resp, err := req.RequestWith(ctx, cl)
		if err != nil {
			t.Fatal(err)
		}
		p := resp.Topics[0].Partitions
		if resp.Topics[0].ErrorCode != 0 || len(p) != 1 || len(p[0].Replicas) != 3 || p[0].Leader != p[0].Replicas[0] {
			t.Fatalf("got %+v", resp.Topics[0])
		}
	}
	if _, err := adm.UpdatePartitions(ctx, 9, "made-0"); err != nil {
		t.Fatal(err)
	}
	if _, err := adm.DeleteTopics(ctx, "made-7"); err != nil {
		t.Fatal(err)
	}
	before, err := adm.ListTopics(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(before["made-0"].Partitions); got != 9 {
		t.Errorf("made-0 has %d partitions, want 9", got)
	}
	checkPlacedLoosely := maps.Clone(before) // growth and deletion leave all topics less even
	delete(checkPlacedLoosely, "made-0")
	for name, topic := range checkPlacedLoosely {
		checkPlaced(t, kadm.TopicDetails{name: topic}, 4, 3)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}

	c = start(t, cfg)
	after, err := kadm.NewClient(client(t, c)).ListTopics(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for name, topic := range before {
		for id, p := range topic.Partitions {
			if now := after[name].Partitions[id]; !slices.Equal(p.Replicas, now.Replicas) || p.Leader != now.Leader || now.LeaderEpoch < p.LeaderEpoch {
				t.Errorf("%s-%d was %+v, is %+v", name, id, p, now)
			}
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}

	cfg.Brokers = 2 // fewer brokers: fewer replicas, spread anew
	c = start(t, cfg)
	if after, err = kadm.NewClient(client(t, c)).ListTopics(ctx); err != nil {
		t.Fatal(err)
	}
	if len(after) != len(before) {
		t.Errorf("%d topics, want %d", len(after), len(before))
	}
	checkPlaced(t, after, 2, 2)
}

func TestTopicErrors(t *testing.T) {
	ctx := testContext(t)
	c := start(t, embedbroker.Config{Brokers: 2})
	cl := client(t, c)
	abc := "abc"
	topic := func(change func(*kmsg.CreateTopicsRequestTopic)) kmsg.CreateTopicsRequestTopic {
		t := kmsg.NewCreateTopicsRequestTopic()
		t.Topic, t.NumPartitions, t.ReplicationFactor = "bad", 1, 1
		change(&t)
		return t
	}
	tests := map[string]struct {
		topic kmsg.CreateTopicsRequestTopic
		code  int16
	}{
		"name":           {topic(func(t *kmsg.CreateTopicsRequestTopic) { t.Topic = "../x" }), 17},
		"no name":        {topic(func(t *kmsg.CreateTopicsRequestTopic) { t.Topic = "" }), 17},
		"no partitions":  {topic(func(t *kmsg.CreateTopicsRequestTopic) { t.NumPartitions = 0 }), 37},
		"all partitions": {topic(func(t *kmsg.CreateTopicsRequestTopic) { t.NumPartitions = 1<<31 - 1 }), 37},
		"no replicas":    {topic(func(t *kmsg.CreateTopicsRequestTopic) { t.ReplicationFactor = 0 }), 38},
		"replicas":       {topic(func(t *kmsg.CreateTopicsRequestTopic) { t.ReplicationFactor = 3 }), 38},
		"config": {topic(func(t *kmsg.CreateTopicsRequestTopic) {
			t.Configs = []kmsg.CreateTopicsRequestTopicConfig{{Name: "retention.ms", Value: &abc}}
		}), 40},
		"assignment": {topic(func(t *kmsg.CreateTopicsRequestTopic) {
			t.NumPartitions, t.ReplicationFactor = -1, -1
			t.ReplicaAssignment = []kmsg.CreateTopicsRequestTopicReplicaAssignment{{Replicas: []int32{1, 1}}}
		}), 39},
		"good": {topic(func(*kmsg.CreateTopicsRequestTopic) {}), 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			req := kmsg.NewPtrCreateTopicsRequest()
			req.Topics = append(req.Topics, tt.topic)
			resp, err := req.RequestWith(ctx, cl)
			if err != nil {
				t.Fatal(err)
			}
			if got := resp.Topics[0].ErrorCode; got != tt.code {
				t.Errorf("error code %d, want %d", got, tt.code)
			}
		})
	}
}

// Every broker reports the log directories of its own replicas only.
func TestDescribeLogDirs(t *testing.T) {
	ctx := testContext(t)
	c := start(t, embedbroker.Config{Brokers: 3})
	cl := client(t, c)
	adm := kadm.NewClient(cl)
	if _, err := adm.CreateTopic(ctx, 6, 2, nil, "logs"); err != nil {
		t.Fatal(err)
	}
	topics, err := adm.ListTopics(ctx, "logs")
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := adm.DescribeAllLogDirs(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	dirs.Each(func(d kadm.DescribedLogDir) {
		if d.Dir != c.DataDir() {
			t.Errorf("broker %d keeps its logs in %s, want the data folder %s", d.Broker, d.Dir, c.DataDir())
		}
		d.Topics.Each(func(p kadm.DescribedLogDirPartition) {
			seen++
			if replicas := topics[p.Topic].Partitions[p.Partition].Replicas; !slices.Contains(replicas, p.Broker) {
				t.Errorf("broker %d reports partition %d, whose replicas are %v", p.Broker, p.Partition, replicas)
			}
		})
	})
	if seen != 12 {
		t.Errorf("%d replicas reported, want 12", seen)
	}
}
