package groups

import (
	"context"
	"errors"
	"fmt"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
)

const (
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
	send func(context.Context) (answers, error)
}

// answers are what a coordinator answered for each partition: nil where it did as told.
type answers map[model.TopicPartition]error

// notSent is why a write was not even sent.
type notSent struct{ error }

func (n notSent) Unwrap() error { return n.error }

// lost reports whether a write may take effect yet, although nobody answered it.
func lost(err error) bool {
	var unsent notSent
	return kafka.Unanswered(err) && !errors.As(err, &unsent)
}

// sendWrites sends requests one after the other and returns what became of each
// partition. After one without an answer the rest is not sent. explain says in words
// why a partition was not written; that of nil is nil.
func (c *Client) sendWrites(ctx context.Context, writes []write, explain func(model.TopicPartition, error) error) map[model.TopicPartition]model.Reply {
	replies := make(map[model.TopicPartition]model.Reply)
	var broken error
	for _, w := range writes {
		var answer answers
		err := broken
		if broken == nil {
			answer, err = w.send(ctx)
		}
		for _, tp := range w.partitions {
			reply, answered := answer[tp]
			switch {
			case broken != nil:
				replies[tp] = model.Reply{Err: fmt.Errorf("not sent, because an earlier write failed: %w", broken)}
			case err != nil:
				replies[tp] = model.Reply{Err: explain(tp, err), Lost: lost(err)}
			case !answered:
				replies[tp] = model.Reply{Err: explain(tp, kafka.ErrLeftOut), Lost: true}
			default:
				replies[tp] = model.Reply{Err: explain(tp, reply)}
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
