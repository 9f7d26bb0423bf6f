package topics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
	"github.com/kdeck/kdeck/kafka/words"
)

// readAgain is the pause between two looks for a change that a controller has made
// and that the broker which is asked may not have heard of yet.
const readAgain = 50 * time.Millisecond

// Creation creates a topic (CreateTopics). Its plan is what the controller says to
// it (validateOnly, KIP-4), with the numbers and configurations that the topic
// would get.
type Creation struct {
	conn *kafka.Conn
	spec Spec
}

var _ change.Change[CreationRow] = (*Creation)(nil)

// Create is the creation of a topic.
func (c *Client) Create(spec Spec) *Creation { return &Creation{c.conn, spec} }

// CreationRow is a topic that is to be created, with the numbers that the
// controller has told where they were left to the brokers.
type CreationRow struct{ Spec }

// Subject is the name of the topic.
func (r CreationRow) Subject() string { return r.Name }

// Effect says what the topic would be.
func (r CreationRow) Effect() string {
	text := fmt.Sprintf("%s, replication factor %d", words.Plural(r.Partitions, "partition"), r.ReplicationFactor)
	if len(r.Configs) > 0 {
		text += ", " + r.configText()
	}
	return text
}

// Kind is that of all creations of topics.
func (c *Creation) Kind() change.Kind {
	return change.Kind{Action: "create-topic", Verb: "create", Past: "created", Noun: "topic", Asks: change.AskNothing}
}

// Title names the topic.
func (c *Creation) Title() string { return "create topic " + c.spec.Name }

// Plan asks the controller to validate the creation.
func (c *Creation) Plan(ctx context.Context) ([]change.Part[CreationRow], error) {
	row := CreationRow{c.spec}
	part := change.Part[CreationRow]{Target: c.spec.Name}
	why := CheckName(c.spec.Name)
	if why == nil {
		resp, err := c.conn.Admin().ValidateCreateTopics(ctx, c.spec.Partitions, c.spec.ReplicationFactor, c.configs(), c.spec.Name)
		if err != nil {
			return nil, kafka.Explain("validate", "", err)
		}
		answer := resp[c.spec.Name]
		if why = c.explain(answer.Err, answer.ErrMessage); why == nil && answer.NumPartitions > 0 { // v5 and newer (KIP-525)
			row.Partitions, row.ReplicationFactor = answer.NumPartitions, answer.ReplicationFactor
		}
	} else {
		why = fmt.Errorf("%s: %w", c.Title(), why)
	}
	if why != nil {
		part.Items = append(part.Items, change.Refuse(row, why))
	} else {
		part.Items = append(part.Items, change.Plan(row))
	}
	return []change.Part[CreationRow]{part}, nil
}

// Again validates once more: another topic may have taken the name.
func (c *Creation) Again(ctx context.Context, shown []change.Part[CreationRow]) ([]change.Part[CreationRow], error) {
	now, err := c.Plan(ctx)
	return change.Compare(shown, now, func(shown, now CreationRow) string {
		if shown.Partitions != now.Partitions || shown.ReplicationFactor != now.ReplicationFactor {
			return fmt.Sprintf("the brokers' defaults were %s, are %s", shown.Effect(), now.Effect())
		}
		return ""
	}), err
}

// Send creates the topic.
func (c *Creation) Send(ctx context.Context, items []change.Item[CreationRow]) []model.Reply {
	resp, err := c.conn.Admin().CreateTopics(ctx, c.spec.Partitions, c.spec.ReplicationFactor, c.configs(), c.spec.Name)
	if err != nil {
		return []model.Reply{{Err: c.explain(err, ""), Lost: true}}
	}
	answer := resp[items[0].Row.Name]
	return []model.Reply{{Err: c.explain(answer.Err, answer.ErrMessage)}}
}

// Judge looks whether the topic is there.
func (c *Creation) Judge(ctx context.Context, items []change.Item[CreationRow], replies []model.Reply) []change.Item[CreationRow] {
	item, reply := items[0], replies[0]
	if reply.Err != nil && !reply.Lost {
		return []change.Item[CreationRow]{item.As(model.Refused, reply.Err)}
	}
	err := awaitTopics(ctx, c.conn, []string{c.spec.Name}, func(t *raw.Topic) bool { return t.ErrorCode == 0 })[c.spec.Name]
	switch {
	case err == nil:
		item = item.As(model.Done, nil)
	case reply.Lost:
		item = item.As(model.Unknown, fmt.Errorf("%w; it may be created yet", reply.Err))
	default:
		item = item.As(model.Unknown, fmt.Errorf("%s: the controller created it, but it could not be read back: %w", c.Title(), err))
	}
	return []change.Item[CreationRow]{item}
}

func (c *Creation) configs() map[string]*string {
	configs := make(map[string]*string, len(c.spec.Configs))
	for key, value := range c.spec.Configs {
		configs[key] = kadm.StringPtr(value)
	}
	return configs
}

// explain says in words why the controller did not create the topic. message is
// its own sentence about it.
func (c *Creation) explain(err error, message string) error {
	if errors.Is(err, kerr.TopicAlreadyExists) {
		return kafka.Worded(c.Title()+": there is such a topic already (TOPIC_ALREADY_EXISTS); choose another name", err)
	}
	return explain(c.Title(), "Create on Topic:"+c.spec.Name+" or on Cluster", err, message)
}

// explain says in words why the controller refused something, in its own sentence
// where it has one.
func explain(what, needs string, err error, message string) error {
	var code *kerr.Error
	if errors.As(err, &code) && message != "" && !kafka.IsAuthorization(err) {
		return kafka.Worded(fmt.Sprintf("%s: %s (%s)", what, message, code.Message), err)
	}
	return kafka.Explain(what, needs, err)
}

// awaitTopics reads topics until all are as wanted, since brokers hear of a change
// one after the other, or until ctx ends. It returns why topics are not, by name.
func awaitTopics(ctx context.Context, conn *kafka.Conn, names []string, wanted func(*raw.Topic) bool) map[string]error {
	left := make(map[string]error, len(names))
	for _, name := range names {
		left[name] = errNotYet
	}
	for {
		md, err := conn.Metadata(ctx, slices.Collect(maps.Keys(left))...)
		if err == nil {
			for i := range md.Topics {
				if t := &md.Topics[i]; t.Topic != nil && wanted(t) {
					delete(left, *t.Topic)
				}
			}
		}
		if len(left) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			for name := range left {
				left[name] = cmp.Or(err, left[name])
			}
			return left
		case <-time.After(readAgain):
		}
	}
}

// errNotYet says that brokers have not heard of a change in time.
var errNotYet = errors.New("the brokers do not tell of it yet")
