package kafka

import (
	"context"
	"errors"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// askAny asks a question that any broker can answer. kgo asks one, by turns among
// brokers and seeds. When that one does not answer, the others that were up are
// asked by name, since the next by turns may be the same one under its seed's
// name: a broker that falls silent costs two request timeouts at most. While one
// is known to be silent it is asked last, and costs nothing.
func (c *Conn) askAny(ctx context.Context, req kmsg.Request) (kmsg.Response, error) {
	up := c.roster.allUp()
	silent := c.requests.byAnswer(up)
	var first kgo.ResponseShard
	if !silent {
		first = c.kgo.RequestSharded(ctx, req)[0]
		if !Unanswered(first.Err) || ctx.Err() != nil {
			return first.Resp, first.Err
		}
	}
	err := first.Err
	for _, broker := range up {
		if !silent && c.roster.is(broker, first.Meta) {
			continue
		}
		var resp kmsg.Response
		resp, err = c.kgo.Broker(int(broker)).Request(ctx, req)
		if !Unanswered(err) || ctx.Err() != nil {
			return resp, err
		}
	}
	if silent || len(up) == 0 { // nobody that is known answers, but a seed may
		return c.kgo.Request(ctx, req)
	}
	return nil, err
}

// coordinatorTries is how often brokers are asked who coordinates a group. By
// turns among brokers and seeds, one broker comes three times in a row at most.
const coordinatorTries = 4

// AskCoordinators sends a request to the coordinators of the groups in it. kgo
// asks one broker who they are, and gives up when that one is silent.
func (c *Conn) AskCoordinators(ctx context.Context, req kmsg.Request) []kgo.ResponseShard {
	unsent := func(s kgo.ResponseShard) bool { return s.Meta.NodeID == -1 && Unanswered(s.Err) }
	for try := 1; ; try++ {
		shards := c.kgo.RequestSharded(ctx, req)
		if try == coordinatorTries || ctx.Err() != nil || !slices.ContainsFunc(shards, unsent) {
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
