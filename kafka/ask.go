package kafka

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// asks is how often a question is put when nobody has answered it. By turns among
// brokers and seeds, one broker comes three times in a row at most.
const asks = 4

// Ask asks a question that kadm knows how to ask. When nobody could even be asked, since
// the broker that was to tell who can answer is silent, it is asked again: that is known
// then, and another one is turned to. An answer in part is an answer.
func (c *Conn) Ask(ctx context.Context, ask func(*kadm.Client) error) error {
	if err := c.checkCluster(ctx); err != nil {
		return err
	}
	return c.again(ctx, func() error { return ask(c.adm) })
}

func (c *Conn) again(ctx context.Context, ask func() error) error {
	began := time.Now()
	for try := 1; ; try++ {
		err := ask()
		if try == asks || ctx.Err() != nil || !unasked(err) || time.Since(began) > anyTimeouts*c.cfg.RequestTimeout {
			return err
		}
	}
}

// unasked reports whether err says that a part of a question has not got to a broker
// that could answer it, since another one was silent.
func unasked(err error) bool {
	var shards *kadm.ShardErrors
	if !errors.As(err, &shards) {
		return Unanswered(err) && isSilence(err)
	}
	return slices.ContainsFunc(shards.Errs, func(s kadm.ShardError) bool {
		return s.Broker.NodeID == -1 && Unanswered(s.Err) && isSilence(s.Err)
	})
}

// Unanswered reports whether err is anything but the answer of a broker.
func Unanswered(err error) bool {
	var answer *kerr.Error
	return err != nil && !errors.As(err, &answer)
}

// FailedBrokers is which brokers left a question of kadm's to all of them unanswered,
// and why; or the error, when there is no answer at all.
func FailedBrokers(err error) (map[int32]error, error) {
	var shards *kadm.ShardErrors
	if !errors.As(err, &shards) {
		return nil, err
	}
	failed := make(map[int32]error)
	for _, s := range shards.Errs {
		if s.Broker.NodeID == -1 { // none was asked
			return nil, s.Err
		}
		failed[s.Broker.NodeID] = s.Err
	}
	return failed, nil
}
