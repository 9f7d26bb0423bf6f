package topics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/configs"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
	"github.com/kdeck/kdeck/kafka/words"
)

// Deletion deletes topics, each by itself, in one request (DeleteTopics).
type Deletion struct {
	client *Client
	names  []string // sorted
}

var _ change.Change[DeletionRow] = (*Deletion)(nil)

// Delete is the deletion of topics.
func (c *Client) Delete(names ...string) *Deletion {
	return &Deletion{c, slices.Compact(slices.Sorted(slices.Values(names)))}
}

// DeletionRow is a topic that is to be deleted, and what is lost with it.
type DeletionRow struct {
	Topic      string `json:"topic"`
	Partitions int    `json:"partitions"`
	// Records is log end offset minus log start offset of all partitions: the most
	// that there can be. It is -1 when a leader did not tell.
	Records int64 `json:"records"`
	id      [16]byte
}

// Subject is the name of the topic.
func (r DeletionRow) Subject() string { return r.Topic }

// Effect says what is lost.
func (r DeletionRow) Effect() string {
	if r.Records < 0 {
		return "loses " + words.Plural(r.Partitions, "partition") + " and an unknown number of records"
	}
	return "loses " + words.Plural(r.Partitions, "partition") + ", " + words.Plural(r.Records, "record")
}

// Kind is that of all deletions of topics.
func (c *Deletion) Kind() change.Kind {
	return change.Kind{Action: "delete-topic", Verb: "delete", Past: "deleted", Noun: "topic", Asks: change.AskName}
}

// Title names the topics.
func (c *Deletion) Title() string { return "delete topic " + strings.Join(c.names, ", ") }

// Plan reads the topics, what they hold and how they are configured.
func (c *Deletion) Plan(ctx context.Context) ([]change.Part[DeletionRow], error) {
	conn := c.client.conn
	md, err := conn.Metadata(ctx, c.names...)
	if err != nil {
		return nil, err
	}
	start, end, _ := conn.LogBounds(ctx, md.Leaders()) // what is missing is not known
	entries, failed := configs.Describe(ctx, conn, raw.TopicConfigs, slices.Collect(md.Readable())...)
	parts := make([]change.Part[DeletionRow], len(c.names))
	for i, name := range c.names {
		parts[i].Target = name
		t, err := md.Topic(name)
		if err != nil {
			parts[i].Refused = c.unreadable(ctx, name, err)
			continue
		}
		row := DeletionRow{Topic: name, Partitions: len(t.Partitions), id: t.TopicID}
		row.Records = records(kafka.LeadersOf(t.Partitions), start[name], end[name])
		parts[i].Items = []change.Item[DeletionRow]{change.Plan(row)}
		switch err := failed[name]; {
		case t.IsInternal:
			parts[i].Items[0] = change.Refuse(row, fmt.Errorf("delete topic %s: Kafka keeps its own state in it", name))
		case err != nil:
			what := "delete topic " + name + ": its configuration could not be saved first"
			parts[i].Items[0] = change.Refuse(row, kafka.Explain(what, "DescribeConfigs on Topic:"+name, err))
		default:
			parts[i].Before = newSaved(conn.Name(), md.At, t, entries[name])
			parts[i].Follows = []string{"The records are gone for good.", "Placement and configuration are saved to a file first."}
		}
	}
	return parts, nil
}

// unreadable says why the cluster does not describe a topic.
func (c *Deletion) unreadable(ctx context.Context, name string, err error) error {
	what := "delete topic " + name
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return fmt.Errorf("%s: %w", what, c.client.unknownTopic(ctx, name))
	}
	return kafka.Explain(what, "Describe on Topic:"+name, err)
}

// Again refuses what has been made anew since it was shown.
func (c *Deletion) Again(ctx context.Context, shown []change.Part[DeletionRow]) ([]change.Part[DeletionRow], error) {
	now, err := c.Plan(ctx)
	return change.Compare(shown, now, func(shown, now DeletionRow) string {
		switch {
		case shown.id != now.id:
			return "it was deleted and made anew"
		case shown.Partitions != now.Partitions:
			return fmt.Sprintf("it had %d partitions, has %d", shown.Partitions, now.Partitions)
		}
		return ""
	}), err
}

// Send deletes the topics.
func (c *Deletion) Send(ctx context.Context, items []change.Item[DeletionRow]) []model.Reply {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = item.Row.Topic
	}
	resp, err := c.client.conn.Admin().DeleteTopics(ctx, names...)
	replies := make([]model.Reply, len(items))
	for i, name := range names {
		what := "delete topic " + name
		if err != nil {
			replies[i] = model.Reply{Err: kafka.Explain(what, "", err), Lost: true}
			continue
		}
		answer, ok := resp[name]
		switch {
		case !ok:
			replies[i] = model.Reply{Err: fmt.Errorf("%s: the controller left it out of its answer", what), Lost: true}
		case errors.Is(answer.Err, kerr.TopicDeletionDisabled):
			replies[i].Err = kafka.Worded(what+": the brokers do not delete topics (delete.topic.enable=false)", answer.Err)
		default:
			replies[i].Err = explain(what, "Delete on Topic:"+name, answer.Err, answer.ErrMessage)
		}
	}
	return replies
}

// Judge looks which topics are gone.
func (c *Deletion) Judge(ctx context.Context, items []change.Item[DeletionRow], replies []model.Reply) []change.Item[DeletionRow] {
	ids := make(map[string][16]byte)
	for i, item := range items {
		if replies[i].Err == nil || replies[i].Lost {
			ids[item.Row.Topic] = item.Row.id
		}
	}
	left := awaitTopics(ctx, c.client.conn, slices.Collect(maps.Keys(ids)), func(t *raw.Topic) bool {
		return t.ErrorCode == kerr.UnknownTopicOrPartition.Code || t.ErrorCode == 0 && t.TopicID != ids[*t.Topic]
	})
	for i, item := range items {
		reply, err := replies[i], left[item.Row.Topic]
		switch {
		case reply.Err != nil && !reply.Lost:
			items[i] = item.As(model.Refused, reply.Err)
		case err == nil:
			items[i] = item.As(model.Done, nil)
		case reply.Lost:
			items[i] = item.As(model.Unknown, fmt.Errorf("%w; it may be deleted yet", reply.Err))
		default:
			items[i] = item.As(model.Unknown, fmt.Errorf("delete topic %s: the controller deleted it, but it could not be seen to be gone: %w", item.Row.Topic, err))
		}
	}
	return items
}
