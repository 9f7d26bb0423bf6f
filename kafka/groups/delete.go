package groups

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/words"
)

// Deletion deletes groups of any type that have no members (DeleteGroups, KIP-229),
// each by itself: one request to each coordinator, and a list of the groups before
// and after.
type Deletion struct {
	client *Client
	names  []string // sorted
}

var _ change.Change[DeletionRow] = (*Deletion)(nil)

// Delete is the deletion of groups.
func (c *Client) Delete(names ...string) *Deletion {
	return &Deletion{c, slices.Compact(slices.Sorted(slices.Values(names)))}
}

// DeletionRow is a group that is to be deleted, and what is lost with it.
type DeletionRow struct {
	Group   string          `json:"group"`
	Type    model.GroupType `json:"type"`
	State   string          `json:"state"`
	Members *int            `json:"members"` // null when not known
	Commits int             `json:"commits"` // partitions
	Topics  int             `json:"topics"`  // with commits
	Lag     *int64          `json:"lag"`     // null when not known

	commits     map[model.TopicPartition]model.Commit
	coordinator int32
}

// Subject is the name of the group.
func (r DeletionRow) Subject() string { return r.Group }

// Effect says what is lost.
func (r DeletionRow) Effect() string {
	text := "loses " + words.Plural(r.Commits, "commit") + " on " + words.Plural(r.Topics, "topic")
	if r.Lag != nil {
		text += ", lag " + words.Count(*r.Lag)
	}
	return text
}

// Kind is that of all deletions of groups.
func (d *Deletion) Kind() change.Kind {
	return change.Kind{Action: "delete-group", Verb: "delete", Past: "deleted", Noun: "group", Asks: change.AskName}
}

// Title names the groups.
func (d *Deletion) Title() string { return "delete group " + strings.Join(d.names, ", ") }

// Plan finds out what the groups are, what they have committed and how far they are
// behind.
func (d *Deletion) Plan(ctx context.Context) ([]change.Part[DeletionRow], error) {
	return d.look(ctx, func(listed []Group) []Group { return d.client.Fill(ctx, listed).Items })
}

// look plans for groups that fill has described.
func (d *Deletion) look(ctx context.Context, fill func([]Group) []Group) ([]change.Part[DeletionRow], error) {
	all, err := d.client.List(ctx)
	if err != nil {
		return nil, err
	}
	parts := make([]change.Part[DeletionRow], len(d.names))
	var listed []Group
	for i, name := range d.names {
		found, err := pickGroups(all, []string{name})
		if err != nil {
			parts[i] = change.Part[DeletionRow]{Target: name, Refused: err}
			continue
		}
		listed = append(listed, found[0])
	}
	stored := d.client.storedOffsets(ctx, listed)
	for _, g := range fill(listed) {
		i, _ := slices.BinarySearch(d.names, g.Name)
		parts[i] = d.part(g, stored[g.Name])
	}
	return parts, nil
}

// part is what would be done to one group.
func (d *Deletion) part(g Group, stored stored) change.Part[DeletionRow] {
	topics := make(map[string]bool)
	for tp := range stored.commits {
		topics[tp.Topic] = true
	}
	row := DeletionRow{
		Group: g.Name, Type: g.Type, State: g.State, Members: ifKnown(g.Members), Lag: ifKnown(g.Lag.Total()),
		Commits: len(stored.commits), Topics: len(topics), commits: stored.commits, coordinator: g.Coordinator,
	}
	part := change.Part[DeletionRow]{Target: g.Name}
	if why := refusesDeletion(g, stored.err); why != nil {
		part.Items = []change.Item[DeletionRow]{change.Refuse(row, why)}
		return part
	}
	part.Items = []change.Item[DeletionRow]{change.Plan(row)}
	part.Before = savedOffsets{d.client.stateOf(g.Name, g.Type, "delete-group", stored.commits)}
	part.Follows = []string{"A consumer that comes back begins where its auto.offset.reset says."}
	part.Follows = append(part.Follows, part.Before.(savedOffsets).follows()...)
	return part
}

// RefuseDeletion says why a group cannot be deleted, as far as its description tells,
// or nil.
func RefuseDeletion(g Group) error {
	what := "delete group " + g.Name
	switch {
	case g.Members > 0:
		return fmt.Errorf("%s: it has %s; stop its consumers first", what, words.Plural(g.Members, "member"))
	case g.State != model.StateEmpty && g.State != model.StateDead && g.State != "":
		return fmt.Errorf("%s: it is %s, so it has members; stop its consumers first", what, g.State)
	}
	return nil
}

