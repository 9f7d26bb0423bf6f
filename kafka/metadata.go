package kafka

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/model"
)

// Metadata is the cluster as one broker described it (Metadata API): brokers,
// controller, and the topics that were asked for with their partitions.
type Metadata struct {
	*kmsg.MetadataResponse
	At time.Time
}

// Metadata asks for the given topics, or for all topics that the user may
// describe when none is given. A topic that does not exist or may not be
// described is in the answer with its error code; only a failure of the whole
// request is an error.
func (c *Conn) Metadata(ctx context.Context, topics ...string) (Metadata, error) {
	req := kmsg.NewPtrMetadataRequest()
	for _, t := range topics {
		rt := kmsg.NewMetadataRequestTopic()
		rt.Topic = kmsg.StringPtr(t)
		req.Topics = append(req.Topics, rt)
	}
	return c.RequestMetadata(ctx, req)
}

// BrokerMetadata asks for the brokers and the controller alone.
func (c *Conn) BrokerMetadata(ctx context.Context) (Metadata, error) {
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{} // empty is none, null is all
	return c.RequestMetadata(ctx, req)
}

// uncached is a metadata request under another type. kgo keeps a deep copy of
// all topics in the answer to a *kmsg.MetadataRequest, 60 MB for 100,000
// partitions, to find leaders with. Nothing here needs it but listOffsets, which
// asks about a single topic: leaderOffsets has the answer itself. Any broker may
// answer, as with the original.
type uncached struct{ *kmsg.MetadataRequest }

func (c *Conn) RequestMetadata(ctx context.Context, req *kmsg.MetadataRequest) (Metadata, error) {
	var send kmsg.Request = req
	if req.Topics == nil || len(req.Topics) > 1 {
		send = uncached{req}
	}
	answer, err := c.askAny(ctx, send)
	if err != nil {
		return Metadata{}, c.metadataError(err)
	}
	resp := answer.(*kmsg.MetadataResponse)
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return Metadata{}, c.metadataError(err)
	}
	md := Metadata{resp, time.Now()}
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
func (m Metadata) Topic(name string) (*kmsg.MetadataResponseTopic, error) {
	for i := range m.Topics {
		if t := &m.Topics[i]; t.Topic != nil && *t.Topic == name {
			return t, kerr.ErrorForCode(t.ErrorCode)
		}
	}
	return nil, errors.New("the broker left it out of its answer")
}

// ReplicationOf counts the partitions of one topic. minISR is the topic's
// min.insync.replicas, or 0 where that is not known: nothing is under it then.
func ReplicationOf(partitions []kmsg.MetadataResponseTopicPartition, minISR int) model.Replication {
	var r model.Replication
	for i := range partitions {
		p := &partitions[i]
		r.Add(model.PartitionReplication(p.Leader, len(p.Replicas), len(p.ISR), minISR))
	}
	return r
}
