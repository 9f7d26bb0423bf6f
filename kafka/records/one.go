package records

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/unpack"
)

// At reads the first record of a partition at or after an offset. That the log
// ends before it is an error.
func At(ctx context.Context, client *kafka.Conn, topic string, partition int32, offset int64) (*kgo.Record, error) {
	return AtWithin(ctx, client, topic, partition, offset, unpack.Bound)
}

// AtWithin is At with a bound of its own on what the batch of the record may take once
// it is decompressed, in bytes (Query.BatchBytes).
func AtWithin(ctx context.Context, client *kafka.Conn, topic string, partition int32, offset int64, batchBytes int) (*kgo.Record, error) {
	r, err := Open(ctx, client, Query{
		Topic: topic, Partitions: []int32{partition}, From: Start{Kind: AtOffset, N: offset}, Max: 1, BatchBytes: batchBytes,
	})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	found, err := r.Next(ctx)
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read topic %s partition %d: there is no record at offset %d or after it", topic, partition, offset)
	}
	if err != nil {
		return nil, kafka.Explain(fmt.Sprintf("read topic %s partition %d offset %d", topic, partition, offset), "Read on Topic:"+topic, err)
	}
	return found[0], nil
}

// Before reads the last record of a partition before an offset. That there is
// none is an error.
func Before(ctx context.Context, client *kafka.Conn, topic string, partition int32, offset int64) (*kgo.Record, error) {
	log, err := client.TopicLog(ctx, topic)
	if err != nil {
		return nil, err
	}
	if _, err := choose(Query{Topic: topic, Partitions: []int32{partition}}, len(log.Ends)); err != nil {
		return nil, err
	}
	if log.Partial != nil && (log.Starts[partition] < 0 || log.Ends[partition] < 0) {
		return nil, log.Partial
	}
	log.Ends[partition] = min(max(offset, log.Starts[partition]), log.Ends[partition])
	starts, count, err := lastN(ctx, client, Query{Topic: topic, From: Start{Kind: LastN, N: 1}}, log, []int32{partition})
	if err != nil {
		return nil, err
	}
	if count == 0 {
		return nil, fmt.Errorf("read topic %s partition %d: there is no record before offset %d", topic, partition, offset)
	}
	return At(ctx, client, topic, partition, starts[partition])
}
