package target

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kdeck/kdeck/kafka"
)

func TestPatience(t *testing.T) {
	throttle := &kafka.Throttle{Broker: 2, Address: "broker-2:9092", For: time.Hour}
	synctest.Test(t, func(t *testing.T) {
		outer, stop := context.WithCancel(context.Background())
		defer stop()
		ctx := Impatient(outer)
		Patience(ctx)(throttle)
		if ctx.Err() != nil || GivenUp(ctx) != nil {
			t.Error("a command is ended that may be done without another request")
		}
		<-ctx.Done()
		why := GivenUp(ctx)
		if why == nil || !strings.Contains(why.Error(), "broker 2 at broker-2:9092 asks this client to wait for 1h0m0s") {
			t.Errorf("ended with %v", why)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		outer, stop := context.WithCancel(context.Background())
		ctx := Impatient(outer)
		Patience(ctx)(throttle)
		stop()
		<-ctx.Done()
		if GivenUp(ctx) != nil || !errors.Is(context.Cause(ctx), context.Canceled) {
			t.Errorf("an interrupt is taken for a throttle: %v", context.Cause(ctx))
		}
	})
	if Patience(context.Background()) != nil {
		t.Error("a context that nobody can end")
	}
}
