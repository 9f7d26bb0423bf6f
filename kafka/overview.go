package kafka

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
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

	leaders leaders // what Rates asks about
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
	Replication
	// Missing is the brokers that are to hold replicas of the topic and are not
	// in sync, or not up at all, by id: the last leader of an offline partition
	// stays in its ISR.
	Missing []int32
}

// Preferred counts the partitions whose preferred leader is one broker.
type Preferred struct{ Partitions, Led int }

// maxTroubled bounds the list of troubled topics: nobody reads more at once.
const maxTroubled = 100

// Overview asks for the metadata of the whole cluster in one request, for
// min.insync.replicas as Health does, and for Hidden as GroupList does.
func (c *Client) Overview(ctx context.Context) (Overview, error) {
	md, err := c.metadata(ctx)
	if err != nil {
		return Overview{}, err
	}
	var hidden error
	var wg sync.WaitGroup
	wg.Go(func() { hidden = c.hidden(ctx) })
	minISR, partial := c.minISR(ctx, md)
	wg.Wait()
	c.forgetGone(md)
	o := Overview{Hidden: hidden, Health: md.health(minISR), Preferred: md.preferred(), leaders: md.leaders()}
	o.Partial = partial
	o.Troubled = md.troubled(minISR, o.Up)
	o.TroubledTopics = len(o.Troubled)
	o.Troubled = o.Troubled[:min(len(o.Troubled), maxTroubled)]
	return o, nil
}

// troubled returns the topics that are not in sync, worst first. up is the
// brokers that are up.
func (m metadata) troubled(minISR map[string]int, up []int32) []TroubledTopic {
	var troubled []TroubledTopic
	for i := range m.Topics {
		t := &m.Topics[i]
		if t.Topic == nil || t.ErrorCode != 0 {
			continue
		}
		r := replication(t.Partitions, minISR[*t.Topic])
		if r.State() == InSync {
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

// preferred counts the partitions by their preferred leader.
func (m metadata) preferred() map[int32]Preferred {
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

// Rates is how much is written to a cluster.
type Rates struct {
	PerSecond float64     // records per second of all topics; -1 before the second answer
	Busiest   []TopicRate // the topics that are written to most, busiest first
	At        time.Time
	Partial   error // why some partitions are not counted; nil when all are
}

// TopicRate is how much is written to one topic.
type TopicRate struct {
	Topic     string
	PerSecond float64   // records per second since the answer before
	History   []float64 // past records per second, oldest first
}

// Rates asks for the log end offset of every partition, one ListOffsets request per
// broker, and returns the rates since it was last asked, with the busiest topics.
// It asks the leaders that the overview has found, so ask right after Overview.
func (c *Client) Rates(ctx context.Context, o Overview, busiest int) (Rates, error) {
	ends, partial := c.leaderOffsets(ctx, o.leaders, logEnd)
	for topic, ps := range ends {
		if len(ps) > 0 && slices.Max(ps) < 0 {
			delete(ends, topic) // not told: a sample of it would read as no records
		}
	}
	if len(ends) == 0 && partial != nil {
		return Rates{}, partial
	}
	r := Rates{PerSecond: -1, At: time.Now(), Partial: partial}
	c.rates.observe(r.At, ends)
	for topic := range ends {
		rate := c.rates.rate(topic)
		if rate < 0 {
			continue
		}
		r.PerSecond = max(0, r.PerSecond) + rate
		if rate > 0 {
			r.Busiest = append(r.Busiest, TopicRate{Topic: topic, PerSecond: rate})
		}
	}
	slices.SortFunc(r.Busiest, func(a, b TopicRate) int {
		return cmp.Or(cmp.Compare(b.PerSecond, a.PerSecond), cmp.Compare(a.Topic, b.Topic))
	})
	r.Busiest = r.Busiest[:min(len(r.Busiest), busiest)]
	for i := range r.Busiest {
		r.Busiest[i].History = c.rates.history(r.Busiest[i].Topic)
	}
	return r, nil
}
