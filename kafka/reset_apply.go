package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/audit"
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

// ApplyReset writes a plan, after a last look at the cluster. It returns an
// error when nothing was written: *reset.ActiveError with the members that came,
// *reset.MovedError with what moved since the plan was made, ErrReadOnly, or that
// the old offsets could not be saved to a file in SavedDir, which comes first.
//
// Once the writing has begun it is not stopped by ctx, the offsets are read
// back, and the result tells for each partition what became of it; a result
// that is not Complete is no error.
func (c *Client) ApplyReset(ctx context.Context, plan reset.Plan) (reset.Result, error) {
	what := "reset offsets of " + plan.Group
	if err := c.mutate(what); err != nil {
		return reset.Result{}, err
	}
	if plan.Totals().Changed == 0 {
		return reset.Result{}, fmt.Errorf("%s: every partition is where it should be; there is nothing to write", what)
	}
	now, err := c.ResetFacts(ctx, plan.Group, plan.Scope(), reset.Strategy{})
	if err != nil {
		return reset.Result{}, fmt.Errorf("%s: nothing was written: %w", what, err)
	}
	if err := plan.Check(now); err != nil {
		return reset.Result{}, err
	}
	saved, err := plan.Save(c.Name(), now).Write(c.SavedDir())
	if err != nil {
		return reset.Result{}, err
	}
	change, err := c.begin(audit.Change{Action: "reset-offsets", Target: plan.Group, Details: plan.Save(c.Name(), now)})
	if err != nil {
		return reset.Result{}, err
	}

	// A reset that is cut off half way because its screen was left would help
	// nobody.
	ctx = context.WithoutCancel(ctx)
	replies := c.commitPlan(ctx, plan)
	found, readErr := c.readBack(ctx, plan.Group)
	result := reset.Judge(plan, replies, found, readErr)
	result.Saved = saved
	result.Unnoted = change.End(stage(result), result.Summary(), result.ReadBack)
	return result, nil
}

func stage(r reset.Result) audit.Stage {
	switch {
	case r.Complete():
		return audit.Done
	case r.Count(reset.Failed)+r.Count(reset.Unchanged) == len(r.Rows):
		return audit.Refused
	}
	return audit.Partly
}

func (c *Client) readBack(ctx context.Context, group string) (map[reset.TopicPartition]reset.Commit, error) {
	ctx, cancel := context.WithTimeout(ctx, readBackRequests*c.cfg.RequestTimeout)
	defer cancel()
	found, _, err := c.fetchCommits(ctx, group, -1, false)
	return found, Explain("read the offsets back", "Describe on Group:"+group, err)
}

// commitPlan writes the rows that change, in as few requests as the coordinator
// takes. After a request without an answer the rest is not sent.
func (c *Client) commitPlan(ctx context.Context, plan reset.Plan) map[reset.TopicPartition]reset.Reply {
	ctx, cancel := context.WithTimeout(ctx, writeRequests*c.cfg.RequestTimeout)
	defer cancel()
	replies := make(map[reset.TopicPartition]reset.Reply, len(plan.Rows))
	var broken error
	for _, rows := range commitBatches(plan) {
		if broken != nil {
			for _, r := range rows {
				replies[r.TopicPartition] = reset.Reply{Err: fmt.Errorf("not sent, because an earlier write failed: %w", broken)}
			}
			continue
		}
		broken = c.commitRows(ctx, plan.Group, rows, replies)
	}
	return replies
}

// commitBatches cuts the rows that change into requests.
func commitBatches(plan reset.Plan) [][]reset.Row {
	rows := slices.DeleteFunc(slices.Clone(plan.Rows), func(r reset.Row) bool { return !r.Changes() })
	return inBatches(rows, func(r reset.Row) int { return len(plan.Group) + len(r.Topic) + commitOverhead })
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

// commitRows sends one OffsetCommit as nobody's member (generation -1), which
// the coordinator takes from outside of a group that is empty. It notes the
// reply of every row and returns why there was no answer, or nil.
func (c *Client) commitRows(ctx context.Context, group string, rows []reset.Row, replies map[reset.TopicPartition]reset.Reply) error {
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
		var refused *kerr.Error
		lost := !errors.As(err, &refused)
		for _, r := range rows {
			replies[r.TopicPartition] = reset.Reply{Err: explainCommit(group, r.TopicPartition, err), Lost: lost}
		}
		return err
	}
	for _, r := range rows {
		replies[r.TopicPartition] = reset.Reply{Err: fmt.Errorf("commit %s: the coordinator left it out of its answer", r.TopicPartition), Lost: true}
	}
	for _, t := range resp.Topics {
		if t.Topic == "" {
			t.Topic = names[t.TopicID]
		}
		for _, p := range t.Partitions {
			tp := reset.TopicPartition{Topic: t.Topic, Partition: p.Partition}
			replies[tp] = reset.Reply{Err: explainCommit(group, tp, kerr.ErrorForCode(p.ErrorCode))}
		}
	}
	return nil
}

// explainCommit says in words why the coordinator did not take a commit.
func explainCommit(group string, tp reset.TopicPartition, err error) error {
	what, needs := "commit "+tp.String(), "Read on Topic:"+tp.Topic
	var ke *kerr.Error
	if errors.As(err, &ke) {
		switch ke.Code {
		case kerr.UnknownMemberID.Code, kerr.IllegalGeneration.Code, kerr.StaleMemberEpoch.Code, kerr.RebalanceInProgress.Code:
			return explained{fmt.Sprintf("%s: a consumer has joined the group meanwhile (%s); stop it and make a new plan", what, ke.Message), err}
		case kerr.GroupAuthorizationFailed.Code:
			needs = "Read on Group:" + group
		}
	}
	return Explain(what, needs, err)
}
