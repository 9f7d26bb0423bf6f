package produce

import "github.com/twmb/franz-go/pkg/kgo"

// partitioner puts a record where it says, or else where Kafka's own producers
// would: by the murmur2 hash of its key, or without a key where the last one went
// until a batch is full (KIP-480).
type partitioner struct{ byKey kgo.Partitioner }

func newPartitioner() partitioner { return partitioner{kgo.StickyKeyPartitioner(nil)} }

// ForTopic is part of kgo.Partitioner.
func (p partitioner) ForTopic(topic string) kgo.TopicPartitioner {
	return topicPartitioner{p.byKey.ForTopic(topic)}
}

type topicPartitioner struct{ kgo.TopicPartitioner }

// RequiresConsistency reports whether all partitions are to be counted, those
// without a leader too.
func (p topicPartitioner) RequiresConsistency(r *kgo.Record) bool {
	return r.Partition != AnyPartition || p.TopicPartitioner.RequiresConsistency(r)
}

// Partition chooses one of n partitions.
func (p topicPartitioner) Partition(r *kgo.Record, n int) int {
	if r.Partition != AnyPartition {
		return int(r.Partition)
	}
	return p.TopicPartitioner.Partition(r, n)
}

// OnNewBatch lets records without a key go elsewhere.
func (p topicPartitioner) OnNewBatch() {
	if next, ok := p.TopicPartitioner.(kgo.TopicPartitionerOnNewBatch); ok {
		next.OnNewBatch()
	}
}
