package groups_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
)

// TestGroupDetailsAreThoseOfEachGroup: what is read of many at once is what is
// read of one.
func TestGroupDetailsAreThoseOfEachGroup(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	lab.Commit("stock", "orders", 1, 95)
	for group, opts := range map[string][]kgo.Opt{"busy": nil, "next": {kgo.ServerSideBalancer()}} {
		lab.Join(append(opts, kgo.ConsumerGroup(group), kgo.ConsumeTopics("orders"), kgo.DisableAutoCommit())...)
		lab.Detail(group, func(d groups.Detail) bool { return d.Group.State == model.StateStable && len(readers(d)) == 1 })
	}
	all, err := lab.Client.Groups.Details(lab.Ctx)
	if err != nil || all.Partial != nil {
		t.Fatal(err, all.Partial)
	}
	var names []string
	for _, d := range all.Items {
		names = append(names, d.Group.Name)
		alone, err := lab.Client.Groups.Detail(lab.Ctx, d.Group.Name)
		if err != nil {
			t.Fatal(err)
		}
		alone.At = d.At
		forgetProgress(&d) // which grows with every look
		forgetProgress(&alone)
		if got, want := fmt.Sprintf("%+v", d), fmt.Sprintf("%+v", alone); got != want {
			t.Errorf("%s among all:\n%s\nalone:\n%s", d.Group.Name, got, want)
		}
	}
	if got := strings.Join(names, " "); got != "billing busy next stock" {
		t.Errorf("groups %s", got)
	}
	two, err := lab.Client.Groups.Details(lab.Ctx, "stock", "billing", "stock")
	if err != nil || len(two.Items) != 2 || two.Items[0].Group.Name != "billing" || two.Items[1].Group.Lag.Total() != 5 {
		t.Errorf("two: %+v (%v)", two, err)
	}
	var none *groups.NoGroupError
	if _, err := lab.Client.Groups.Details(lab.Ctx, "stock", "biling"); !errors.As(err, &none) || none.Name != "biling" || none.Near[0] != "billing" {
		t.Errorf("one that does not exist: %v", err)
	}
}

func forgetProgress(d *groups.Detail) {
	d.Group.Watched = lag.Watched{}
	for i := range d.Group.Topics {
		d.Group.Topics[i].Watched = lag.Summary{}
	}
	for i := range d.Partitions {
		d.Partitions[i].Progress, d.Partitions[i].History = lag.Progress{}, nil
	}
}

// TestGroupDetailsInAFewRequests, whatever the number of groups and topics.
func TestGroupDetailsInAFewRequests(t *testing.T) {
	lab := newGroupLab(t)
	for i := range 10 {
		topic := fmt.Sprintf("topic-%d", i)
		lab.Topic(topic, 2)
		for j := range 3 {
			lab.Commit(fmt.Sprintf("group-%d-%d", i, j), topic, 0, 0)
		}
	}
	ask := func() int {
		before := lab.Client.Requests()
		answer, err := lab.Client.Groups.Details(lab.Ctx)
		if err != nil || len(answer.Items) != 30 {
			t.Fatalf("%d groups (%v)", len(answer.Items), err)
		}
		sent := 0
		for key, n := range lab.Client.Requests() {
			sent += n - before[key]
		}
		return sent
	}
	ask()                         // which finds out who coordinates
	if sent := ask(); sent > 25 { // to three brokers: list, describe, offsets, and three of ListOffsets
		t.Errorf("%d requests", sent)
	}
}
