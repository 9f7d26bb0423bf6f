package redrive

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/unpack"
)

// reader reads the matches of a query in the order of each partition.
type reader struct {
	client *kafka.Conn
	query  records.Query
	meter  *Meter
	// take gets every match; an error ends the reading.
	take func(*kgo.Record) error
	// passed is told up to where each partition has been read; everything before
	// has been taken.
	passed func(map[int32]int64)

	topicID [16]byte // of the topic that was read

	looked int64 // by readers that are closed
	unlike int64 // of the looked at, those that could not be compared or read
	why    error // of the first
	notes  []string
}

// within reads exactly the matches in ranges.
func (r *reader) within(ctx context.Context, ranges Ranges) error {
	for _, round := range ranges.rounds() {
		q := records.Query{
			Topic: r.query.Topic, Filter: r.query.Filter, Committed: r.query.Committed, BatchBytes: r.query.BatchBytes, Partitions: slices.Collect(maps.Keys(round)),
			From: records.Start{Kind: records.Earliest}, Resume: make(map[int32]int64), Stops: make(map[int32]int64),
		}
		for p, span := range round {
			q.Resume[p], q.Stops[p] = span.From, span.To
		}
		source, err := records.Open(ctx, r.client, q)
		if err != nil {
			return err
		}
		if err := r.drain(ctx, source, ranges); err != nil {
			return err
		}
	}
	return nil
}

// drain reads to the end, and closes the reader. Nil ranges hold everything.
func (r *reader) drain(ctx context.Context, source *records.Reader, ranges Ranges) error {
	defer source.Close()
	r.topicID = source.TopicID()
	r.meter.watch(source, r.looked)
	defer r.meter.watch(nil, 0)
	for {
		batch, err := source.Next(ctx)
		found := int64(0)
		for _, rec := range batch {
			if large := unpack.Of(rec); large != nil { // there is nothing to send
				r.unlike += max(1, large.Records)
				r.why = cmp.Or(r.why, error(large))
				continue
			}
			if ranges != nil {
				if _, ok := ranges.find(rec.Partition, rec.Offset); !ok {
					continue
				}
			}
			if err := r.take(rec); err != nil {
				return err
			}
			found++
		}
		r.meter.note(func(p *Progress) { p.Found += found })
		if err == nil || errors.Is(err, io.EOF) {
			r.passed(source.Positions())
		}
		if err != nil {
			r.close(source.Status())
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// close keeps what is worth telling of a reader.
func (r *reader) close(s records.Status) {
	r.looked += s.Looked
	r.unlike += s.Failed
	r.why = cmp.Or(r.why, s.WhyFailed)
	if s.Note != "" {
		r.notes = append(r.notes, s.Note)
	}
}
