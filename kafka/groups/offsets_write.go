package groups

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

const (
	// writeRequests bounds the writing of offsets, in request timeouts: two tries
	// at the coordinator.
	writeRequests = 3
	// readBackRequests bounds the look afterwards. It is counted anew, since a
	// write that got no answer has used up its own.
	readBackRequests = 2
	// commitBytes is about how much one OffsetCommit may hold. The coordinator
	// writes it as one batch into __consumer_offsets and refuses it above that
	// topic's max.message.bytes (1 MiB unless changed).
	commitBytes = 512 << 10
	// commitOverhead is what one commit takes there besides its names, with room
	// to spare.
	commitOverhead = 64
)

// write is one request that changes what a group has committed on some partitions.
type write struct {
	partitions []model.TopicPartition
	// send returns what the coordinator answered, or why there was no answer.
	send func(context.Context) (codes, error)
}

// codes are the error codes that a coordinator answered with.
type codes map[model.TopicPartition]int16

// sendWrites sends requests one after the other and returns what became of each
// partition. After one without an answer the rest is not sent. explain says in words
// why a partition was not written; that of nil is nil.
func (c *Client) sendWrites(ctx context.Context, writes []write, explain func(model.TopicPartition, error) error) map[model.TopicPartition]reset.Reply {
	ctx, cancel := context.WithTimeout(ctx, writeRequests*c.conn.RequestTimeout())
	defer cancel()
	replies := make(map[model.TopicPartition]reset.Reply)
	var broken error
	for _, w := range writes {
		var answer codes
		err := broken
		if broken == nil {
			answer, err = w.send(ctx)
		}
		for _, tp := range w.partitions {
			code, answered := answer[tp]
			switch {
			case broken != nil:
				replies[tp] = reset.Reply{Err: fmt.Errorf("not sent, because an earlier write failed: %w", broken)}
			case err != nil:
				replies[tp] = reset.Reply{Err: explain(tp, err), Lost: kafka.Unanswered(err)}
			case !answered:
				replies[tp] = reset.Reply{Err: explain(tp, kafka.ErrLeftOut), Lost: true}
			default:
				replies[tp] = reset.Reply{Err: explain(tp, kerr.ErrorForCode(code))}
			}
		}
		broken = err
	}
	return replies
}

// inBatches cuts items into requests of commitBytes at most; size is what one
// item takes.
func inBatches[T any](items []T, size func(T) int) [][]T {
	var batches [][]T
	sum := commitBytes // the first item begins a batch
	for _, item := range items {
		n := size(item)
		if sum+n > commitBytes {
			batches, sum = append(batches, nil), 0
		}
		last := len(batches) - 1
		batches[last] = append(batches[last], item)
		sum += n
	}
	return batches
}

// byTopic cuts items, which are in order of their topics, into those of each topic,
// as requests name them.
func byTopic[T any](items []T, topic func(T) string) [][]T {
	var topics [][]T
	for i, item := range items {
		if i == 0 || topic(item) != topic(items[i-1]) {
			topics = append(topics, nil)
		}
		last := len(topics) - 1
		topics[last] = append(topics[last], item)
	}
	return topics
}

func topicOf(tp model.TopicPartition) string { return tp.Topic }

func topicOfRow(r reset.Row) string { return r.Topic }
