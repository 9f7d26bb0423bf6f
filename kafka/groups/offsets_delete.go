package groups

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/kafka/words"
)

// OffsetsDeletion deletes what a group has committed on some partitions
// (OffsetDelete, KIP-496), which a coordinator does for topics that no member
// subscribes to. A share group forgets a topic whole, once it has no members
// (DeleteShareGroupOffsets, KIP-932).
type OffsetsDeletion struct {
	client *Client
	group  string
	scope  reset.Scope
}

var _ change.Change[OffsetRow] = (*OffsetsDeletion)(nil)

// DeleteOffsets is the deletion of what a group has committed on the topics of a
// scope: on the partitions that it names, or on all of a topic.
func (c *Client) DeleteOffsets(group string, scope reset.Scope) *OffsetsDeletion {
	return &OffsetsDeletion{c, group, scope}
}

// OffsetRow is a commit that is to be deleted.
type OffsetRow struct {
	Group string `json:"group"`
	model.TopicPartition
	Offset int64           `json:"currentOffset"` // model.NoOffset where nothing is committed
	Lag    *int64          `json:"lag"`           // null when not known
	Type   model.GroupType `json:"-"`
}

// Subject names the partition.
func (r OffsetRow) Subject() string { return r.String() }

// Effect says what is lost.
func (r OffsetRow) Effect() string {
	if r.Offset == model.NoOffset {
		return "nothing is committed"
	}
	text := "committed " + words.Count(r.Offset)
	if r.Lag != nil {
		text += ", lag " + words.Count(*r.Lag)
	}
	return text
}

// Kind is that of all deletions of offsets.
func (d *OffsetsDeletion) Kind() change.Kind {
	return change.Kind{Action: "delete-offsets", Verb: "delete", Past: "deleted", Noun: "offset", Asks: change.AskName}
}

// Title names the group.
func (d *OffsetsDeletion) Title() string { return "delete offsets of " + d.group }

// Plan reads what the group has committed. A topic or partition of the scope without a
// commit is an error, since it is likely a slip of the fingers.
func (d *OffsetsDeletion) Plan(ctx context.Context) ([]change.Part[OffsetRow], error) {
	detail, err := d.client.Detail(ctx, d.group)
	if err != nil {
		return nil, err
	}
	g := detail.Group
	stored := d.client.storedOffsets(ctx, []Group{g})[g.Name]
	if stored.err != nil {
		return nil, stored.err
	}
	partitions, err := committedIn(d.scope, stored.commits)
	if err != nil {
		return nil, err
	}
	lags := make(map[model.TopicPartition]*int64)
	for _, p := range detail.Partitions {
		lags[model.TopicPartition{Topic: p.Topic, Partition: p.Partition}] = ifKnown(p.Lag.Left())
	}
	part := change.Part[OffsetRow]{Target: g.Name}
	for _, tp := range partitions {
		row := OffsetRow{Group: g.Name, TopicPartition: tp, Offset: model.NoOffset, Lag: lags[tp], Type: g.Type}
		if commit, ok := stored.commits[tp]; ok {
			row.Offset = commit.Offset
		}
		if why := refusesOffsetDeletion(&detail, tp, partitions, stored.commits); why != nil {
			part.Items = append(part.Items, change.Refuse(row, why))
			continue
		}
		part.Items = append(part.Items, change.Plan(row))
	}
	before := savedOffsets{d.client.stateOf(g.Name, g.Type, "delete-offsets", stored.commits)}
	part.Before = before
	part.Follows = append([]string{"A consumer that reads the topic again begins where its auto.offset.reset says."}, before.follows()...)
	return []change.Part[OffsetRow]{part}, nil
}

// committedIn is the partitions of a scope, in order. A topic of which no partition is
// named, and on which nothing is committed, is likely a slip of the fingers.
func committedIn(scope reset.Scope, commits map[model.TopicPartition]model.Commit) ([]model.TopicPartition, error) {
	byTopic := make(map[string][]model.TopicPartition)
	for tp := range commits {
		byTopic[tp.Topic] = append(byTopic[tp.Topic], tp)
	}
	var chosen []model.TopicPartition
	for _, topic := range scope.TopicNames() {
		numbers := scope.Topics[topic]
		for _, n := range numbers {
			chosen = append(chosen, model.TopicPartition{Topic: topic, Partition: n})
		}
		if len(numbers) > 0 {
			continue
		}
		if len(byTopic[topic]) == 0 {
			err := fmt.Errorf("the group has committed nothing on %s", topic)
			if near := kafka.Nearest(topic, slices.Sorted(maps.Keys(byTopic))); len(near) > 0 {
				err = fmt.Errorf("%w; did you mean %s?", err, near[0])
			}
			return nil, err
		}
		chosen = append(chosen, byTopic[topic]...)
	}
	slices.SortFunc(chosen, model.TopicPartition.Compare)
	return slices.Compact(chosen), nil
}

