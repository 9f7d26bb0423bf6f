package produce

import (
	"context"
	"errors"
	"io"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
)

// Stream is what an input has, on its way to a topic.
type Stream struct {
	Input  Input
	Encode *Encoder
	// Key is the text of the key of messages without one, Partition the one of all
	// messages unless it is AnyPartition, and Headers come after their own.
	Key       []byte
	Partition int32
	Headers   []kgo.RecordHeader
	Rate      float64 // messages a second; 0 is as many as there are
	Count     int64   // of messages at most; 0 is all
}

// A batch of items keeps the cost of handing them over small; a few of them keep
// the reader busy while others are encoded.
const (
	batchItems    = 256
	batchesAtOnce = 4
)

// Run hands the items of the input to write, one after the other and in their
// order, with their keys and values encoded, and those that are no messages with
// their errors. It returns how many there were, and nil at the end of the input,
// the cause of ctx when that ends, or why the input cannot be read. A Read that is
// under way when ctx ends is left to itself.
func (s *Stream) Run(ctx context.Context, write func(*Item)) (read int64, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	full, free := make(chan []Item, batchesAtOnce), make(chan []Item, batchesAtOnce)
	for range batchesAtOnce {
		free <- make([]Item, 0, batchItems)
	}
	ended := make(chan error, 1)
	go func() { ended <- readAll(ctx, s.Input, full, free) }()
	pace := NewPace(s.Rate)
	for {
		select {
		case <-ctx.Done():
			return read, context.Cause(ctx)
		case items, more := <-full:
			if !more {
				return read, <-ended
			}
			for i := range items {
				if err := pace.Wait(ctx); err != nil {
					return read, err
				}
				read++
				s.complete(ctx, &items[i])
				write(&items[i])
				if read == s.Count {
					return read, nil
				}
			}
			clear(items) // what was written is not held on to
			free <- items[:0]
		}
	}
}

// readAll reads an input into batches, until it ends or ctx does.
func readAll(ctx context.Context, in Input, full chan<- []Item, free <-chan []Item) error {
	defer close(full)
	for {
		var items []Item
		select {
		case items = <-free:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		items, err := in.Read(items)
		if len(items) > 0 {
			select {
			case full <- items:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// complete gives an item what holds for all of them, and encodes it.
func (s *Stream) complete(ctx context.Context, item *Item) {
	m := &item.Message
	m.Tag = item.Line
	if item.Err != nil {
		return
	}
	if m.Key == nil && s.Key != nil {
		m.Key, item.Key = s.Key, Part{Form: serde.Auto}
	}
	if item.Err = s.Encode.Encode(ctx, item); item.Err != nil {
		return
	}
	if s.Partition != AnyPartition {
		m.Partition = s.Partition
	}
	if len(s.Headers) > 0 {
		m.Headers = append(m.Headers[:len(m.Headers):len(m.Headers)], s.Headers...)
	}
}
