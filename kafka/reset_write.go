package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/reset"
)

const (
	// writeRequests bounds the writing of a plan, in request timeouts: two tries
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

// replies is how the coordinator answered for each partition.
type replies map[reset.TopicPartition]reset.Reply

// writeBatch is the rows of one request.
type writeBatch struct {
	rows    []reset.Row
	deletes bool
}

// writePlan writes the rows that change, in as few requests as the coordinator
// takes: commits first, then deletions. After a request without an answer the rest
// is not sent.
func (c *Client) writePlan(ctx context.Context, plan reset.Plan) map[reset.TopicPartition]reset.Reply {
	ctx, cancel := context.WithTimeout(ctx, writeRequests*c.cfg.RequestTimeout)
	defer cancel()
	told := make(replies, len(plan.Rows))
	var broken error
	for _, batch := range writeBatches(plan) {
		if broken != nil {
			for _, r := range batch.rows {
				told[r.TopicPartition] = reset.Reply{Err: fmt.Errorf("not sent, because an earlier write failed: %w", broken)}
			}
			continue
		}
		broken = c.writerOf(plan.Type, batch.deletes)(ctx, plan.Group, batch.rows, told)
	}
	return told
}

// writer sends one request. It notes the reply for every row, and returns why there
// was no answer, or nil.
type writer func(ctx context.Context, group string, rows []reset.Row, told replies) error

func (c *Client) writerOf(t reset.Type, deletes bool) writer {
	switch {
	case t == reset.Share && deletes:
		return c.deleteShareRows
	case t == reset.Share:
		return c.alterShareRows
	case deletes:
		return c.deleteRows
	}
	return c.commitRows
}

// writeBatches cuts the rows that change into requests.
func writeBatches(plan reset.Plan) []writeBatch {
	var batches []writeBatch
	for _, deletes := range []bool{false, true} {
		rows := slices.DeleteFunc(slices.Clone(plan.Rows), func(r reset.Row) bool { return !r.Changes() || r.Deletes() != deletes })
		for _, rows := range inBatches(rows, func(r reset.Row) int {
			return len(plan.Group) + len(r.Topic) + len(r.Commit().Metadata) + commitOverhead
		}) {
			batches = append(batches, writeBatch{rows, deletes})
		}
	}
	return batches
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

// unanswered notes why no answer came about any of the rows.
func (told replies) unanswered(group string, rows []reset.Row, err error) {
	var refused *kerr.Error
	lost := !errors.As(err, &refused)
	for _, r := range rows {
		told[r.TopicPartition] = reset.Reply{Err: explainWrite(group, r, err), Lost: lost}
	}
}

// expect makes every row one that the coordinator has left out of its answer,
// until set says otherwise.
func (told replies) expect(rows []reset.Row) {
	for _, r := range rows {
		told[r.TopicPartition] = reset.Reply{Err: fmt.Errorf("%s: the coordinator left it out of its answer", writeOf(r)), Lost: true}
	}
}

// set notes what the coordinator said about a row.
func (told replies) set(group string, r reset.Row, code int16) {
	told[r.TopicPartition] = reset.Reply{Err: explainWrite(group, r, kerr.ErrorForCode(code))}
}

// byPartition finds rows by what an answer names.
func byPartition(rows []reset.Row) map[reset.TopicPartition]reset.Row {
	m := make(map[reset.TopicPartition]reset.Row, len(rows))
	for _, r := range rows {
		m[r.TopicPartition] = r
	}
	return m
}

// commitRows sends one OffsetCommit as nobody's member (generation -1), which
// the coordinator takes from outside of a group that is empty.
func (c *Client) commitRows(ctx context.Context, group string, rows []reset.Row, told replies) error {
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group = group
	names := make(map[[16]byte]string)
	for _, r := range rows {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != r.Topic {
			rt := kmsg.NewOffsetCommitRequestTopic()
			rt.Topic, rt.TopicID = r.Topic, r.TopicID // v10 uses the id
			req.Topics = append(req.Topics, rt)
			names[r.TopicID] = r.Topic
		}
		commit := r.Commit()
		rp := kmsg.NewOffsetCommitRequestTopicPartition()
		rp.Partition, rp.Offset, rp.LeaderEpoch, rp.Metadata = r.Partition, commit.Offset, commit.LeaderEpoch, kmsg.StringPtr(commit.Metadata)
		rt := &req.Topics[len(req.Topics)-1]
		rt.Partitions = append(rt.Partitions, rp)
	}
	resp, err := req.RequestWith(ctx, c.kgo)
	if err != nil {
		told.unanswered(group, rows, err)
		return err
	}
	told.expect(rows)
	asked := byPartition(rows)
	for _, t := range resp.Topics {
		if t.Topic == "" {
			t.Topic = names[t.TopicID]
		}
		for _, p := range t.Partitions {
			if r, ok := asked[reset.TopicPartition{Topic: t.Topic, Partition: p.Partition}]; ok {
				told.set(group, r, p.ErrorCode)
			}
		}
	}
	return nil
}

// deleteRows sends one OffsetDelete (KIP-496).
func (c *Client) deleteRows(ctx context.Context, group string, rows []reset.Row, told replies) error {
	partitions := make([]reset.TopicPartition, len(rows))
	for i, r := range rows {
		partitions[i] = r.TopicPartition
	}
	resp, err := offsetDelete(group, partitions).RequestWith(ctx, c.kgo)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		told.unanswered(group, rows, err)
		return err
	}
	told.expect(rows)
	asked := byPartition(rows)
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if r, ok := asked[reset.TopicPartition{Topic: t.Topic, Partition: p.Partition}]; ok {
				told.set(group, r, p.ErrorCode)
			}
		}
	}
	return nil
}

// writeOf is what is done to a row, in words.
func writeOf(r reset.Row) string {
	if r.Deletes() {
		return "delete the commit of " + r.String()
	}
	return "commit " + r.String()
}

// explainWrite says in words why the coordinator did not take a write.
func explainWrite(group string, r reset.Row, err error) error {
	what, needs := writeOf(r), "Read on Topic:"+r.Topic
	var ke *kerr.Error
	if errors.As(err, &ke) {
		switch ke.Code {
		case kerr.UnknownMemberID.Code, kerr.IllegalGeneration.Code, kerr.StaleMemberEpoch.Code, kerr.RebalanceInProgress.Code,
			kerr.NonEmptyGroup.Code, kerr.GroupSubscribedToTopic.Code:
			return explained{fmt.Sprintf("%s: a consumer has joined the group meanwhile (%s); stop it and make a new plan", what, ke.Message), err}
		case kerr.GroupAuthorizationFailed.Code:
			needs = "Read on Group:" + group
			if r.Deletes() {
				needs = "Delete on Group:" + group
			}
		}
	}
	return Explain(what, needs, err)
}
