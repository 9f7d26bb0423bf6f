package topics

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/configs"
	"github.com/kdeck/kdeck/kafka/raw"
)

// Policy is what a topic's configuration says about keeping its records and
// about when they may be written.
type Policy struct {
	Cleanup        string        // cleanup.policy: "delete", "compact" or both
	Retention      time.Duration // retention.ms; negative keeps records for ever
	RetentionBytes int64         // retention.bytes of each partition; -1 is no limit
	MinISR         int           // min.insync.replicas
	// MaxMessageBytes is max.message.bytes of a batch, 0 where it was not asked for.
	MaxMessageBytes int
}

// topicPolicyKeys are the entries that a TopicPolicy is made of: asking for these
// alone keeps the answer for 10,000 topics under 2 MB.
func topicPolicyKeys() []string {
	return []string{"cleanup.policy", "retention.ms", "retention.bytes", "min.insync.replicas"}
}

// policyAge is how old a min.insync.replicas may be when partitions are counted
// against it. It changes seldom, and reading it from every topic costs a broker
// far more than the metadata does.
const policyAge = time.Minute

// policyMemory remembers the last policy of each topic.
type policyMemory struct {
	mu       sync.Mutex
	policies map[string]rememberedPolicy
}

type rememberedPolicy struct {
	Policy
	at  time.Time
	err error // the user may not know it
}

func newPolicyMemory() *policyMemory {
	return &policyMemory{policies: make(map[string]rememberedPolicy)}
}

func (m *policyMemory) get(topic string) (rememberedPolicy, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.policies[topic]
	return p, ok
}

func (m *policyMemory) put(topic string, p rememberedPolicy) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.policies[topic] = p
}

// forget drops topics that are no longer there.
func (m *policyMemory) forget(exists func(topic string) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for topic := range m.policies {
		if !exists(topic) {
			delete(m.policies, topic)
		}
	}
}

// Policies reads the policies of the named topics: one request per 1,000
// topics. Topics that could not be read are missing, and the error then says how
// many and why.
func (c *Client) Policies(ctx context.Context, topics []string) (map[string]Policy, error) {
	policies := make(map[string]Policy, len(topics))
	now := time.Now()
	failed := configs.Request(ctx, c.conn, configs.Query{Kind: raw.TopicConfigs, Keys: topicPolicyKeys()}, topics,
		func(topic string, entries []raw.Config) {
			p := noPolicy()
			for i := range entries {
				p.set(entries[i].Name, entries[i].Value)
			}
			policies[topic] = p
			c.policies.put(topic, rememberedPolicy{p, now, nil})
		})
	var first error
	var forbidden []string
	for topic, err := range failed {
		first = kafka.FirstError(first, err)
		if kafka.IsAuthorization(err) {
			forbidden = append(forbidden, topic)
			c.policies.put(topic, rememberedPolicy{at: now, err: err})
		}
	}
	if first != nil {
		what := fmt.Sprintf("describe configs of %d of %d topics", len(failed), len(topics))
		return policies, kafka.Explain(what, kafka.NeedsOn("DescribeConfigs", "Topic", forbidden), first)
	}
	return policies, nil
}

// noPolicy is a policy of which nothing is known.
func noPolicy() Policy { return Policy{Retention: -1, RetentionBytes: -1} }

// set takes in an entry of the topic's configuration.
func (p *Policy) set(name string, entry *string) {
	if entry == nil {
		return
	}
	value := *entry
	number, _ := strconv.ParseInt(value, 10, 64) // 0 for what is not a number
	switch name {
	case "cleanup.policy":
		p.Cleanup = cleanupPolicy(value)
	case "retention.ms":
		p.Retention = retention(number)
	case "retention.bytes":
		p.RetentionBytes = number
	case "min.insync.replicas":
		p.MinISR = int(number)
	case "max.message.bytes":
		p.MaxMessageBytes = int(number)
	}
}

// cleanupPolicy returns the usual values as constants: thousands of topics then
// share one string instead of holding on to the answer that it came in.
func cleanupPolicy(value string) string {
	switch value {
	case "delete":
		return "delete"
	case "compact":
		return "compact"
	case "compact,delete", "delete,compact":
		return "compact,delete"
	}
	return value
}

// retention turns retention.ms into a time span; what a Duration cannot hold,
// 292 years and more, is for ever.
func retention(millis int64) time.Duration {
	if millis < 0 || millis > int64(1<<63-1)/int64(time.Millisecond) {
		return -1
	}
	return time.Duration(millis) * time.Millisecond
}

// MinISR returns the min.insync.replicas of the topics in the metadata, and why
// those of others are missing. What was read less than policyAge ago is not
// asked for again.
func (c *Client) MinISR(ctx context.Context, md kafka.Metadata) (map[string]int, error) {
	var ask []string
	for topic := range md.Readable() {
		if p, ok := c.policies.get(topic); !ok || md.At.Sub(p.at) > policyAge {
			ask = append(ask, topic)
		}
	}
	var failed error
	if len(ask) > 0 {
		_, failed = c.Policies(ctx, ask)
	}
	known, forbidden := c.knownMinISR(md)
	if failed == nil && forbidden != nil {
		failed = forbidden
	}
	return known, failed
}

// knownMinISR is minISR without asking the cluster, however old the answers. The
// error is why the user may not know some of them.
func (c *Client) knownMinISR(md kafka.Metadata) (map[string]int, error) {
	known := make(map[string]int, len(md.Topics))
	var forbidden []string
	var why error
	for topic := range md.Readable() {
		p, ok := c.policies.get(topic)
		switch {
		case ok && p.err == nil:
			known[topic] = p.MinISR
		case ok:
			forbidden, why = append(forbidden, topic), p.err
		}
	}
	return known, kafka.Explain("read min.insync.replicas of some topics", kafka.NeedsOn("DescribeConfigs", "Topic", forbidden), why)
}

// Forget drops what is remembered of topics that the metadata of the whole
// cluster does not have.
func (c *Client) Forget(md kafka.Metadata) {
	there := make(map[string]bool, len(md.Topics))
	for topic := range md.Readable() {
		there[topic] = true
	}
	exists := func(topic string) bool { return there[topic] }
	c.rates.forget(exists)
	c.policies.forget(exists)
}
