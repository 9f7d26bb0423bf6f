package groups_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// deletions is what became of commits, as "orders/0 done was 50".
func deletions(d labtest.Done[groups.OffsetRow]) string {
	var parts []string
	for _, p := range d.Rows {
		parts = append(parts, fmt.Sprintf("%s %s was %d", p.Row.TopicPartition, p.Outcome, p.Row.Offset))
	}
	return strings.Join(parts, ", ")
}

func TestDeleteOffsets(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	lab.Topic("users", 1)
	lab.Commit("billing", "users", 0, 0)
	deleted, err := labtest.Run(lab.Ctx, lab.Client, lab.Client.Groups.DeleteOffsets("billing", reset.Of([]model.TopicPartition{labtest.Partition("orders", 1), labtest.Partition("orders", 0), labtest.Partition("orders", 1)})))
	if err != nil {
		t.Fatal(err)
	}
	if got := deletions(deleted); got != "orders/0 done was 50, orders/1 done was 50" || deleted.Unnoted != nil {
		t.Errorf("%s (%v)", got, deleted.Unnoted)
	}
	if got := lab.Offsets("billing"); len(got) != 1 || got[labtest.Partition("users", 0)].At != 0 {
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
			lab.Topic("orders", 1)
			lab.Topic("users", 1)
			lab.Commit("billing", "orders", 0, 0)
			lab.Commit("billing", "users", 0, 0)
			lab.Join(append(opts, kgo.ConsumerGroup("billing"), kgo.ConsumeTopics("orders"))...)
			lab.Detail("billing", func(d groups.Detail) bool {
				return d.Group.State == model.StateStable && len(readers(d)) == 1
			})
			deleted, err := labtest.Run(lab.Ctx, lab.Client, lab.Client.Groups.DeleteOffsets("billing", reset.Of([]model.TopicPartition{labtest.Partition("orders", 0), labtest.Partition("users", 0)})))
			if err != nil {
				t.Fatal(err)
			}
			want := "orders/0 refused was 0, users/0 done was 0"
			if name == "consumer" {
				want = lab.Cluster.Differs("offset-delete-consumer", "orders/0 refused was 0, users/0 refused was 0", want)
			}
			if got := deletions(deleted); got != want {
				t.Fatalf("%s", got)
			}
			if got := deleted.Rows[0].Err.Error(); !containsAll(got, "orders", "subscribes to the topic") {
				t.Errorf("refused with %s", got)
			}
			if deleted.Count(model.Refused) == 2 && !containsAll(deleted.Rows[1].Err.Error(), "the group has members", "NON_EMPTY_GROUP") {
				t.Errorf("refused with %v", deleted.Rows[1].Err)
			}
		})
	}
}

func TestDeleteOffsetsOfNoGroup(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	_, err := labtest.Run(lab.Ctx, lab.Client, lab.Client.Groups.DeleteOffsets("biling", reset.Of([]model.TopicPartition{labtest.Partition("orders", 0)})))
	var none *groups.NoGroupError
	if !errors.As(err, &none) || !containsAll(err.Error(), "nothing was changed", `did you mean "billing"?`) {
		t.Errorf("%v", err)
	}
	deleted, err := labtest.Run(lab.Ctx, lab.Client, lab.Client.Groups.DeleteOffsets("billing", reset.Of([]model.TopicPartition{labtest.Partition("orders", 7), labtest.Partition("nowhere", 0)})))
	if err != nil || deletions(deleted) != "nowhere/0 refused was -1, orders/7 refused was -1" || deleted.Saved != "" {
		t.Errorf("%+v (%v)", deleted, err)
	}
}

// TestDeleteOffsetsOfAShareGroup: topics go whole, and only without members.
func TestDeleteOffsetsOfAShareGroup(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("jobs", 2)
	member := lab.Join(kgo.ShareGroup("workers"), kgo.ConsumeTopics("jobs"))
	go func() {
		for member.PollFetches(lab.Ctx).Err0() == nil {
		}
	}()
	both := []model.TopicPartition{labtest.Partition("jobs", 0), labtest.Partition("jobs", 1)}
	lab.Detail("workers", func(d groups.Detail) bool { // the start offsets are told once records are done
		known := 0
		for _, p := range d.Partitions {
			if p.Lag.State == lag.Normal {
				known++
			} else {
				lab.Produce("jobs", p.Partition, 1)
			}
		}
		return known == 2
	})
	deleted, err := labtest.Run(lab.Ctx, lab.Client, lab.Client.Groups.DeleteOffsets("workers", reset.Of(both)))
	if err != nil || deleted.Count(model.Refused) != 2 || !strings.Contains(deleted.Rows[0].Err.Error(), "the group has 1 member; stop its consumers first") {
		t.Fatalf("with a member: %+v (%v)", deleted, err)
	}
	member.CloseAllowingRebalance()
	lab.Until("workers", func(g groups.Group) bool { return g.State == model.StateEmpty })
	deleted, err = labtest.Run(lab.Ctx, lab.Client, lab.Client.Groups.DeleteOffsets("workers", reset.Of(both[:1])))
	if err != nil || deleted.Count(model.Refused) != 1 || !strings.Contains(deleted.Rows[0].Err.Error(), "all partitions of a topic or none") {
		t.Fatalf("a part of a topic: %+v (%v)", deleted, err)
	}
	if deleted, err = labtest.Run(lab.Ctx, lab.Client, lab.Client.Groups.DeleteOffsets("workers", reset.Of(both))); err != nil || deleted.Count(model.Done) != 2 || deleted.Saved != "" {
		t.Errorf("a whole topic: %+v (%v)", deleted, err)
	}
}
