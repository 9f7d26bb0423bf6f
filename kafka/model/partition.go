// Package model has the words of the subject as plain values: partitions, commits,
// groups, members, brokers. Everything below kafka speaks in them. It does no I/O,
// decides nothing about a cluster, and imports nothing of kdeck.
package model

import (
	"cmp"
	"strconv"
)

// NoOffset stands where there is no offset, or none is known.
const NoOffset = int64(-1)

// TopicPartition names one partition.
type TopicPartition struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
}

// String is the name as in "orders/3".
func (tp TopicPartition) String() string {
	return tp.Topic + "/" + strconv.Itoa(int(tp.Partition))
}

// Compare orders partitions by topic and number.
func (tp TopicPartition) Compare(other TopicPartition) int {
	return cmp.Or(cmp.Compare(tp.Topic, other.Topic), cmp.Compare(tp.Partition, other.Partition))
}

// TopicPartitions is some partitions of a topic, in order.
type TopicPartitions struct {
	Topic      string
	Partitions []int32
}

// CountPartitions is how many partitions of all the topics there are.
func CountPartitions(topics []TopicPartitions) int {
	n := 0
	for _, t := range topics {
		n += len(t.Partitions)
	}
	return n
}

// Commit is what a group has committed on a partition.
type Commit struct {
	Offset      int64  `json:"offset"`      // the next offset that the group would read
	LeaderEpoch int32  `json:"leaderEpoch"` // of the last record read; -1 when the committer did not say (KIP-320)
	Metadata    string `json:"metadata"`    // free text of the committer, usually empty
}
