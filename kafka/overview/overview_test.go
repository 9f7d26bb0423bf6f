package overview_test

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/topics"
)

func TestOverviewCostsAFewRequests(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(2, labtest.TopicNames(3000)...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	lab := labtest.Attach(t, nil, cluster.ListenAddrs())
	for round := range 2 { // the first learns the addresses of the brokers and min.insync.replicas
		before := lab.Client.Requests()
		o, err := lab.Client.Overview.Read(lab.Ctx)
		if err != nil || o.Partitions != 6000 || o.TroubledTopics != 0 {
			t.Fatalf("overview of %d partitions, %d troubled, %v", o.Partitions, o.TroubledTopics, err)
		}
		if _, err := lab.Client.Topics.Rates(lab.Ctx, o.Leaders, 5); err != nil {
			t.Fatal(err)
		}
		after := lab.Client.Requests()
		want := map[string]int{"Metadata": 2 - round, "ListOffsets": 3, "DescribeConfigs": 3 * (1 - round)}
		for api, most := range want {
			if n := after[api] - before[api]; n > most {
				t.Errorf("round %d: %d %s requests, want at most %d", round, n, api, most)
			}
		}
	}
}

func TestRatesNameTheBusiestTopics(t *testing.T) {
	lab := labtest.Start(t)
	for i := range 4 {
		lab.Topic(fmt.Sprintf("topic-%d", i), 2)
	}
	o, err := lab.Client.Overview.Read(lab.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	ask := func() topics.Rates {
		r, err := lab.Client.Topics.Rates(lab.Ctx, o.Leaders, 2)
		if err != nil || r.Partial != nil {
			t.Fatalf("%v, partial %v", err, r.Partial)
		}
		return r
	}
	if r := ask(); r.PerSecond != -1 || len(r.Busiest) != 0 {
		t.Fatalf("one look tells no rate, but it is %+v", r)
	}
	lab.Produce("topic-1", 0, 50)
	lab.Produce("topic-2", 1, 500)
	lab.Produce("topic-3", 0, 5)
	r := ask()
	for r.PerSecond < 0 { // samples stand a moment apart
		lab.Pause(r)
		r = ask()
	}
	if len(r.Busiest) != 2 || r.Busiest[0].Topic != "topic-2" || r.Busiest[1].Topic != "topic-1" {
		t.Errorf("busiest are %+v", r.Busiest)
	}
	if r.PerSecond <= r.Busiest[0].PerSecond+r.Busiest[1].PerSecond {
		t.Errorf("%v records/s of all topics leave out the third of %+v", r.PerSecond, r.Busiest)
	}
	if len(r.Busiest[0].History) != 1 {
		t.Errorf("history %v", r.Busiest[0].History)
	}
}

// TestRatesOfASilentBroker: what the others tell stays true.
func TestRatesOfASilentBroker(t *testing.T) {
	t.Parallel()
	lab := labtest.WithFaults(t)
	lab.Topic("orders", 6)
	o, err := lab.Client.Overview.Read(lab.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	lab.Cluster.Embedded.Cut(1, true)
	r, err := lab.Client.Topics.Rates(lab.Ctx, o.Leaders, 5)
	if err != nil || r.Partial == nil {
		t.Errorf("with one of three brokers cut off: %v, partial %v", err, r.Partial)
	}
}