// refusesDeletion says why a group cannot be deleted, or nil. unread is why its
// offsets are not known.
func refusesDeletion(g Group, unread error) error {
	what := "delete group " + g.Name
	if err := RefuseDeletion(g); err != nil {
		return err
	}
	switch {
	case unread != nil:
		return fmt.Errorf("%s: its offsets could not be saved first: %w", what, unread)
	case g.Members < 0 && g.Err != nil:
		return fmt.Errorf("%s: whether it has members is not known: %w", what, g.Err)
	}
	return nil
}

// Again refuses groups that have members or have committed since they were shown.
func (d *Deletion) Again(ctx context.Context, shown []change.Part[DeletionRow]) ([]change.Part[DeletionRow], error) {
	now, err := d.look(ctx, func(listed []Group) []Group {
		described := d.client.describeAll(ctx, listed)
		for i := range listed {
			listed[i].describedBy(described[listed[i].Name])
		}
		return listed
	})
	return change.Compare(shown, now, func(shown, now DeletionRow) string {
		if !maps.Equal(shown.commits, now.commits) {
			return "it has committed since"
		}
		return ""
	}), err
}

// Send deletes the groups.
func (d *Deletion) Send(ctx context.Context, items []change.Item[DeletionRow]) []model.Reply {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = item.Row.Group
	}
	q := question[kadm.DeleteGroupResponse]{"delete", func(adm *kadm.Client, groups ...string) (map[string]kadm.DeleteGroupResponse, error) {
		return adm.DeleteGroups(ctx, groups...)
	}}
	answers, failed := askGroups(ctx, d.client, q, names)
	replies := make([]model.Reply, len(items))
	for i, item := range items {
		err := failed[item.Row.Group]
		if answer, ok := answers[item.Row.Group]; ok {
			err = answer.Err
		}
		if errors.Is(err, kerr.GroupIDNotFound) { // it is gone, which is what was wanted
			err = nil
		}
		replies[i] = model.Reply{Err: explainDeletion(item.Row, err), Lost: err != nil && lost(err)}
	}
	return replies
}

// Judge lists the groups, which counts more than the replies.
func (d *Deletion) Judge(ctx context.Context, items []change.Item[DeletionRow], replies []model.Reply) []change.Item[DeletionRow] {
	after, listErr := d.client.Names(ctx)
	there := make(map[string]bool, len(after))
	for _, name := range after {
		there[name] = true
	}
	var unlisted *UnlistedError
	for i, item := range items {
		what, reply, name := "delete group "+item.Row.Group, replies[i], item.Row.Group
		seen := listErr == nil || errors.As(listErr, &unlisted) && !slices.Contains(unlisted.Brokers, item.Row.coordinator)
		switch {
		case reply.Err != nil && !reply.Lost:
			items[i] = item.As(model.Refused, reply.Err)
		case seen && !there[name]:
			items[i] = item.As(model.Done, nil)
		case reply.Lost:
			items[i] = item.As(model.Unknown, fmt.Errorf("%w; it may be deleted yet", reply.Err))
		case there[name]:
			items[i] = item.As(model.Unknown, fmt.Errorf("%s: the coordinator deleted it, but it is listed again: a consumer may have created it again", what))
		default:
			items[i] = item.As(model.Unknown, fmt.Errorf("%s: the coordinator deleted it, but the groups could not be listed again: %w", what, listErr))
		}
	}
	return items
}

// explainDeletion says in words why the coordinator did not delete a group. It
// writes a tombstone for every commit, all in one batch, and calls it an unexpected
// error when __consumer_offsets does not take a batch of that size.
func explainDeletion(r DeletionRow, err error) error {
	what := "delete group " + r.Group
	var ke *kerr.Error
	if errors.As(err, &ke) {
		switch ke.Code {
		case kerr.NonEmptyGroup.Code:
			return kafka.Worded(what+": it has members (NON_EMPTY_GROUP); stop its consumers first", err)
		case kerr.UnknownServerError.Code, kerr.MessageTooLarge.Code, kerr.RecordListTooLarge.Code:
			if r.Commits > 1 {
				return kafka.Worded(fmt.Sprintf("%s: the coordinator failed (%s), perhaps since its %d commits are too many for one batch; delete its offsets topic by topic first", what, ke.Message, r.Commits), err)
			}
		}
	}
	return kafka.Explain(what, "Delete on Group:"+r.Group, err)
}

// ifKnown is nil for a number that is not known.
func ifKnown[N int | int64](n N) *N {
	if n < 0 {
		return nil
	}
	return &n
}
