package overview

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
)

// Overview is the state of all partitions of a cluster.
type Overview struct {
	Health
	// Troubled holds the topics with partitions that are not in sync, worst
	// first; at most 100 of them. TroubledTopics is how many there are.
	Troubled       []TroubledTopic
	TroubledTopics int
	// Preferred tells by node id how many partitions have the broker first in
	// their replica list, and how many of those it leads.
	Preferred map[int32]Preferred
	// Hidden is as in Snapshot.
	Hidden error

	Leaders kafka.Leaders // what topics.Client.Rates asks about
}

// partitionCost is the processor time that a client spends on one partition, for
// its metadata and its log end offset, as profiled in a console of 100,000
// partitions, garbage collection included.
const partitionCost = 1500 * time.Nanosecond

// Cost is about how much processor time it takes to ask for the overview and the
// rates again.
func (o Overview) Cost() time.Duration { return time.Duration(o.Partitions) * partitionCost }

// TroubledTopic is a topic with partitions that are not in sync.
type TroubledTopic struct {
	Topic string
	model.Replication
	// Missing is the brokers that are to hold replicas of the topic and are not
	// in sync, or not up at all, by id: the last leader of an offline partition
	// stays in its ISR.
	Missing []int32
}

// Preferred counts the partitions whose preferred leader is one broker.
type Preferred struct{ Partitions, Led int }

// maxTroubled bounds the list of troubled topics: nobody reads more at once.
const maxTroubled = 100

// Read asks for the metadata of the whole cluster in one request, for
// min.insync.replicas as Health does, and for Hidden as GroupList does.
func (c *Client) Read(ctx context.Context) (Overview, error) {
	md, err := c.conn.Metadata(ctx)
	if err != nil {
		return Overview{}, err
	}
	var hidden error
	var wg sync.WaitGroup
	wg.Go(func() { hidden = c.conn.Hidden(ctx) })
	minISR, partial := c.topics.MinISR(ctx, md)
	wg.Wait()
	c.topics.Forget(md)
	o := Overview{Hidden: hidden, Health: healthOf(md, minISR), Preferred: preferredLeaders(md), Leaders: md.Leaders()}
	o.Partial = partial
	o.Troubled = troubledTopics(md, minISR, o.Up)
	o.TroubledTopics = len(o.Troubled)
	o.Troubled = o.Troubled[:min(len(o.Troubled), maxTroubled)]
	return o, nil
}

// troubledTopics returns the topics that are not in sync, worst first. up is the
// brokers that are up.
func troubledTopics(m kafka.Metadata, minISR map[string]int, up []int32) []TroubledTopic {
	var troubled []TroubledTopic
	for i := range m.Topics {
		t := &m.Topics[i]
		if t.Topic == nil || t.ErrorCode != 0 {
			continue
		}
		r := kafka.ReplicationOf(t.Partitions, minISR[*t.Topic])
		if r.State() == model.InSync {
			continue
		}
		topic := TroubledTopic{Topic: *t.Topic, Replication: r}
		for j := range t.Partitions {
			p := &t.Partitions[j]
			for _, id := range p.Replicas {
				inSync := slices.Contains(p.ISR, id) && slices.Contains(up, id)
				if !inSync && !slices.Contains(topic.Missing, id) {
					topic.Missing = append(topic.Missing, id)
				}
			}
		}
		slices.Sort(topic.Missing)
		troubled = append(troubled, topic)
	}
	slices.SortFunc(troubled, func(a, b TroubledTopic) int {
		return cmp.Or(
			cmp.Compare(b.State(), a.State()),
			cmp.Compare(b.Count(b.State()), a.Count(a.State())),
			cmp.Compare(a.Topic, b.Topic))
	})
	return troubled
}

// preferredLeaders counts the partitions by their preferred leader.
func preferredLeaders(m kafka.Metadata) map[int32]Preferred {
	counts := make(map[int32]Preferred, len(m.Brokers))
	for i := range m.Topics {
		for j := range m.Topics[i].Partitions {
			p := &m.Topics[i].Partitions[j]
			if len(p.Replicas) == 0 {
				continue
			}
			first := p.Replicas[0]
			count := counts[first]
			count.Partitions++
			if p.Leader == first {
				count.Led++
			}
			counts[first] = count
		}
	}
	return counts
}
