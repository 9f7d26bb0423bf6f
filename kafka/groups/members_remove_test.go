package groups_test

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
)

// joinStatic starts members with an instance id and waits for them.
func (l *groupLab) joinStatic(group string, opts []kgo.Opt, ids ...string) map[string]*kgo.Client {
	l.Helper()
	members := make(map[string]*kgo.Client)
	for _, id := range ids {
		members[id] = l.Join(append(opts, kgo.ConsumerGroup(group), kgo.ConsumeTopics("orders"), kgo.InstanceID(id), kgo.DisableAutoCommit())...)
	}
	l.Until(group, func(g groups.Group) bool { return g.State == model.StateStable && g.Members == len(ids) })
	return members
}

// TestRemoveMembers: a static member that has stopped stays in the group until its
// session times out, or until it is removed; one that runs joins again.
func TestRemoveMembers(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("orders", 2)
	members := lab.joinStatic("g", nil, "one", "two")
	members["two"].CloseAllowingRebalance()
	d := lab.Detail("g", labtest.AnyDetail)
	if len(d.Members) != 2 {
		t.Fatalf("the stopped static member left by itself: %+v", d.Members)
	}
	removed, err := labtest.Run(lab.Ctx, lab.Client, lab.Client.Groups.RemoveMembers("g", "two"))
	if err != nil {
		t.Fatal(err)
	}
	if m := removed.Rows; len(m) != 1 || m[0].Outcome != model.Done || m[0].Err != nil || m[0].Row.ConsumerID == "" || removed.Unnoted != nil {
		t.Errorf("%+v", removed)
	}
	lab.Detail("g", func(d groups.Detail) bool { return len(d.Members) == 1 && d.Members[0].InstanceID == "one" })

	before := lab.Detail("g", func(d groups.Detail) bool { return d.Group.State == model.StateStable }).Members[0].ID
	if removed, err = labtest.Run(lab.Ctx, lab.Client, lab.Client.Groups.RemoveMembers("g", "one")); err != nil || removed.Rows[0].Outcome != model.Done {
		t.Fatalf("one that runs: %+v (%v)", removed, err)
	}
	lab.Detail("g", func(d groups.Detail) bool { return len(d.Members) == 1 && d.Members[0].ID != before })
}

func TestRefusedRemovals(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("orders", 1)
	lab.joinStatic("static", nil, "app-1")
	lab.Join(kgo.ConsumerGroup("dynamic"), kgo.ConsumeTopics("orders"))
	d := lab.Detail("dynamic", func(d groups.Detail) bool { return len(d.Members) == 1 })
	for _, tc := range []struct{ group, id, want string }{
		{"static", "app-2", `there is no member with the instance id "app-2"; did you mean "app-1"?`},
		{"static", "", `there is no member with the instance id ""; there are: app-1`},
		{"dynamic", d.Members[0].ID, "nor any other static member"},
		{"statik", "app-1", `there is no group "statik"; did you mean "static"?`},
	} {
		_, err := labtest.Run(lab.Ctx, lab.Client, lab.Client.Groups.RemoveMembers(tc.group, tc.id))
		if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("%s of %s: %v, want %s", tc.id, tc.group, err, tc.want)
		}
	}
	if got := lab.Detail("static", labtest.AnyDetail); len(got.Members) != 1 {
		t.Errorf("left are %+v", got.Members)
	}
}

// TestRemoveMembersOfTheConsumerProtocol: Apache Kafka lets go of static members
// of KIP-848 groups by the API of the classic protocol.
func TestRemoveMembersOfTheConsumerProtocol(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("orders", 1)
	members := lab.joinStatic("next", []kgo.Opt{kgo.ServerSideBalancer()}, "one", "two")
	want := model.Outcome(lab.Cluster.Differs("leave-consumer-group", string(model.Refused), string(model.Done)))
	members["two"].CloseAllowingRebalance()
	for _, id := range []string{"two", "one"} { // one has stopped, one runs on
		removed, err := labtest.Run(lab.Ctx, lab.Client, lab.Client.Groups.RemoveMembers("next", id))
		if err != nil || removed.Rows[0].Outcome != want {
			t.Fatalf("%s: %+v (%v)", id, removed, err)
		}
		if err := removed.Rows[0].Err; err != nil && !containsAll(err.Error(), "UNKNOWN_MEMBER_ID", "when its session times out") {
			t.Errorf("%s: %v", id, err)
		}
	}
}
