package topics

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/model"
)

// Deletion deletes topics, each by itself, in one request (DeleteTopics).
type Deletion struct {
	client *kafka.Client
	names  []string // sorted
}

var _ change.Change[DeletionRow] = (*Deletion)(nil)

// Delete is the deletion of topics.
func Delete(client *kafka.Client, names ...string) *Deletion {
	return &Deletion{client, slices.Compact(slices.Sorted(slices.Values(names)))}
}

// DeletionRow is a topic that is to be deleted, and what is lost with it.
type DeletionRow struct {
	Topic      string `json:"topic"`
	Partitions int    `json:"partitions"`
	// Records is log end offset minus log start offset of all partitions: the most
	// that there can be. It is -1 when a leader did not tell.
	Records int64 `json:"records"`
	id      kadm.TopicID
}

// Subject is the name of the topic.
func (r DeletionRow) Subject() string { return r.Topic }

// Effect says what is lost.
func (r DeletionRow) Effect() string {
	if r.Records < 0 {
		return fmt.Sprintf("loses %d partitions and their records, of which the number is not known", r.Partitions)
	}
	return fmt.Sprintf("loses %d partitions, %d records", r.Partitions, r.Records)
}

// Kind is that of all deletions of topics.
func (c *Deletion) Kind() change.Kind {
	return change.Kind{Action: "delete-topic", Verb: "delete", Past: "deleted", Noun: "topic", Asks: change.AskName}
}

// Title names the topics.
func (c *Deletion) Title() string { return "delete topic " + strings.Join(c.names, ", ") }

// Plan reads the topics, what they hold and how they are configured.
func (c *Deletion) Plan(ctx context.Context) ([]change.Part[DeletionRow], error) {
	admin := c.client.Admin()
	found, err := admin.ListTopicsWithInternal(ctx, c.names...)
	if err != nil {
		return nil, kafka.Explain("describe topics", "", err)
	}
	var there []string
	for _, name := range c.names {
		if found[name].Err == nil && len(found[name].Partitions) > 0 {
			there = append(there, name)
		}
	}
	var starts, ends kadm.ListedOffsets
	var configs kadm.ResourceConfigs
	if len(there) > 0 { // no names would mean all
		starts, _ = admin.ListStartOffsets(ctx, there...) // what is missing is not known
		ends, _ = admin.ListEndOffsets(ctx, there...)
		if configs, err = admin.DescribeTopicConfigs(ctx, there...); err != nil {
			return nil, kafka.Explain("save the configuration of topics", "DescribeConfigs on Topic:"+there[0], err)
		}
	}
	parts := make([]change.Part[DeletionRow], len(c.names))
	for i, name := range c.names {
		parts[i] = c.part(ctx, found[name], name, starts, ends, configs)
	}
	return parts, nil
}

// part is what would be done to one topic.
func (c *Deletion) part(ctx context.Context, d kadm.TopicDetail, name string, starts, ends kadm.ListedOffsets, configs kadm.ResourceConfigs) change.Part[DeletionRow] {
	what := "delete topic " + name
	part := change.Part[DeletionRow]{Target: name}
	row := DeletionRow{Topic: name, Partitions: len(d.Partitions), Records: records(name, len(d.Partitions), starts, ends), id: d.ID}
	switch {
	case errors.Is(d.Err, kerr.UnknownTopicOrPartition), d.Err == nil && len(d.Partitions) == 0:
		part.Refused = c.unknown(ctx, name)
	case d.Err != nil:
		part.Refused = kafka.Explain(what, "Describe on Topic:"+name, d.Err)
	case d.IsInternal:
		part.Items = append(part.Items, change.Refuse(row, fmt.Errorf("%s: it is a topic of Kafka's own", what)))
	default:
		config, err := configs.On(name, nil)
		if err == nil {
			err = config.Err
		}
		if err != nil {
			why := kafka.Explain(what+": its configuration could not be saved first", "DescribeConfigs on Topic:"+name, err)
			part.Items = append(part.Items, change.Refuse(row, why))
			break
		}
		part.Items = append(part.Items, change.Plan(row))
		part.Before = newSaved(c.client.Name(), time.Now(), d, config)
	}
	return part
}

// unknown says that there is no such topic, and which may have been meant.
func (c *Deletion) unknown(ctx context.Context, name string) error {
	err := fmt.Errorf("delete topic %s: there is no such topic", name)
	if all, listErr := c.client.TopicNames(ctx); listErr == nil {
		if near := kafka.Nearest(name, all); len(near) > 0 {
			err = fmt.Errorf("%w; did you mean %s?", err, near[0])
		}
	}
	return err
}

// records counts what is in a topic, or is -1.
func records(topic string, partitions int, starts, ends kadm.ListedOffsets) int64 {
	sum := int64(0)
	for p := range partitions {
		start, ok := starts.Lookup(topic, int32(p))
		end, ok2 := ends.Lookup(topic, int32(p))
		if !ok || !ok2 || start.Err != nil || end.Err != nil {
			return -1
		}
		sum += max(0, end.Offset-start.Offset)
	}
	return sum
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
	resp, err := c.client.Admin().DeleteTopics(ctx, names...)
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
	for i, item := range items {
		reply, row := replies[i], item.Row
		if reply.Err != nil && !reply.Lost {
			items[i] = item.As(model.Refused, reply.Err)
			continue
		}
		err := awaitTopics(ctx, c.client, []string{row.Topic}, func(d kadm.TopicDetail) bool {
			return errors.Is(d.Err, kerr.UnknownTopicOrPartition) || d.Err == nil && d.ID != row.id
		})
		switch {
		case err == nil:
			items[i] = item.As(model.Done, nil)
		case reply.Lost:
			items[i] = item.As(model.Unknown, fmt.Errorf("%w; it may be deleted yet", reply.Err))
		default:
			items[i] = item.As(model.Unknown, fmt.Errorf("delete topic %s: the controller deleted it, but it could not be seen to be gone: %w", row.Topic, err))
		}
	}
	return items
}
