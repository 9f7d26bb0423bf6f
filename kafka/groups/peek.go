package groups

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kdeck/kdeck/kafka/lag"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
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
	// recordLasts is how long a record that was found is believed to be there:
	// compaction and retention take records away.
	recordLasts = time.Minute
)

// place is a committed offset.
type place struct {
	model.TopicPartition
	offset int64
}

// peek is what was found where a group stands.
type peek struct {
	record bool
	at     time.Time // the record's timestamp
	seen   time.Time // when it was there
	// empty is the offset up to which there is no record.
	empty int64
}

// peeks remembers what was found for as long as groups stand there: a record stays
// for a while, and a log without one up to its end stays so until it grows. The zero
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
func (p *peeks) known(id model.TopicPartition, l lag.Partition) lag.Partition {
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
	spot
	where place
	end   int64 // log end offset
}

// lookup returns what has to be asked about a partition, if anything.
func (c *Client) lookup(p *PartitionLag) (lookup, bool) {
	where := place{model.TopicPartition{Topic: p.Topic, Partition: p.Partition}, p.Lag.Committed}
	found := c.peeks.find(where)
	from := max(p.Lag.Committed, p.Lag.Log.Start, found.empty)
	known := found.record && time.Since(found.seen) < recordLasts
	ask := p.Lag.Records > 0 && p.leader >= 0 && !known && from < p.Lag.Log.End
	return lookup{spot{where.TopicPartition, p.topicID, p.leader, from}, where, p.Lag.Log.End}, ask
}

// peek looks at the next records of a group on some partitions, 64 at most, and
// tells in them how long these have been waiting, or that there are none: one Fetch
// request of a few kilobytes for each partition to each leader, and none where
// nobody has moved since the last time. Where nothing is found, as for want of the
// right to read the topic, partitions stay as they are. It reports whether there are
// none in a partition of which that was not known.
func (c *Client) peek(ctx context.Context, partitions []*PartitionLag) (news bool) {
	c.lookTogether(ctx, partitions[:min(len(partitions), maxPeeks)])
	c.lookAlone(ctx, partitions)
	for _, p := range partitions {
		found := c.peeks.find(place{model.TopicPartition{Topic: p.Topic, Partition: p.Partition}, p.Lag.Committed})
		switch {
		case found.record && p.Lag.Records > 0 && found.at.UnixMilli() > 0: // -1: no timestamp
			p.Progress.Delay = lag.Delay{Time: max(0, time.Since(found.at)), Precision: lag.Exact}
		case p.Lag.Records > 0 && !found.record && found.empty >= p.Lag.Log.End:
			news = news || p.Lag.State != lag.Phantom
			p.Lag, p.Progress = p.Lag.Read(), p.Progress.Read()
		}
	}
	return news
}

// lookTogether asks each leader about all its partitions at once. Where groups stand
// at different offsets of a partition, it asks about one of these.
func (c *Client) lookTogether(ctx context.Context, partitions []*PartitionLag) {
	lookups := make(map[model.TopicPartition]lookup)
	byLeader := make(map[int32][]spot)
	for _, p := range partitions {
		l, ask := c.lookup(p)
		if _, asked := lookups[l.TopicPartition]; ask && !asked {
			lookups[l.TopicPartition] = l
			byLeader[l.leader] = append(byLeader[l.leader], l.spot)
		}
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	for leader, spots := range byLeader {
		wg.Go(func() {
			slices.SortStableFunc(spots, func(a, b spot) int { return cmp.Compare(a.Topic, b.Topic) })
			found, _ := c.nextRecords(ctx, leader, spots, peekBytes)
			for id, next := range found {
				c.looked(lookups[id], next, len(spots) == 1)
			}
		})
	}
}

// lookAlone asks about the partitions of which nothing is known yet one by one, all
// at the same time. A broker leaves out of an answer what would make it too large,
// but for its first batch: only an answer about one partition can say that there is
// nothing.
func (c *Client) lookAlone(ctx context.Context, partitions []*PartitionLag) {
	ctx, cancel := context.WithTimeout(ctx, c.conn.RequestTimeout())
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
				found, err := c.nextRecords(ctx, l.leader, []spot{l.spot}, peekBytes)
				if err != nil {
					return
				}
				c.looked(l, found[l.TopicPartition], true)
			}
		})
	}
}

// looked takes in an answer, which tells that there is nothing when it was given
// alone.
func (c *Client) looked(l lookup, next raw.Next, alone bool) {
	switch {
	case next.Err != nil:
	case next.Record != nil:
		c.peeks.note(l.where, peek{record: true, at: next.Record.Timestamp, seen: time.Now()})
	case next.Empty > l.offset:
		c.peeks.note(l.where, peek{empty: next.Empty})
	case !next.Came && alone && next.End >= l.end:
		c.peeks.note(l.where, peek{empty: l.end})
	}
}
