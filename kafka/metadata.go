package kafka

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/raw"
)

// Metadata is the cluster as one broker described it (Metadata API): brokers,
// controller, and the topics that were asked for with their partitions.
type Metadata struct {
	*raw.Metadata
	At time.Time
}

// Metadata asks for the given topics, or for all topics that the user may
// describe when none is given. A topic that does not exist or may not be
// described is in the answer with its error code; only a failure of the whole
// request is an error.
func (c *Conn) Metadata(ctx context.Context, topics ...string) (Metadata, error) {
	ctx = ofAny(ctx)
	return c.readMetadata(ctx, func() (*raw.Metadata, error) {
		if len(topics) == 0 {
			return raw.AllTopics(ctx, c.kgo)
		}
		return raw.Topics(ctx, c.kgo, topics...)
	})
}

// BrokerMetadata asks for the brokers and the controller alone.
func (c *Conn) BrokerMetadata(ctx context.Context) (Metadata, error) {
	ctx = ofAny(ctx)
	return c.readMetadata(ctx, func() (*raw.Metadata, error) { return raw.Brokers(ctx, c.kgo) })
}

func (c *Conn) readMetadata(ctx context.Context, ask func() (*raw.Metadata, error)) (md Metadata, err error) {
	err = c.again(ctx, func() (err error) {
		md.Metadata, err = ask()
		return err
	})
	if err != nil {
		return Metadata{}, c.metadataError(err)
	}
	if c.cfg.CheckCluster != nil {
		if err := c.cfg.CheckCluster(raw.Text(md.ClusterID)); err != nil {
			return Metadata{}, err
		}
	}
	md.At = time.Now()
	c.roster.note(md)
	return md, nil
}

// metadataError names the first server of a cluster that is named by its servers:
// the reason has to fit on the line too.
func (c *Conn) metadataError(err error) error {
	name, _, more := strings.Cut(c.cfg.Name, ",")
	if more {
		name += ",…"
	}
	return Explain("read the metadata of "+name, "Describe on Cluster", err)
}

// Readable goes through the names of the topics that the cluster describes.
func (m Metadata) Readable() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range m.Topics {
			if t := &m.Topics[i]; t.ErrorCode == 0 && t.Topic != nil && !yield(*t.Topic) {
				return
			}
		}
	}
}

// Topic returns a topic that the metadata was asked for, or why the cluster would not
// describe it.
func (m Metadata) Topic(name string) (*raw.Topic, error) {
	for i := range m.Topics {
		if t := &m.Topics[i]; t.Topic != nil && *t.Topic == name {
			return t, kerr.ErrorForCode(t.ErrorCode)
		}
	}
	return nil, errors.New("the broker left it out of its answer")
}

// ReplicationOf counts the partitions of one topic. minISR is the topic's
// min.insync.replicas, or 0 where that is not known: nothing is under it then.
func ReplicationOf(partitions []raw.Partition, minISR int) model.Replication {
	var r model.Replication
	for i := range partitions {
		p := &partitions[i]
		r.Add(model.PartitionReplication(p.Leader, len(p.Replicas), len(p.ISR), minISR))
	}
	return r
}
