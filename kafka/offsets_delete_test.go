package kafka_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/reset"
)

// deletions is what became of commits, as "orders/0 done was 50".
func deletions(d kafka.OffsetsDeletion) string {
	var parts []string
	for _, p := range d.Partitions {
		parts = append(parts, fmt.Sprintf("%s %s was %d", p.TopicPartition, p.Outcome, p.Was))
	}
	return strings.Join(parts, ", ")
}

func TestDeleteOffsets(t *testing.T) {
	lab := newGroupLab(t)
	seedReset(lab)
	lab.topic("users", 1)
	lab.commit("billing", "users", 0, 0)
	deleted, err := lab.client.DeleteOffsets(lab.ctx, "billing", []reset.TopicPartition{partition("orders", 1), partition("orders", 0), partition("orders", 1)})
	if err != nil {
		t.Fatal(err)
	}
	if got := deletions(deleted); got != "orders/0 done was 50, orders/1 done was 50" || deleted.Unnoted != nil {
		t.Errorf("%s (%v)", got, deleted.Unnoted)
	}
	if got := lab.offsets("billing"); len(got) != 1 || got[partition("users", 0)].At != 0 {
		t.Errorf("left are %v", got)
	}
	saved, err := reset.Load(deleted.Saved)
	if err != nil || len(saved.Commits) != 3 || saved.Reset != "delete-offsets" || len(saved.Without) != 0 {
		t.Errorf("saved %+v (%v)", saved, err)
	}
}

// TestDeleteOffsetsOfAnActiveGroup: the coordinator deletes what nobody reads, in
// the classic and in the KIP-848 protocol.
func TestDeleteOffsetsOfAnActiveGroup(t *testing.T) {
	for name, opts := range map[string][]kgo.Opt{"classic": nil, "consumer": {kgo.ServerSideBalancer()}} {
		t.Run(name, func(t *testing.T) {
			lab := newGroupLab(t)
			lab.topic("orders", 1)
			lab.topic("users", 1)
			lab.commit("billing", "orders", 0, 0)
			lab.commit("billing", "users", 0, 0)
			lab.join(append(opts, kgo.ConsumerGroup("billing"), kgo.ConsumeTopics("orders"))...)
			lab.detail("billing", func(d kafka.GroupDetail) bool {
				return d.Group.State == kafka.GroupStable && len(readers(d)) == 1
			})
			deleted, err := lab.client.DeleteOffsets(lab.ctx, "billing", []reset.TopicPartition{partition("orders", 0), partition("users", 0)})
			if err != nil {
				t.Fatal(err)
			}
			want := "orders/0 refused was 0, users/0 done was 0"
			if name == "consumer" {
				want = lab.cluster.Differs("offset-delete-consumer", "orders/0 refused was 0, users/0 refused was 0", want)
			}
			if got := deletions(deleted); got != want {
				t.Fatalf("%s", got)
			}
			why := []string{"orders/0", "still subscribes to the topic", "GROUP_SUBSCRIBED_TO_TOPIC"}
			if deleted.Count(kafka.Refused) == 2 {
				why = []string{"orders/0", "the group has members", "NON_EMPTY_GROUP"}
			}
			if got := deleted.Partitions[0].Err.Error(); !containsAll(got, why...) {
				t.Errorf("refused with %s", got)
			}
		})
	}
}

func TestDeleteOffsetsOfNoGroup(t *testing.T) {
	lab := newGroupLab(t)
	seedReset(lab)
	_, err := lab.client.DeleteOffsets(lab.ctx, "biling", []reset.TopicPartition{partition("orders", 0)})
	var none *kafka.NoGroupError
	if !errors.As(err, &none) || !containsAll(err.Error(), "nothing was deleted", `did you mean "billing"?`) {
		t.Errorf("%v", err)
	}
	deleted, err := lab.client.DeleteOffsets(lab.ctx, "billing", []reset.TopicPartition{partition("orders", 7), partition("nowhere", 0)})
	if err != nil || deletions(deleted) != "nowhere/0 refused was -1, orders/7 refused was -1" || deleted.Saved != "" {
		t.Errorf("%+v (%v)", deleted, err)
	}
}

// TestDeleteOffsetsOfAShareGroup: topics go whole, and only without members.
func TestDeleteOffsetsOfAShareGroup(t *testing.T) {
	lab := newGroupLab(t)
	lab.topic("jobs", 2)
	member := lab.join(kgo.ShareGroup("workers"), kgo.ConsumeTopics("jobs"))
	go func() {
		for member.PollFetches(lab.ctx).Err0() == nil {
		}
	}()
	both := []reset.TopicPartition{partition("jobs", 0), partition("jobs", 1)}
	lab.detail("workers", func(d kafka.GroupDetail) bool { // the start offsets are told once records are done
		known := 0
		for _, p := range d.Partitions {
			if p.Lag.State == lag.Normal {
				known++
			} else {
				lab.produce("jobs", p.Partition, 1)
			}
		}
		return known == 2
	})
	deleted, err := lab.client.DeleteOffsets(lab.ctx, "workers", both)
	if err != nil || deleted.Count(kafka.Refused) != 2 || !strings.Contains(deleted.Partitions[0].Err.Error(), "the group has members (NON_EMPTY_GROUP)") {
		t.Fatalf("with a member: %+v (%v)", deleted, err)
	}
	member.CloseAllowingRebalance()
	lab.until("workers", func(g kafka.Group) bool { return g.State == kafka.GroupEmpty })
	deleted, err = lab.client.DeleteOffsets(lab.ctx, "workers", both[:1])
	if err != nil || deleted.Count(kafka.Refused) != 1 || !strings.Contains(deleted.Partitions[0].Err.Error(), "all partitions of a topic or none") {
		t.Fatalf("a part of a topic: %+v (%v)", deleted, err)
	}
	if deleted, err = lab.client.DeleteOffsets(lab.ctx, "workers", both); err != nil || deleted.Count(kafka.Done) != 2 || deleted.Saved != "" {
		t.Errorf("a whole topic: %+v (%v)", deleted, err)
	}
}
