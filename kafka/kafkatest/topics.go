package kafkatest

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Create creates topics and returns when every broker knows them and a leader
// for each of their partitions: KRaft brokers learn of a change one by one, after
// the client was told that it is done.
func (c *Cluster) Create(partitions int32, replication int16, configs map[string]*string, topics ...string) {
	c.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	made, err := c.Admin.CreateTopics(ctx, partitions, replication, configs, topics...)
	if err == nil {
		err = made.Error()
	}
	if err != nil {
		c.tb.Fatalf("create topics %v: %v", topics, err)
	}
	c.everywhere(ctx, "know new topics", func(md *kmsg.MetadataResponse) string {
		return led(md, topics, int(partitions))
	})
	c.until(ctx, "leaders of new topics", func() string { return c.settled(ctx, topics) })
}

// Delete deletes topics and returns when no broker knows them any more.
func (c *Cluster) Delete(topics ...string) {
	c.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	gone, err := c.Admin.DeleteTopics(ctx, topics...)
	if err == nil {
		err = gone.Error()
	}
	if err != nil {
		c.tb.Fatalf("delete topics %v: %v", topics, err)
	}
	deleted := make(map[string]bool)
	for _, t := range topics {
		deleted[t] = true
	}
	c.everywhere(ctx, "forget deleted topics", func(md *kmsg.MetadataResponse) string {
		for _, t := range md.Topics {
			if t.Topic != nil && deleted[*t.Topic] {
				return *t.Topic
			}
		}
		return ""
	})
}

// led names the first topic that is not whole in the metadata, or is "".
func led(md *kmsg.MetadataResponse, topics []string, partitions int) string {
	ready := make(map[string]int)
	for _, t := range md.Topics {
		for _, p := range t.Partitions {
			if t.Topic != nil && p.Leader >= 0 && len(p.ISR) == len(p.Replicas) {
				ready[*t.Topic]++
			}
		}
	}
	for _, t := range topics {
		if ready[t] < partitions {
			return t
		}
	}
	return ""
}

// everywhere asks each broker for its metadata until lacks says that nothing is
// wrong with it.
func (c *Cluster) everywhere(ctx context.Context, what string, lacks func(*kmsg.MetadataResponse) string) {
	c.tb.Helper()
	for _, id := range c.brokers(ctx) {
		c.until(ctx, fmt.Sprintf("broker %d to %s", id, what), func() string {
			md, err := c.metadataOf(ctx, id)
			if err != nil {
				return err.Error()
			}
			return lacks(md)
		})
	}
}

// brokers are the ids of all brokers.
func (c *Cluster) brokers(ctx context.Context) []int32 {
	c.tb.Helper()
	brokers, err := c.Admin.ListBrokers(ctx)
	if err != nil {
		c.tb.Fatal(err)
	}
	return brokers.NodeIDs()
}

func (c *Cluster) metadataOf(ctx context.Context, broker int32) (*kmsg.MetadataResponse, error) {
	c.tb.Helper()
	resp, err := c.kgo.Broker(int(broker)).RetriableRequest(ctx, kmsg.NewPtrMetadataRequest())
	if err != nil {
		return nil, err
	}
	return resp.(*kmsg.MetadataResponse), nil
}

// until repeats a question until its answer is "".
func (c *Cluster) until(ctx context.Context, what string, lacks func() string) {
	c.tb.Helper()
	for {
		missing := lacks()
		if missing == "" {
			return
		}
		select {
		case <-ctx.Done():
			c.tb.Fatalf("waited in vain for %s: %s", what, missing)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// settled says which topic's partitions do not all tell their offsets yet, or "":
// a leader takes its work up a moment after it knows of it.
func (c *Cluster) settled(ctx context.Context, topics []string) string {
	ends, err := c.Admin.ListEndOffsets(ctx, topics...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
