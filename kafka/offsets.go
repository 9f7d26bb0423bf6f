package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

// Offsets holds one offset per partition of a topic, by topic and then
// by partition number; NoOffset where the cluster did not say.
type Offsets map[string][]int64

// At returns the offset of one partition, or NoOffset.
func (o Offsets) At(topic string, partition int32) int64 {
	if ps := o[topic]; int(partition) < len(ps) && partition >= 0 {
		return ps[partition]
	}
	return model.NoOffset
}

// OffsetKind is a place in the log that ListOffsets can find.
type OffsetKind struct {
	timestamp int64
	stable    bool // the last stable offset in the place of the end
}

// The places in a log that kdeck asks for. Timestamps -1 and -2 are the
// ListOffsets API's own; with isolation level 1 (read committed, KIP-98) the
// end is the last stable offset.
var (
	LogStart   = OffsetKind{timestamp: -2}
	LogEnd     = OffsetKind{timestamp: -1}
	LastStable = OffsetKind{timestamp: -1, stable: true}
)

// OffsetAfter is the offset of the first record at or after a time in milliseconds
// since 1970; the cluster answers NoOffset when there is none.
func OffsetAfter(millis int64) OffsetKind { return OffsetKind{timestamp: millis} }

// Leaders is who leads the partitions of some topics. It is all of the metadata
// that asking for offsets takes: the whole of it is 30 MB for 100,000 partitions.
type Leaders []topicLeaders

type topicLeaders struct {
	Topic string
	Of    []int32 // node id by partition number; negative where nobody leads
}

// Leaders returns the leaders of the readable topics.
func (m Metadata) Leaders() Leaders {
	l := make(Leaders, 0, len(m.Topics))
	for i := range m.Topics {
		t := &m.Topics[i]
		if t.ErrorCode != 0 || t.Topic == nil {
			continue
		}
		l = append(l, topicLeaders{*t.Topic, LeadersOf(t.Partitions)})
	}
	return l
}

// LeadersOf is the leader of each partition of a topic, by partition number.
func LeadersOf(partitions []raw.Partition) []int32 {
	of := slices.Repeat([]int32{-1}, len(partitions))
	for i := range partitions {
		if p := &partitions[i]; p.Partition >= 0 && int(p.Partition) < len(of) {
			of[p.Partition] = p.Leader
		}
	}
	return of
}

// LeaderOffsets asks the leaders for one kind of offset of all their partitions:
// one request per leader, all at once, and no metadata again. Partitions without
// a leader are not asked for and hold NoOffset; they are no error, since the
// metadata has told about them. Partitions without an answer hold NoOffset too, and the
// error then says, in one line, how many and why; the rest of the answer is true all
// the same.
func (c *Conn) LeaderOffsets(ctx context.Context, l Leaders, kind OffsetKind) (Offsets, error) {
	asks := l.asks(kind)
	offsets, asked := make(Offsets, len(l)), 0
	for _, t := range l {
		offsets[t.Topic] = slices.Repeat([]int64{model.NoOffset}, len(t.Of))
		for p, leader := range t.Of {
			if leader >= 0 {
				asks[leader].Add(t.Topic, int32(p))
				asked++
			}
		}
	}

	// Leaders answer for different partitions, so they may write into offsets
	// at the same time.
	var wg sync.WaitGroup
	var mu sync.Mutex
	var tally offsetTally
	for leader, ask := range asks {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, c.cfg.RequestTimeout) // no second try at a leader that does not answer
			defer cancel()
			var part offsetTally
			err := ask.Ask(ctx, c.kgo, leader, func(topic string, partition int32, offset int64, err error) {
				part.take(offsets, topic, partition, offset, err)
			})
			mu.Lock()
			defer mu.Unlock()
			tally.add(part)
			tally.first = FirstError(tally.first, err)
		})
	}
	wg.Wait()
	return offsets, tally.err(asked)
}

// LogBounds asks for the start and the end of every log at the same time.
func (c *Conn) LogBounds(ctx context.Context, l Leaders) (start, end Offsets, err error) {
	var wg sync.WaitGroup
	var startErr, endErr error
	wg.Go(func() { start, startErr = c.LeaderOffsets(ctx, l, LogStart) })
	wg.Go(func() { end, endErr = c.LeaderOffsets(ctx, l, LogEnd) })
	wg.Wait()
	return start, end, FirstError(endErr, startErr)
}

// asks makes an empty request to each leader.
func (l Leaders) asks(kind OffsetKind) map[int32]*raw.ListOffsets {
	type size struct{ topics, partitions, last int }
	sizes := make(map[int32]size)
	for i, t := range l {
		for _, leader := range t.Of {
			if leader < 0 {
				continue
			}
			n := sizes[leader]
			if n.last != i+1 { // the topic that was counted last
				n.last = i + 1
				n.topics++
			}
			n.partitions++
			sizes[leader] = n
		}
	}
	asks := make(map[int32]*raw.ListOffsets, len(sizes))
	for leader, n := range sizes {
		asks[leader] = raw.NewListOffsets(kind.timestamp, kind.stable, n.topics, n.partitions)
	}
	return asks
}

// offsetTally is how many partitions were answered, and the first reason why
// others were not.
type offsetTally struct {
	answered int
	first    error
}

func (t *offsetTally) add(other offsetTally) {
	t.answered += other.answered
	t.first = FirstError(t.first, other.first)
}

// err says how many of the partitions that were asked for are missing, and why.
func (t *offsetTally) err(asked int) error {
	missing := asked - t.answered
	if missing == 0 {
		return nil
	}
	if t.first == nil {
		t.first = errors.New("the brokers left them out of their answer")
	}
	return Explain(fmt.Sprintf("list offsets: %d of %d partitions", missing, asked), "Describe on Topic", t.first)
}

// take takes in the answer about one partition.
func (t *offsetTally) take(into Offsets, topic string, partition int32, offset int64, err error) {
	ps := into[topic]
	switch {
	case err != nil:
		t.first = FirstError(t.first, err)
	case int(partition) < len(ps) && partition >= 0:
		ps[partition] = offset
		t.answered++
	}
}

// FirstError keeps the first of several errors of the same kind: one is shown,
// with the count of what is missing.
func FirstError(first, err error) error {
	if first != nil {
		return first
	}
	return err
}

// OffsetOf returns the offset of one partition of a topic, or NoOffset.
func OffsetOf(offsets []int64, partition int32) int64 {
	if i := int(partition); i >= 0 && i < len(offsets) {
		return offsets[i]
	}
	return model.NoOffset
}
