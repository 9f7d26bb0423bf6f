package kafka

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/lag"
)

const (
	// maxPeeks is how many partitions are looked at in one go: more than a screen
	// shows.
	maxPeeks = 64
	// maxAlone is how many of them are looked at once more with requests of their
	// own, and maxSteps how many steps over empty batches each may take. One that
	// needs more goes on from there the next time.
	maxAlone = 8
	maxSteps = 4
	// peekBytes is as much as one partition answers with, but for a first batch that
	// is larger.
	peekBytes = 16 << 10
	// maxRemembered bounds what is remembered; then all is forgotten and found anew.
	maxRemembered = 10_000
)

// place is a committed offset.
type place struct {
	partitionID
	offset int64
}

// peek is what was found where a group stands.
type peek struct {
	record bool
	at     time.Time // the record's timestamp
	// empty is the offset up to which there is no record.
	empty int64
}

// peeks remembers what was found for as long as groups stand there: a record does
// not change, and a log without one up to its end stays so until it grows. The zero
// value is empty.
type peeks struct {
	mu    sync.Mutex
	found map[place]peek
}

func (p *peeks) find(where place) peek {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.found[where]
}

func (p *peeks) note(where place, found peek) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil || len(p.found) >= maxRemembered {
		p.found = make(map[place]peek)
	}
	p.found[where] = found
}

// known returns the lag of a partition with what is known of the records after the
// commit, which is nothing unless somebody has looked.
func (p *peeks) known(id partitionID, l lag.Partition) lag.Partition {
	if l.Records <= 0 {
		return l
	}
	if found := p.find(place{id, l.Committed}); !found.record && found.empty >= l.Log.End {
		return l.Read()
	}
	return l
}

// lookup is a question for the next record of a group on one partition.
type lookup struct {
	place
	topicID [16]byte
	leader  int32
	from    int64 // where to look
	end     int64 // log end offset
}

// lookup returns what has to be asked about a partition, if anything.
func (c *Client) lookup(p *GroupPartition) (lookup, bool) {
	where := place{partitionID{p.Topic, p.Partition}, p.Lag.Committed}
	found := c.peeks.find(where)
	from := max(p.Lag.Committed, p.Lag.Log.Start, found.empty)
	ask := p.Lag.Records > 0 && p.leader >= 0 && !found.record && from < p.Lag.Log.End
	return lookup{where, p.topicID, p.leader, from, p.Lag.Log.End}, ask
}

// peek looks at the next records of a group on some partitions, 64 at most, and
// tells in them how long these have been waiting, or that there are none: one Fetch
// request of a few kilobytes for each partition to each leader, and none where
// nobody has moved since the last time. Where nothing is found, as for want of the
// right to read the topic, partitions stay as they are.
func (c *Client) peek(ctx context.Context, partitions []*GroupPartition) {
	byLeader := make(map[int32][]lookup)
	for _, p := range partitions[:min(len(partitions), maxPeeks)] {
		if l, ask := c.lookup(p); ask {
			byLeader[l.leader] = append(byLeader[l.leader], l)
		}
	}
	c.lookTogether(ctx, byLeader)
	c.lookAlone(ctx, partitions)
	for _, p := range partitions {
		found := c.peeks.find(place{partitionID{p.Topic, p.Partition}, p.Lag.Committed})
		switch {
		case found.record && p.Lag.Records > 0 && found.at.UnixMilli() > 0: // -1: no timestamp
			p.Progress.Delay = lag.Delay{Time: max(0, time.Since(found.at)), Precision: lag.Exact}
		case p.Lag.Records > 0 && !found.record && found.empty >= p.Lag.Log.End:
			p.Lag, p.Progress = p.Lag.Read(), p.Progress.Read()
		}
	}
}

// lookTogether asks each leader about all its partitions at once.
func (c *Client) lookTogether(ctx context.Context, byLeader map[int32][]lookup) {
	requests := make(map[int32]kmsg.Request, len(byLeader))
	for leader, lookups := range byLeader {
		requests[leader] = fetchRequest(lookups)
	}
	for _, shard := range c.askEach(ctx, requests) {
		if shard.Err == nil {
			c.looked(byLeader[shard.Meta.NodeID], shard.Resp.(*kmsg.FetchResponse))
		}
	}
}

// lookAlone asks about the partitions of which nothing is known yet one by one, all
// at the same time. A broker leaves out of an answer what would make it too large,
// but for its first batch: only an answer about one partition can say that there is
// nothing.
func (c *Client) lookAlone(ctx context.Context, partitions []*GroupPartition) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.RequestTimeout)
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()
	alone := 0
	for _, p := range partitions {
		if _, ask := c.lookup(p); !ask || alone == maxAlone {
			continue
		}
		alone++
		wg.Go(func() {
			for range maxSteps {
				l, ask := c.lookup(p)
				if !ask {
					return
				}
				resp, err := c.kgo.Broker(int(l.leader)).Request(ctx, fetchRequest([]lookup{l}))
				if err != nil {
					return
				}
				c.looked([]lookup{l}, resp.(*kmsg.FetchResponse))
			}
		})
	}
}

// fetchRequest asks for what stands at some offsets now, whoever may read it: with
// isolation level 0 the records of an open transaction are records.
func fetchRequest(lookups []lookup) *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.MaxBytes = int32(peekBytes * len(lookups))
	for _, l := range lookups {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != l.topic {
			rt := kmsg.NewFetchRequestTopic()
			rt.Topic, rt.TopicID = l.topic, l.topicID // v13 takes the id, KIP-516
			req.Topics = append(req.Topics, rt)
		}
		rp := kmsg.NewFetchRequestTopicPartition()
		rp.Partition, rp.FetchOffset, rp.PartitionMaxBytes = l.partition, l.from, peekBytes
		rt := &req.Topics[len(req.Topics)-1]
		rt.Partitions = append(rt.Partitions, rp)
	}
	return req
}

// looked takes in an answer.
func (c *Client) looked(lookups []lookup, resp *kmsg.FetchResponse) {
	for i := range resp.Topics {
		rt := &resp.Topics[i]
		for j := range rt.Partitions {
			rp := &rt.Partitions[j]
			for _, l := range lookups {
				same := rt.Topic == l.topic || rt.Topic == "" && rt.TopicID == l.topicID
				if same && rp.Partition == l.partition && kerr.ErrorForCode(rp.ErrorCode) == nil {
					if found, ok := l.read(rp, len(lookups) == 1); ok {
						c.peeks.note(l.place, found)
					}
				}
			}
		}
	}
}

// read reads the answer about one partition; ok is false when it tells nothing.
func (l lookup) read(rp *kmsg.FetchResponseTopicPartition, alone bool) (found peek, ok bool) {
	if len(rp.RecordBatches) == 0 {
		return peek{empty: l.end}, alone && rp.HighWatermark >= l.end
	}
	opts := kgo.ProcessFetchPartitionOpts{Offset: l.from, Topic: l.topic, Partition: l.partition}
	answer, next := kgo.ProcessFetchPartition(opts, rp, kgo.DefaultDecompressor(), nil) // without control records
	if len(answer.Records) > 0 {
		return peek{record: true, at: answer.Records[0].Timestamp}, true
	}
	return peek{empty: next}, next > l.from
}
