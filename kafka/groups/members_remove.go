package groups

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/words"
)

// removalReason stands in the coordinator's log (KIP-800).
const removalReason = "removed with kdeck"

// Removal removes static members from a group by their group.instance.id (LeaveGroup
// v3, KIP-345), in one request. The group rebalances at once, without waiting for the
// session timeout; a consumer that still runs joins again. Members of KIP-848 groups
// are removed by the same API.
type Removal struct {
	client *Client
	group  string
	ids    []string // sorted
}

var _ change.Change[MemberRow] = (*Removal)(nil)

// RemoveMembers is the removal of static members by their instance ids.
func (c *Client) RemoveMembers(group string, instanceIDs ...string) *Removal {
	return &Removal{c, group, slices.Compact(slices.Sorted(slices.Values(instanceIDs)))}
}

// MemberRow is a static member that is to be removed from its group.
type MemberRow struct {
	Group      string `json:"group"`
	InstanceID string `json:"groupInstanceId"`
	ConsumerID string `json:"consumerId"` // the member id that it has
	Host       string `json:"host"`
	ClientID   string `json:"clientId"`
	Partitions int    `json:"partitions"`
	idle       string // why it reads nothing
	epoch      int32
	typ        model.GroupType
}

// Subject is the instance id.
func (r MemberRow) Subject() string { return r.InstanceID }

// Effect says what the member does now.
func (r MemberRow) Effect() string {
	reads := "reads " + words.Plural(r.Partitions, "partition")
	if r.Partitions == 0 {
		reads = cmp.Or(r.idle, "reads nothing")
	}
	return r.ClientID + " on " + r.Host + ", " + reads
}

// Kind is that of all removals.
func (r *Removal) Kind() change.Kind {
	return change.Kind{Action: "remove-member", Verb: "remove", Past: "removed", Noun: "member", Asks: change.AskYes}
}

// Title names members and group.
func (r *Removal) Title() string {
	return "remove " + strings.Join(r.ids, ", ") + " from group " + r.group
}

// Plan finds the members. One that is not there is an error that says which was likely
// meant.
func (r *Removal) Plan(ctx context.Context) ([]change.Part[MemberRow], error) {
	detail, err := r.client.Detail(ctx, r.group)
	if err == nil && detail.Group.Members < 0 {
		err = detail.Group.Err
	}
	if err != nil {
		return nil, err
	}
	part := change.Part[MemberRow]{Target: r.group}
	for _, id := range r.ids {
		m, err := StaticMember(detail.Members, id)
		if err != nil {
			return nil, err
		}
		part.Items = append(part.Items, change.Plan(MemberRow{
			Group: r.group, InstanceID: id, ConsumerID: m.ID, Host: m.Host, ClientID: m.ClientID, Partitions: m.Partitions(),
			idle: detail.Idle(m), epoch: m.Epoch, typ: detail.Group.Type,
		}))
	}
	follows := "The group rebalances at once, and its other members take over what is free."
	if len(detail.Members) == len(r.ids) {
		follows = "Nobody is left in the group to read its partitions."
	}
	part.Follows = []string{follows, "A consumer that still runs joins again."}
	return []change.Part[MemberRow]{part}, nil
}

// Again refuses members that have joined anew since they were shown.
func (r *Removal) Again(ctx context.Context, shown []change.Part[MemberRow]) ([]change.Part[MemberRow], error) {
	now, err := r.Plan(ctx)
	return change.Compare(shown, now, func(shown, now MemberRow) string {
		if shown.ConsumerID != now.ConsumerID {
			return "it has joined again, as " + now.ConsumerID
		}
		return ""
	}), err
}

// Send removes the members.
func (r *Removal) Send(ctx context.Context, items []change.Item[MemberRow]) []model.Reply {
	ids := make([]string, len(items))
	for i, item := range items {
		ids[i] = item.Row.InstanceID
	}
	// Without a member id: by instance id, whoever has it.
	left, err := r.client.conn.Admin().LeaveGroup(ctx, kadm.LeaveGroup(r.group).Reason(removalReason).InstanceIDs(ids...))
	replies := make([]model.Reply, len(items))
	for i, item := range items {
		reply, answered := left[item.Row.InstanceID]
		answer := reply.Err
		switch {
		case err != nil:
			answer = err
		case !answered:
			answer = kafka.ErrLeftOut
		}
		replies[i] = model.Reply{Err: r.explain(item.Row, answer), Lost: answer != nil && lost(answer)}
	}
	return replies
}

// explain says in words why the coordinator did not remove a member.
func (r *Removal) explain(row MemberRow, err error) error {
	what := "remove member " + row.InstanceID
	if errors.Is(err, kerr.UnknownMemberID) {
		return kafka.Worded(what+": the coordinator does not let go of it (UNKNOWN_MEMBER_ID); it leaves when its session times out", err)
	}
	return kafka.Explain(what, "Read on Group:"+r.group, err)
}

// Judge looks at the group as it is afterwards. A consumer that has joined again has
// another member id, or, in a KIP-848 group, whose clients choose their ids, another
// epoch.
func (r *Removal) Judge(ctx context.Context, items []change.Item[MemberRow], replies []model.Reply) []change.Item[MemberRow] {
	after := r.client.describe(ctx, items[0].Row.typ, []string{r.group})[r.group]
	readErr := after.err
	if errors.Is(readErr, kerr.GroupIDNotFound) { // it went with its last member
		readErr = nil
	}
	for i, item := range items {
		row, reply, what := item.Row, replies[i], "remove member "+item.Row.InstanceID
		now := slices.IndexFunc(after.members, func(now model.Member) bool { return now.ID == row.ConsumerID })
		switch {
		case readErr == nil && now < 0:
			items[i] = item.As(model.Done, nil)
		case reply.Lost:
			items[i] = item.As(model.Unknown, fmt.Errorf("%w; it may be removed yet", reply.Err))
		case reply.Err != nil:
			items[i] = item.As(model.Refused, reply.Err)
		case readErr != nil:
			items[i] = item.As(model.Unknown, fmt.Errorf("%s: the coordinator removed it, but the group could not be read back: %w", what, readErr))
		case after.members[now].Epoch != row.epoch:
			items[i] = item.As(model.Done, nil)
		default:
			items[i] = item.As(model.Unknown, fmt.Errorf("%s: the coordinator removed it, but it is still listed", what))
		}
	}
	return items
}

// RefuseRemoval says why a member cannot be removed from its group, or "".
func RefuseRemoval(m model.Member) string {
	if m.InstanceID == "" {
		return "it is not a static member (it has no group.instance.id); it leaves when its consumer stops"
	}
	return ""
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
