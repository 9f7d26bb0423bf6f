package groups_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
)

// states is the state and lag of each partition, as "orders/0 ok 6".
func states(d groups.Detail) string {
	var lines []string
	for _, p := range d.Partitions {
		lines = append(lines, fmt.Sprintf("%s/%d %v %d", p.Topic, p.Partition, p.Lag.State, p.Lag.Records))
	}
	return strings.Join(lines, ", ")
}

func TestGroupLagStates(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("orders", 2)
	lab.Topic("anew", 1)
	lab.Produce("orders", 0, 100)
	lab.Commit("g", "orders", 0, 10)
	lab.Commit("g", "orders", 1, 0)
	// A commit that outlived its topic: the topic of that name is empty now.
	lab.Commit("g", "anew", 0, 50)

	before := make(kadm.Offsets)
	before.AddOffset("orders", 0, 30, -1)
	if _, err := lab.Adm.DeleteRecords(lab.Ctx, before); err != nil {
		t.Fatal(err)
	}

	d := lab.Detail("g", labtest.AnyDetail)
	want := "anew/0 past the end -1, orders/0 records lost 90, orders/1 ok 0"
	if got := states(d); got != want {
		t.Errorf("partitions: %s, want %s", got, want)
	}
	if p := d.Partitions[len(d.Partitions)-2].Lag; p.Deleted() != 20 || p.Log.Start != 30 {
		t.Errorf("orders/0: %d deleted, log start %d; want 20, 30", p.Deleted(), p.Log.Start)
	}
	if d.Group.Lag.Total() != 90 || !d.Group.Lag.Partial() {
		t.Errorf("the total is %+v, want 90 and partial", d.Group.Lag)
	}
	list := lab.Until("g", func(groups.Group) bool { return true })
	if list.Lag != d.Group.Lag {
		t.Errorf("the list says %+v, the group %+v", list.Lag, d.Group.Lag)
	}
}

