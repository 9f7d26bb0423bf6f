package redrive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/records"
)

// Resume makes a request of what a run has left. A run that has died, or records
// without an answer, may have stored more than its file tells: by their origin they
// are found in the destination, and are not sent again. Without origins that cannot
// be known, and notes say so. To be counted anew, like any request.
func (s *State) Resume(ctx context.Context, client *kafka.Conn) (req Request, notes []string, err error) {
	what := fmt.Sprintf("go on with redrive %s to %s", s.From, s.To)
	if s.Running && time.Since(s.Saved) < 5*saveEvery {
		return Request{}, nil, fmt.Errorf("%s: it was under way %s ago; stop it first, or try again in %s", what, time.Since(s.Saved).Round(time.Second), 5*saveEvery)
	}
	if req, err = s.request(); err != nil {
		return Request{}, nil, err
	}
	from, err := client.TopicLog(ctx, s.From)
	if err != nil {
		return Request{}, nil, fmt.Errorf("%s: %w", what, err)
	}
	to, err := client.TopicLog(ctx, s.To)
	switch {
	case err != nil:
		return Request{}, nil, fmt.Errorf("%s: %w", what, err)
	case from.ID != s.TopicID:
		return Request{}, nil, fmt.Errorf("%s: topic %s was deleted and created again; what was left is gone", what, s.From)
	case to.ID != s.ToID:
		return Request{}, nil, fmt.Errorf("%s: topic %s was deleted and created again; what was sent is gone: begin anew", what, s.To)
	case s.Open && s.NoOrigin:
		return req, []string{"the run before ended without knowing of all records, which say nothing of their origin: some that are sent now may be stored twice"}, nil
	case s.Open:
		if req.Within, notes, err = s.settle(ctx, client, to); err != nil {
			return Request{}, nil, fmt.Errorf("%s: %w", what, err)
		}
	}
	return req, notes, nil
}

// settle returns what is left, less what the destination holds.
func (s *State) settle(ctx context.Context, client *kafka.Conn, to kafka.TopicLog) (left Ranges, notes []string, err error) {
	q := records.Query{ // without a filter, which masks of the destination would mislead
		Topic: s.To, From: records.Start{Kind: records.Earliest}, Resume: make(map[int32]int64),
		Committed: s.Options.Transaction != "",
	}
	for p, end := range s.Ends {
		q.Resume[int32(p)] = max(0, end)
		if p < len(to.Starts) && end >= 0 && to.Starts[p] > end {
			notes = append(notes, fmt.Sprintf("partition %d of %s begins at %d now, after where the run began to write: what it stored before cannot be known, and may be stored twice", p, s.To, to.Starts[p]))
		}
	}
	if q.Committed {
		if err := s.settled(ctx, client, to.Ends); err != nil {
			return nil, nil, err
		}
	}
	reader, err := records.Open(ctx, client, q)
	if err != nil {
		return nil, nil, err
	}
	defer reader.Close()
	there := make(map[int32][]int64)
	for {
		batch, err := reader.Next(ctx)
		for _, rec := range batch {
			p, offset, ok := cameFrom(s.From, rec)
			if _, left := s.Left.find(p, offset); ok && left {
				there[p] = append(there[p], offset)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
	}
	left = s.Left
	for p, offsets := range there {
		slices.Sort(offsets)
		left = left.without(p, offsets)
	}
	return left, notes, nil
}

const (
	// settledWithin is how long a transaction of a run that has died may stay open:
	// until the cluster aborts it.
	settledWithin = 90 * time.Second
	settledEvery  = 500 * time.Millisecond
)

// settled waits until no transaction is open before the ends.
func (s *State) settled(ctx context.Context, client *kafka.Conn, ends []int64) error {
	limited, cancel := context.WithTimeout(ctx, settledWithin)
	defer cancel()
	for {
		stable, err := client.StableEnds(limited, s.To, len(ends))
		if err == nil && reached(stable, ends) {
			return nil
		}
		select {
		case <-limited.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errors.Join(errors.New("a transaction is still open on the destination; try again when it has ended"), err)
		case <-time.After(settledEvery):
		}
	}
}

func reached(at, ends []int64) bool {
	for p := range ends {
		if at[p] < ends[p] {
			return false
		}
	}
	return true
}
