package topics

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/kdeck/kdeck/kafka"
)

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
// It asks the leaders that an overview has found, so ask right after that.
func (c *Client) Rates(ctx context.Context, l kafka.Leaders, busiest int) (Rates, error) {
	ends, partial := c.conn.LeaderOffsets(ctx, l, kafka.LogEnd)
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
