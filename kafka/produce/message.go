package produce

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/topics"
)

// AnyPartition lets the key choose the partition, as Kafka's own producers do
// (murmur2 of the key), or else whichever is at hand.
const AnyPartition int32 = -1

// Message is a record that is to be written.
type Message struct {
	Partition int32 // AnyPartition, or the one it has to go to
	Key       []byte
	Value     []byte // nil is a tombstone
	Headers   []kgo.RecordHeader
	Timestamp time.Time // now when zero; a topic with LogAppendTime keeps its own
	// Tag is what the caller knows the message by; it comes back with the receipt, and
	// is not written.
	Tag int64
}

// Again is the message of a record that was read, as it was. The partition and
// the timestamp are left out unless they are to be kept.
func Again(rec *kgo.Record, keepPartition, keepTimestamp bool) Message {
	m := Message{Partition: AnyPartition, Key: rec.Key, Value: rec.Value, Headers: rec.Headers}
	if keepPartition {
		m.Partition = rec.Partition
	}
	if keepTimestamp {
		m.Timestamp = rec.Timestamp
	}
	return m
}

// Size is the bytes of the key, the value and the headers.
func (m Message) Size() int {
	n := len(m.Key) + len(m.Value)
	for _, h := range m.Headers {
		n += len(h.Key) + len(h.Value)
	}
	return n
}

func (m Message) record(topic string) kgo.Record {
	return kgo.Record{
		Topic: topic, Partition: m.Partition, Key: m.Key, Value: m.Value, Headers: m.Headers, Timestamp: m.Timestamp,
	}
}

// recordOverhead is about what a batch of one record takes besides keys, values
// and headers: 61 bytes, and lengths and differences of the record.
const recordOverhead = 80

// Check says why the destination would not take a message, as far as one can
// tell before it is sent; nil is no reason.
func Check(d topics.Destination, o Options, m Message) error {
	size := m.Size() + recordOverhead + 10*len(m.Headers)
	switch {
	case d.Internal:
		return errInternal(d.Topic)
	case m.Partition != AnyPartition && (m.Partition < 0 || int(m.Partition) >= len(d.Leaders)):
		return fmt.Errorf("there is no partition %d: topic %s has 0 to %d", m.Partition, d.Topic, len(d.Leaders)-1)
	case m.Partition != AnyPartition && d.Leaders[m.Partition] < 0:
		return fmt.Errorf("partition %d of topic %s has no leader; start the brokers that have its replicas", m.Partition, d.Topic)
	case d.Compacted && m.Key == nil:
		return fmt.Errorf("topic %s is compacted, so every record needs a key", d.Topic)
	case !o.compresses() && d.MaxMessageBytes > 0 && size > d.MaxMessageBytes:
		return tooLarge(d, m, "compress it, or raise that")
	}
	return nil
}

func tooLarge(d topics.Destination, m Message, advice string) error {
	limit := ""
	if d.MaxMessageBytes > 0 {
		limit = fmt.Sprintf(", and max.message.bytes of topic %s is %d", d.Topic, d.MaxMessageBytes)
	}
	return fmt.Errorf("the record is too large: it has %d bytes%s; %s", m.Size(), limit, advice)
}

// PartitionOf is the partition that a key chooses among a number of them, or
// AnyPartition without a key.
func PartitionOf(key []byte, partitions int) int32 {
	if key == nil {
		return AnyPartition
	}
	return keyed(newPartitioner().ForTopic(""), AnyPartition, key, partitions)
}

// keyed is PartitionOf by a partitioner that is there, for a record that may name its
// partition.
func keyed(by kgo.TopicPartitioner, named int32, key []byte, partitions int) int32 {
	if named != AnyPartition || key == nil || partitions < 1 {
		return named
	}
	return int32(by.Partition(&kgo.Record{Partition: AnyPartition, Key: key}, partitions))
}

// Receipt is what became of one message.
type Receipt struct {
	Message Message
	// Outcome is Done when it is stored, Refused when it is not, and Unknown when
	// it was sent and no answer came. With acks 0 it is Done once it was sent.
	Outcome   model.Outcome
	Partition int32
	Offset    int64     // -1 when not known, as with acks 0
	Timestamp time.Time // as it is stored
	// Took is the time from sending it to its answer, with its wait for others.
	Took time.Duration
	Err  error // why it is not Done, in words, with the next step
}