func TestGroupSeesOpenTransactions(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("payments", 1)
	lab.Produce("payments", 0, 10)
	lab.Commit("g", "payments", 0, 10)
	producer := lab.Join(kgo.TransactionalID("tx"))
	if err := producer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	record := &kgo.Record{Topic: "payments", Value: []byte("open")}
	if err := producer.ProduceSync(lab.Ctx, record, record).FirstErr(); err != nil {
		t.Fatal(err)
	}
	p := lab.Detail("g", labtest.AnyDetail).Partitions[0].Lag
	if p.Records != 2 || p.Log.Stable != 10 || p.Log.End != 12 || p.Unstable() != 2 {
		t.Errorf("lag %d, stable %d, end %d, unstable %d", p.Records, p.Log.Stable, p.Log.End, p.Unstable())
	}
	if err := producer.EndTransaction(lab.Ctx, kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	// The markers are written after the coordinator has answered.
	p = lab.Detail("g", func(d groups.Detail) bool { return d.Partitions[0].Lag.Unstable() == 0 }).Partitions[0].Lag
	if p.Log.Stable != p.Log.End || p.Log.End < 12 {
		t.Errorf("stable %d, end %d after the end of the transaction", p.Log.Stable, p.Log.End)
	}
}

func TestGroupMembers(t *testing.T) {
	for typ, group := range map[model.GroupType][]kgo.Opt{
		model.Classic:  {kgo.ConsumerGroup("g"), kgo.Balancers(kgo.RangeBalancer())},
		model.Consumer: {kgo.ConsumerGroup("g"), kgo.ServerSideBalancer()},
	} {
		t.Run(string(typ), func(t *testing.T) {
			lab := newGroupLab(t)
			lab.Topic("orders", 2)
			lab.Produce("orders", 0, 5)
			for i := range 3 {
				lab.Join(append(slices.Clone(group), kgo.ConsumeTopics("orders"), kgo.DisableAutoCommit(),
					kgo.ClientID(fmt.Sprintf("app-%d", i)), kgo.InstanceID(fmt.Sprintf("static-%d", i)))...)
			}
			d := lab.Detail("g", func(d groups.Detail) bool {
				return d.Group.State == model.StateStable && len(d.Members) == 3 && len(readers(d)) == 2
			})
			if d.Group.Type != typ || d.Assignor == "" || d.Partial != nil {
				t.Errorf("type %s, assignor %q, partial %v", d.Group.Type, d.Assignor, d.Partial)
			}
			if (d.Epoch >= 0) != (typ == model.Consumer) {
				t.Errorf("epoch %d", d.Epoch)
			}
			if got, want := states(d), "orders/0 no commit -1, orders/1 no commit -1"; got != want {
				t.Errorf("partitions: %s, want %s", got, want)
			}
			idle := 0
			for _, m := range d.Members {
				if !strings.HasPrefix(m.ClientID, "app-") || m.InstanceID != "static-"+m.ClientID[4:] || !strings.HasPrefix(m.Host, "127.0.0.1") || !slices.Equal(m.Subscribed, []string{"orders"}) {
					t.Errorf("member %+v", m)
				}
				switch d.Idle(m) {
				case "":
				case "idle: more members than partitions":
					idle++
				default:
					t.Errorf("member %s: %s", m.ID, d.Idle(m))
				}
			}
			if idle != 1 {
				t.Errorf("%d idle members, want 1", idle)
			}
		})
	}
}

// readers is the members that read something.
func readers(d groups.Detail) map[int]bool {
	set := make(map[int]bool)
	for _, p := range d.Partitions {
		for _, r := range p.Readers {
			set[r] = true
		}
	}
	return set
}

func TestShareGroup(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("jobs", 1)
	lab.Produce("jobs", 0, 3)
	members := []*kgo.Client{
		lab.Join(kgo.ShareGroup("g"), kgo.ConsumeTopics("jobs")),
		lab.Join(kgo.ShareGroup("g"), kgo.ConsumeTopics("jobs")),
	}
	for _, m := range members {
		go func() {
			for m.PollFetches(lab.Ctx).Err0() == nil {
			}
		}()
	}
	d := lab.Detail("g", func(d groups.Detail) bool { return len(d.Partitions) == 1 && len(d.Partitions[0].Readers) == 2 })
	if first := d.Partitions[0].Lag.State.String(); lab.Cluster.Differs("share-start", first, "no commit") != first {
		t.Errorf("before anything is done the share-partition is %q", first)
	}
	d = lab.Detail("g", func(d groups.Detail) bool {
		if len(d.Partitions) != 1 || len(d.Partitions[0].Readers) != 2 {
			return false
		}
		if d.Partitions[0].Lag.State == lag.Uncommitted { // until the first record is done
			lab.Produce("jobs", 0, 1)
		}
		return d.Partitions[0].Lag.State == lag.Normal && d.Partitions[0].Lag.Records == 0
	})
	if d.Group.Type != model.Share || d.Group.Members != 2 || d.Epoch < 0 {
		t.Errorf("type %s, %d members, epoch %d", d.Group.Type, d.Group.Members, d.Epoch)
	}
	// Without share.auto.offset.reset the share-partition starts at the end.
	if p := d.Partitions[0].Lag; p.Committed < 3 || p.Committed+p.Done() != p.Log.End {
		t.Errorf("start offset %d, %d done after it, log end offset %d", p.Committed, p.Done(), p.Log.End)
	}
	for _, m := range members {
		m.CloseAllowingRebalance()
	}
	lab.Produce("jobs", 0, 4)
	d = lab.Detail("g", func(d groups.Detail) bool { return d.Group.State == model.StateEmpty })
	if d.Group.Lag.Total() != 4 || !d.Group.Unread() {
		t.Errorf("the share group without members: %+v", d.Group)
	}
}

func TestGroupThatDoesNotExist(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("orders", 1)
	for _, g := range []string{"orders-fulfilment", "orders-audit", "billing"} {
		lab.Commit(g, "orders", 0, 0)
	}
	_, err := lab.Client.Groups.Detail(lab.Ctx, "orders-fulfillment")
	var none *groups.NoGroupError
	if !errors.As(err, &none) || len(none.Near) == 0 || none.Near[0] != "orders-fulfilment" || slices.Contains(none.Near, "billing") {
		t.Errorf("error %v, suggestions %+v", err, none)
	}
	if _, err := lab.Client.Groups.Detail(lab.Ctx, "zzz"); !errors.As(err, &none) || len(none.Near) != 0 {
		t.Errorf("error %v", err)
	}
	lab.Detail("billing", labtest.AnyDetail)
	if _, err := lab.Adm.DeleteGroups(lab.Ctx, "billing"); err != nil {
		t.Fatal(err)
	}
	if _, err := lab.Client.Groups.Detail(lab.Ctx, "billing"); !errors.As(err, &none) {
		t.Errorf("after its deletion: %v", err)
	}
}

// The number of requests depends on the brokers, not on the groups.
func TestGroupsCostTheSameForMany(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("orders", 3)
	lab.Topic("stock", 3)
	cost := func(groups int) map[string]int {
		for i := range groups {
			lab.Commit(fmt.Sprintf("group-%03d", i), "orders", int32(i%3), 0)
			lab.Commit(fmt.Sprintf("group-%03d", i), "stock", int32(i%3), 0)
		}
		fresh := attachGroupLab(t, nil, lab.Cluster.Servers)
		answer, err := fresh.Client.Groups.WithLag(lab.Ctx)
		if err != nil || answer.Partial != nil || len(answer.Items) != groups {
			t.Fatalf("%d groups, want %d: %v, %v", len(answer.Items), groups, err, answer.Partial)
		}
		return fresh.Client.Requests()
	}
	few := cost(30)
	many := cost(300)
	for _, api := range []string{"ListGroups", "FindCoordinator", "DescribeGroups", "OffsetFetch", "ListOffsets", "Metadata"} {
		if few[api] == 0 || many[api] > few[api] {
			t.Errorf("%s: %d requests for 30 groups, %d for 300", api, few[api], many[api])
		}
	}
	for _, api := range []string{"DescribeGroups", "OffsetFetch", "ListOffsets"} {
		if many[api] > 3 {
			t.Errorf("%s: %d requests to 3 brokers", api, many[api])
		}
	}
}

// A broker that hangs takes the groups that it coordinates out of the list; the
// others stay, and the answer says which broker it is.
func TestGroupsWithAStalledCoordinator(t *testing.T) {
	t.Parallel()
	lab := newFaultLab(t)
	lab.Hurry()
	lab.Topic("orders", 3)
	for i := range 30 {
		lab.Commit(fmt.Sprintf("group-%02d", i), "orders", int32(i%3), 0)
	}
	whole, err := lab.Client.Groups.WithLag(lab.Ctx)
	if err != nil || whole.Partial != nil {
		t.Fatal(err, whole.Partial)
	}
	stalled := whole.Items[0].Coordinator
	lab.Cluster.Embedded.Stall(stalled, true)
	defer lab.Cluster.Embedded.Stall(stalled, false)
	list, err := lab.Client.Groups.List(lab.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	var unlisted *groups.UnlistedError
	if !errors.As(list.Partial, &unlisted) || !slices.Equal(unlisted.Brokers, []int32{stalled}) {
		t.Errorf("partial: %v", list.Partial)
	}
	for _, g := range whole.Items {
		listed := slices.ContainsFunc(list.Items, func(other groups.Group) bool { return other.Name == g.Name })
		if listed == (g.Coordinator == stalled) {
			t.Errorf("group %s of broker %d: listed %v while %d hangs", g.Name, g.Coordinator, listed, stalled)
		}
	}
}

func TestGroupsWithoutTheRights(t *testing.T) {
	const user, password = "reader", "secret"
	allow := func(resource kmsg.ACLResourceType, name string, op kmsg.ACLOperation) kfake.ACL {
		return kfake.ACL{Resource: resource, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: op, Allow: true}
	}
	cluster := kfake.MustCluster(kfake.NumBrokers(3), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser("PLAIN", "admin", password),
		kfake.User("PLAIN", user, password,
			allow(kmsg.ACLResourceTypeGroup, "mine", kmsg.ACLOperationDescribe),
			allow(kmsg.ACLResourceTypeTopic, "orders", kmsg.ACLOperationDescribe)))
	t.Cleanup(cluster.Close)
	as := func(name string) *groupLab {
		return attachGroupLab(t, nil, cluster.ListenAddrs(), kgo.SASL(plain.Auth{User: name, Pass: password}.AsMechanism()))
	}
	admin, lab := as("admin"), as(user)
	admin.Topic("orders", 1)
	admin.Produce("orders", 0, 5)
	admin.Commit("mine", "orders", 0, 2)
	admin.Commit("theirs", "orders", 0, 2)

	if d := lab.Detail("mine", labtest.AnyDetail); d.Group.Lag.Total() != 3 {
		t.Errorf("the lag of the own group is %+v", d.Group.Lag)
	}
	_, err := lab.Client.Groups.Detail(lab.Ctx, "theirs")
	if !kafka.IsAuthorization(err) || !strings.Contains(err.Error(), "needs Describe on Group:theirs") {
		t.Errorf("error %v", err)
	}
	groups, err := lab.Client.Groups.WithLag(lab.Ctx)
	if err != nil || len(groups.Items) != 1 || groups.Items[0].Name != "mine" {
		t.Errorf("groups %+v, %v", groups.Items, err)
	}
}
