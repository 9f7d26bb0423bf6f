package target

import (
	"context"
	"errors"
	"time"

	"github.com/kdeck/kdeck/kafka"
)

// patience is how long a command goes on once a broker has asked for a wait of more
// than kafka.LongestThrottle: it may be done without another request.
const patience = 3 * time.Second

// giveUp ends the context of a command.
type giveUp struct{}

// Impatient returns a context for a command, which Patience can end.
func Impatient(ctx context.Context) context.Context {
	ctx, end := context.WithCancelCause(ctx)
	return context.WithValue(ctx, giveUp{}, end)
}

// Patience returns what ends a command whose cluster asks it to wait for longer than
// anybody can mean: the client library would wait for all of it, without a word. It
// is nil where the context is none of Impatient.
func Patience(ctx context.Context) func(*kafka.Throttle) {
	end, ok := ctx.Value(giveUp{}).(context.CancelCauseFunc)
	if !ok {
		return nil
	}
	return func(t *kafka.Throttle) {
		timer := time.AfterFunc(patience, func() { end(t) })
		context.AfterFunc(ctx, func() { timer.Stop() })
	}
}

// GivenUp is why a command was ended, or nil.
func GivenUp(ctx context.Context) error {
	var throttle *kafka.Throttle
	if errors.As(context.Cause(ctx), &throttle) {
		return throttle
	}
	return nil
}
