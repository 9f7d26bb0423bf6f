package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// TestJourneyARebalanceAsItHappens watches a classic group, whose members rejoin
// when the test says so: until then the rebalance goes on.
func TestJourneyARebalanceAsItHappens(t *testing.T) {
	eachSize(t, func(t *testing.T, w, h int) {
		cluster, _ := lab(t)
		first, second, third := newMember(t, cluster, "app-1"), newMember(t, cluster, "app-2"), newMember(t, cluster, "app-3")
		settle(t, first.join())
		rebalancing := "rebalance in progress: PreparingRebalance"
		if w == 80 {
			rebalancing = "classic · rebalancing"
		}

		s := open(t, w, h, "attach", cluster.Servers[0])
		s.WaitFor("3 brokers up").Type(":").Type("group billing", "enter")
		s.WaitFor("classic · Stable", "1 member ")
		s.Type("tab").WaitFor("app-1", "invoices 0-2")

		joins := second.join()
		s.WaitFor(rebalancing, "app-1", "app-2")
		settle(t, first.join(), joins)
		s.WaitFor("classic · Stable", "2 members").WaitUntil("what both read", shared("app-1", "app-2"))

		joins = third.join()
		s.WaitFor(rebalancing+", 3 of 3 wait", "app-3", "waits for the rebalance")
		settle(t, first.join(), second.join(), joins)
		s.WaitFor("classic · Stable", "3 members").WaitUntil("what all three read", shared("app-1", "app-2", "app-3"))

		second.leave(t)
		s.WaitFor(rebalancing + ", 2 of 2 wait").WaitGone("app-2")
		settle(t, first.join(), third.join())
		s.WaitFor("classic · Stable", "2 members").WaitUntil("what is shared anew", shared("app-1", "app-3"))
		leave(t, s)
	})
}

// shared reports whether each of the clients stands on a line with what it reads.
func shared(clients ...string) func(string) bool {
	return func(screen string) bool {
		for _, client := range clients {
			reads := func(line string) bool { return strings.Contains(line, client) && strings.Contains(line, "invoices ") }
			if !slices.ContainsFunc(strings.Split(screen, "\n"), reads) {
				return false
			}
		}
		return true
	}
}

// member is a member of the classic group billing that does what it is told to, and
// otherwise says nothing for minutes.
type member struct {
	ctx context.Context
	kgo *kgo.Client
	id  string
}

func newMember(t *testing.T, cluster *kafkatest.Cluster, client string) *member {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(cluster.Servers...), kgo.ClientID(client))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	m := &member{ctx: ctx, kgo: cl}
	t.Cleanup(func() { m.leave(t) })
	return m
}

// joined is how the coordinator answered a member that wanted to join.
type joined struct {
	member *member
	resp   *kmsg.JoinGroupResponse
	err    error
}

// join sends JoinGroup, which is answered when all members have joined.
func (m *member) join() <-chan joined {
	metadata := kmsg.NewConsumerMemberMetadata()
	metadata.Topics = []string{"invoices"}
	req := kmsg.NewPtrJoinGroupRequest()
	req.Group, req.MemberID, req.ProtocolType = "billing", m.id, "consumer"
	req.SessionTimeoutMillis, req.RebalanceTimeoutMillis = 120_000, 120_000
	req.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "range", Metadata: metadata.AppendTo(nil)}}
	answer := make(chan joined, 1)
	go func() {
		resp, err := req.RequestWith(m.ctx, m.kgo)
		if err == nil && resp.ErrorCode == kerr.MemberIDRequired.Code { // KIP-394
			req.MemberID = resp.MemberID
			resp, err = req.RequestWith(m.ctx, m.kgo)
		}
		if err == nil {
			err = kerr.ErrorForCode(resp.ErrorCode)
		}
		answer <- joined{m, resp, err}
	}()
	return answer
}

// settle waits until members have joined, and gives each of the three partitions to
// one of them by turns.
func settle(t *testing.T, joins ...<-chan joined) {
	t.Helper()
	var members []joined
	for _, join := range joins {
		j := <-join
		if j.err != nil {
			t.Fatal(j.err)
		}
		j.member.id = j.resp.MemberID
		members = append(members, j)
	}
	var plan []kmsg.SyncGroupRequestGroupAssignment
	for i, j := range members {
		assignment := kmsg.NewConsumerMemberAssignment()
		topic := kmsg.ConsumerMemberAssignmentTopic{Topic: "invoices"}
		for p := int32(i); p < 3; p += int32(len(members)) {
			topic.Partitions = append(topic.Partitions, p)
		}
		assignment.Topics = append(assignment.Topics, topic)
		plan = append(plan, kmsg.SyncGroupRequestGroupAssignment{MemberID: j.member.id, MemberAssignment: assignment.AppendTo(nil)})
	}
	// The leader's word ends the rebalance, and the others get theirs at once then.
	slices.SortFunc(members, func(a, b joined) int { return len(b.resp.Members) - len(a.resp.Members) })
	for i, j := range members {
		req := kmsg.NewPtrSyncGroupRequest()
		req.Group, req.MemberID, req.Generation = "billing", j.member.id, j.resp.Generation
		req.ProtocolType, req.Protocol = kmsg.StringPtr("consumer"), kmsg.StringPtr("range")
		if i == 0 {
			req.GroupAssignment = plan
		}
		resp, err := req.RequestWith(j.member.ctx, j.member.kgo)
		if err == nil {
			err = kerr.ErrorForCode(resp.ErrorCode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// leave takes the member out of the group, if it is in there.
func (m *member) leave(t *testing.T) {
	t.Helper()
	if m.id == "" {
		return
	}
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group, req.MemberID = "billing", m.id // the id of v2 and older
	req.Members = []kmsg.LeaveGroupRequestMember{{MemberID: m.id}}
	resp, err := req.RequestWith(m.ctx, m.kgo)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		t.Fatal(err)
	}
	m.id = ""
}
