package groups

import (
	"context"
	"fmt"
	"sync"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/reset"
)

// resetOffsets are the offsets of a plan's topics.
type resetOffsets struct {
	start, end, stable, atTime kafka.Offsets
	partial                    error // why some are missing
}

// resetOffsets reads the ends after the offsets at a time, so that a log that grows
// meanwhile never ends before a record that was found in it.
func (c *Client) resetOffsets(ctx context.Context, l kafka.Leaders, s reset.Strategy) (resetOffsets, error) {
	var o resetOffsets
	var timeErr error
	if s.AtTime() {
		o.atTime, timeErr = c.conn.LeaderOffsets(ctx, l, kafka.OffsetAfter(s.At.UnixMilli()))
	}
	var wg sync.WaitGroup
	wg.Go(func() { o.start, o.end, o.partial = c.conn.LogBounds(ctx, l) })
	switch s.Kind {
	case reset.ToOffset, reset.ShiftBy, reset.ToDatetime, reset.ByDuration, reset.ToLatest, reset.FromFile, reset.FromGroup:
		// Only a warning hangs on the last stable offset, and only where the
		// new offset may be past it.
		wg.Go(func() { o.stable, _ = c.conn.LeaderOffsets(ctx, l, kafka.LastStable) })
	}
	wg.Wait()
	if timeErr != nil && o.partial == nil {
		// A missing answer must not pass for "no record at or after the time".
		return o, fmt.Errorf("find the offsets at %s: %w", reset.FormatTime(s.At), timeErr)
	}
	return o, nil
}
