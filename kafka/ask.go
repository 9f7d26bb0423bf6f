package kafka

import (
	"context"
	"errors"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// asks is how often a question is put when nobody has answered it. By turns among
// brokers and seeds, one broker comes three times in a row at most.
const asks = 4

// Ask asks a question that kadm knows how to ask. When nobody could even be asked, for
// want of a broker that tells who is to answer, it is asked again: that broker is known
// to be silent then, and another one is turned to. An answer in part is an answer.
func (c *Conn) Ask(ctx context.Context, ask func(*kadm.Client) error) error {
	for try := 1; ; try++ {
		err := ask(c.adm)
		if try == asks || ctx.Err() != nil || !unasked(err) {
			return err
		}
	}
}

// unasked reports whether err says that a part of a question has not got to a broker
// that could answer it.
func unasked(err error) bool {
	var shards *kadm.ShardErrors
	if !errors.As(err, &shards) {
		return Unanswered(err)
	}
	return slices.ContainsFunc(shards.Errs, func(s kadm.ShardError) bool {
		return s.Broker.NodeID == -1 && Unanswered(s.Err)
	})
}

// askAny asks a question that any broker can answer. kgo asks one, by turns among
// brokers and seeds, and turns to another one when it does not answer.
func (c *Conn) askAny(ctx context.Context, req kmsg.Request) (resp kmsg.Response, err error) {
	err = c.Ask(ctx, func(*kadm.Client) error {
		resp, err = c.kgo.Request(ctx, req)
		return err
	})
	return resp, err
}

// AskCoordinators sends a request to the coordinators of the groups in it.
func (c *Conn) AskCoordinators(ctx context.Context, req kmsg.Request) []kgo.ResponseShard {
	lost := func(s kgo.ResponseShard) bool { return s.Meta.NodeID == -1 && Unanswered(s.Err) }
	for try := 1; ; try++ {
		shards := c.kgo.RequestSharded(ctx, req)
		if try == asks || ctx.Err() != nil || !slices.ContainsFunc(shards, lost) {
			return shards
		}
	}
}

// AskAll sends every broker that is up a request of its own, all at once. kgo would
// ask one broker who the others are, and give up when that one is silent.
func (c *Conn) AskAll(ctx context.Context, newRequest func() kmsg.Request) ([]kgo.ResponseShard, error) {
	md, err := c.BrokerMetadata(ctx)
	if err != nil {
		return nil, err
	}
	byBroker := make(map[int32]kmsg.Request, len(md.Brokers))
	for _, b := range md.Brokers {
		byBroker[b.NodeID] = newRequest()
	}
	return c.askEach(ctx, byBroker), nil
}

// askEach sends brokers their requests, all at once. A broker that does not answer
// is not tried again.
func (c *Conn) askEach(ctx context.Context, byBroker map[int32]kmsg.Request) []kgo.ResponseShard {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.RequestTimeout)
	defer cancel()
	answers := make(chan kgo.ResponseShard)
	for broker, req := range byBroker {
		go func() {
			resp, err := c.kgo.Broker(int(broker)).RetriableRequest(ctx, req)
			answers <- kgo.ResponseShard{Meta: kgo.BrokerMetadata{NodeID: broker}, Req: req, Resp: resp, Err: err}
		}()
	}
	shards := make([]kgo.ResponseShard, len(byBroker))
	for i := range shards {
		shards[i] = <-answers
	}
	return shards
}

// Unanswered reports whether err is anything but the answer of a broker.
func Unanswered(err error) bool {
	var answer *kerr.Error
	return err != nil && !errors.As(err, &answer)
}
