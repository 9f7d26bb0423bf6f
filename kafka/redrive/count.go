package redrive

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/records"
)

// Count looks what a request would send, and sends nothing: it scans the range,
// which it fixes as it is now. The error of a topic that does not exist offers the
// names that come nearest. meter may be read meanwhile.
func Count(ctx context.Context, client *kafka.Conn, req Request, meter *Meter) (*Plan, error) {
	what := fmt.Sprintf("redrive %s to %s", req.Query.Topic, req.To)
	switch {
	case req.Query.Follow:
		return nil, fmt.Errorf("%s: a range without an end cannot be counted", what)
	case req.Rate < 0:
		return nil, fmt.Errorf("%s: a rate of %v records per second cannot be", what, req.Rate)
	}
	look, err := produce.Rehearse(ctx, client, req.To, req.Options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	req.Query.Merged = false // the order between partitions says nothing here
	c := newCounter(req, look)
	r := &reader{client: client, query: req.Query, meter: meter, take: c.take, passed: func(map[int32]int64) {}}
	if req.Within != nil {
		err = r.within(ctx, req.Within)
	} else {
		err = c.whole(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	c.plan.TopicID = r.topicID
	c.plan.Looked, c.plan.Unlike, c.plan.WhyUnlike = r.looked, r.unlike, r.why
	return c.finish(r.notes), nil
}

// counter makes a plan of the matches that it is shown.
type counter struct {
	plan   *Plan
	look   *produce.Rehearsal
	ranges Ranges           // that the matches are looked for in
	found  map[int32]*found // by the partition that they stand in
	sends  []Part           // by the partition that they go to, after those for any
	memory slab
}

// found is what was found in one partition.
type found struct {
	Part
	spans []span // by its ranges
}

// span is the first and the last match in a range.
type span struct {
	first, last int64
	any         bool
}

func newCounter(req Request, look *produce.Rehearsal) *counter {
	to := look.Destination()
	c := &counter{
		plan: &Plan{
			Request: req, Topic: to, At: time.Now(), Left: make(Ranges),
			Source: make(map[int32]Part), Destination: make(map[int32]Part),
		},
		look: look, ranges: req.Within, found: make(map[int32]*found), sends: make([]Part, len(to.Leaders)+1),
	}
	c.memory.room(slabBytes, slabHeaders)
	return c
}

// whole reads the range of the query.
func (c *counter) whole(ctx context.Context, r *reader) error {
	source, err := records.Open(ctx, r.client, r.query)
	if err != nil {
		return err
	}
	c.ranges = make(Ranges)
	stops := source.Stops()
	for p, from := range source.Positions() {
		if from < stops[p] {
			c.ranges[p] = []Range{{from, stops[p]}}
		}
	}
	return r.drain(ctx, source, c.ranges)
}

// take counts a match. Its error is that the range does not hold it, which cannot
// be.
func (c *counter) take(rec *kgo.Record) error {
	i, ok := c.ranges.find(rec.Partition, rec.Offset)
	if !ok {
		return errors.New("a record was read that lies outside of the range")
	}
	in := c.found[rec.Partition]
	if in == nil {
		in = &found{spans: make([]span, len(c.ranges[rec.Partition]))}
		c.found[rec.Partition] = in
	}
	if !in.spans[i].any {
		in.spans[i] = span{first: rec.Offset, any: true}
	}
	in.spans[i].last = rec.Offset

	memory := c.memory // a copy: it is used again for the next one
	p, m := c.plan, c.plan.message(rec, &memory)
	size := m.Size()
	p.Matches++
	p.Bytes += int64(size)
	in.add(size)
	to, err := c.look.Place(m)
	if err != nil {
		p.Refused++
		if len(p.Refusals) < keptFailures {
			p.Refusals = append(p.Refusals, Failure{rec.Partition, rec.Offset, model.Refused, err})
		}
		return nil
	}
	c.sends[to-produce.AnyPartition].add(size)
	return nil
}

// finish fixes the ranges to what was found, and looks at the plan as a whole.
func (c *counter) finish(notes []string) *Plan {
	for p, in := range c.found {
		c.plan.Source[p] = in.Part
		for _, s := range in.spans {
			if s.any {
				c.plan.Left[p] = append(c.plan.Left[p], Range{s.first, s.last + 1})
			}
		}
	}
	for i, part := range c.sends {
		if part.Matches > 0 {
			c.plan.Destination[int32(i)+produce.AnyPartition] = part
		}
	}
	c.plan.warn(notes)
	return c.plan
}
