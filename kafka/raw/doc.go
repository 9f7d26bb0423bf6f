// Package raw sends the few requests that kadm cannot say, or whose answers it makes
// more of than the budget has room for. Each function says which and why; the table
// of ARCHITECTURE.md lists them all with what was measured. Everything else is asked
// through kadm. Nothing but this package and the tests imports kmsg, records and
// produce apart, which are about records.
//
// It imports nothing of kdeck: what an answer means is for the rooms to say.
package raw

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Requestor sends a request: a *kgo.Client to any broker, a *kgo.Broker to that one.
type Requestor = kmsg.Requestor

// Text is what a field of an answer holds, empty for null.
func Text(field *string) string {
	if field == nil {
		return ""
	}
	return *field
}

// askBroker sends a broker a request. kgo retries when the connection has died since
// it was last used.
func askBroker[R any](ctx context.Context, cl *kgo.Client, broker int32, req kmsg.Request) (R, error) {
	resp, err := cl.Broker(int(broker)).RetriableRequest(ctx, req)
	if err != nil {
		var none R
		return none, err
	}
	return resp.(R), nil
}