// RefuseOffsetsDeletion says why nothing that a group has committed on a topic can be
// deleted, as far as its description tells, or nil.
func RefuseOffsetsDeletion(d Detail, topic string) error {
	what := "delete the offsets of " + topic
	committed := func(p PartitionLag) bool { return p.Topic == topic && p.Lag.Committed >= 0 }
	if !slices.ContainsFunc(d.Partitions, committed) {
		return fmt.Errorf("%s: the group has committed nothing there", what)
	}
	if d.Group.Type == model.Share && len(d.Members) > 0 {
		return fmt.Errorf("%s: the group has %s; stop its consumers first", what, words.Plural(len(d.Members), "member"))
	}
	for _, m := range d.Members {
		if slices.Contains(m.Subscribed, topic) {
			return fmt.Errorf("%s: %s subscribes to the topic; stop the consumers that read it first", what, m.ClientID)
		}
	}
	return nil
}

// refusesOffsetDeletion says why a commit cannot be deleted, or nil. partitions is all
// that is to be deleted, and commits all that there is.
func refusesOffsetDeletion(d *Detail, tp model.TopicPartition, partitions []model.TopicPartition, commits map[model.TopicPartition]model.Commit) error {
	if _, ok := commits[tp]; !ok {
		return fmt.Errorf("delete the offset of %s: the group has none there", tp)
	}
	if err := RefuseOffsetsDeletion(*d, tp.Topic); err != nil {
		return err
	}
	for other := range commits {
		if _, named := slices.BinarySearchFunc(partitions, other, model.TopicPartition.Compare); d.Group.Type == model.Share && other.Topic == tp.Topic && !named {
			return fmt.Errorf("delete the offset of %s: a share group forgets all partitions of a topic or none", tp)
		}
	}
	return nil
}

// Again refuses partitions that were committed on since they were shown.
func (d *OffsetsDeletion) Again(ctx context.Context, shown []change.Part[OffsetRow]) ([]change.Part[OffsetRow], error) {
	now, err := d.Plan(ctx)
	return change.Compare(shown, now, func(shown, now OffsetRow) string {
		if shown.Offset != now.Offset {
			return fmt.Sprintf("was at %d, is at %d", shown.Offset, now.Offset)
		}
		return ""
	}), err
}

// Send deletes the commits.
func (d *OffsetsDeletion) Send(ctx context.Context, items []change.Item[OffsetRow]) []model.Reply {
	partitions := make([]model.TopicPartition, len(items))
	for i, item := range items {
		partitions[i] = item.Row.TopicPartition
	}
	typ := items[0].Row.Type
	byPartition := d.client.sendWrites(ctx, d.client.deletions(typ, d.group, partitions), func(tp model.TopicPartition, err error) error {
		return d.explain(typ, tp, err)
	})
	replies := make([]model.Reply, len(items))
	for i, tp := range partitions {
		replies[i] = byPartition[tp]
	}
	return replies
}

// Judge reads the offsets back, which count more than the replies.
func (d *OffsetsDeletion) Judge(ctx context.Context, items []change.Item[OffsetRow], replies []model.Reply) []change.Item[OffsetRow] {
	after := d.client.storedOffsets(ctx, []Group{{Name: d.group, Type: items[0].Row.Type, Coordinator: -1}})[d.group] // may have moved
	for i, item := range items {
		reply := replies[i]
		now, there := after.commits[item.Row.TopicPartition]
		switch {
		case after.err == nil && !there:
			items[i] = item.As(model.Done, nil)
		case reply.Lost:
			items[i] = item.As(model.Unknown, fmt.Errorf("%w; it may be deleted yet", reply.Err))
		case reply.Err != nil:
			items[i] = item.As(model.Refused, reply.Err)
		case after.err != nil:
			items[i] = item.As(model.Unknown, fmt.Errorf("the coordinator deleted it, but it could not be read back: %w", after.err))
		default:
			items[i] = item.As(model.Unknown, fmt.Errorf("the coordinator deleted it, but %d is committed again: a consumer reads the topic", now.Offset))
		}
	}
	return items
}

// explain says in words why the coordinator did not delete an offset.
func (d *OffsetsDeletion) explain(typ model.GroupType, tp model.TopicPartition, err error) error {
	what, needs := "delete the offset of "+tp.String(), "Delete on Group:"+d.group
	if typ == model.Share {
		what = "delete the offsets of " + tp.Topic
	}
	var ke *kerr.Error
	if errors.As(err, &ke) {
		switch ke.Code {
		case kerr.GroupSubscribedToTopic.Code:
			return kafka.Worded(fmt.Sprintf("%s: a member of the group still subscribes to the topic (%s); stop the consumers that read it first", what, ke.Message), err)
		case kerr.NonEmptyGroup.Code:
			return kafka.Worded(fmt.Sprintf("%s: the group has members (%s); stop its consumers first", what, ke.Message), err)
		case kerr.UnknownTopicOrPartition.Code:
			return kafka.Worded(fmt.Sprintf("%s: the topic does not exist (%s), and Kafka forgets such an offset by itself; delete the group to be rid of it now", what, ke.Message), err)
		case kerr.TopicAuthorizationFailed.Code:
			needs = "Read on Topic:" + tp.Topic
		}
	}
	return kafka.Explain(what, needs, err)
}
