package groups

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/audit"
	"github.com/kdeck/kdeck/kafka/model"
)

// removalReason stands in the coordinator's log (KIP-800).
const removalReason = "removed with kdeck"

// MemberRemoval is what became of a static member that was to be removed from its
// group.
type MemberRemoval struct {
	InstanceID string
	MemberID   string // the one that it had
	Outcome    kafka.Outcome
	Err        error // why the outcome is Refused or Unknown
	epoch      int32 // the member's own, before
}

// RemovedMembers is what became of several.
type RemovedMembers struct {
	Group   string
	Members []MemberRemoval // by instance id
	// Unnoted is why the audit log does not tell the outcome, or nil.
	Unnoted error
}

// RefuseRemoval says why a member cannot be removed from its group, or "".
func RefuseRemoval(m model.Member) string {
	if m.InstanceID == "" {
		return "it is not a static member (it has no group.instance.id); it leaves when its consumer stops"
	}
	return ""
}

// RemoveMembers removes static members from a group by their group.instance.id
// (LeaveGroup v3, KIP-345), in one request. The group rebalances at once, without
// waiting for the session timeout; a consumer that still runs joins again.
// Members of KIP-848 groups are removed by the same API.
//
// It returns an error when nothing was tried: ErrReadOnly, *NoGroupError, or that
// a member does not exist or cannot be removed. Otherwise the answer tells for
// each member what became of it; from then on ctx stops nothing.
func (c *Client) RemoveMembers(ctx context.Context, group string, instanceIDs ...string) (RemovedMembers, error) {
	what := "remove " + strings.Join(instanceIDs, ", ") + " from group " + group
	if err := c.conn.MayChange(what); err != nil {
		return RemovedMembers{}, err
	}
	found, d, err := c.findGroup(ctx, group)
	if err == nil {
		err = kafka.Explain("describe group "+group, "Describe on Group:"+group, d.err)
	}
	if err != nil {
		return RemovedMembers{}, fmt.Errorf("%s: nothing was changed: %w", what, err)
	}
	result := RemovedMembers{Group: found.Name}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(instanceIDs))) {
		m, err := StaticMember(d.members, id)
		if err != nil {
			return RemovedMembers{}, fmt.Errorf("%s: nothing was changed: %w", what, err)
		}
		result.Members = append(result.Members, MemberRemoval{InstanceID: id, MemberID: m.ID, epoch: m.Epoch})
	}
	change, err := c.conn.Begin(audit.Change{Action: "remove-member", Target: group, Details: result.ids()})
	if err != nil {
		return RemovedMembers{}, err
	}

	ctx = context.WithoutCancel(ctx)
	replies := c.leaveGroup(ctx, result)
	reading, cancel := context.WithTimeout(ctx, readBackRequests*c.conn.RequestTimeout())
	defer cancel()
	after := c.describe(reading, found.Type, []string{group})[group]
	result.judge(replies, after)
	outcomes := make([]kafka.Outcome, len(result.Members))
	for i, m := range result.Members {
		outcomes[i] = m.Outcome
	}
	result.Unnoted = change.End(kafka.StageOf(outcomes...), result.summary(), nil)
	return result, nil
}

// StaticMember finds the member of an instance id. Without one the error says
// which was likely meant.
func StaticMember(members []model.Member, id string) (model.Member, error) {
	var static []string
	for _, m := range members {
		switch m.InstanceID {
		case "": // a dynamic one
		case id:
			return m, nil
		default:
			static = append(static, m.InstanceID)
		}
	}
	return model.Member{}, noMember(id, static)
}

// noMember says that a group has no static member of a name, and which were
// likely meant.
func noMember(id string, static []string) error {
	near := kafka.Nearest(id, static)
	switch {
	case len(static) == 0:
		return fmt.Errorf("there is no member with the instance id %q, nor any other static member", id)
	case len(near) > 0:
		return fmt.Errorf("there is no member with the instance id %q; did you mean %s?", id, strconv.Quote(near[0]))
	}
	return fmt.Errorf("there is no member with the instance id %q; there are: %s", id, strings.Join(static, ", "))
}

func (r RemovedMembers) ids() []string {
	ids := make([]string, len(r.Members))
	for i, m := range r.Members {
		ids[i] = m.InstanceID + " (" + m.MemberID + ")"
	}
	return ids
}

// leaveGroup returns the coordinator's reply for each instance id.
func (c *Client) leaveGroup(ctx context.Context, r RemovedMembers) map[string]error {
	ctx, cancel := context.WithTimeout(ctx, writeRequests*c.conn.RequestTimeout())
	defer cancel()
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group = r.Group
	replies := make(map[string]error)
	for _, m := range r.Members {
		rm := kmsg.NewLeaveGroupRequestMember() // without a member id: by instance id, whoever has it
		rm.InstanceID, rm.Reason = kmsg.StringPtr(m.InstanceID), kmsg.StringPtr(removalReason)
		req.Members = append(req.Members, rm)
		replies[m.InstanceID] = kafka.ErrLeftOut
	}
	resp, err := req.RequestWith(ctx, c.conn.Kgo())
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		for id := range replies {
			replies[id] = err
		}
		return replies
	}
	for _, m := range resp.Members {
		replies[kafka.Deref(m.InstanceID)] = kerr.ErrorForCode(m.ErrorCode)
	}
	return replies
}

// judge tells what became of each member from the replies and from the group as it
// is afterwards. A consumer that has joined again has another member id, or, in a
// KIP-848 group, whose clients choose their ids, another epoch.
func (r *RemovedMembers) judge(replies map[string]error, after description) {
	readErr := after.err
	if errors.Is(readErr, kerr.GroupIDNotFound) { // it went with its last member
		readErr = nil
	}
	for i := range r.Members {
		m := &r.Members[i]
		reply := replies[m.InstanceID]
		what := "remove member " + m.InstanceID
		now := slices.IndexFunc(after.members, func(now model.Member) bool { return now.ID == m.MemberID })
		switch {
		case readErr == nil && now < 0:
			m.Outcome = kafka.Done
		case kafka.Unanswered(reply):
			m.Outcome, m.Err = kafka.Unknown, fmt.Errorf("%w; it may be removed yet", kafka.Explain(what, "", reply))
		case errors.Is(reply, kerr.UnknownMemberID):
			m.Outcome, m.Err = kafka.Refused, kafka.Worded(what+": the coordinator does not let go of it (UNKNOWN_MEMBER_ID); it leaves when its session times out", reply)
		case reply != nil:
			m.Outcome, m.Err = kafka.Refused, kafka.Explain(what, "Read on Group:"+r.Group, reply)
		case readErr != nil:
			m.Outcome, m.Err = kafka.Unknown, fmt.Errorf("%s: the coordinator removed it, but the group could not be read back: %w", what, readErr)
		case after.members[now].Epoch != m.epoch:
			m.Outcome = kafka.Done
		default:
			m.Outcome, m.Err = kafka.Unknown, fmt.Errorf("%s: the coordinator removed it, but it is still listed", what)
		}
	}
}

func (r RemovedMembers) summary() []string {
	lines := make([]string, len(r.Members))
	for i, m := range r.Members {
		lines[i] = fmt.Sprintf("%s (%s): %s", m.InstanceID, m.MemberID, m.Outcome)
		if m.Err != nil {
			lines[i] += ": " + m.Err.Error()
		}
	}
	return lines
}
