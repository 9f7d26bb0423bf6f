package produce

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/topics"
)

// Rehearsal counts where messages would be written, and writes none.
type Rehearsal struct {
	to    topics.Destination
	opts  Options
	byKey kgo.TopicPartitioner // to make one takes 10 µs
	Plan
}

// Plan is where messages would go.
type Plan struct {
	Messages int64           `json:"messages"`
	Bytes    int64           `json:"bytes"`            // keys, values and headers
	Places   map[int32]int64 `json:"places,omitempty"` // by partition; AnyPartition without a key
}

// Rehearse looks at a topic as Open does, also in a read-only context.
func Rehearse(ctx context.Context, client *kafka.Conn, topic string, opts Options) (*Rehearsal, error) {
	to, err := destination(ctx, client, topic, opts)
	return NewRehearsal(to, opts), err
}

// NewRehearsal is Rehearse on a topic that was looked at.
func NewRehearsal(to topics.Destination, opts Options) *Rehearsal {
	return &Rehearsal{to, opts, newPartitioner().ForTopic(to.Topic), Plan{Places: make(map[int32]int64)}}
}

// Add counts a message, or says why it would be refused.
func (r *Rehearsal) Add(m Message) error {
	partition, err := r.Place(m)
	if err != nil {
		return err
	}
	r.Messages++
	r.Bytes += int64(m.Size())
	r.Places[partition]++
	return nil
}

// Destination is what Rehearse found out about the topic.
func (r *Rehearsal) Destination() topics.Destination { return r.to }

// Place is the partition that a message would be written to, AnyPartition without a
// key; or why it would be refused, as Check says it.
func (r *Rehearsal) Place(m Message) (int32, error) {
	if err := Check(r.to, r.opts, m); err != nil {
		return 0, err
	}
	return keyed(r.byKey, m.Partition, m.Key, len(r.to.Leaders)), nil
}

// destination checks what can be checked before anything is sent.
func destination(ctx context.Context, client *kafka.Conn, topic string, opts Options) (topics.Destination, error) {
	if err := opts.Check(); err != nil {
		return topics.Destination{}, err
	}
	to, err := topics.New(client).Destination(ctx, topic)
	if err == nil && to.Internal {
		err = errInternal(topic)
	}
	return to, err
}

// errInternal refuses the topics in which Kafka keeps its own state. Brokers take
// records there from nobody but themselves (INVALID_TOPIC_EXCEPTION), and elsewhere a
// record that nobody expects would harm groups and transactions.
func errInternal(topic string) error {
	return fmt.Errorf("write to topic %s: refused: Kafka keeps its own state in it, and takes records there from its brokers alone", topic)
}
