package groups_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/model"
)

// TestManyGroupsOnOldKafka reads groups from brokers of 2.8, which tell the
// commits of one group at a time (OffsetFetch v7). Each broker gets them one after
// the other on one connection, all brokers at the same time.
func TestManyGroupsOnOldKafka(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{KafkaVersion: "2.8"})
	lab := attachGroupLab(t, cluster, cluster.Servers)
	lab.Topic("orders", 3)
	const groups = 300
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for g := worker; g < groups; g += 8 {
				lab.Commit(fmt.Sprintf("group-%03d", g), "orders", int32(g%3), 0)
			}
		})
	}
	wg.Wait()
	for p := range int32(3) {
		lab.Produce("orders", p, 7)
	}
	if _, err := lab.Client.Groups.WithLag(lab.Ctx); err != nil { // finds the coordinators
		t.Fatal(err)
	}
	before := lab.Client.Requests()
	snap, err := lab.Client.Groups.WithLag(lab.Ctx)
	if err != nil || snap.Partial != nil {
		t.Fatal(err, snap.Partial)
	}
	after := lab.Client.Requests()
	brokers := len(cluster.Servers)
	for api, most := range map[string]int{"FindCoordinator": 0, "OffsetFetch": groups + brokers, "DescribeGroups": brokers, "ListGroups": brokers, "ListOffsets": brokers} {
		if n := after[api] - before[api]; n > most {
			t.Errorf("%d requests %s, want %d at most", n, api, most)
		}
	}
	if len(snap.Items) != groups {
		t.Errorf("%d groups, want %d", len(snap.Items), groups)
	}
	for _, g := range snap.Items {
		if g.Lag.Total() != 7 || g.State != model.StateEmpty || g.Type != model.Classic {
			t.Errorf("%s: lag %d, %s, %s", g.Name, g.Lag.Total(), g.State, g.Type)
		}
	}
}
