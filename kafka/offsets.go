package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/model"
)

// Offsets holds one offset per partition of a topic, by topic and then
// by partition number; noOffset where the cluster did not say.
type Offsets map[string][]int64

// At returns the offset of one partition, or noOffset.
func (o Offsets) At(topic string, partition int32) int64 {
	if ps := o[topic]; int(partition) < len(ps) && partition >= 0 {
		return ps[partition]
	}
	return model.NoOffset
}

// OffsetKind is a place in the log that ListOffsets can find.
type OffsetKind struct {
	timestamp int64
	isolation int8
}

// The places in a log that kdeck asks for. Timestamps -1 and -2 are the
// ListOffsets API's own; with isolation level 1 (read committed, KIP-98) the
// end is the last stable offset.
var (
	LogStart   = OffsetKind{timestamp: -2}
	LogEnd     = OffsetKind{timestamp: -1}
	LastStable = OffsetKind{timestamp: -1, isolation: 1}
)

// OffsetAfter is the offset of the first record at or after a time in milliseconds
// since 1970; the cluster answers noOffset when there is none.
func OffsetAfter(millis int64) OffsetKind { return OffsetKind{timestamp: millis} }

// remoteTime is what a broker may take to look a time up in remote storage
// (ListOffsets v10, KIP-1075). Where a log starts and ends it knows at once. kgo
// adds this to the time that it waits for a broker, and everything else that the
// same broker is asked waits as long: by default, 30 seconds.
const remoteTime = time.Second

// request asks for this kind of offset, of no partition yet.
func (k OffsetKind) request() *kmsg.ListOffsetsRequest {
	req := kmsg.NewPtrListOffsetsRequest()
	req.IsolationLevel = k.isolation
	req.TimeoutMillis = 0
	if k.timestamp >= 0 {
		req.TimeoutMillis = int32(remoteTime.Milliseconds())
	}
	return req
}

// listOffsets asks the leaders for one kind of offset of every partition of
// every topic in counts (topic to number of partitions): one request per broker
// that leads any of them. Partitions without an answer hold noOffset, and the
// error then says, in one line, how many and why; the rest of the answer is
// true all the same.
func (c *Conn) listOffsets(ctx context.Context, counts map[string]int, kind OffsetKind) (Offsets, error) {
	offsets := make(Offsets, len(counts))
	req := kind.request()
	req.Topics = make([]kmsg.ListOffsetsRequestTopic, 0, len(counts))
	asked := 0
	for topic, n := range counts {
		rt := kmsg.NewListOffsetsRequestTopic()
		rt.Topic = topic
		rt.Partitions = make([]kmsg.ListOffsetsRequestTopicPartition, n)
		ps := make([]int64, n)
		for p := range n {
			rp := kmsg.NewListOffsetsRequestTopicPartition()
			rp.Partition, rp.Timestamp = int32(p), kind.timestamp
			rt.Partitions[p] = rp
			ps[p] = model.NoOffset
		}
		asked += n
		offsets[topic] = ps
		req.Topics = append(req.Topics, rt)
	}
	if asked == 0 {
		return offsets, nil
	}

	var tally offsetTally
	for _, shard := range c.kgo.RequestSharded(ctx, req) {
		tally.add(offsets.read(shard.Resp, shard.Err))
	}
	return offsets, tally.err(asked)
}

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
func LeadersOf(partitions []kmsg.MetadataResponseTopicPartition) []int32 {
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
// a leader are not asked for and hold noOffset; they are no error, since the
// metadata has told about them. Otherwise it answers as listOffsets does.
func (c *Conn) LeaderOffsets(ctx context.Context, l Leaders, kind OffsetKind) (Offsets, error) {
	asks := asksOf(l, kind)
	offsets, asked := make(Offsets, len(l)), 0
	for _, t := range l {
		offsets[t.Topic] = slices.Repeat([]int64{model.NoOffset}, len(t.Of))
		for p, leader := range t.Of {
			if leader >= 0 {
				asks[leader].add(t.Topic, int32(p))
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
			resp, err := c.kgo.Broker(int(leader)).RetriableRequest(ctx, ask.req)
			part := offsets.read(resp, err)
			mu.Lock()
			defer mu.Unlock()
			tally.add(part)
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

// offsetAsk is what one leader is asked for. Its request is made of two slices of
// the right size: for 100,000 partitions, slices that grow cost three times the
// memory.
type offsetAsk struct {
	req        *kmsg.ListOffsetsRequest
	kind       OffsetKind
	topics     int // how many there will be
	partitions int
	all        []kmsg.ListOffsetsRequestTopicPartition // of all topics, one after the other
}

// asksOf makes an empty request to each leader.
func asksOf(l Leaders, kind OffsetKind) map[int32]*offsetAsk {
	asks := make(map[int32]*offsetAsk)
	last := make(map[int32]int) // the topic that was counted last
	for i, t := range l {
		for _, leader := range t.Of {
			if leader < 0 {
				continue
			}
			ask := asks[leader]
			if ask == nil {
				ask = &offsetAsk{req: kind.request(), kind: kind}
				asks[leader], last[leader] = ask, -1
			}
			if last[leader] != i {
				last[leader] = i
				ask.topics++
			}
			ask.partitions++
		}
	}
	for _, ask := range asks {
		ask.req.Topics = make([]kmsg.ListOffsetsRequestTopic, 0, ask.topics)
		ask.all = make([]kmsg.ListOffsetsRequestTopicPartition, 0, ask.partitions)
	}
	return asks
}

// add asks for a partition of a topic; partitions of one topic must come one after
// the other.
func (a *offsetAsk) add(topic string, partition int32) {
	if n := len(a.req.Topics); n == 0 || a.req.Topics[n-1].Topic != topic {
		rt := kmsg.NewListOffsetsRequestTopic()
		rt.Topic, rt.Partitions = topic, a.all[len(a.all):]
		a.req.Topics = append(a.req.Topics, rt)
	}
	rp := kmsg.NewListOffsetsRequestTopicPartition()
	rp.Partition, rp.Timestamp = partition, a.kind.timestamp
	a.all = append(a.all, rp)
	rt := &a.req.Topics[len(a.req.Topics)-1]
	rt.Partitions = rt.Partitions[:len(rt.Partitions)+1]
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

// read takes in one broker's answer.
func (o Offsets) read(resp kmsg.Response, err error) offsetTally {
	if err != nil {
		return offsetTally{first: err}
	}
	var tally offsetTally
	for _, t := range resp.(*kmsg.ListOffsetsResponse).Topics {
		ps := o[t.Topic]
		for _, p := range t.Partitions {
			if p.ErrorCode != 0 {
				tally.first = FirstError(tally.first, kerr.ErrorForCode(p.ErrorCode))
			} else if int(p.Partition) < len(ps) && p.Partition >= 0 {
				ps[p.Partition] = p.Offset
				tally.answered++
			}
		}
	}
	return tally
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
