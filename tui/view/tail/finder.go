package tail

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/unpack"
)

// finder finds records for a record screen: the one to begin with, and
// neighbours.
type finder interface {
	// find returns the record after the current one (1), the one before it (-1),
	// or the current one (0).
	find(ctx context.Context, by int) (*kgo.Record, error)
}

// clusterFinder reads records from the cluster, one by one along a partition.
type clusterFinder struct {
	client    *admin.Client
	topic     string
	partition int32
	offset    int64 // of the current one
	after     int64 // the offset after it, or after the batch that it stands for; 0 before the first
}

func (f *clusterFinder) find(ctx context.Context, by int) (*kgo.Record, error) {
	var rec *kgo.Record
	var err error
	switch {
	case by < 0:
		rec, err = records.Before(ctx, f.client.Conn, f.topic, f.partition, f.offset)
	case by > 0:
		rec, err = records.At(ctx, f.client.Conn, f.topic, f.partition, max(f.after, f.offset+1))
	default:
		rec, err = records.At(ctx, f.client.Conn, f.topic, f.partition, f.offset)
	}
	if err == nil {
		f.offset, f.after = rec.Offset, unpack.After(rec)
	}
	return rec, err
}

// feedFinder walks along the records that a tail shows.
type feedFinder struct {
	feed   *records.Feed
	found  bool         // the records are matches of a search, which goes on meanwhile
	number atomic.Int64 // of the record found last; the tail asks too
}

func newFeedFinder(feed *records.Feed, number int64, found bool) *feedFinder {
	f := &feedFinder{feed: feed, found: found}
	f.number.Store(number)
	return f
}

func (f *feedFinder) find(_ context.Context, by int) (*kgo.Record, error) {
	row := f.feed.Row(f.number.Load()) + int64(by)
	first, end := f.feed.Bounds()
	if row < first {
		return nil, errors.New("this is the oldest record that the tail shows")
	}
	window := f.feed.Window(row, 1)
	if f.found && (row >= end || len(window) == 0) {
		return nil, errors.New("this is the last match so far")
	}
	if row >= end || len(window) == 0 {
		return nil, errors.New("this is the newest record that the tail shows; go back to let it read on")
	}
	f.number.Store(window[0].Number)
	return window[0].Record, nil
}
